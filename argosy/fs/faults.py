"""What a store's refusal means, in one line: the URI, the endpoint, the cause, and what to do."""

import contextlib
from collections.abc import Iterator

from argosy.errors import StorageError
from argosy.fs.place import bucket_and_key

CAUSES = {
    "unreachable": ("does not answer", "check {endpoint} and the network"),
    "forbidden": (
        "forbids it",
        "grant these credentials access to bucket {bucket}, or give others in {credential_names}",
    ),
    "credentials": ("does not accept the credentials", "check {credential_names}"),
    "bucket": ("has no bucket {bucket}", "create it, or name another"),
    "missing": ("has no such object, or no bucket {bucket}", "check both names"),
    "region": ("has bucket {bucket} in another region", "set AWS_REGION"),
    "other": ("failed", "try again; check {endpoint} if it stays so"),
}
"""Cause -> what the store does, and the remedy."""

_VARIABLES = {
    "s3": {"endpoint": "AWS_ENDPOINT_URL", "credential_names": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
    "gs": {"endpoint": "the proxy settings", "credential_names": "GOOGLE_APPLICATION_CREDENTIALS"},
    "emulator": {"endpoint": "STORAGE_EMULATOR_HOST", "credential_names": "GOOGLE_APPLICATION_CREDENTIALS"},
}
"""Scheme -> what decides."""

_LONGEST = 300


@contextlib.contextmanager
def faults(action: str, uri: str) -> Iterator[None]:
    """Turns what stores and file systems raise in the block into a StorageError that says what could not be done."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        message = _message(action, uri, error)
        if message is None:
            raise
        raise StorageError(message) from error


def _message(action: str, uri: str, error: Exception) -> str | None:
    """Returns the line; None for an error that is neither a store's nor the system's."""
    scheme = uri.partition("://")[0] if "://" in uri else ""
    explained, endpoint = None, ""
    if scheme == "s3":
        from argosy.fs import s3

        explained, endpoint = s3.explain(error), s3.describe()
    elif scheme == "gs":
        from argosy.fs import gcs

        explained, endpoint = gcs.explain(error), gcs.describe()
    if explained is None:
        return f"cannot {action} {uri}: {error}" if isinstance(error, OSError) else None
    cause, said = explained
    does, remedy = CAUSES[cause]
    kind = "emulator" if scheme == "gs" and endpoint.startswith("http") else scheme
    names = {**_VARIABLES[kind], "bucket": bucket_and_key(uri)[0]}
    detail = f" ({' '.join(said.split())[:_LONGEST]})" if said else ""
    return f"cannot {action} {uri}: {endpoint} {does.format(**names)}{detail}; {remedy.format(**names)}"

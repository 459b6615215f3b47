"""What a URI names: a local path, or a key in a bucket of an object store."""

from pathlib import Path

from argosy.errors import ParameterError

REMOTE_SCHEMES = ("s3://", "gs://")


def is_remote(uri: str) -> bool:
    """Whether the URI names an object store.

    Raises:
        ParameterError: Its scheme is one that Argosy cannot read.
    """
    if uri.startswith(REMOTE_SCHEMES):
        return True
    if "://" in uri and not uri.startswith("file://"):
        raise ParameterError(f"{uri}: scheme not supported; give a local path or one of {', '.join(REMOTE_SCHEMES)}")
    return False


def local_path(uri: str) -> Path:
    """Returns the path of a local URI."""
    return Path(uri.removeprefix("file://"))


def bucket_and_key(uri: str) -> tuple[str, str]:
    """Returns the two parts of a remote URI; the key has no slash at its end and may be empty.

    >>> bucket_and_key("s3://models/penguins/7/")
    ('models', 'penguins/7')

    Raises:
        ParameterError: It names no bucket, or has an empty part.
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    key = key.rstrip("/")
    if not bucket:
        raise ParameterError(f"{uri}: no bucket in it; give it as {scheme}://BUCKET/KEY")
    if key and "" in key.split("/"):
        raise ParameterError(f"{uri}: two slashes together in the key; give it as {scheme}://BUCKET/KEY")
    return bucket, key

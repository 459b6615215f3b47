"""gs:// by google-cloud-storage.

    GOOGLE_APPLICATION_CREDENTIALS     a key file; else what Google's library finds: workload identity, gcloud's login
    STORAGE_EMULATOR_HOST              http://HOST:PORT of an emulator, asked without credentials

Where no credentials are found, requests go without: enough for what the public may read.
"""

import concurrent.futures
import contextlib
import dataclasses
import functools
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, cast

from argosy.errors import StorageError
from argosy.fs.store import BLOCK, Entry

_TIMEOUT = (3.0, 60.0)
"""Seconds to connect, and to wait for the next bytes."""
_RETRY_SECONDS = 15.0
_HURRIED_RETRY_SECONDS = 4.0
_PARALLEL = 8


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gcs:
    """The store behind gs://.

    Attributes:
        client: google-cloud-storage's.
        endpoint: Where it is.
        retry_seconds: How long a request is tried again.
    """

    client: Any
    endpoint: str
    retry_seconds: float

    def entry(self, bucket: str, key: str) -> Entry | None:
        """Returns one object."""
        blob = self.client.bucket(bucket).get_blob(key, **self._patience())
        return None if blob is None else _entry(blob)

    def entries(self, bucket: str, key: str) -> Iterator[Entry]:
        """Yields every object below a key, and the one of that name."""
        if key and (own := self.entry(bucket, key)):
            yield own
        found = self.client.list_blobs(bucket, prefix=f"{key}/" if key else None, **self._patience())
        yield from (_entry(blob) for blob in found if not blob.name.endswith("/"))

    def exists(self, bucket: str, key: str) -> bool:
        """Whether there is an object at the key or below it."""
        return any(True for _ in self.entries(bucket, key))

    def open(self, bucket: str, key: str) -> AbstractContextManager[BinaryIO]:
        """Returns a stream to read an object from."""
        stream = self.client.bucket(bucket).blob(key).open("rb", chunk_size=BLOCK, **self._patience())
        return cast(AbstractContextManager[BinaryIO], stream)

    def write(self, bucket: str, key: str, data: bytes) -> None:
        """Writes an object whole."""
        self.client.bucket(bucket).blob(key).upload_from_string(data, checksum="crc32c", **self._patience())

    def upload(self, path: Path, bucket: str, key: str) -> None:
        """Writes an object from a file."""
        blob = self.client.bucket(bucket).blob(key, chunk_size=BLOCK)
        blob.upload_from_filename(str(path), checksum="crc32c", **self._patience())

    def copy(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Copies an object inside the store."""
        original = self.client.bucket(source[0]).blob(source[1])
        blob = self.client.bucket(target[0]).blob(target[1])
        token, _, _ = blob.rewrite(original, **self._patience())
        while token is not None:
            token, _, _ = blob.rewrite(original, token=token, **self._patience())

    def remove(self, bucket: str, key: str) -> None:
        """Removes the object at a key and all below it, markers included."""
        home = self.client.bucket(bucket)
        below = self.client.list_blobs(bucket, prefix=f"{key}/", **self._patience())
        with concurrent.futures.ThreadPoolExecutor(_PARALLEL) as pool:
            list(pool.map(lambda name: self._delete(home.blob(name)), [key, *(blob.name for blob in below)]))

    def _delete(self, blob: Any) -> None:
        from google.api_core.exceptions import NotFound

        with contextlib.suppress(NotFound):
            blob.delete(**self._patience())

    def _patience(self) -> dict[str, Any]:
        from google.cloud.storage.retry import DEFAULT_RETRY

        return {"timeout": _TIMEOUT, "retry": DEFAULT_RETRY.with_timeout(self.retry_seconds)}


def open_gcs(*, hurry: bool) -> Gcs:
    """Returns the store as the environment describes it; in a hurry, one that gives up soon.

    Raises:
        StorageError: google-cloud-storage is not installed.
    """
    credentials = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    return Gcs(
        client=_client(os.environ.get("STORAGE_EMULATOR_HOST", ""), credentials),
        endpoint=describe(),
        retry_seconds=_HURRIED_RETRY_SECONDS if hurry else _RETRY_SECONDS,
    )


def describe() -> str:
    """Returns where gs:// is, for messages."""
    return os.environ.get("STORAGE_EMULATOR_HOST", "") or "Google Cloud"


def explain(error: BaseException) -> tuple[str, str] | None:
    """Returns the cause, a key of `argosy.fs.faults.CAUSES`, and what was said; None for an error not of this store."""
    import requests.exceptions
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError, TransportError

    if isinstance(error, exceptions.RetryError) and error.cause is not None:
        return explain(error.cause) or ("unreachable", str(error.cause))
    if isinstance(error, requests.exceptions.RequestException | TransportError):
        return "unreachable", _innermost(error)
    if isinstance(error, GoogleAuthError):
        return "credentials", str(error)
    if not isinstance(error, exceptions.GoogleAPIError):
        return None
    code, said = getattr(error, "code", None) or 0, _said(error)
    if code == 404 and "bucket does not exist" in said:
        return "bucket", ""
    return {401: "credentials", 403: "forbidden", 404: "missing"}.get(code, "other"), said


@functools.lru_cache(maxsize=8)
def _client(emulator: str, credentials: str) -> Any:
    try:
        from google.auth.exceptions import DefaultCredentialsError
        from google.cloud import storage
    except ImportError as error:
        raise StorageError("gs:// needs google-cloud-storage; install argosy[gcs]") from error
    try:
        return storage.Client()
    except DefaultCredentialsError:
        if credentials:
            raise
        return storage.Client.create_anonymous_client()


def _said(error: Exception) -> str:
    """Returns what the store answered, without the request that it answers; empty where it gave no reason."""
    response: Any = getattr(error, "response", None)
    if response is None:
        return str(error)
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return str(response.text)


def _innermost(error: BaseException) -> str:
    while error.__context__ is not None:
        error = error.__context__
    return str(error)


def _entry(blob: Any) -> Entry:
    return Entry(key=blob.name, size=blob.size, modified=blob.updated)

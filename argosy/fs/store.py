"""What an object store can do, and which one a URI means."""

import dataclasses
import datetime
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from argosy.fs.faults import faults
from argosy.fs.place import bucket_and_key

BLOCK = 8 << 20
"""Bytes that are held of a file at a time."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """An object in a bucket.

    Attributes:
        key: Its name.
        size: Bytes.
        modified: When it was written, by the store's clock.
    """

    key: str
    size: int
    modified: datetime.datetime


class Store(Protocol):
    """An object store. Keys have no slash at their ends; objects whose names do (markers) are not seen.

    What the methods raise is for `argosy.fs.faults` to explain.
    """

    @property
    def endpoint(self) -> str:
        """Where it is, as a person knows it."""
        ...

    def entry(self, bucket: str, key: str) -> Entry | None:
        """Returns one object; None when there is none of this name."""
        ...

    def entries(self, bucket: str, key: str) -> Iterator[Entry]:
        """Yields every object below a key, and the one of that name."""
        ...

    def exists(self, bucket: str, key: str) -> bool:
        """Whether there is an object at the key or below it."""
        ...

    def open(self, bucket: str, key: str) -> AbstractContextManager[BinaryIO]:
        """Returns a stream to read an object from."""
        ...

    def write(self, bucket: str, key: str, data: bytes) -> None:
        """Writes an object whole."""
        ...

    def upload(self, path: Path, bucket: str, key: str) -> None:
        """Writes an object from a file."""
        ...

    def copy(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Copies an object inside the store, from (bucket, key) to (bucket, key)."""
        ...

    def remove(self, bucket: str, key: str) -> None:
        """Removes the object at a key and all below it; nothing there is no error."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """A remote URI, opened.

    Attributes:
        uri: As it was given, without a slash at its end.
        store: Where it is.
        bucket: Its bucket.
        key: Its key.
    """

    uri: str
    store: Store
    bucket: str
    key: str

    def below(self, relative: str) -> "Place":
        """Returns what is at a relative path below; at the empty one, itself."""
        if not relative:
            return self
        key = f"{self.key}/{relative}" if self.key else relative
        return dataclasses.replace(self, uri=f"{self.uri}/{relative}", key=key)

    def uri_of(self, key: str) -> str:
        """Returns the URI of a key in the same bucket."""
        return f"{self.uri.partition('://')[0]}://{self.bucket}/{key}"

    def relative(self, key: str) -> str:
        """Returns a key's path relative to this one; the empty string for this one itself."""
        return key.removeprefix(self.key).removeprefix("/")


def open_place(uri: str, *, hurry: bool = False) -> Place:
    """Returns a remote URI with its store; nothing is asked of the store yet. In a hurry it will give up soon.

    Raises:
        ParameterError: The URI names no bucket, or a variable for the store cannot be used.
        StorageError: The store's library or its credentials are missing.
    """
    bucket, key = bucket_and_key(uri)
    with faults("open", uri):
        if uri.startswith("gs://"):
            from argosy.fs.gcs import open_gcs

            return Place(uri=uri.rstrip("/"), store=open_gcs(hurry=hurry), bucket=bucket, key=key)
        from argosy.fs.s3 import open_s3

        return Place(uri=uri.rstrip("/"), store=open_s3(bucket, hurry=hurry), bucket=bucket, key=key)

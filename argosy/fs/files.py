"""Read, write, list, digest and remove, for whatever a URI names."""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import hashlib
import threading

from argosy.errors import StorageError
from argosy.fs import local
from argosy.fs.faults import faults
from argosy.fs.place import is_remote, local_path
from argosy.fs.store import BLOCK, open_place

PARALLEL = 8
"""Files that are moved or read at a time."""
PROBE = ".argosy-write-check"
"""The name of what `check_writable` writes."""
_CHECK_SECONDS = 15.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class FileEntry:
    """A file in a store.

    Attributes:
        uri: Where it is.
        size: Bytes.
        modified: When it was written, by the store's clock.
    """

    uri: str
    size: int
    modified: datetime.datetime


def exists(uri: str) -> bool:
    """Whether a file or directory is there.

    Raises:
        StorageError: The store does not answer.
    """
    if not is_remote(uri):
        return local_path(uri).exists()
    with faults("look for", uri):
        place = open_place(uri)
        return place.store.exists(place.bucket, place.key)


def read_bytes(uri: str) -> bytes:
    """Returns a file's bytes.

    Raises:
        StorageError: It is not there or cannot be read.
    """
    with faults("read", uri):
        if not is_remote(uri):
            return local_path(uri).read_bytes()
        place = open_place(uri)
        with place.store.open(place.bucket, place.key) as stream:
            return bytes(stream.read())


def write_bytes(uri: str, data: bytes) -> None:
    """Writes a file whole or not at all, and makes its parent directories.

    Raises:
        StorageError: It cannot be written.
    """
    with faults("write", uri):
        if not is_remote(uri):
            return local.write_bytes(local_path(uri), data)
        place = open_place(uri)
        return place.store.write(place.bucket, place.key, data)


def list_files(uri: str) -> list[str]:
    """Returns the URIs of all files at or below the URI, sorted; an empty list when there is nothing.

    Raises:
        StorageError: The object store does not say.
    """
    if not is_remote(uri):
        return sorted(str(file) for file in local.list_files(local_path(uri)))
    return [entry.uri for entry in list_entries(uri)]


def list_entries(uri: str) -> list[FileEntry]:
    """Returns what is at or below a remote URI, sorted by URI; an empty list when there is nothing.

    Raises:
        StorageError: The object store does not say.
    """
    with faults("list", uri):
        place = open_place(uri)
        found = list(place.store.entries(place.bucket, place.key))
    entries = (FileEntry(uri=place.uri_of(one.key), size=one.size, modified=one.modified) for one in found)
    return sorted(entries, key=lambda entry: entry.uri)


def digest(uri: str) -> str:
    """Returns the SHA-256, in hex, of a file or of a whole directory (names and bytes); of nothing, the empty string.

    Raises:
        StorageError: Something in it cannot be read.
    """
    files = list_files(uri)
    if not files:
        return ""
    total = hashlib.sha256()
    root = uri.rstrip("/") if is_remote(uri) else str(local_path(uri))
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for file, found in zip(files, pool.map(_file_digest, files), strict=True):
            total.update(file[len(root) :].encode() + b"\0" + found)
    return total.hexdigest()


def remove(uri: str) -> None:
    """Removes a file or directory tree; nothing there is no error.

    Raises:
        StorageError: It cannot be removed, or it is a whole bucket.
    """
    with faults("remove", uri):
        if not is_remote(uri):
            return local.remove(local_path(uri))
        place = open_place(uri)
        if not place.key:
            raise StorageError(f"cannot remove {uri}: it is a whole bucket; name what is to go in it")
        return place.store.remove(place.bucket, place.key)


def check_writable(uri: str) -> None:
    """Returns if a file can be written below the URI; tries it, and takes away what it wrote. Takes 15 s at most.

    Raises:
        StorageError: It cannot; the message names the endpoint, the bucket, what was refused and what to do.
    """
    probe = f"{uri.rstrip('/')}/{PROBE}"
    failed: list[Exception] = []

    def write() -> None:
        try:
            with faults("write", probe):
                if is_remote(probe):
                    place = open_place(probe, hurry=True)
                    place.store.write(place.bucket, place.key, b"")
                else:
                    local.write_bytes(local_path(probe), b"")
        except Exception as error:
            failed.append(error)

    # In a thread, because no library bounds all that it does: looking for credentials, names, a silent server.
    thread = threading.Thread(target=write, name="argosy-write-check", daemon=True)
    thread.start()
    thread.join(_CHECK_SECONDS)
    if thread.is_alive():
        raise StorageError(f"cannot write {probe}: no answer in {_CHECK_SECONDS:.0f} s; check endpoint and network")
    if failed:
        raise failed[0]
    # Who may write but not remove can still be written to.
    with contextlib.suppress(StorageError):
        remove(probe)


def _file_digest(uri: str) -> bytes:
    with faults("read", uri):
        if not is_remote(uri):
            with local_path(uri).open("rb") as file:
                return hashlib.file_digest(file, "sha256").digest()
        place = open_place(uri)
        found = hashlib.sha256()
        with place.store.open(place.bucket, place.key) as stream:
            while block := stream.read(BLOCK):
                found.update(block)
        return found.digest()

"""Whole directories, or single files, between the local file system and object stores.

Several files at a time, none of them whole in memory, each checked by its size at the other end (the stores' own
checksums guard the bytes on their way). A store has no rename: an upload shows object by object, and who needs more
writes a last object that says it is complete. A download shows whole or not at all.
"""

import concurrent.futures
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from argosy.errors import StorageError
from argosy.fs import local
from argosy.fs.faults import faults
from argosy.fs.files import PARALLEL, digest
from argosy.fs.place import is_remote, local_path
from argosy.fs.store import BLOCK, Entry, Place, open_place

_UPLOADS = 4
"""Files that are uploaded at a time: each takes some 40 MB, in the buffers of the stores' libraries."""


def upload_directory(source: str, uri: str, *, last: str = "") -> int:
    """Copies a local directory, or one file, to an object store and returns its size in bytes.

    What is there already is overwritten; what else is there stays. An interrupted upload is mended by another.

    Args:
        source: A local path.
        uri: What the directory, or the file, is called in the store.
        last: A file, by its path in the directory, that is to appear after all others.

    Raises:
        StorageError: There is no such source, or it did not arrive whole.
    """
    path = local_path(source)
    files = local.list_files(path)
    if not path.exists():
        raise StorageError(f"cannot upload {source}: there is no such file or directory")
    with faults("write", uri):
        target = open_place(uri)
    names = sorted(file.relative_to(path).as_posix() if file != path else "" for file in files)
    early, late = [name for name in names if name != last], [name for name in names if name == last]
    for some in (early, late):
        _each(lambda name: _upload(path / name, target.below(name)), some, parallel=_UPLOADS)
    return _verify_upload(path, target, names)


def download_directory(uri: str, target: str, *, expected_digest: str = "") -> int:
    """Copies a directory, or one file, from an object store and returns its size in bytes; `target` appears complete.

    Args:
        uri: What is in the store.
        target: A local path; an empty directory or nothing may be there.
        expected_digest: What `argosy.fs.digest` must say of it; the empty string to take its word for it.

    Raises:
        StorageError: There is nothing, it did not arrive whole, its digest differs, or the target is taken.
    """
    final = local_path(target)
    with faults("read", uri):
        source = open_place(uri)
        entries = _entries(source)
    with contextlib.suppress(OSError):
        final.rmdir()
    with faults(f"download {uri} to", target), local.appearing(final, durable=False) as part:
        if "" not in entries:
            part.mkdir()
        _each(lambda name: _download(source.below(name), entries[name], part / name), entries)
        if expected_digest and (found := digest(str(part))) != expected_digest:
            raise StorageError(f"{uri} has digest {found}, not {expected_digest}: it was changed; make it again")
    return sum(entry.size for entry in entries.values())


def copy(source: str, target: str) -> int:
    """Copies a directory, or one file, from anywhere to anywhere and returns its size in bytes.

    Inside one store nothing passes through this machine.

    Raises:
        StorageError: There is no such source, the target is taken (where it is local), or the copy failed.
    """
    if not is_remote(target):
        if is_remote(source):
            return download_directory(source, target)
        return _copy_local(local_path(source), local_path(target))
    if not is_remote(source):
        return upload_directory(source, target)
    with faults("read", source):
        origin, goal = open_place(source), open_place(target)
        entries = _entries(origin)
    if origin.store != goal.store:
        with tempfile.TemporaryDirectory(prefix="argosy-copy-") as folder:
            download_directory(source, f"{folder}/copy")
            return upload_directory(f"{folder}/copy", target)
    _each(lambda name: _copy_inside(origin.below(name), goal.below(name)), entries)
    return sum(entry.size for entry in entries.values())


@contextlib.contextmanager
def fetched(uri: str) -> Iterator[Path]:
    """Yields a file as one of this machine: itself where it is local, else a copy that is gone afterwards.

    Raises:
        StorageError: It is not there, or cannot be read.
    """
    if not is_remote(uri):
        yield local_path(uri)
        return
    with tempfile.TemporaryDirectory(prefix="argosy-fetched-") as folder:
        copied = Path(folder) / uri.rstrip("/").rpartition("/")[2]
        download_directory(uri, str(copied))
        yield copied


def _each(act: Callable[[str], Any], names: Iterable[str], *, parallel: int = PARALLEL) -> None:
    """Does it for every name, several at a time; the first failure ends it."""
    pool = concurrent.futures.ThreadPoolExecutor(parallel)
    try:
        for done in [pool.submit(act, name) for name in names]:
            done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _upload(path: Path, target: Place) -> None:
    with faults("write", target.uri):
        target.store.upload(path, target.bucket, target.key)


def _verify_upload(path: Path, target: Place, names: list[str]) -> int:
    with faults("list", target.uri):
        there = {target.relative(entry.key): entry.size for entry in target.store.entries(target.bucket, target.key)}
    total = 0
    for name in names:
        size = (path / name).stat().st_size
        if there.get(name) != size:
            found = f"{there[name]} bytes" if name in there else "nothing"
            raise StorageError(f"{target.uri}: {name or 'the file'} has {size} bytes here, {found} there; try again")
        total += size
    return total


def _download(source: Place, entry: Entry, path: Path) -> None:
    with faults("read", source.uri):
        path.parent.mkdir(parents=True, exist_ok=True)
        with source.store.open(source.bucket, source.key) as stream, path.open("wb") as file:
            shutil.copyfileobj(stream, file, BLOCK)
        if path.stat().st_size != entry.size:
            found = path.stat().st_size
            raise StorageError(f"{source.uri}: {entry.size} bytes there, {found} arrived; it changed, or try again")


def _copy_inside(source: Place, target: Place) -> None:
    with faults(f"copy {source.uri} to", target.uri):
        target.store.copy((source.bucket, source.key), (target.bucket, target.key))


def _copy_local(source: Path, target: Path) -> int:
    with faults(f"copy {source} to", str(target)), local.appearing(target, durable=True) as part:
        if source.is_file():
            shutil.copyfile(source, part)
        else:
            shutil.copytree(source, part)
    return sum(file.stat().st_size for file in local.list_files(target))


def _entries(place: Place) -> dict[str, Entry]:
    """Returns what is at and below a place, by relative path; the empty string stands for itself.

    Raises:
        StorageError: There is nothing, or it cannot be laid out as files and directories.
    """
    found = {place.relative(entry.key): entry for entry in place.store.entries(place.bucket, place.key)}
    if len(found) > 1 and "" in found:
        if found[""].size:
            raise StorageError(f"{place.uri} is a file and has files below it; give one of the two another name")
        del found[""]
    if not found:
        raise StorageError(f"cannot read {place.uri}: there is nothing; check bucket and key")
    for relative in found:
        if relative and {"", ".", ".."} & set(relative.split("/")):
            raise StorageError(f"{place.uri}/{relative} cannot be a file: an empty part, '.' or '..' in its name")
    return found

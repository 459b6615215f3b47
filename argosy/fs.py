"""The one way to bytes, local or in an object store. Paths are absolute local paths, file:// or s3:// URIs.

Local operations that publish (`write_bytes`, `copy_directory`) are atomic: a reader sees the old state or the new one.
"""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from argosy.errors import ParameterError, StorageError

REMOTE_SCHEMES = ("s3://",)


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


def exists(uri: str) -> bool:
    """Whether a file or directory is there.

    Raises:
        StorageError: The store does not answer.
    """
    if not is_remote(uri):
        return local_path(uri).exists()
    from pyarrow import fs

    try:
        filesystem, key = _remote(uri)
        return bool(filesystem.get_file_info(key).type != fs.FileType.NotFound)
    except OSError as error:
        raise StorageError(f"cannot look for {uri}: {error}") from error


def read_bytes(uri: str) -> bytes:
    """Returns a file's bytes.

    Raises:
        StorageError: It is not there or cannot be read.
    """
    try:
        if not is_remote(uri):
            return local_path(uri).read_bytes()
        filesystem, key = _remote(uri)
        with filesystem.open_input_stream(key) as stream:
            return bytes(stream.read())
    except OSError as error:
        raise StorageError(f"cannot read {uri}: {error}") from error


def write_bytes(uri: str, data: bytes) -> None:
    """Writes a file whole or not at all, and makes its parent directories.

    Raises:
        StorageError: It cannot be written.
    """
    try:
        if is_remote(uri):
            filesystem, key = _remote(uri)
            with filesystem.open_output_stream(key) as stream:
                stream.write(data)
            return
        target = local_path(uri)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
        part.write_bytes(data)
        part.replace(target)
    except OSError as error:
        raise StorageError(f"cannot write {uri}: {error}") from error


def list_files(uri: str) -> list[str]:
    """Returns the URIs of all files at or below the URI, sorted; an empty list when there is nothing.

    Raises:
        StorageError: The object store does not say.
    """
    if is_remote(uri):
        return _list_remote(uri)
    path = local_path(uri)
    if path.is_file():
        return [str(path)]
    return sorted(str(file) for file in path.rglob("*") if file.is_file())


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
    for file in files:
        total.update(file[len(root) :].encode() + b"\0" + _file_digest(file))
    return total.hexdigest()


def remove(uri: str) -> None:
    """Removes a local file or directory tree; nothing there is no error.

    Raises:
        StorageError: It cannot be removed.
    """
    path = local_path(uri)
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot remove {uri}: {error}") from error


def copy_directory(source: str, target: str) -> None:
    """Copies a local directory so that `target` appears complete or not at all, by a rename on its own file system.

    Raises:
        StorageError: The target exists, or the copy failed; nothing is left of a failed one.
    """
    final = local_path(target)
    part = final.with_name(f".{final.name}.{uuid.uuid4().hex}.tmp")
    try:
        if final.exists():
            raise FileExistsError(f"{final} exists")
        final.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(local_path(source), part)
        for file in _tree(part):
            _sync(file)
        part.rename(final)
        _sync(final.parent)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise StorageError(f"cannot publish {target}: {error}") from error


def _tree(path: Path) -> Iterator[Path]:
    yield path
    yield from path.rglob("*")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _file_digest(uri: str) -> bytes:
    if is_remote(uri):
        return hashlib.sha256(read_bytes(uri)).digest()
    try:
        with local_path(uri).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise StorageError(f"cannot read {uri}: {error}") from error


def _list_remote(uri: str) -> list[str]:
    from pyarrow import fs

    try:
        filesystem, key = _remote(uri)
        if filesystem.get_file_info(key).type == fs.FileType.File:
            return [uri]
        infos = filesystem.get_file_info(fs.FileSelector(key, recursive=True, allow_not_found=True))
    except OSError as error:
        raise StorageError(f"cannot list {uri}: {error}") from error
    return sorted(f"s3://{info.path}" for info in infos if info.type == fs.FileType.File)


def _remote(uri: str) -> tuple[Any, str]:
    from pyarrow import fs

    return fs.FileSystem.from_uri(uri)

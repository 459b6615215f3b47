"""The local file system. What publishes (`write_bytes`, `copy_directory`) is atomic: a reader sees old or new."""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from argosy.errors import StorageError
from argosy.fs.place import local_path


def write_bytes(target: Path, data: bytes) -> None:
    """Writes a file whole or not at all, and makes its parent directories; raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
    part.write_bytes(data)
    part.replace(target)


def list_files(path: Path) -> list[Path]:
    """Returns all files at or below the path; an empty list when there is nothing."""
    return [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]


def remove(path: Path) -> None:
    """Removes a file or directory tree; nothing there is no error, anything else raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def copy_directory(source: str, target: str) -> None:
    """Copies a local directory so that `target` appears complete or not at all, by a rename on its own file system.

    Raises:
        StorageError: The target exists, or the copy failed; nothing is left of a failed one.
    """
    try:
        with appearing(local_path(target), durable=True) as part:
            shutil.copytree(local_path(source), part)
    except OSError as error:
        raise StorageError(f"cannot publish {target}: {error}") from error


@contextlib.contextmanager
def appearing(final: Path, *, durable: bool) -> Iterator[Path]:
    """Yields a place that becomes `final` by a rename once the block has filled it with a file or a directory.

    Nothing is left of it when the block fails.

    Args:
        final: Where nothing may be yet.
        durable: Whether the content must be on the disk before the name is.

    Raises:
        OSError: There is something at `final`, or the rename failed.
    """
    part = final.with_name(f".{final.name}.{uuid.uuid4().hex}.tmp")
    try:
        if final.exists():
            raise FileExistsError(f"{final} exists")
        final.parent.mkdir(parents=True, exist_ok=True)
        yield part
        if durable:
            for file in (part, *part.rglob("*")):
                _sync(file)
        part.rename(final)
        if durable:
            _sync(final.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            remove(part)
        raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

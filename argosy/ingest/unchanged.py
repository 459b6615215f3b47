"""Files that may not change while they are read: once for their types, and once for their rows."""

import concurrent.futures
import contextlib
from collections.abc import Iterator, Sequence

from argosy import fs
from argosy.errors import DataError

_PARALLEL = 8
_State = dict[str, tuple[int, float] | None]


@contextlib.contextmanager
def unchanged(files: Sequence[str]) -> Iterator[None]:
    """Refuses what a block has read of files that changed meanwhile, and what it says is wrong with them.

    Raises:
        DataError: One has another size or time than before, or is gone.
        StorageError: A store does not say.
    """
    before = _state(files)
    try:
        yield
    except Exception as error:
        _compare(before, _state(files), error)
        raise
    _compare(before, _state(files), None)


def _compare(before: _State, after: _State, cause: Exception | None) -> None:
    changed = [file for file, state in before.items() if after[file] != state]
    if changed:
        what = "is gone" if after[changed[0]] is None else "has changed"
        raise DataError(
            f"file {changed[0]} {what} since the step began to read it; nothing is published: run the step again when "
            "nobody writes to the input"
        ) from cause


def _state(files: Sequence[str]) -> _State:
    """Returns size and time of each file; None of one that is not there."""
    with concurrent.futures.ThreadPoolExecutor(_PARALLEL) as pool:
        return dict(zip(files, pool.map(_size_and_time, files), strict=True))


def _size_and_time(file: str) -> tuple[int, float] | None:
    if fs.is_remote(file):
        found = [entry for entry in fs.list_entries(file) if entry.uri == file]
        return (found[0].size, found[0].modified.timestamp()) if found else None
    path = fs.local_path(file)
    return (path.stat().st_size, path.stat().st_mtime_ns) if path.exists() else None

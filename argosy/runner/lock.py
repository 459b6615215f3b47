"""One runner at a time in a root: a lock that the operating system drops when its holder dies."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from argosy.errors import BusyError, StorageError

POLL_SECONDS = 0.1


@contextlib.contextmanager
def locked(
    file: Path, *, wait: bool = True, on_wait: Callable[[int], None] | None = None, stopped: Callable[[], bool] = bool
) -> Iterator[None]:
    """Holds the lock while the body runs.

    Args:
        file: The lock file; made when it is not there, and never removed.
        wait: Whether to wait for another holder.
        on_wait: Told the holder's process id, once, before waiting.
        stopped: Asked while waiting; True gives up.

    Raises:
        BusyError: Another process holds it, and waiting was not wanted or was given up.
        StorageError: The file cannot be made.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StorageError(f"cannot write in {file.parent}: {error}; choose another root with --root") from error
    try:
        _acquire(descriptor, file, wait=wait, on_wait=on_wait, stopped=stopped)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_held(file: Path) -> bool:
    """Returns whether a runner holds the lock."""
    try:
        with file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _acquire(
    descriptor: int, file: Path, *, wait: bool, on_wait: Callable[[int], None] | None, stopped: Callable[[], bool]
) -> None:
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            holder = _holder(descriptor)
            if not wait or stopped():
                raise BusyError(f"process {holder} works in {file.parent}; wait for it, or use another root") from error
            if on_wait is not None and not told:
                on_wait(holder)
            told = True
        time.sleep(POLL_SECONDS)


def _holder(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else 0

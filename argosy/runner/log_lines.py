"""A log while it grows, line by line: its file is where both executors put what a task prints."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

POLL_SECONDS = 0.2
LONGEST = 65_536
"""Bytes of a line; a longer one comes in parts."""


def lines(file: Path, ended: Callable[[float], bool], *, start: int = 0) -> Iterator[str]:
    """Yields the lines of a file and those that are added until it is complete; one that is not there yet is empty.

    Of a line that was written over, as progress bars are, it yields what it was at last.

    Args:
        file: The log.
        ended: Waits for so many seconds at most, and returns whether the log is complete; asked when all of it is read.
        start: The byte to begin at.
    """
    rest, complete = b"", False
    while True:
        added = _read(file, start)
        start += len(added)
        *whole, rest = (rest + added).split(b"\n")
        if len(rest) >= LONGEST:
            whole, rest = [*whole, rest], b""
        yield from map(_text, whole)
        if not added and complete:
            break
        complete = complete or (not added and ended(POLL_SECONDS))
    if rest:
        yield _text(rest)


@contextlib.contextmanager
def each_line_told(file: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Tells every line that is added to a file while the body runs, from a thread of its own."""
    ended, start = threading.Event(), file.stat().st_size

    def follow() -> None:
        for line in lines(file, ended.wait, start=start):
            tell(line)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _read(file: Path, start: int) -> bytes:
    try:
        with file.open("rb") as log:
            log.seek(start)
            return log.read(LONGEST)
    except FileNotFoundError:
        return b""


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r").rpartition("\r")[2]

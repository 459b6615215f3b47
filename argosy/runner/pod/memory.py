"""Whether the kernel killed something in this container for its memory, as the container's control group counts it."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
_COUNTS = ("memory.events", "memory/memory.oom_control")
_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
_UNLIMITED = 1 << 60


@contextlib.contextmanager
def killed_for_memory(groups: Path = GROUPS) -> Iterator[Callable[[], str]]:
    """Gives a function that says in words that something was killed since; the empty string when nothing was."""
    before = _kills(groups)

    def since() -> str:
        if _kills(groups) <= before:
            return ""
        limit = _limit(groups)
        of = f" of {limit / (1 << 20):.0f} MiB" if limit else ""
        return f"killed for using more memory than the container's limit{of}; give the task more (set_memory_limit)"

    yield since


def _kills(groups: Path) -> int:
    for name in _COUNTS:
        with contextlib.suppress(OSError):
            fields = dict(line.split(maxsplit=1) for line in (groups / name).read_text().splitlines())
            return int(fields.get("oom_kill", 0))
    return 0


def _limit(groups: Path) -> int:
    for name in _LIMITS:
        with contextlib.suppress(OSError, ValueError):
            limit = int((groups / name).read_text())
            return limit if limit < _UNLIMITED else 0
    return 0

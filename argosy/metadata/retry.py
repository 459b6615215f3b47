"""Calls that are made again while the other side is away, without writing anything twice."""

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from argosy.metadata.connection import CallError, Code

T = TypeVar("T")

log = logging.getLogger("argosy.metadata")

AWAY = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.CANCELLED})
"""The answer was lost, if there was one: a write may have been made, or may not."""

_AGAIN = AWAY | {Code.ABORTED}
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 5.0


def retried(
    operation: Callable[[], T],
    *,
    where: str,
    wait_seconds: float,
    landed: Callable[[], T | None] | None = None,
) -> T:
    """Returns what the operation returns, tried again with growing pauses while the other side is away or busy.

    A write whose answer was lost is refused as a duplicate when it is made again; then `landed` looks for it.

    Args:
        operation: The call.
        where: What is called, for the line that is logged before each pause.
        wait_seconds: How long to go on trying; 0 to try once.
        landed: Returns the answer to a write that an earlier try has made; None when it finds no such thing.

    Raises:
        CallError: It was refused, or the time is over; a note on it then says how often it was tried.
    """
    started = time.monotonic()
    tries, unsure = 0, False
    while True:
        tries += 1
        try:
            return operation()
        except CallError as error:
            if unsure and landed is not None and error.code == Code.ALREADY_EXISTS:
                found = landed()
                if found is not None:
                    return found
            if error.code not in _AGAIN:
                raise
            unsure = unsure or error.code in AWAY
            waited = time.monotonic() - started
            pause = min(_FIRST_PAUSE_SECONDS * 2 ** (tries - 1), _LONGEST_PAUSE_SECONDS) * random.uniform(0.75, 1.25)
            if waited + pause > wait_seconds:
                if tries > 1:
                    error.add_note(f"tried {tries} times in {waited:.0f} s")
                raise
            log.warning(
                "%s does not answer (%s); trying again in %.1f s, giving up in %.0f s",
                where,
                error.text.splitlines()[0] if error.text else error.code.name,
                pause,
                wait_seconds - waited,
            )
            time.sleep(pause)

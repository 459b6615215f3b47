"""How far a long read or write of rows has come, as a log line every few seconds."""

import logging
import time

_EVERY = 5.0
_log = logging.getLogger("argosy.examples")


class RowProgress:
    """Says how many rows have passed; work that is soon done says nothing.

        progress = RowProgress("reading rows.csv")
        progress.add(10_000)

    Attributes:
        rows: How many have passed.
    """

    def __init__(self, doing: str) -> None:
        self.rows = 0
        self._doing, self._of = doing, ""
        self._next = time.monotonic() + _EVERY

    def expect(self, total: int) -> None:
        """Takes note of how many there are."""
        self._of = f" of {total:,}"

    def add(self, rows: int) -> None:
        """Counts rows, and says so when it is time."""
        self.rows += rows
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _EVERY
            _log.info("%s: %s rows%s so far", self._doing, f"{self.rows:,}", self._of)

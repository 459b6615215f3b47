"""How far a long read or write of rows has come, as a log line every few seconds."""

import logging
import time
from collections.abc import Iterable, Iterator

import pyarrow as pa

_EVERY = 5.0
_log = logging.getLogger("argosy.examples")


class RowProgress:
    """Says how many rows have passed; work that is soon done says nothing.

        progress = RowProgress("reading rows.csv")
        progress.add(10_000)

    Attributes:
        rows: How many have passed.
    """

    def __init__(self, doing: str, total: int | None = None) -> None:
        """`total` is how many there are; None: nobody knows."""
        self.rows = 0
        self._doing, self._of = doing, "" if total is None else f" of {total:,}"
        self._next = time.monotonic() + _EVERY

    def add(self, rows: int) -> None:
        """Counts rows, and says so when it is time."""
        self.rows += rows
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _EVERY
            _log.info("%s: %s rows%s so far", self._doing, f"{self.rows:,}", self._of)


def with_progress(batches: Iterable[pa.RecordBatch], doing: str, total: int | None = None) -> Iterator[pa.RecordBatch]:
    """Yields the batches, and says how many of their rows have passed."""
    progress = RowProgress(doing, total)
    for batch in batches:
        progress.add(batch.num_rows)
        yield batch

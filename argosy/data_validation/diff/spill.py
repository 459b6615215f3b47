"""Rows that wait for their turn: in memory while they are few, then in files of a folder that goes when all is done."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from argosy.errors import StorageError

LIMIT = 256 << 20
"""Bytes that are held in memory."""


class Spill:
    """Batches by side and partition.

    with Spill() as spill:
        spill.add("base", 3, batch)
        batches = list(spill.rows("base", 3))
    """

    def __init__(self, limit: int | None = None) -> None:
        """Will hold at most `limit` bytes in memory, LIMIT by default."""
        self._limit, self._held = LIMIT if limit is None else limit, 0
        self._waiting: dict[tuple[str, int], list[pa.RecordBatch]] = defaultdict(list)
        self._folder: Path | None = None

    def add(self, side: str, partition: int, batch: pa.RecordBatch) -> None:
        """Keeps a batch.

        Raises:
            StorageError: There is no room on the disk.
        """
        self._waiting[side, partition].append(batch)
        self._held += batch.nbytes
        if self._held > self._limit:
            self._flush()

    def rows(self, side: str, partition: int) -> Iterator[pa.RecordBatch]:
        """Yields the batches of a side's partition, once."""
        file = self._file(side, partition)
        if file is not None and file.exists():
            with pa.OSFile(str(file)) as source:
                while source.tell() < source.size():
                    with pa.ipc.open_stream(source) as reader:
                        yield from reader
            file.unlink()
        yield from self._waiting.pop((side, partition), [])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _flush(self) -> None:
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="argosy-diff-"))
            for (side, partition), batches in self._waiting.items():
                with self._folder.joinpath(f"{side}-{partition}").open("ab") as file:
                    for batch in batches:
                        with pa.ipc.new_stream(file, batch.schema) as writer:
                            writer.write_batch(batch)
        except OSError as error:
            raise StorageError(f"cannot write rows to {self._folder or tempfile.gettempdir()}: {error}") from error
        self._waiting.clear()
        self._held = 0

    def _file(self, side: str, partition: int) -> Path | None:
        return None if self._folder is None else self._folder / f"{side}-{partition}"

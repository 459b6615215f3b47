"""Rows to the files of an Examples artifact."""

import contextlib
import uuid
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from argosy.errors import StorageError
from argosy.examples.encode import encode_examples
from argosy.examples.layout import PREFIX, shard_name, split_path
from argosy.examples.tfrecord import frame, open_gzip

_BATCH_BYTES = 64 << 20


class ExamplesWriter:
    """Writes one file of a split: it appears, under its name, when the writer closes without an error.

        with ExamplesWriter("/data/examples", "train") as writer:
            writer.write(batch)

    Attributes:
        rows: How many rows have been written.
        file: The file's final name.
    """

    def __init__(self, path: str, split: str, *, prefix: str = PREFIX, shard: int = 0, shards: int = 1) -> None:
        """Opens the file.

        Raises:
            StorageError: It cannot be written.
        """
        self.rows = 0
        self.file = f"{split_path(path, split)}/{shard_name(shard, shards, prefix)}"
        self._part = Path(self.file).with_name(f".{Path(self.file).name}.{uuid.uuid4().hex}.tmp")
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._raw = self._part.open("wb")
        except OSError as error:
            raise StorageError(f"cannot write {self.file}: {error}") from error
        self._stream = open_gzip(self._raw)

    def write(self, batch: pa.RecordBatch) -> None:
        """Appends the rows of a batch.

        Raises:
            DataError: A column is of a type that a tf.Example does not have.
            StorageError: The file cannot be written.
        """
        for part in _small_enough(batch):
            content = frame(encode_examples(part))
            try:
                self._stream.write(content)
            except OSError as error:
                raise StorageError(f"cannot write {self.file}: {error}") from error
        self.rows += batch.num_rows

    def close(self) -> None:
        """Finishes the file and gives it its name.

        Raises:
            StorageError: It cannot be written.
        """
        try:
            self._stream.close()
            self._raw.close()
            self._part.replace(self.file)
        except OSError as error:
            self.abandon()
            raise StorageError(f"cannot write {self.file}: {error}") from error

    def abandon(self) -> None:
        """Removes what has been written."""
        # A compressor that is not closed writes once more when it is collected, then to a closed file.
        with contextlib.suppress(OSError, ValueError):
            self._stream.close()
        self._raw.close()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()


def write_examples(batches: Iterable[pa.RecordBatch], path: str, split: str, *, prefix: str = PREFIX) -> int:
    """Writes all batches as the one file of a split; returns the number of rows.

    Raises:
        DataError: A column is of a type that a tf.Example does not have.
        StorageError: The file cannot be written.
    """
    with ExamplesWriter(path, split, prefix=prefix) as writer:
        for batch in batches:
            writer.write(batch)
    return writer.rows


def _small_enough(batch: pa.RecordBatch) -> Iterable[pa.RecordBatch]:
    """Yields the batch in slices whose encoded form stays far from the 2 GiB that one Arrow array can hold."""
    slices = max(1, min(batch.num_rows, -(-batch.nbytes // _BATCH_BYTES)))
    step = -(-batch.num_rows // slices)
    for start in range(0, batch.num_rows, max(1, step)):
        yield batch.slice(start, step)

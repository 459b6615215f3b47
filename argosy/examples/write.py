"""Rows to the files of an Examples artifact."""

import contextlib
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pyarrow as pa

from argosy.errors import StorageError
from argosy.examples.columns import refuse_nested
from argosy.examples.encode import encode_examples
from argosy.examples.layout import shard_name, split_path
from argosy.examples.parquet import ParquetContent
from argosy.examples.payload import PARQUET, TF_SEQUENCE_EXAMPLE, known_payload
from argosy.examples.progress import RowProgress
from argosy.examples.sequence import encode_sequence_examples
from argosy.examples.tfrecord import frame, open_gzip

_BATCH_BYTES = 64 << 20
# Few enough to stay in the processor's cache from their checksums to their compression.
_FRAMED_ROWS = 8_000


class Content(Protocol):
    """What is in a file, while it is written; the methods raise OSError where they cannot write."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Appends the rows of a batch."""
        ...

    def close(self) -> int:
        """Finishes the file; returns how many rows it has."""
        ...

    def abandon(self) -> None:
        """Lets go of the file."""
        ...


class ExamplesWriter:
    """Writes one file of a split: it appears, under its name, when the writer closes without an error.

        with ExamplesWriter("/data/examples", "train", payload_format="FORMAT_PARQUET") as writer:
            writer.write(batch)

    Attributes:
        file: The file's final name.
        rows: How many rows have been written; when it is closed, how many the file has, counted by themselves.
    """

    def __init__(
        self, path: str, split: str, *, payload_format: str = "", prefix: str = "", shard: int = 0, shards: int = 1
    ) -> None:
        """Opens the file.

        Args:
            path: The folder of the Examples artifact.
            split: The name of the split.
            payload_format: One of `payload.SUFFIXES`; empty: tf.Examples.
            prefix: How the file's name begins; empty: as ExampleGen's do.
            shard: Which of the split's files.
            shards: How many there are.

        Raises:
            ParameterError: There is no such payload.
            StorageError: It cannot be written.
        """
        payload = known_payload(payload_format)
        self.file = f"{split_path(path, split)}/{shard_name(shard, shards, prefix, payload)}"
        self._part = Path(self.file).with_name(f".{Path(self.file).name}.{uuid.uuid4().hex}.tmp")
        self.rows = 0
        self._progress = RowProgress(f"writing {path}, split {split}")
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._content = _content(payload, self._part)
        except OSError as error:
            raise StorageError(f"cannot write {self.file}: {error}") from error

    def write(self, batch: pa.RecordBatch) -> None:
        """Appends the rows of a batch.

        Raises:
            DataError: A column is of a type that the payload does not have.
            StorageError: The file cannot be written.
        """
        try:
            self._content.write(batch)
        except OSError as error:
            raise StorageError(f"cannot write {self.file}: {error}") from error
        self.rows += batch.num_rows
        self._progress.add(batch.num_rows)

    def close(self) -> None:
        """Finishes the file and gives it its name.

        Raises:
            DataError: A column of the last rows is of another type than it was.
            StorageError: It cannot be written.
        """
        try:
            self.rows = self._content.close()
            self._part.replace(self.file)
        except OSError as error:
            self.abandon()
            raise StorageError(f"cannot write {self.file}: {error}") from error
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Removes what has been written."""
        self._content.abandon()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()


def write_examples(
    batches: Iterable[pa.RecordBatch], path: str, split: str, *, payload_format: str = "", prefix: str = ""
) -> int:
    """Writes all batches as the one file of a split; returns the number of rows.

    Raises:
        ParameterError: There is no such payload.
        DataError: A column is of a type that the payload does not have.
        StorageError: The file cannot be written.
    """
    with ExamplesWriter(path, split, payload_format=payload_format, prefix=prefix) as writer:
        for batch in batches:
            writer.write(batch)
    return writer.rows


class _TFRecordContent:
    def __init__(self, path: Path, encode: Callable[[pa.RecordBatch], pa.BinaryArray]) -> None:
        self._encode = encode
        self._rows = 0
        self._raw = path.open("wb")
        self._stream = open_gzip(self._raw)

    def write(self, batch: pa.RecordBatch) -> None:
        for part in _small_enough(batch):
            records = self._encode(part)
            for start in range(0, len(records), _FRAMED_ROWS):
                self._stream.write(frame(records.slice(start, _FRAMED_ROWS)))
            self._rows += len(records)

    def close(self) -> int:
        self._stream.close()
        self._raw.close()
        return self._rows

    def abandon(self) -> None:
        # A compressor that is not closed writes once more when it is collected, then to a closed file.
        with contextlib.suppress(OSError, ValueError):
            self._stream.close()
        self._raw.close()


def _content(payload: str, path: Path) -> Content:
    if payload == PARQUET:
        path.touch()
        return ParquetContent(path)
    return _TFRecordContent(path, encode_sequence_examples if payload == TF_SEQUENCE_EXAMPLE else _encode_flat)


def _encode_flat(batch: pa.RecordBatch) -> pa.BinaryArray:
    refuse_nested(batch, "a tf.Example", f"write the rows as {TF_SEQUENCE_EXAMPLE} or {PARQUET}")
    return encode_examples(batch)


def _small_enough(batch: pa.RecordBatch) -> Iterable[pa.RecordBatch]:
    """Yields the batch in slices whose encoded form stays far from the 2 GiB that one Arrow array can hold."""
    slices = max(1, min(batch.num_rows, -(-batch.nbytes // _BATCH_BYTES)))
    step = -(-batch.num_rows // slices)
    for start in range(0, batch.num_rows, max(1, step)):
        yield batch.slice(start, step)

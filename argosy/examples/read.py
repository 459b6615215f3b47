"""Rows from the files of an Examples artifact."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from argosy.errors import located
from argosy.examples.decode import decode_examples
from argosy.examples.layout import split_files
from argosy.examples.tfrecord import read_records

RAW_RECORD = "__raw_record__"
"""The column that holds the serialized tf.Example itself, where it is asked for."""

BATCH_SIZE = 10_000


def read_examples(
    path: str, split: str, *, columns: Sequence[str] | None = None, batch_size: int = BATCH_SIZE
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a split, file by file, in batches of at most `batch_size`.

    Args:
        path: The folder of the Examples artifact.
        split: The name of the split.
        columns: The features to read, all of which each batch will have, in this order; None: all that a batch has.
        batch_size: Rows per batch; a batch of large rows may have fewer.

    Raises:
        ArtifactError: There is no such split.
        DataError: A file is damaged, or no TFRecord file of tf.Examples; the message names file and record.
    """
    for file in split_files(path, split):
        yield from read_file(file, columns=columns, batch_size=batch_size)


def read_file(
    file: str, *, columns: Sequence[str] | None = None, batch_size: int = BATCH_SIZE, with_raw: bool = False
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of one file; with `with_raw` each batch ends with the binary column `__raw_record__`.

    Raises:
        DataError: As `read_examples`.
    """
    first = 0
    for records in read_records(file, batch_size=batch_size):
        with located(file=file):
            batch = decode_examples(records, columns, first_record=first)
        first += len(records)
        yield _with_raw(batch, records) if with_raw else batch


def _with_raw(batch: pa.RecordBatch, records: pa.BinaryArray) -> pa.RecordBatch:
    schema = batch.schema.append(pa.field(RAW_RECORD, pa.binary(), nullable=False))
    return pa.RecordBatch.from_arrays([*batch.columns, records], schema=schema)

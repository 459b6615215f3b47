"""Rows from the files of an Examples artifact."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from argosy import fs
from argosy.errors import located
from argosy.examples.columns import RowSchema, as_typed, is_nested, wanted_types
from argosy.examples.decode import decode_examples
from argosy.examples.encode import encode_examples
from argosy.examples.layout import split_files
from argosy.examples.parquet import parquet_rows, read_parquet
from argosy.examples.payload import PARQUET, TF_SEQUENCE_EXAMPLE, known_payload, payload_of
from argosy.examples.progress import with_progress
from argosy.examples.sequence import decode_sequence_examples, encode_sequence_examples
from argosy.examples.tfrecord import read_records

RAW_RECORD = "__raw_record__"
"""The column that holds the serialized tf.Example itself, where it is asked for."""

BATCH_SIZE = 10_000


def read_examples(
    path: str,
    split: str,
    *,
    columns: Sequence[str] | None = None,
    schema: RowSchema | None = None,
    batch_size: int = BATCH_SIZE,
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a split, file by file, in batches of at most `batch_size`, whatever their payload.

    Args:
        path: The folder of the Examples artifact: local, or on s3:// or gs://, from where a file at a time is fetched.
        split: The name of the split.
        columns: The features to read, all of which each batch will have, in this order; None: those of the schema, or
            all that a batch has. What is not asked for is not decoded, and not read from Parquet.
        schema: An argosy.schema.Schema, for the columns' types and their order; None: as the rows tell.
        batch_size: Rows per batch; a batch of large rows may have fewer.

    Raises:
        ArtifactError: There is no such split.
        ParameterError: A column is not in the schema.
        DataError: A file is damaged or of another format, or a column of another type than the schema says; the message
            names the file.
        StorageError: A file cannot be read.
    """
    files = split_files(path, split)
    batches = (read_file(file, columns=columns, schema=schema, batch_size=batch_size) for file in files)
    yield from with_progress(
        itertools.chain.from_iterable(batches), f"reading {path}, split {split}", known_rows(files)
    )


def read_file(
    file: str,
    *,
    columns: Sequence[str] | None = None,
    schema: RowSchema | None = None,
    batch_size: int = BATCH_SIZE,
    with_raw: bool = False,
    payload_format: str = "",
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of one file; with `with_raw` each batch ends with the binary column `__raw_record__`.

    Args:
        file: A path or URI.
        columns: As in `read_examples`.
        schema: As in `read_examples`.
        batch_size: As in `read_examples`.
        with_raw: Whether each row comes with its serialized tf.Example, or SequenceExample, too.
        payload_format: What the file holds; empty: what its name says.

    Raises:
        DataError: As `read_examples`.
    """
    types = wanted_types(columns, schema)
    names = None if types is None else list(types)
    payload = known_payload(payload_format, default=payload_of(file))
    with fs.fetched(file) as local:
        if payload == PARQUET:
            found = _from_parquet(local, file, names, batch_size, with_raw=with_raw)
        else:
            found = _from_tfrecord(local, file, names, batch_size, payload)
        for batch, raw in found:
            if types is not None:
                with located(file=file):
                    batch = as_typed(batch, types)
            yield _with_raw(batch, raw) if with_raw else batch


def known_rows(files: Sequence[str]) -> int | None:
    """Returns how many rows the files have; None where that takes reading them.

    Raises:
        DataError: A file is damaged.
        StorageError: A file cannot be read.
    """
    if any(fs.is_remote(file) or payload_of(file) != PARQUET for file in files):
        return None
    return sum(parquet_rows(fs.local_path(file)) for file in files)


def _from_tfrecord(
    local: Path, file: str, names: list[str] | None, batch_size: int, payload: str
) -> Iterator[tuple[pa.RecordBatch, pa.BinaryArray]]:
    decode = decode_sequence_examples if payload == TF_SEQUENCE_EXAMPLE else decode_examples
    first = 0
    for records in read_records(str(local), batch_size=batch_size, name=file):
        with located(file=file):
            batch = decode(records, names, first_record=first)
        first += len(records)
        yield batch, records


def _from_parquet(
    local: Path, file: str, names: list[str] | None, batch_size: int, *, with_raw: bool
) -> Iterator[tuple[pa.RecordBatch, pa.BinaryArray | None]]:
    # A whole tf.Example takes all columns.
    with located(file=file):
        for batch in read_parquet(local, None if with_raw else names, batch_size):
            yield batch, _encoded(batch) if with_raw else None


def _encoded(batch: pa.RecordBatch) -> pa.BinaryArray:
    nested = any(is_nested(field.type) for field in batch.schema)
    return encode_sequence_examples(batch) if nested else encode_examples(batch)


def _with_raw(batch: pa.RecordBatch, records: pa.BinaryArray) -> pa.RecordBatch:
    schema = batch.schema.append(pa.field(RAW_RECORD, pa.binary(), nullable=False))
    return pa.RecordBatch.from_arrays([*batch.columns, records], schema=schema)

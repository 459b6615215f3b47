"""One Avro container file."""

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import fastavro
import pyarrow as pa

from argosy.errors import DataError, StorageError, located
from argosy.examples.progress import RowProgress
from argosy.ingest.features import as_batch, kind_of_type
from argosy.ingest.local_file import LocalFile
from argosy.ingest.row_size import largest_row, too_large
from argosy.ingest.scanned import ScannedFile

_PRIMITIVES = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "string": pa.string(),
    "fixed": pa.binary(),
    "enum": pa.string(),
}
_LOGICAL = {
    "date": pa.date32(),
    "time-millis": pa.time32("ms"),
    "time-micros": pa.time64("us"),
    "timestamp-millis": pa.timestamp("ms", "UTC"),
    "timestamp-micros": pa.timestamp("us", "UTC"),
    "timestamp-nanos": pa.timestamp("ns", "UTC"),
    "local-timestamp-millis": pa.timestamp("ms"),
    "local-timestamp-micros": pa.timestamp("us"),
    "uuid": pa.string(),
}
_NUMBERS = ("int", "long", "float", "double")
_FEW_DIGITS, _DIGITS = 38, 76
_CODECS = {"snappy": "cramjam", "zstandard": "backports.zstd", "lz4": "lz4"}
"""Compressions that need a package of their own, with its name."""


def scan_avro(file: LocalFile) -> ScannedFile:
    """Returns columns, kinds and number of rows; rows are counted block by block, without being decoded.

    Raises:
        DataError: It is no Avro file of records, or a field is of a type that a feature cannot hold.
        StorageError: It cannot be read.
    """
    with _blocks(file) as (blocks, fields):
        kinds = {name: kind_of_type(name, field_type) for name, field_type in fields.items()}
        progress = RowProgress(f"typing {file}")
        for block in blocks:
            if block.size > largest_row():
                raise too_large(
                    f"rows {progress.rows + 1} to {progress.rows + block.num_records}: a block of Avro that"
                )
            progress.add(block.num_records)
        return ScannedFile(file=file.name, kinds=kinds, rows=progress.rows)


def read_avro(file: LocalFile, kinds: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yields the rows as list columns of these kinds, a batch for each block of the file.

    Raises:
        DataError: A value is not of its kind, or the file is damaged.
        StorageError: It cannot be read.
    """
    with _blocks(file) as (blocks, fields):
        wanted = {name: field_type for name, field_type in fields.items() if name in kinds}
        for block in blocks:
            rows = list(block)
            columns = {name: _column([row[name] for row in rows], field_type) for name, field_type in wanted.items()}
            yield as_batch(columns, kinds, len(rows))


@contextlib.contextmanager
def _blocks(file: LocalFile) -> Iterator[tuple[Any, dict[str, pa.DataType]]]:
    with located(file=file.name), _opened(file) as raw:
        try:
            blocks: Any = fastavro.block_reader(raw)
            schema = blocks.writer_schema
            if not isinstance(schema, dict) or schema.get("type") != "record":
                raise DataError("holds no records; each of its values has to be a record of fields")
            whole: Any = fastavro.parse_schema(schema, expand=True)
            yield blocks, {field["name"]: _type_of(field["name"], field["type"]) for field in whole["fields"]}
        except (ValueError, EOFError, IndexError, KeyError, StopIteration, pa.ArrowInvalid) as error:
            if "need to install" in str(error):
                raise DataError(
                    f"is compressed by {blocks.codec}, which is not installed; pip install {_CODECS[blocks.codec]} "
                    "where the step runs, or write the file with deflate"
                ) from error
            raise DataError(f"cannot be read as Avro ({error}); it is damaged, or of another format") from error


def _opened(file: LocalFile) -> BinaryIO:
    try:
        return file.path.open("rb")
    except OSError as error:
        raise StorageError(f"cannot be read: {error}") from error


def _type_of(name: str, schema: Any) -> pa.DataType:
    """Returns the Arrow type of an Avro one; a union with null is the other type, one of numbers the widest.

    Raises:
        DataError: A feature cannot hold it.
    """
    if isinstance(schema, list):
        others = [member for member in schema if member != "null"]
        if len(others) == 1:
            return _type_of(name, others[0])
        if not others:
            return pa.null()
        if all(member in _NUMBERS for member in others):
            return _PRIMITIVES[max(others, key=_NUMBERS.index)]
    elif isinstance(schema, dict):
        logical = schema.get("logicalType", "")
        if logical == "decimal":
            if schema["precision"] <= _DIGITS:
                decimal = pa.decimal128 if schema["precision"] <= _FEW_DIGITS else pa.decimal256
                return decimal(schema["precision"], schema.get("scale", 0))
        elif logical in _LOGICAL:
            return _LOGICAL[logical]
        elif schema["type"] == "array":
            return pa.list_(_type_of(name, schema["items"]))
        elif schema["type"] in _PRIMITIVES:
            return _PRIMITIVES[schema["type"]]
    elif schema in _PRIMITIVES:
        return _PRIMITIVES[schema]
    raise DataError(
        f"column {name!r} is of the Avro type {schema}, which a feature cannot hold; leave it out, or write it as "
        "numbers, text or lists of these"
    )


def _column(values: list[Any], field_type: pa.DataType) -> pa.Array:
    if pa.types.is_string(field_type):
        values = [str(value) if isinstance(value, uuid.UUID) else value for value in values]
    elif pa.types.is_floating(field_type):
        # Arrow takes no whole number that a float rounds.
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, field_type)

"""One Avro container file."""

import contextlib
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
            columns = {
                name: pa.array([_plain(row[name]) for row in rows], field_type) for name, field_type in wanted.items()
            }
            yield as_batch(columns, kinds, len(rows))


@contextlib.contextmanager
def _blocks(file: LocalFile) -> Iterator[tuple[Any, dict[str, pa.DataType]]]:
    with located(file=file.name), _opened(file) as raw:
        try:
            blocks: Any = fastavro.block_reader(raw)
            schema = blocks.writer_schema
            if not isinstance(schema, dict) or schema.get("type") != "record":
                raise DataError("holds no records; each of its values has to be a record of fields")
            yield blocks, {field["name"]: _type_of(field["name"], field["type"]) for field in schema["fields"]}
        except (ValueError, EOFError, IndexError, KeyError, StopIteration, pa.ArrowInvalid) as error:
            raise DataError(f"cannot be read as Avro ({error}); it is damaged, or of another format") from error


def _opened(file: LocalFile) -> BinaryIO:
    try:
        return file.path.open("rb")
    except OSError as error:
        raise StorageError(f"cannot be read: {error}") from error


def _type_of(name: str, schema: Any) -> pa.DataType:
    """Returns the Arrow type of an Avro one; a union with null is the other type.

    Raises:
        DataError: A feature cannot hold it.
    """
    if isinstance(schema, list):
        others = [member for member in schema if member != "null"]
        if len(others) == 1:
            return _type_of(name, others[0])
        if not others:
            return pa.null()
    elif isinstance(schema, dict):
        logical = schema.get("logicalType", "")
        if logical == "decimal":
            return pa.decimal128(schema["precision"], schema.get("scale", 0))
        if logical in _LOGICAL:
            return _LOGICAL[logical]
        if schema["type"] == "array":
            return pa.list_(_type_of(name, schema["items"]))
        if schema["type"] in _PRIMITIVES:
            return _PRIMITIVES[schema["type"]]
    elif schema in _PRIMITIVES:
        return _PRIMITIVES[schema]
    raise DataError(
        f"column {name!r} is of the Avro type {schema}, which a feature cannot hold; leave it out, or write it as "
        "numbers, text or lists of these"
    )


def _plain(value: Any) -> Any:
    return str(value) if type(value).__name__ == "UUID" else value

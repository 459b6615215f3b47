"""Parquet files of rows: a column a feature, lists as in our batches, so that null, [] and [0] stay three things.

Foreign files may also have plain columns (null, or one value) and numbers or text of other widths.
"""

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from argosy.errors import DataError, StorageError, located
from argosy.examples.columns import check_columns, is_nested

_GROUP_ROWS = 50_000
_GROUP_BYTES = 64 << 20
_DAMAGED = "it is damaged, was not written to the end, or is of another format; write or copy it again"


class ParquetContent:
    """Writes the content of one file, a row group at a time.

    A Parquet file has one schema. When a later batch says more (a column that was null so far, or was not there), what
    is written is read back and written again with it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: parquet.ParquetWriter | None = None
        self._schema = pa.schema([])
        self._pending: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Appends rows; raises OSError, and DataError for a column that rows cannot have."""
        check_columns(batch)
        if batch.num_rows and not batch.num_columns:
            raise DataError("rows without any column cannot be written to Parquet; write them as tf.Examples")
        self._pending.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> int:
        """Finishes the file; returns how many rows it has; raises OSError."""
        self._flush()
        self._opened(self._schema).close()
        return parquet_rows(self._path)

    def abandon(self) -> None:
        """Lets go of the file; it is not finished."""
        if self._writer is not None:
            with contextlib.suppress(OSError, pa.ArrowException):
                self._writer.close()

    def _flush(self) -> None:
        if not self._pending:
            return
        groups = max(1, -(-self._bytes // _GROUP_BYTES))
        group_rows = min(2 * _GROUP_ROWS, max(1, -(-self._rows // groups)))
        table = _joined(self._schema, [pa.Table.from_batches([batch]) for batch in self._pending])
        self._pending, self._rows, self._bytes = [], 0, 0
        if self._writer is not None and table.schema != self._schema:
            self._write_again(self._writer, table.schema)
        self._opened(table.schema).write_table(table, row_group_size=group_rows)

    def _write_again(self, writer: parquet.ParquetWriter, schema: pa.Schema) -> None:
        writer.close()
        self._writer = None
        earlier = self._path.with_name(f"{self._path.name}.earlier")
        self._path.replace(earlier)
        try:
            with parquet.ParquetFile(earlier) as written:
                for group in range(written.num_row_groups):
                    self._opened(schema).write_table(_joined(schema, [written.read_row_group(group)]))
        finally:
            earlier.unlink()

    def _opened(self, schema: pa.Schema) -> parquet.ParquetWriter:
        if self._writer is None:
            self._schema = schema
            text = [_leaf(field) for field in schema if pa.types.is_binary(_value_type(field.type))]
            # Dictionaries pay for text only; the checksums are those that a TFRecord file has of itself.
            self._writer = parquet.ParquetWriter(
                self._path, schema, compression="snappy", use_dictionary=text, write_page_checksum=True
            )
        return self._writer


def parquet_rows(path: Path) -> int:
    """Returns how many rows a file has.

    Raises:
        DataError: It is no Parquet file, or damaged.
        StorageError: It cannot be read.
    """
    with located(file=path), _faults():
        return int(parquet.read_metadata(path).num_rows)


def read_parquet(path: Path, columns: Collection[str] | None, batch_size: int) -> Iterator[pa.RecordBatch]:
    """Yields the rows as list columns: those that are wanted and there; no other is read.

    Args:
        path: The file.
        columns: Which, None: all.
        batch_size: Rows a batch, at most.

    Raises:
        DataError: It is no Parquet file, is damaged, or has a column that rows cannot have.
        StorageError: It cannot be read.
    """
    asked = set(columns or ())
    with _faults(), parquet.ParquetFile(path, page_checksum_verification=True) as file:
        names = file.schema_arrow.names
        twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
        if twice:
            raise DataError(f"two columns are named {sorted(twice)[0]!r}; rename one where it is written")
        wanted = names if columns is None else [name for name in names if name in asked]
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(batch_size, row_groups=[group], columns=wanted, use_threads=False):
                # A name with a dot may have brought the columns of another name with it.
                yield listed(batch.select(wanted))


def listed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Returns the columns as rows have them: lists of int64, float32 or binary; lists of lists as they are.

    Raises:
        DataError: A column is of a type that rows cannot have.
    """
    if not batch.num_columns:
        return batch
    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        with located(feature=repr(name)):
            columns.append(_list_column(column))
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _list_column(column: pa.Array) -> pa.Array:
    own = column.type
    if pa.types.is_null(own) or is_nested(own):
        return column
    if pa.types.is_dictionary(own):
        return _list_column(column.dictionary_decode())
    is_list = pa.types.is_list(own) or pa.types.is_large_list(own) or pa.types.is_fixed_size_list(own)
    wanted = pa.list_(_kind(own.value_type if is_list else own))
    if own == wanted:
        return column
    if is_list:
        return column.cast(wanted, safe=not pa.types.is_float32(wanted.value_type))
    values = column.drop_null().cast(wanted.value_type, safe=not pa.types.is_float32(wanted.value_type))
    if not column.null_count:
        return pa.ListArray.from_arrays(pa.array(range(len(column) + 1), pa.int32()), values)
    ends = pc.cumulative_sum(column.is_valid().cast(pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(offsets, values, mask=column.is_null())


def _kind(value_type: pa.DataType) -> pa.DataType:
    types = pa.types
    if types.is_integer(value_type) or types.is_boolean(value_type):
        return pa.int64()
    if types.is_floating(value_type):
        return pa.float32()
    text = (types.is_binary, types.is_string, types.is_large_binary, types.is_large_string)
    if any(check(value_type) for check in text):
        return pa.binary()
    raise DataError(f"is {value_type}, which rows cannot hold; let ExampleGen read the file, which converts it")


def _joined(schema: pa.Schema, tables: list[pa.Table]) -> pa.Table:
    """Returns the rows of all tables with the columns of all and of the schema; null where one has none.

    Raises:
        DataError: A column is of two types.
    """
    try:
        return pa.concat_tables([schema.empty_table(), *tables], promote_options="default")
    except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
        raise DataError(f"a column is of two types ({error}); give it one type in all batches") from error


def _leaf(field: pa.Field) -> str:
    """Returns what Parquet calls the values of a column of lists, or of lists of lists."""
    return f"{field.name}.list.element" + (".list.element" if is_nested(field.type) else "")


def _value_type(column_type: pa.DataType) -> pa.DataType:
    return _value_type(column_type.value_type) if pa.types.is_list(column_type) else column_type


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"cannot be read as Parquet ({_line(error)}); {_DAMAGED}") from error
    except OSError as error:
        if error.errno is None:
            raise DataError(f"cannot be read as Parquet ({_line(error)}); {_DAMAGED}") from error
        raise StorageError(f"cannot be read: {error}") from error


def _line(error: Any) -> str:
    return " ".join(str(error).split())

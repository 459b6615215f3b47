"""The rows of CSV files, each column of the narrowest type that fits all of its cells."""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import TypeVar

import pyarrow as pa
import pyarrow.csv as csv

from argosy.errors import DataError, ParameterError, located
from argosy.schema import Schema

Made = TypeVar("Made")

_WIDER = {"null": pa.int64(), "int64": pa.float64(), "double": pa.string(), "string": pa.binary()}
_OF_SCHEMA = {"INT": pa.int64(), "FLOAT": pa.float64(), "BYTES": pa.binary()}
_BLOCK_BYTES = 4 << 20
_SCANNED_BYTES = 1 << 20


def with_csv_rows(
    files: Sequence[str],
    make: Callable[[Iterator[pa.RecordBatch]], Made],
    *,
    names: Sequence[str] = (),
    delimiter: str = ",",
    schema: Schema | None = None,
    texts: Container[str] = (),
) -> Made:
    """Returns what is made of all rows; it is made again whenever a cell does not fit the type of its column.

    A column is of whole numbers, else of numbers, else of strings: the first that fits all of its cells, starting with
    the type that the schema gives it. An empty cell is missing, and a cell need not be UTF-8.

    Args:
        files: In their order.
        make: Takes batches of columns of values.
        names: Of the columns, for files without a header.
        delimiter: Between two cells.
        schema: Says of which type columns are.
        texts: Columns that are strings as soon as one cell is not of the schema's type.

    Raises:
        ParameterError: The delimiter is not one character.
        DataError: A file is no CSV file, or its header is not UTF-8 or has a name twice.
    """
    if len(delimiter) != 1 or not delimiter.isascii():
        raise ParameterError(f"delimiter is {delimiter!r}; give one character of ASCII, such as ';' or '\\t'")
    declared = schema.features if schema else ()
    types = {feature.name: _OF_SCHEMA[feature.type] for feature in declared if feature.type in _OF_SCHEMA}
    while True:
        try:
            return make(_located_batches(files, names, delimiter, types))
        except _WiderColumnError as found:
            types[found.name] = pa.binary() if found.name in texts else found.type


class _WiderColumnError(Exception):
    """A column of a CSV file has a cell that its type does not hold."""

    def __init__(self, name: str, type_: pa.DataType) -> None:
        super().__init__(name)
        self.name, self.type = name, type_


def _located_batches(
    files: Sequence[str], names: Sequence[str], delimiter: str, types: Mapping[str, pa.DataType]
) -> Iterator[pa.RecordBatch]:
    for file in files:
        with located(file=file):
            yield from _batches(file, names, delimiter, types)


def _batches(
    file: str, names: Sequence[str], delimiter: str, types: Mapping[str, pa.DataType]
) -> Iterator[pa.RecordBatch]:
    try:
        reader = _opened(file, names, delimiter, types)
    except (pa.ArrowInvalid, OSError) as error:
        raise _wider(_columns(file, names, delimiter), str(error)) from error
    columns = _header(reader.schema)
    for field in reader.schema:
        if pa.types.is_temporal(field.type):
            raise _WiderColumnError(field.name, pa.string())
    whole = {field.name: pa.float64() for field in reader.schema if pa.types.is_integer(field.type)}
    if whole and _has_hexadecimal(file):
        # Arrow takes 0x1F for a whole number, though for no other, which is an identifier.
        for _ in _batches(file, names, delimiter, {**types, **whole}):
            pass
    while True:
        try:
            yield reader.read_next_batch()
        except StopIteration:
            return
        except pa.ArrowInvalid as error:
            raise _wider(columns, str(error)) from error


def _has_hexadecimal(file: str) -> bool:
    """Whether 0x stands anywhere, in a cell of whatever column."""
    with pa.input_stream(file) as stream:
        last = b""
        while block := stream.read(_SCANNED_BYTES):
            if re.search(b"0[xX]", last + block):
                return True
            last = block[-1:]
    return False


def _opened(
    file: str, names: Sequence[str], delimiter: str, types: Mapping[str, pa.DataType]
) -> csv.CSVStreamingReader:
    return csv.open_csv(
        file,
        read_options=csv.ReadOptions(column_names=list(names) or None, block_size=_BLOCK_BYTES, use_threads=False),
        parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict(types), null_values=[""], strings_can_be_null=True, true_values=[], false_values=[]
        ),
    )


def _header(schema: pa.Schema) -> list[str]:
    """Returns the names of the columns.

    Raises:
        DataError: One is not UTF-8, or there twice.
    """
    try:
        names: list[str] = schema.names
    except UnicodeDecodeError as error:
        raise DataError(
            f"the header is not UTF-8 (byte {error.object[error.start]:#04x} in {error.object[:60]!r}), and it names "
            "the features; save the file as UTF-8"
        ) from error
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DataError(f"the header has {', '.join(map(repr, repeated))} twice; rename one of the columns")
    return names


def _columns(file: str, names: Sequence[str], delimiter: str) -> Sequence[str]:
    """Returns the names of the columns, also where their cells have other types; none where it is no CSV file."""
    try:
        return list(names) or _header(_opened(file, names, delimiter, {}).schema)
    except (pa.ArrowInvalid, OSError):
        return ()


def _wider(names: Sequence[str], message: str) -> Exception:
    """Returns which column needs which wider type; an error where that is not what is wrong."""
    found = re.search(r"CSV column #(\d+): (?:Row #\d+: )?CSV conversion error to (\w+)", message)
    if found is None or found[2] not in _WIDER or not names:
        return DataError(f"cannot be read as CSV: {message}")
    return _WiderColumnError(names[int(found[1])], _WIDER[found[2]])

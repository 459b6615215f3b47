"""Columns of typed files (Parquet, Avro, JSON) as features: lists of int64, float32 or bytes.

| type | becomes |
|---|---|
| integers, booleans | int |
| floats | float, rounded to 32 bits; one that is beyond them is refused |
| decimals | int where they have no places and fit, else float |
| text, binary | bytes |
| dates | int: days since 1970-01-01 |
| timestamps | int: microseconds since 1970-01-01 UTC; one without a zone counts as UTC |
| times of day, durations | int: microseconds |
| lists of these | as many values |
| structs, maps, unions, lists of lists | refused by name |
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from argosy.errors import DataError, located
from argosy.ingest.csv_types import as_lists, first_beyond, parsed
from argosy.ingest.scanned import KINDS

_TYPES = {"int": pa.int64(), "float": pa.float32(), "bytes": pa.binary()}
_INT_DIGITS = 18
_REMEDY = "leave it out, or write it as columns of numbers, text or lists of these"


def kind_of_type(name: str, column_type: pa.DataType) -> str:
    """Returns the kind of a column of this Arrow type.

    Raises:
        DataError: A feature cannot hold it.

    >>> kind_of_type("when", pa.list_(pa.timestamp("ms")))
    'int'
    """
    value = column_type.value_type if _is_list(column_type) else column_type
    return _kind_of_value(name, column_type, value.value_type if pa.types.is_dictionary(value) else value)


def wider_kinds(kinds: Mapping[str, str], schema: pa.Schema, types: Mapping[str, str]) -> dict[str, str]:
    """Returns the kinds of columns after some more rows; a number can be read as any kind that comes after it.

    Args:
        kinds: Those of the rows before.
        schema: The columns of the rows that come.
        types: Kinds that a person gave to columns, which may have values of several.

    Raises:
        DataError: A column has two kinds, neither of which holds the other, or one that a feature cannot hold.

    >>> wider_kinds({"x": "int", "y": "null"}, pa.schema({"x": pa.float64()}), {})
    {'x': 'float', 'y': 'null'}
    """
    found = dict(kinds)
    for field in schema:
        kind, before = kind_of_type(field.name, field.type), kinds.get(field.name, "null")
        if field.name not in types and {kind, before} in ({"bytes", "int"}, {"bytes", "float"}):
            raise DataError(
                f"column {field.name!r} is {kind}, and {before} before; write one type, or name it in types"
            )
        found[field.name] = max(kind, before, key=KINDS.index)
    return found


def as_feature(name: str, column: pa.Array, kind: str) -> pa.Array:
    """Returns the column as lists of values of the kind, null where it is.

    Raises:
        DataError: It cannot be: the type, a value that does not fit, or a null inside a list.
    """
    if kind == "null":
        return pa.nulls(len(column))
    column = _plain(column)
    with located(column=repr(name)):
        if not _is_list(column.type):
            return as_lists(_values(column.drop_null(), kind), column)
        flat = _plain(column.flatten())
        if flat.null_count:
            raise DataError("a null inside a list; a missing value is a null in place of the list")
        lengths = pc.fill_null(pc.list_value_length(column), 0)
        ends = pc.cumulative_sum(pc.cast(lengths, pa.int32()))
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
        mask = pc.is_null(column) if column.null_count else None
        return pa.ListArray.from_arrays(offsets, _values(flat, kind), mask=mask)


def as_batch(columns: Mapping[str, pa.Array], kinds: Mapping[str, str], rows: int) -> pa.RecordBatch:
    """Returns columns as features, in the order of the kinds; one that is not there is missing in all rows.

    Raises:
        DataError: As `as_feature`.
    """
    found = {
        name: as_feature(name, columns[name], kind) if name in columns else _missing(kind, rows)
        for name, kind in kinds.items()
    }
    return pa.RecordBatch.from_arrays(list(found.values()), names=list(found))


def _missing(kind: str, rows: int) -> pa.Array:
    return pa.nulls(rows, pa.null() if kind == "null" else pa.list_(_TYPES[kind]))


def _is_list(column_type: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(column_type) or pa.types.is_large_list(column_type) or pa.types.is_fixed_size_list(column_type)
    )


def _kind_of_value(name: str, whole: pa.DataType, value: pa.DataType) -> str:
    types = pa.types
    if types.is_null(value):
        return "null"
    if types.is_floating(value) or (types.is_decimal(value) and not _is_whole(value)):
        return "float"
    if types.is_integer(value) or types.is_boolean(value) or types.is_temporal(value) or types.is_decimal(value):
        return "int"
    text = (types.is_string, types.is_large_string, types.is_string_view)
    binary = (types.is_binary, types.is_large_binary, types.is_binary_view, types.is_fixed_size_binary)
    if any(check(value) for check in (*text, *binary)):
        return "bytes"
    raise DataError(f"column {name!r} is {whole}, which a feature cannot hold; {_REMEDY}")


def _is_whole(decimal: Any) -> bool:
    return bool(decimal.scale == 0 and decimal.precision <= _INT_DIGITS)


def _plain(values: pa.Array) -> pa.Array:
    """Returns the values of a dictionary, or of a view; others as they are."""
    types = pa.types
    if types.is_dictionary(values.type):
        return _plain(values.dictionary_decode())
    if types.is_string_view(values.type) or types.is_binary_view(values.type):
        return values.cast(pa.string() if types.is_string_view(values.type) else pa.binary())
    return values


def _values(values: pa.Array, kind: str) -> pa.Array:
    """Returns values without nulls as those of the kind."""
    own = _kind_of_value("", values.type, values.type)
    if own == "null":
        return pa.array([], _TYPES[kind])
    if own == "bytes" and kind != "bytes":
        text = values.cast(pa.string())
        numbers = parsed(text, kind)
        if numbers is None:
            raise DataError(f"a text is not of type {kind}, which types asks for; give the column another type")
        return _within(numbers, text)
    if kind == "bytes":
        return (values if own == "bytes" else values.cast(pa.string())).cast(pa.binary())
    try:
        numbers = _number(values, own)
        return _within(numbers.cast(_TYPES[kind], safe=kind == "int"), numbers)
    except pa.ArrowInvalid as error:
        raise DataError(f"a value does not fit into {_TYPES[kind]} ({error}); {_REMEDY}") from error


def _within(numbers: pa.Array, values: pa.Array) -> pa.Array:
    """Returns the numbers that values have become, none of which is infinite unless it was.

    Raises:
        DataError: One is.
    """
    beyond = first_beyond(values, numbers)
    if beyond:
        raise DataError(f"{beyond} does not fit into {numbers.type}; {_REMEDY}")
    return numbers


def _number(values: pa.Array, own: str) -> pa.Array:
    value_type = values.type
    if pa.types.is_date(value_type):
        return values.cast(pa.date32()).cast(pa.int32())
    if pa.types.is_timestamp(value_type):
        return values.cast(pa.timestamp("us", value_type.tz), safe=False).cast(pa.int64())
    if pa.types.is_time(value_type):
        return values.cast(pa.time64("us"), safe=False).cast(pa.int64())
    if pa.types.is_duration(value_type):
        return values.cast(pa.duration("us"), safe=False).cast(pa.int64())
    if pa.types.is_decimal(value_type):
        return values.cast(pa.int64() if own == "int" else pa.float64())
    return values

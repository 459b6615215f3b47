"""Rows of Python values, as database drivers and the user's own reader give them, as Arrow columns."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from argosy.errors import DataError

_NUMBERS = {bool, int, float, Decimal}
_TEXTS = {str, bytes}
_AS_BYTES, _AS_TEXT = {bytearray, memoryview}, {UUID}
_REMEDY = "give it one type (in a query: CAST it to one type), or leave it out"


def as_columns(
    names: Sequence[str], rows: Sequence[Sequence[Any]], types: Mapping[str, str] | None = None
) -> pa.RecordBatch:
    """Returns rows as a batch, each column of the Arrow type that holds its values; None is null.

    Args:
        names: The columns' names, each once.
        rows: At least one.
        types: Kinds that a person gave to columns; one of bytes may have values of several types.

    Raises:
        DataError: A column's values have no type in common, or one that Arrow does not know.

    >>> as_columns(["x"], [(1,), (None,), (2.5,)]).column("x").to_pylist()
    [1.0, None, 2.5]
    """
    columns = [
        _as_column(name, values, (types or {}).get(name, ""))
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=list(names))


def _as_column(name: str, values: Sequence[Any], kind: str) -> pa.Array:
    found = set(map(type, values)) - {type(None)}
    if found & _AS_BYTES:
        values = [bytes(value) if type(value) in _AS_BYTES else value for value in values]
        found = found - _AS_BYTES | {bytes}
    if found & _AS_TEXT or (kind == "bytes" and len(found) > 1 and not found <= _TEXTS):
        values = [value if value is None or type(value) is bytes else str(value) for value in values]
        found = found & {bytes} | {str}
    if found == _TEXTS:
        values = [value.encode() if type(value) is str else value for value in values]
    if len(found) > 1 and found <= _NUMBERS and Decimal in found:
        wanted = float if float in found else Decimal
        values = [None if value is None else wanted(value) for value in values]
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        if Decimal in found and found <= _NUMBERS:
            return pa.array([None if value is None else float(value) for value in values])
        held = " and ".join(sorted(kind.__name__ for kind in found))
        reason = " ".join(str(error).split())
        raise DataError(
            f"column {name!r} has values of Python's {held}, which make no column ({reason}); {_REMEDY}"
        ) from error

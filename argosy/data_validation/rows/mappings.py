"""Rows as a request holds them, name by name, to a batch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from argosy.errors import DataError

ARROW = {"INT": pa.int64(), "FLOAT": pa.float32(), "BYTES": pa.binary()}


def batch_of(
    rows: Sequence[Mapping[str, Any]], types: Mapping[str, str]
) -> tuple[pa.RecordBatch, dict[str, list[int]]]:
    """Returns the rows as a batch, and by feature the rows whose value is of another type: missing in the batch.

    A whole number will do for a float; a text is written in UTF-8. A feature without a type gets that of its first
    value.

    >>> batch_of([{"age": 3}, {"age": "x"}, {}], {"age": "INT"})[1]
    {'age': [1]}

    Raises:
        DataError: A row is no dictionary, or rows nest the values of a feature differently.
    """
    names = dict.fromkeys(types)
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(f"row {place} is a {type(row).__name__}; give a dictionary of feature names to values")
        names.update(dict.fromkeys(row))
    columns: dict[str, pa.Array] = {}
    odd: dict[str, list[int]] = {}
    for name in names:
        given = [row.get(name) for row in rows]
        columns[name], wrong = _column(name, given, types.get(name, ""))
        if wrong:
            # Numpy's values and nested ones are rare, and looking for them in every value costs as much as all else.
            columns[name], wrong = _column(name, [plain(value) for value in given], types.get(name, ""), nested=True)
        if wrong:
            odd[name] = wrong
    if not columns:
        return pa.record_batch([pa.nulls(len(rows))], names=[""]), odd
    return pa.RecordBatch.from_pydict(columns), odd


def plain(value: Any) -> Any:
    """Returns what numpy holds as Python has it; anything else as it is."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple) and any(isinstance(one, np.ndarray | np.generic) for one in value):
        return [plain(one) for one in value]
    return value


def _is_nested(value: Any) -> bool:
    """Whether it has lists within lists, or features within it."""
    first = next(iter(value), None) if isinstance(value, list | tuple) else None
    return isinstance(value, Mapping) or isinstance(first, list | tuple | Mapping)


def _column(name: str, given: list[Any], kind: str, *, nested: bool = False) -> tuple[pa.Array, list[int]]:
    """Returns a column and the rows whose value is of another type; nested ones have the type that Arrow sees."""
    if not nested or not any(map(_is_nested, given)):
        return _cells(given, kind if kind in ARROW else _type_of(given))
    try:
        return pa.array(given), []
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(f"feature {name!r}: rows do not nest its values alike, or mix their types ({error})") from error


def _cells(given: list[Any], kind: str) -> tuple[pa.Array, list[int]]:
    cells, wrong = [], []
    for place, value in enumerate(given):
        values = value if value is None or isinstance(value, list | tuple) else [value]
        try:
            cells.append(None if values is None else [_value(one, kind) for one in values])
        except (TypeError, ValueError, OverflowError):
            cells.append(None)
            wrong.append(place)
    return pa.array(cells, pa.list_(ARROW[kind])), wrong


def _value(value: Any, kind: str) -> Any:
    if kind == "BYTES":
        if isinstance(value, str):
            return value.encode()
        if not isinstance(value, bytes):
            raise TypeError(value)
        return value
    if not isinstance(value, int | float) or (kind == "INT" and isinstance(value, float)):
        raise TypeError(value)
    if kind == "INT" and not -(2**63) <= value < 2**63:
        raise OverflowError(value)
    return value


def _type_of(given: list[Any]) -> str:
    for value in given:
        first = next(iter(value), None) if isinstance(value, list | tuple) else value
        if first is not None:
            return "FLOAT" if isinstance(first, float) else "INT" if isinstance(first, int) else "BYTES"
    return "BYTES"

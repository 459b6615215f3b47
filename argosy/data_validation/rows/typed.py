"""Columns that were read as strings for the sake of some cells, judged cell by cell."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from argosy.data_validation.rows.spec import Rows
from argosy.data_validation.validation.numbers import parse_float, parse_integer
from argosy.schema import Schema

_PARSED: dict[str, tuple[Callable[[str], Any], pa.DataType]] = {
    "INT": (parse_integer, pa.int64()),
    "FLOAT": (parse_float, pa.float64()),
}


def typed_parts(batch: pa.RecordBatch, schema: Schema) -> Iterator[tuple[Rows, pa.RecordBatch]]:
    """Yields the rows in parts, each with their places in the batch.

    Within a part a column of strings that the schema calls numbers is one of numbers, or holds no cell that is one.

    Args:
        batch: Columns of values.
        schema: Says which are numbers.
    """
    numbers = {
        feature.name: _numbers(batch[feature.name], *_PARSED[feature.type])
        for feature in schema.features
        if feature.type in _PARSED
        and feature.name in batch.schema.names
        and pa.types.is_binary(batch[feature.name].type)
    }
    if not numbers:
        yield np.arange(batch.num_rows), batch
        return
    fits = np.column_stack([fitting for _, fitting in numbers.values()])
    kinds, kind_of = np.unique(fits, axis=0, return_inverse=True)
    for kind, fitting in enumerate(kinds):
        rows = np.flatnonzero(kind_of.reshape(-1) == kind)
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        columns |= {name: numbers[name][0] for name, fit in zip(numbers, fitting, strict=True) if fit}
        yield rows, pa.RecordBatch.from_pydict(columns).take(pa.array(rows))


def _numbers(cells: pa.Array, parse: Callable[[str], Any], kind: pa.DataType) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Returns the numbers, null where there is none, and `[rows]` whether the cell is a number or missing."""
    encoded = cells.dictionary_encode()
    parsed = pa.array([parse(value.decode(errors="replace")) for value in encoded.dictionary.to_pylist()], kind)
    numbers = parsed.take(encoded.indices)
    fits = numbers.is_valid().to_numpy(zero_copy_only=False) | cells.is_null().to_numpy(zero_copy_only=False)
    return numbers, fits

"""Columns of at most one value a row, as tables have: what every step of the row path does faster for them."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Rows = np.ndarray[Any, np.dtype[np.int64]]


class Singles(NamedTuple):
    """The values of a list column in which each row has one value, or none.

    Attributes:
        values: Those that are there, in the order of the rows.
        valid: `[rows]`: which rows have one; None: all.
    """

    values: pa.Array
    valid: Mask | None = None


def singles_of(column: pa.ListArray) -> Singles | None:
    """Returns the values of a list column; None when a row's list is empty or has several.

    >>> singles_of(pa.array([[1], None, [3]])).values.to_pylist()
    [1, 3]
    """
    if not len(column):
        return Singles(column.flatten())
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    counts = np.diff(offsets)
    valid = column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else None
    if not (counts == (1 if valid is None else valid)).all():
        return None
    return Singles(column.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0])), valid)


def lists_of(singles: Singles) -> pa.ListArray:
    """Returns the list column of values: null where a row has none."""
    values, valid = singles
    if valid is None:
        return pa.ListArray.from_arrays(pa.array(np.arange(len(values) + 1, dtype=np.int32)), values)
    offsets = np.zeros(len(valid) + 1, np.int32)
    np.cumsum(valid, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(~valid))


def take_rows(batch: pa.RecordBatch, rows: Rows) -> pa.RecordBatch:
    """Returns these rows of a batch, in this order."""
    if not batch.num_columns:
        return batch.slice(0, len(rows))
    return pa.RecordBatch.from_arrays([_taken(column, rows) for column in batch.columns], names=batch.schema.names)


def _taken(column: pa.Array, rows: Rows) -> pa.Array:
    singles = singles_of(column) if pa.types.is_list(column.type) else None
    if singles is None:
        return column.take(pa.array(rows))
    if singles.valid is None:
        return lists_of(Singles(singles.values.take(pa.array(rows))))
    valid = singles.valid[rows]
    place = np.cumsum(singles.valid) - 1
    return lists_of(Singles(singles.values.take(pa.array(place[rows[valid]])), valid))

"""The identifiers of rows as one key each, and the rows dealt out by a hash of it."""

import zlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from argosy.data_validation.diff.spec import DiffOptions

KEY = "__diff_key__"
"""The column that holds a row's key while rows are dealt out."""


def deal(batch: pa.RecordBatch, options: DiffOptions, partitions: int) -> tuple[dict[int, pa.RecordBatch], int]:
    """Returns the rows of each partition, with their keys, and how many rows lack an identifier.

    Rows with equal identifiers come to the same partition.
    """
    keys = row_keys(batch, options)
    kept = keys.is_valid()
    missing = int(pc.sum(pc.invert(kept)).as_py() or 0)
    keyed = batch.append_column(pa.field(KEY, pa.binary()), keys)
    if missing:
        keyed, keys = keyed.filter(kept), keys.filter(kept)
    place = np.array([zlib.crc32(key) for key in keys.to_pylist()], np.int64) % partitions
    dealt = {int(one): keyed.take(pa.array(np.flatnonzero(place == one))) for one in np.unique(place)}
    return dealt, missing


def row_keys(batch: pa.RecordBatch, options: DiffOptions) -> pa.BinaryArray:
    """Returns a key for each row: equal where all identifiers are; null where one is missing or has no value."""
    if any(name not in batch.schema.names for name in options.identifier_features):
        return pa.nulls(batch.num_rows, pa.binary())
    parts = []
    for name in options.identifier_features:
        part = _key_part(rounded(batch.column(name), options.float_round_ndigits))
        # With its length before it, a part cannot run into the next.
        parts += [_lengths(part), part]
    return pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.binary()))


def rounded(column: pa.Array, digits: int | None) -> pa.Array:
    """Returns a column with its floats rounded; others as they are."""
    if digits is None or pa.types.is_null(column.type) or not pa.types.is_floating(column.type.value_type):
        return column
    column = _whole(column)
    values = column.values.to_numpy(zero_copy_only=False).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.round(values, digits).astype(np.float32)
    mask = column.is_null() if column.null_count else None
    return pa.ListArray.from_arrays(column.offsets, pa.array(near, pa.float32()), mask=mask)


def _key_part(column: pa.Array) -> pa.BinaryArray:
    """Returns the values of each row as bytes; null where there is none."""
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), pa.binary())
    if pa.types.is_binary(column.type.value_type):
        return pa.array([_packed(cell) for cell in column.to_pylist()], pa.binary())
    column = _whole(column)
    bounds = column.offsets.to_numpy().astype(np.int64) * (column.values.type.bit_width // 8)
    buffers = [None, pa.py_buffer(bounds.astype(np.int32)), column.values.buffers()[1]]
    packed = pa.Array.from_buffers(pa.binary(), len(column), buffers)
    there = pc.greater(pc.fill_null(pc.list_value_length(column), 0), 0)
    return pc.if_else(there, packed, pa.scalar(None, pa.binary()))


def _packed(cell: list[bytes] | None) -> bytes | None:
    if not cell:
        return None
    # One value cannot be taken for several: those begin with another byte and carry their lengths.
    return b"1" + cell[0] if len(cell) == 1 else b"".join((b"+", *(len(v).to_bytes(8, "little") + v for v in cell)))


def _lengths(part: pa.BinaryArray) -> pa.Array:
    sizes = pc.fill_null(pc.binary_length(part), 0).to_numpy(zero_copy_only=False).astype("<i8")
    offsets = pa.py_buffer((np.arange(len(sizes) + 1) * 8).astype(np.int32))
    return pa.Array.from_buffers(pa.binary(), len(sizes), [None, offsets, pa.py_buffer(sizes)])


def _whole(column: pa.ListArray) -> pa.ListArray:
    """Returns the column with its values, and nothing else, in its buffers."""
    return column.take(pa.array(np.arange(len(column))))

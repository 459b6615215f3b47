"""Serialized tf.Examples to Arrow batches, all records of a batch at a time.

First come the cells of each feature (`cells`), then the values in them: where every cell holds one value and is written
as serializers do, its header is one number to compare; other columns are split field by field.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from argosy.errors import DataError, located
from argosy.examples.cells import Cells, Records, Words, find_cells, records_of
from argosy.examples.encode import BYTES, FLOAT, INT
from argosy.examples.singles import Singles, lists_of
from argosy.examples.wire import (
    FIXED32,
    LENGTH,
    VARINT,
    Bytes,
    Ints,
    decode_varints,
    gather,
    malformed,
    split_fields,
)

_KIND_NAMES = {BYTES: "bytes_list", FLOAT: "float_list", INT: "int64_list"}
_WIRES = {BYTES: (LENGTH,), FLOAT: (LENGTH, FIXED32), INT: (LENGTH, VARINT)}
_TAGS = {kind << 3 | LENGTH: kind for kind in _KIND_NAMES}
_SINGLE_HEADER, _WORD = 4, 8
_LOW, _SEVEN = np.uint64(0xFFFFFFFF), np.uint64(0x7F)
# Of a varint of k bytes in the low end of a word: all its bits, and the bits that say that more follows.
_VARINT_BITS = np.array([(1 << 8 * k) - 1 for k in range(9)], np.uint64)
_MORE_BITS = np.array([sum(128 << 8 * at for at in range(k - 1)) for k in range(9)], np.uint64)
_ALL_MORE = np.uint64(0x8080808080808080)


def decode_examples(
    records: pa.BinaryArray, columns: Sequence[str] | None = None, *, first_record: int = 0
) -> pa.RecordBatch:
    """Returns a batch with one row per serialized tf.Example.

    Keys may stand in any order and be absent; numbers may be packed or not. A column whose type no row tells is null.

    Args:
        records: Serialized tf.Examples, without nulls.
        columns: The features to decode, all of which the batch will have, in this order; None: each feature that a
            record names, in order of first appearance.
        first_record: The number of the first record in its file, for error messages.

    Raises:
        DataError: A record is no tf.Example, or a feature has two kinds.
    """
    rows = len(records)
    found = {}
    parsed = records_of(records, first_record)
    for key, cells in find_cells(parsed, columns).items():
        single = _single_valued(parsed, cells, rows)
        found[key] = _any_valued(key, parsed, cells, rows) if single is None else single
    if columns is not None:
        found = {name: found.get(name, pa.nulls(rows)) for name in columns}
    schema = pa.schema([(name, column.type) for name, column in found.items()])
    if not found:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))
    return pa.RecordBatch.from_arrays(list(found.values()), schema=schema)


def _single_valued(records: Records, cells: Cells, rows: int) -> pa.Array | None:
    """Returns the column when each cell is empty or holds one value, of one kind, in fewer than 128 bytes; else None.

    Such a cell is the kind's tag, a length, the list's tag, a length, each of one byte, and the value.
    """
    size = cells.end - cells.start
    full = size > 0
    if not full.all():
        cells, size = Cells(*(column[full] for column in cells)), size[full]
    if not len(size):
        return pa.nulls(rows)
    if int(size.min()) < _SINGLE_HEADER or int(size.max()) > 127:
        return None
    word = records.words[cells.start]
    kind = _TAGS.get(int(word[0] & np.uint64(0xFF)), 0)
    header = (kind << 3 | LENGTH) + (0x0A << 16) - (2 << 8) - (4 << 24) + size * (1 << 8 | 1 << 24)
    if not kind or (word & _LOW != header.view(np.uint64)).any():
        return None
    start = cells.start + _SINGLE_HEADER
    if kind == FLOAT:
        if (size != _SINGLE_HEADER + 4).any():
            return None
        values = pa.array((word >> np.uint64(32)).astype(np.uint32).view(np.float32), pa.float32(), from_pandas=False)
    elif kind == BYTES:
        values = gather(records.data, start, cells.end)
    else:
        short = int(size.max()) <= _WORD
        numbers = _varints(word >> np.uint64(32) if short else records.words[start], size - _SINGLE_HEADER)
        if numbers is None:
            return None
        values = pa.array(numbers, pa.int64())
    return _listed(values, cells.row, rows)


def _varints(word: Words, size: Ints) -> Ints | None:
    """Returns the varint of up to eight bytes that each word begins with; None when one is of another size."""
    longest = int(size.max())
    if longest > _WORD or int(size.min()) < 1:
        return None
    word = word & _VARINT_BITS[size]
    if (word & _ALL_MORE != _MORE_BITS[size]).any():
        return None
    value = word & _SEVEN
    for k in range(1, longest):
        value |= (word >> np.uint64(8 * k) & _SEVEN) << np.uint64(7 * k)
    return value.view(np.int64)


def _listed(values: pa.Array, row: Ints, rows: int) -> pa.Array:
    """Returns a column with one value in each of these rows, and nothing in the others."""
    if len(row) == rows:
        return lists_of(Singles(values))
    valid = np.zeros(rows, bool)
    valid[row] = True
    return lists_of(Singles(values, valid))


def _any_valued(name: str, records: Records, cells: Cells, rows: int) -> pa.Array:
    """Returns a column with any number of values in a cell, packed or not."""
    numbers = records.numbers[cells.row]
    kinds = split_fields(records.data, cells.start, cells.end, numbers)
    kinds = kinds.where((kinds.wire == LENGTH) & (kinds.number <= INT))
    kind = np.zeros(len(cells.row), np.int64)
    kind[kinds.owner] = kinds.number
    present = np.unique(kind[kind > 0])
    if not len(present):
        return pa.nulls(rows)
    if len(present) > 1:
        first = [f"{_KIND_NAMES[k]} in record {numbers[(kind == k).argmax()]}" for k in present.tolist()]
        raise DataError(f"feature {name!r} has two kinds: {' and '.join(first)}; give it one type where it is written")
    # Of two kinds in one Feature, the later one counts: it is a oneof.
    kinds = kinds.where(kinds.number == kind[kinds.owner])
    items = split_fields(records.data, kinds.start, kinds.end, numbers[kinds.owner])
    items = items.where(items.number == 1)
    of_item = kinds.owner[items.owner]
    _check_wires(items.wire, int(present[0]), numbers[of_item])
    with located(feature=repr(name), records=f"{records.first} to {records.first + rows - 1}"):
        values, counts = _values(int(present[0]), records.data, items.start, items.end)
    mask = np.ones(rows, bool)
    mask[cells.row[kind > 0]] = False
    lengths = np.bincount(cells.row[of_item], weights=counts, minlength=rows).astype(np.int64)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, values, mask=pa.array(mask) if mask.any() else None)


def _check_wires(wire: Ints, kind: int, record: Ints) -> None:
    good = np.isin(wire, _WIRES[kind])
    if not good.all():
        raise malformed(int(record[good.argmin()]))


def _values(kind: int, data: Bytes, start: Ints, end: Ints) -> tuple[pa.Array, Any]:
    """Returns the flat values of the items, and how many are in each."""
    gathered = gather(data, start, end)
    if kind == BYTES:
        return gathered, np.ones(len(start))
    sizes = end - start
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    stream = np.frombuffer(gathered.buffers()[2] or b"", np.uint8, int(bounds[-1])) if len(start) else np.zeros(0, "u1")
    if kind == FLOAT:
        if (sizes % 4).any():
            raise DataError("a list of floats is not a multiple of four bytes long")
        return pa.array(stream.view("<f4"), pa.float32(), from_pandas=False), sizes // 4
    if len(stream) and (stream[bounds[1:][sizes > 0] - 1] > 127).any():
        raise DataError("a list of integers ends within a number")
    return pa.array(decode_varints(stream), pa.int64()), np.diff(np.concatenate([[0], np.cumsum(stream < 128)])[bounds])

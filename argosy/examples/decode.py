"""Serialized tf.Examples to Arrow batches, all records of a batch at a time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from argosy.errors import DataError, located
from argosy.examples.encode import BYTES, FLOAT, INT
from argosy.examples.wire import (
    FIXED32,
    LENGTH,
    VARINT,
    Bytes,
    Fields,
    Ints,
    decode_varints,
    malformed,
    split_fields,
    split_pairs,
)

_KIND_NAMES = {BYTES: "bytes_list", FLOAT: "float_list", INT: "int64_list"}
_WIRES = {BYTES: (LENGTH,), FLOAT: (LENGTH, FIXED32), INT: (LENGTH, VARINT)}


class _Batch(NamedTuple):
    """The map entries of a batch's records, and the items of their lists, both in wire order."""

    data: Bytes
    rows: int
    row: Ints
    """[entries]: the record of each."""
    kind: Ints
    """[entries]: BYTES, FLOAT, INT, or 0 for a Feature without a kind."""
    code: Ints
    """[entries]: the index of its key in the keys of the batch."""
    entry: Ints
    """[items]: the entry of each; an item is a byte string, or a run of numbers."""
    start: Ints
    end: Ints


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
    keys, batch = _parse(records, columns, first_record)
    found = {}
    entries, items = _grouped(batch.code, len(keys)), _grouped(batch.code[batch.entry], len(keys))
    for code, key in enumerate(keys):
        if columns is None or key in columns:
            found[key] = _column(key, batch, entries[code], items[code], first_record)
    if columns is not None:
        found = {name: found.get(name, pa.nulls(rows)) for name in columns}
    schema = pa.schema([(name, column.type) for name, column in found.items()])
    if not found:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))
    return pa.RecordBatch.from_arrays(list(found.values()), schema=schema)


def _grouped(codes: Ints, groups: int) -> list[Ints]:
    """Returns the places of each code, 0 to `groups` - 1, in increasing order."""
    # Numbers of 16 bits are sorted by radix.
    order = np.argsort(codes.astype(np.int16) if groups < 1 << 15 else codes, kind="stable")
    return np.split(order, np.cumsum(np.bincount(codes, minlength=groups))[:-1])


def _parse(records: pa.BinaryArray, columns: Sequence[str] | None, first_record: int) -> tuple[list[str], _Batch]:
    data, bounds = _flat(records)
    number = np.arange(len(records)) + first_record
    features = _messages(split_fields(data, bounds[:-1], bounds[1:], number), 1)
    maps = _messages(split_fields(data, features.start, features.end, number[features.owner]), 1)
    row = features.owner[maps.owner]
    names, values = _pairs(data, maps, number[row])
    keys, code = _keys(data, maps, names)
    if columns is not None:
        wanted = np.isin(np.array(keys, object), list(columns))
        values = values.where(wanted[code[values.owner]])
    kinds = split_fields(data, values.start, values.end, number[row[values.owner]])
    kinds = kinds.where((kinds.wire == LENGTH) & (kinds.number <= INT))
    owner = values.owner[kinds.owner]
    kind = np.zeros(len(row), np.int64)
    kind[owner] = kinds.number
    # Of two kinds in one Feature, the later one counts: it is a oneof.
    last = kinds.number == kind[owner]
    kinds, owner = kinds.where(last), owner[last]
    items = split_fields(data, kinds.start, kinds.end, number[row[owner]])
    items = items.where(items.number == 1)
    _check_wires(items.wire, kinds.number[items.owner], number[row[owner[items.owner]]])
    entry = owner[items.owner]
    return keys, _Batch(data, len(records), row, kind, code, entry, items.start, items.end)


def _pairs(data: Bytes, maps: Fields, record: Ints) -> tuple[Fields, Fields]:
    """Returns the keys and the values of map entries."""
    pairs = split_pairs(data, maps.start, maps.end, record)
    if pairs is not None:
        return pairs
    halves = split_fields(data, maps.start, maps.end, record)
    return _messages(halves, 1), _messages(halves, 2)


def _flat(records: pa.BinaryArray) -> tuple[Bytes, Ints]:
    if not pa.types.is_binary(records.type) or records.null_count:
        raise DataError(f"expected binary records without nulls, found {records.type} with {records.null_count} nulls")
    _, offsets, data = records.buffers()
    if offsets is None or not len(records):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    bounds = np.frombuffer(offsets, np.int32)[records.offset : records.offset + len(records) + 1]
    return np.frombuffer(data or b"", np.uint8), bounds.astype(np.int64)


def _messages(fields: Fields, number: int) -> Fields:
    return fields.where((fields.number == number) & (fields.wire == LENGTH))


def _keys(data: Bytes, maps: Fields, fields: Fields) -> tuple[list[str], Ints]:
    """Returns the distinct keys, and for each map entry the index of its own; an entry without a key has the key ""."""
    start, end = maps.start.copy(), maps.start.copy()
    start[fields.owner], end[fields.owner] = fields.start, fields.end
    encoded = _gather(data, start, end).dictionary_encode()
    try:
        keys = [key.decode() for key in encoded.dictionary.to_pylist()]
    except UnicodeDecodeError as error:
        raise DataError(f"a feature's name is not UTF-8: {error.object!r}; name it in UTF-8") from error
    return keys, encoded.indices.to_numpy().astype(np.int64)


def _check_wires(wire: Ints, kind: Ints, record: Ints) -> None:
    good = wire == LENGTH
    if good.all():
        return
    for number, wires in _WIRES.items():
        good |= (kind == number) & np.isin(wire, wires)
    if not good.all():
        raise malformed(int(record[good.argmin()]))


def _column(name: str, batch: _Batch, entries: Ints, items: Ints, first_record: int) -> pa.Array:
    row = batch.row[entries]
    if len(row) > 1 and (row[1:] == row[:-1]).any():
        entries, items = _last_of_each_row(batch, entries, items)
        row = batch.row[entries]
    kinds = batch.kind[entries]
    present = np.unique(kinds[kinds > 0])
    if not len(present):
        return pa.nulls(batch.rows)
    if len(present) > 1:
        first = [f"{_KIND_NAMES[k]} in record {row[(kinds == k).argmax()] + first_record}" for k in present.tolist()]
        raise DataError(f"feature {name!r} has two kinds: {' and '.join(first)}; give it one type where it is written")
    mask = np.ones(batch.rows, bool)
    mask[row[kinds > 0]] = False
    with located(feature=repr(name), records=f"{first_record} to {first_record + batch.rows - 1}"):
        values, counts = _values(int(present[0]), batch.data, batch.start[items], batch.end[items])
    lengths = np.bincount(batch.row[batch.entry[items]], weights=counts, minlength=batch.rows).astype(np.int64)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, values, mask=pa.array(mask) if mask.any() else None)


def _last_of_each_row(batch: _Batch, entries: Ints, items: Ints) -> tuple[Ints, Ints]:
    """Returns the entries and items that count when a key stands twice in a record: a map keeps the last."""
    winner = np.full(batch.rows, -1)
    winner[batch.row[entries]] = entries
    kept = items[winner[batch.row[batch.entry[items]]] == batch.entry[items]]
    return entries[winner[batch.row[entries]] == entries], kept


def _values(kind: int, data: Bytes, start: Ints, end: Ints) -> tuple[pa.Array, Any]:
    """Returns the flat values of the items, and how many are in each."""
    gathered = _gather(data, start, end)
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


def _gather(data: Bytes, start: Ints, end: Ints) -> pa.BinaryArray:
    """Returns the byte strings at `data[start[i]:end[i]]`, which lie in this order, side by side.

    Arrow does the copying: the strings and the gaps between them are one array, of which every second is taken.
    """
    if not len(start):
        return pa.array([], pa.binary())
    limits = np.stack([start, end], axis=1).reshape(-1).astype(np.int32)
    both = pa.BinaryArray.from_buffers(pa.binary(), len(limits) - 1, [None, pa.py_buffer(limits), pa.py_buffer(data)])
    return both.take(pa.array(np.arange(0, len(limits) - 1, 2)))

"""Arrow batches to serialized tf.Examples, column by column."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from argosy.errors import DataError
from argosy.examples.singles import Singles, singles_of
from argosy.examples.wire import Ints, at_every_byte, encode_varints, varint

BYTES, FLOAT, INT = 1, 2, 3
"""Numbers of the fields of the tf.Feature proto that hold a list."""

KINDS = {pa.binary(): BYTES, pa.float32(): FLOAT, pa.int64(): INT}
_LIMIT = 2**31 - 1
_AROUND_KEY = 64
_OFTEN, _SAMPLE, _SMALL, _CACHED = 8, 1024, 1 << 16, 1 << 16


def encode_examples(batch: pa.RecordBatch) -> pa.BinaryArray:
    """Returns one serialized tf.Example per row.

    Features stand in the order of the columns, so equal rows of equal batches are equal bytes. A missing value is
    written as a Feature without a kind, as TFX does.

    Raises:
        DataError: A column is not list<int64>, list<float32>, list<binary> or null, has a null inside a list, stands
            twice, or the batch is larger than 2 GiB.

    >>> batch = pa.record_batch({"year": pa.array([[2007]], pa.list_(pa.int64()))})
    >>> encode_examples(batch)[0].as_py().hex()
    '0a100a0e0a047965617212061a040a02d70f'
    """
    if len(set(batch.schema.names)) != batch.num_columns:
        raise DataError(f"a batch has two columns of one name: {', '.join(batch.schema.names)}; rename one")
    parts: list[Any] = []
    total = np.zeros(batch.num_rows, np.int64)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        entry, sizes = _entries(name, column)
        parts += entry
        total += sizes
    if int(total.sum()) > _LIMIT:
        raise DataError(f"a batch of {batch.num_rows} rows is larger than 2 GiB; write smaller batches")
    header, _ = by_number(total, lambda size: b"\x0a" + varint(size))
    return pc.binary_join_element_wise(header, *parts, b"")


def by_number(numbers: Ints, make: Callable[[int], bytes]) -> tuple[pa.BinaryArray, Ints]:
    """Returns `make(number)` for each number, made once per distinct one, and the length of each."""
    if int(numbers.max(initial=0)) < 1 << 16:
        distinct = np.flatnonzero(np.bincount(numbers))
        place = np.zeros(int(numbers.max(initial=0)) + 1, np.int64)
        place[distinct] = np.arange(len(distinct))
        inverse = place[numbers]
    else:
        distinct, inverse = np.unique(numbers, return_inverse=True)
    made = [make(int(number)) for number in distinct]
    lengths = np.array([len(text) for text in made], np.int64)
    return pa.array(made, pa.binary()).take(pa.array(inverse)), lengths[inverse]


def _entries(name: str, column: pa.Array) -> tuple[list[Any], Ints]:
    """Returns the parts of each row's map entry, to be joined, and its size."""
    key = name.encode()
    key = b"\x0a" + varint(len(key)) + key
    if pa.types.is_null(column.type):
        entry = _delimited(key + b"\x12\x00")
        return [pa.scalar(entry, pa.binary())], np.full(len(column), len(entry))
    if not pa.types.is_list(column.type) or column.type.value_type not in KINDS:
        raise DataError(f"feature {name!r} is {column.type}; expected list<int64>, list<float32> or list<binary>")
    singles = singles_of(column)
    values = column.flatten() if singles is None else singles.values
    if values.null_count:
        raise DataError(f"feature {name!r} has a null inside a list; a missing value is a null in place of the list")
    kind = KINDS[column.type.value_type]
    if kind == FLOAT and singles is not None and len(column) * (len(key) + _AROUND_KEY) < _LIMIT:
        return _float_entries(key, singles, len(column))
    repeated = None if singles is None else _repeated_entries(key, kind, singles)
    if repeated is not None:
        return repeated
    valid = column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else np.ones(len(column), bool)
    counts = valid if singles is not None else pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    bounds = np.zeros(len(column) + 1, np.int64)
    np.cumsum(counts, out=bounds[1:])
    payload, sizes = _payload(name, kind, values, bounds)
    codes = (sizes + 1) * valid if column.null_count else sizes + 1
    header, header_sizes = by_number(codes, lambda code: _header(key, kind, code - 1))
    return [header, payload], header_sizes + sizes


def _float_entries(key: bytes, singles: Singles, rows: int) -> tuple[list[Any], Ints]:
    """Returns the same for a column of single floats: its entries are of one size, but for those of missing values."""
    header, missing = _header(key, FLOAT, 4), _header(key, FLOAT, -1)
    valid = np.ones(rows, bool) if singles.valid is None else singles.valid
    sizes = np.where(valid, len(header) + 4, len(missing))
    bounds = np.zeros(rows + 1, np.int32)
    np.cumsum(sizes, out=bounds[1:])
    data = np.empty(int(bounds[-1]), np.uint8)
    start, absent = bounds[:-1][valid], bounds[:-1][~valid]
    at_every_byte(data, f"V{len(header)}")[start] = np.void(header)
    at_every_byte(data, f"V{len(missing)}")[absent] = np.void(missing)
    at_every_byte(data, "<f4")[start + len(header)] = singles.values.to_numpy(zero_copy_only=False)
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    return [pa.BinaryArray.from_buffers(pa.binary(), rows, buffers)], sizes


def _repeated_entries(key: bytes, kind: int, singles: Singles) -> tuple[list[Any], Ints] | None:
    """Returns the same for a column of single values of which few are distinct: each one's entry is made once."""
    found = _distinct(kind, singles.values)
    if found is None:
        return None
    distinct, codes = found
    payloads = [varint(value) if kind == INT else b"\x0a" + varint(len(value)) + value for value in distinct]
    entries = [_header(key, kind, len(payload)) + payload for payload in payloads] + [_header(key, kind, -1)]
    if singles.valid is not None:
        some, codes = codes, np.full(len(singles.valid), len(distinct))
        codes[singles.valid] = some
    return [pa.array(entries, pa.binary()).take(pa.array(codes))], np.array([len(entry) for entry in entries])[codes]


def _distinct(kind: int, values: pa.Array) -> tuple[list[Any], Ints] | None:
    """Returns the distinct values and each one's place among them; None when there are too many, or of floats."""
    most = len(values) // _OFTEN
    if kind == BYTES and len(pc.unique(values[:_SAMPLE])) <= _SAMPLE // _OFTEN * 2:
        encoded = values.dictionary_encode()
        if len(encoded.dictionary) <= most:
            return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)
    if kind == INT and len(values):
        numbers = values.to_numpy(zero_copy_only=False)
        if int(numbers.min()) >= 0 and int(numbers.max()) < _SMALL:
            present = np.bincount(numbers) > 0
            distinct = np.flatnonzero(present)
            if len(distinct) <= most:
                return distinct.tolist(), (np.cumsum(present) - 1)[numbers]
    return None


@functools.lru_cache(_CACHED)
def _header(key: bytes, kind: int, size: int) -> bytes:
    """Returns all of a map entry that precedes the payload; `size` -1 stands for a missing value."""
    if size < 0:
        return _delimited(key + b"\x12\x00")
    packed = b"\x0a" + varint(size) if kind != BYTES and size else b""
    feature = bytes([kind << 3 | 2]) + varint(len(packed) + size) + packed
    entry = key + b"\x12" + varint(len(feature) + size) + feature
    return b"\x0a" + varint(len(entry) + size) + entry


def _delimited(message: bytes) -> bytes:
    return b"\x0a" + varint(len(message)) + message


def _payload(name: str, kind: int, values: pa.Array, bounds: Ints) -> tuple[pa.BinaryArray, Ints]:
    """Returns the bytes of each row's list and their number; `bounds` are the rows' limits in `values`."""
    if kind == FLOAT:
        data, ends = pa.py_buffer(np.ascontiguousarray(values.to_numpy(zero_copy_only=False))), bounds * 4
    elif kind == INT:
        stream, lengths = encode_varints(values.to_numpy(zero_copy_only=False))
        data, ends = pa.py_buffer(stream), np.concatenate([[0], np.cumsum(lengths)])[bounds]
    else:
        lengths = pc.binary_length(values).to_numpy().astype(np.int64)
        header, _ = by_number(lengths, lambda size: b"\x0a" + varint(size))
        items = pc.binary_join_element_wise(header, values, b"")
        data = items.buffers()[2]
        ends = np.frombuffer(items.buffers()[1], np.int32)[items.offset : items.offset + len(items) + 1][bounds]
    if int(ends[-1]) > _LIMIT:
        raise DataError(f"feature {name!r} takes more than 2 GiB in one batch; write smaller batches")
    offsets = pa.py_buffer(ends.astype(np.int32))
    return pa.BinaryArray.from_buffers(pa.binary(), len(bounds) - 1, [None, offsets, data]), np.diff(ends).astype(
        np.int64
    )

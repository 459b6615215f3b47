"""The hash of a row, which says in which split it lies. Final: a change would deal all data anew.

With `mix` = splitmix64 (G = 0x9E3779B97F4A7C15; z = x + G; z = (z ^ z>>30) * 0xBF58476D1CE4E5B9;
z = (z ^ z>>27) * 0x94D049BB133111EB; z ^ z>>31; all modulo 2^64):

    row    = mix(sum of feature over the features that are not missing)
    feature = mix(name + kind + sum of mix(value_i ^ mix(i)) over its values, i = 0, 1, ...)
    name   = text(the feature's name in UTF-8)       kind = 1 for bytes, 2 for float, 3 for int
    value  = text(bytes); an int's 64 bits; a float's 32 bits, with -0 as 0 and every NaN as 0x7FC00000
    text   = h = mix(length); for each 8 bytes, little endian, the last padded by zeros: h = mix(h ^ word).
             Of more than 256 bytes, one word: the first 8 bytes of their BLAKE2b with digest size 8

So it depends on names, types and values only: not on the order of columns or of rows, on batches, dictionaries, threads
or versions of a library; and a missing feature counts as much as one that is not there.
"""

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from argosy.errors import DataError
from argosy.examples.singles import singles_of
from argosy.examples.wire import at_every_byte

Hashes = np.ndarray[Any, np.dtype[np.uint64]]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_KINDS = {pa.binary(): 1, pa.float32(): 2, pa.int64(): 3}
_LONG, _OFTEN = 256, 4


def hash_rows(batch: pa.RecordBatch) -> Hashes:
    """Returns the hash of each row of a batch of list columns: `[rows]`, uint64.

    Raises:
        DataError: A column is not list<int64>, list<float32>, list<binary> or null.

    >>> [hex(h) for h in hash_rows(pa.record_batch({"x": pa.array([[1], None], pa.list_(pa.int64()))}))]
    ['0x771fa81095dc24bb', '0xe220a8397b1dcdaf']
    """
    total = np.zeros(batch.num_rows, np.uint64)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if not pa.types.is_null(column.type):
            total += _feature(name, column)
    return _mix(total)


def _feature(name: str, column: pa.ListArray) -> Hashes:
    """Returns what a feature adds to each row's sum; 0 where it is missing."""
    if not pa.types.is_list(column.type) or column.type.value_type not in _KINDS:
        raise DataError(f"feature {name!r} is {column.type}; expected list<int64>, list<float32> or list<binary>")
    key = _texts(pa.array([name.encode()], pa.binary()))[0] + np.uint64(_KINDS[column.type.value_type])
    singles = singles_of(column)
    if singles is not None:
        values, codes = _distinct(singles.values)
        hashed = _mix(_mix(values ^ _mix(np.zeros(1, np.uint64))) + key)
        hashed = hashed if codes is None else hashed[codes]
        if singles.valid is None:
            return hashed
        spread = np.zeros(len(column), np.uint64)
        spread[singles.valid] = hashed
        return spread
    counts = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
    ends = np.cumsum(counts)
    starts = ends - counts
    index = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(starts, counts)
    values, codes = _distinct(column.flatten())
    values = values if codes is None else values[codes]
    values = _mix(values ^ _mix(np.arange(int(counts.max(initial=0))).astype(np.uint64))[index])
    running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
    hashed = _mix(running[ends] - running[starts] + key)
    if column.null_count:
        hashed[column.is_null().to_numpy(zero_copy_only=False)] = 0
    return hashed


def _distinct(values: pa.Array) -> tuple[Hashes, Any]:
    """Returns the values as the hash takes them, and None; where few differ, those, and of each place which it is."""
    if pa.types.is_binary(values.type):
        encoded = values.dictionary_encode()
        return _texts(encoded.dictionary), encoded.indices.to_numpy()
    numbers = values.to_numpy(zero_copy_only=False)
    if pa.types.is_int64(values.type):
        if len(numbers) and int(numbers.min()) >= 0 and int(numbers.max()) < len(numbers) // _OFTEN:
            return np.arange(int(numbers.max()) + 1).astype(np.uint64), numbers
        return numbers.view(np.uint64), None
    bits, unknown = (numbers + np.float32(0)).view(np.uint32), np.isnan(numbers)
    return (np.where(unknown, np.uint32(0x7FC00000), bits) if unknown.any() else bits).astype(np.uint64), None


def _texts(texts: pa.BinaryArray) -> Hashes:
    """Returns the hash of each byte string."""
    lengths = pc.binary_length(texts).to_numpy().astype(np.int64)
    hashes = _mix(lengths.astype(np.uint64))
    _, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        return hashes
    start = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts)].astype(np.int64)
    padded = np.frombuffer(bytes(data) + bytes(8), np.uint8)
    words = at_every_byte(padded, "<u8")
    for k in range(0, min(int(lengths.max()), _LONG), 8):
        some = np.flatnonzero((lengths > k) & (lengths <= _LONG))
        unused = np.maximum(8 - (lengths[some] - k), 0).astype(np.uint64) * np.uint64(8)
        word = words[start[some] + k] << unused >> unused
        hashes[some] = _mix(hashes[some] ^ word)
    for at in np.flatnonzero(lengths > _LONG).tolist():
        digest = hashlib.blake2b(texts[at].as_py(), digest_size=8).digest()
        hashes[at] = _mix(hashes[at : at + 1] ^ np.uint64(int.from_bytes(digest, "little")))[0]
    return hashes


def _mix(x: Hashes) -> Hashes:
    """Returns splitmix64 of each number (Steele, Lea and Flood, 2014)."""
    z = x + _GOLDEN
    z ^= z >> np.uint64(30)
    z *= _FIRST
    z ^= z >> np.uint64(27)
    z *= _SECOND
    z ^= z >> np.uint64(31)
    return z

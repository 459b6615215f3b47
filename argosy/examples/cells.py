"""Where each feature of each record lies: the Features of a batch of serialized tf.Examples, sorted by key.

A writer that puts the same features in the same order into every record, as ours does, makes batches whose records can
be walked in lockstep, entry by entry, at a few array operations for each; any other batch is split field by field.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from argosy.errors import DataError
from argosy.examples.wire import LENGTH, Bytes, Fields, Ints, at_every_byte, gather, split_fields, split_pairs

Words = np.ndarray[Any, np.dtype[np.uint64]]

_ENTRY, _KEY, _VALUE = 0x0A, 0x0A, 0x12
_WORD, _PADDING = 8, 160


class Records(NamedTuple):
    """Serialized tf.Examples side by side.

    Attributes:
        data: The bytes that they lie in, and as many zeros as the head of an entry may have.
        words: The eight bytes from each position on, as one little-endian number.
        bounds: `[records + 1]`: where each begins, and where the last ends.
        first: The number of the first in its file, for error messages.
    """

    data: Bytes
    words: Words
    bounds: Ints
    first: int

    @property
    def numbers(self) -> Ints:
        """`[records]`: the number of each in its file."""
        return np.arange(len(self.bounds) - 1) + self.first


class Cells(NamedTuple):
    """The Feature messages of one key, at most one of a record, in the order of the records; all arrays `[cells]`."""

    row: Ints
    start: Ints
    end: Ints


def records_of(array: pa.BinaryArray, first: int) -> Records:
    """Returns the records of an array of serialized tf.Examples.

    Raises:
        DataError: It is no array of binary values without nulls.
    """
    if not pa.types.is_binary(array.type) or array.null_count:
        raise DataError(f"expected binary records without nulls, found {array.type} with {array.null_count} nulls")
    _, offsets, data = array.buffers()
    bounds = np.zeros(1, np.int64)
    if offsets is not None and len(array):
        bounds = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    used = np.frombuffer(data or b"", np.uint8)[: int(bounds[-1])]
    padded = np.concatenate([used, np.zeros(_PADDING, np.uint8)])
    return Records(padded, at_every_byte(padded, "<u8"), bounds, first)


def find_cells(records: Records, columns: Collection[str] | None) -> dict[str, Cells]:
    """Returns the cells of each key, or of those that are wanted, in order of first appearance.

    Raises:
        DataError: A record is no tf.Example, or a key is not UTF-8.
    """
    in_lockstep = _walk(records, columns)
    return _split(records, columns) if in_lockstep is None else in_lockstep


def _walk(records: Records, columns: Collection[str] | None) -> dict[str, Cells] | None:
    """Returns the cells when all records have the same keys in the same order, each once; else None."""
    data, bounds = records.data, records.bounds
    if len(bounds) == 1:
        return None
    row, stop = np.arange(len(bounds) - 1), bounds[1:]
    position = _message(data, bounds[:-1], _ENTRY, stop)
    if position is None:
        return None
    cells: dict[str, Cells] = {}
    while int(position[0]) < int(stop[0]):
        entry = _short_entries(data, position) or _entries(records, position)
        if entry is None:
            return None
        key, value, end = entry
        if (end > stop).any():
            return None
        try:
            name = key.decode()
        except UnicodeDecodeError:
            return None
        if name in cells:
            return None
        cells[name] = Cells(row, value, end)
        position = end
    if (position != stop).any():
        return None
    return {name: cell for name, cell in cells.items() if columns is None or name in columns}


def _short_entries(data: Bytes, position: Ints) -> tuple[bytes, Ints, Ints] | None:
    """Returns what `_entries` does, in one look at each entry when all are shorter than 128 bytes; else None."""
    first = data[int(position[0]) :][:_PADDING].tobytes()
    size = first[3] + 6
    width = -(-size // _WORD) * _WORD
    if first[3] > 127 or (first[0], first[2], first[size - 2]) != (_ENTRY, _KEY, _VALUE):
        return None
    words = at_every_byte(data, f"V{width}")[position].view(np.uint64).reshape(len(position), -1)
    # The two lengths of an entry, its own and its value's, may differ from those of the first.
    same = np.frombuffer(b"\xff\x00" + b"\xff" * (size - 3) + bytes(width - size + 1), np.uint64)
    for word, shared, of_first in zip(words.T, same, words[0] & same, strict=True):
        if (word & shared != of_first).any():
            return None
    octets = words.view(np.uint8)
    length, value = octets[:, 1].astype(np.int64), octets[:, size - 1].astype(np.int64)
    if int(length.max()) > 127 or (length != value + (size - 2)).any():
        return None
    return first[4 : size - 2], position + size, position + 2 + length


def _entries(records: Records, position: Ints) -> tuple[bytes, Ints, Ints] | None:
    """Returns the key of the map entries at `position`, and where their values start and end; None when keys differ."""
    entry = _opened(records.data, position, _ENTRY)
    if entry is None:
        return None
    start, end = entry
    key = _shared_key(records, start)
    value = None if key is None else _message(records.data, start + len(key), _VALUE, end)
    return None if key is None or value is None else (key[2:], value, end)


def _opened(data: Bytes, position: Ints, tag: int) -> tuple[Ints, Ints] | None:
    """Returns where the messages at `position` start and end; None when one has another tag or a long varint."""
    if (data.take(position, mode="clip") != tag).any():
        return None
    size = data.take(position + 1, mode="clip").astype(np.int64)
    start = position + 2
    if (size < 128).all():
        return start, start + size
    high = data.take(start, mode="clip").astype(np.int64)
    two = size > 127
    if (high[two] > 127).any():
        return None
    return start + two, start + two + np.where(two, size & 127 | high << 7, size)


def _message(data: Bytes, position: Ints, tag: int, end: Ints) -> Ints | None:
    """Returns where the messages at `position` start, all of which fill what is left until `end`; else None."""
    opened = _opened(data, position, tag)
    return opened[0] if opened is not None and np.array_equal(opened[1], end) else None


def _shared_key(records: Records, start: Ints) -> bytes | None:
    """Returns the key field, with its tag and length, that all map entries begin with; None when they don't."""
    first = int(start[0])
    head = records.data[first : first + 2]
    if len(head) < 2 or int(head[0]) != _KEY or int(head[1]) > 127:
        return None
    key = records.data[first : first + 2 + int(head[1])].tobytes()
    for at in range(0, len(key), _WORD):
        part = key[at : at + _WORD]
        unused = np.uint64(8 * (_WORD - len(part)))
        found = records.words[np.minimum(start + at, len(records.words) - 1)] << unused
        if (found != np.uint64(int.from_bytes(part, "little")) << unused).any():
            return None
    return key


def _split(records: Records, columns: Collection[str] | None) -> dict[str, Cells]:
    data, bounds, numbers = records.data, records.bounds, records.numbers
    features = _messages(split_fields(data, bounds[:-1], bounds[1:], numbers), 1)
    maps = _messages(split_fields(data, features.start, features.end, numbers[features.owner]), 1)
    row = features.owner[maps.owner]
    names, values = _pairs(data, maps, numbers[row])
    keys, code = _keys(data, maps, names)
    # An entry without a value has an empty one.
    start, end = maps.end.copy(), maps.end.copy()
    start[values.owner], end[values.owner] = values.start, values.end
    entries = _grouped(code, len(keys))
    return {
        key: _last_of_each_row(Cells(row[entries[at]], start[entries[at]], end[entries[at]]))
        for at, key in enumerate(keys)
        if columns is None or key in columns
    }


def _messages(fields: Fields, number: int) -> Fields:
    return fields.where((fields.number == number) & (fields.wire == LENGTH))


def _pairs(data: Bytes, maps: Fields, record: Ints) -> tuple[Fields, Fields]:
    """Returns the keys and the values of map entries."""
    pairs = split_pairs(data, maps.start, maps.end, record)
    if pairs is not None:
        return pairs
    halves = split_fields(data, maps.start, maps.end, record)
    return _messages(halves, 1), _messages(halves, 2)


def _keys(data: Bytes, maps: Fields, fields: Fields) -> tuple[list[str], Ints]:
    """Returns the distinct keys, and for each map entry the index of its own; an entry without a key has the key ""."""
    start, end = maps.start.copy(), maps.start.copy()
    start[fields.owner], end[fields.owner] = fields.start, fields.end
    encoded = gather(data, start, end).dictionary_encode()
    try:
        keys = [key.decode() for key in encoded.dictionary.to_pylist()]
    except UnicodeDecodeError as error:
        raise DataError(f"a feature's name is not UTF-8: {error.object!r}; name it in UTF-8") from error
    return keys, encoded.indices.to_numpy().astype(np.int64)


def _grouped(codes: Ints, groups: int) -> list[Ints]:
    """Returns the places of each code, 0 to `groups` - 1, in increasing order."""
    # Numbers of 16 bits are sorted by radix.
    order = np.argsort(codes.astype(np.int16) if groups < 1 << 15 else codes, kind="stable")
    return np.split(order, np.cumsum(np.bincount(codes, minlength=groups))[:-1])


def _last_of_each_row(cells: Cells) -> Cells:
    """Returns the cells that count when a key stands twice in a record: a map keeps the last."""
    last = np.append(cells.row[1:] != cells.row[:-1], True)
    return cells if last.all() else Cells(*(column[last] for column in cells))

"""The protobuf wire format, many messages at a time: splitting into fields, varints.

`split_fields` walks all messages of a batch in lockstep, one field of each per round, so the cost of Python is paid per
round and not per message. The few messages that have many more fields than the others are finished one by one.
Format: https://protobuf.dev/programming-guides/encoding/.
"""

import functools
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from argosy.errors import DataError

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_MAX_VARINT = 10
_TAIL = 24
_BEYOND = np.int64(1) << 62


class Fields(NamedTuple):
    """Fields of many messages, in the order of the messages and, within one, of the wire; all arrays are `[fields]`.

    Attributes:
        owner: The index of the message.
        number: The field number.
        wire: The wire type.
        start: Where the value starts: behind the length; at the varint itself.
        end: Where it ends.
    """

    owner: Ints
    number: Ints
    wire: Ints
    start: Ints
    end: Ints

    def where(self, chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> "Fields":
        """Returns the chosen fields."""
        return self if chosen.all() else Fields(*(column[chosen] for column in self))


@functools.lru_cache(1 << 16)
def varint(value: int) -> bytes:
    """Returns the varint of a non-negative number.

    >>> varint(300).hex()
    'ac02'
    """
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def at_every_byte(data: Any, item: str) -> Any:
    """Returns a view of bytes: at each index the item, of that numpy type, that begins there; a short end has none.

    >>> at_every_byte(np.arange(5, dtype=np.uint8), "<u4").tolist()
    [50462976, 67305985]
    """
    return np.ndarray((max(0, len(data) - np.dtype(item).itemsize + 1),), item, memoryview(data), strides=(1,))


def encode_varints(values: Ints) -> tuple[Bytes, Ints]:
    """Returns the varints of all values, one after the other, and the length of each; negative ones take ten bytes."""
    bits = values.view(np.uint64)
    largest = int(bits.max(initial=0))
    if largest < 128:
        return bits.astype(np.uint8), np.ones(len(bits), np.int64)
    width = (largest.bit_length() + 6) // 7
    lengths = np.ones(len(bits), np.int64)
    for k in range(1, width):
        lengths += bits >= np.uint64(1 << 7 * k)
    position = np.arange(width)
    digits = (bits[:, None] >> (7 * position).astype(np.uint64)[None, :]).astype(np.uint8) & np.uint8(127)
    digits |= np.where(position[None, :] < lengths[:, None] - 1, np.uint8(128), np.uint8(0))
    return digits[position[None, :] < lengths[:, None]], lengths


def decode_varints(stream: Bytes) -> Ints:
    """Returns the values of varints that lie one after the other.

    Raises:
        DataError: One is longer than ten bytes.
    """
    ends = np.flatnonzero(stream < 128)
    if len(ends) == len(stream):
        return stream.astype(np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if int(lengths.max(initial=0)) > _MAX_VARINT:
        raise DataError("a number is longer than ten bytes")
    values = (stream[starts] & 127).astype(np.uint64)
    for k in range(1, int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > k)
        values[longer] |= (stream[starts[longer] + k] & 127).astype(np.uint64) << np.uint64(7 * k)
    return values.view(np.int64)


def split_fields(data: Bytes, start: Ints, end: Ints, record: Ints) -> Fields:
    """Returns the fields of the messages at `data[start[i]:end[i]]`.

    Args:
        data: The bytes that all messages lie in.
        start: `[messages]`.
        end: `[messages]`.
        record: `[messages]`: the number of the record that each belongs to, for error messages.

    Raises:
        DataError: A message is cut short or not in the wire format.
    """
    count = np.zeros(len(start), np.int64)
    owner = np.flatnonzero(start < end)
    position, stop = start[owner], end[owner]
    rounds: list[Fields] = []
    while len(owner) > _TAIL:
        fields = _next_fields(data, owner, position, stop, record)
        rounds.append(fields)
        count[owner] += 1
        more = fields.end < stop
        owner, position, stop = owner[more], fields.end[more], stop[more]
    if not len(owner) and len(rounds) == 1:
        return rounds[0]
    tail = _remaining_fields(data, owner, position, stop, record)
    return _in_order(rounds, tail, count)


def split_pairs(data: Bytes, start: Ints, end: Ints, record: Ints) -> tuple[Fields, Fields] | None:
    """Returns fields 1 and 2 of messages that have just these, of bytes, in this order; None when one is otherwise.

    As every map entry is that a serializer writes; it spares `split_fields` the sorting.
    """
    owner = np.arange(len(start))
    if not len(start) or (start >= end).any():
        return None
    first = _next_fields(data, owner, start, end, record)
    if (first.end >= end).any():
        return None
    second = _next_fields(data, owner, first.end, end, record)
    for number, fields in ((1, first), (2, second)):
        if (fields.number != number).any() or (fields.wire != LENGTH).any():
            return None
    return (first, second) if (second.end == end).all() else None


def _in_order(rounds: list[Fields], tail: Fields, count: Ints) -> Fields:
    """Puts the k-th field of each message, found in round k, behind its k-1 others; a tail comes after its rounds."""
    ordinal_of_tail = count[tail.owner] + _running_index(tail.owner)
    total = count + np.bincount(tail.owner, minlength=len(count))
    base = np.cumsum(total) - total
    out = Fields(*(np.empty(int(total.sum()), np.int64) for _ in Fields._fields))
    slots = [base[fields.owner] + k for k, fields in enumerate(rounds)] + [base[tail.owner] + ordinal_of_tail]
    for slot, fields in zip(slots, [*rounds, tail], strict=True):
        for target, column in zip(out, fields, strict=True):
            target[slot] = column
    return out


def _running_index(owner: Ints) -> Ints:
    """Returns 0, 1, 2... within each run of equal owners."""
    index = np.arange(len(owner))
    first = np.concatenate([[True], owner[1:] != owner[:-1]]) if len(owner) else np.zeros(0, bool)
    return index - np.maximum.accumulate(np.where(first, index, 0)) if len(owner) else index


def _next_fields(data: Bytes, owner: Ints, position: Ints, stop: Ints, record: Ints) -> Fields:
    tag = data.take(position, mode="clip").astype(np.int64)
    start = position + 1
    if (tag > 127).any():
        tag, start = _read_varints(data, position)
    wire = tag & 7
    if (wire == LENGTH).all():
        start, end = _length_delimited(data, start)
    else:
        start, end = _any_wire(data, wire, start)
    bad = (end > stop) | (tag < 8)
    if bad.any():
        raise malformed(int(record[owner[bad.argmax()]]))
    return Fields(owner, tag >> 3, wire, start, end)


def _length_delimited(data: Bytes, position: Ints) -> tuple[Ints, Ints]:
    size = data.take(position, mode="clip").astype(np.int64)
    start = position + 1
    long = np.flatnonzero(size > 127)
    if not len(long):
        return start, start + size
    size[long], start[long] = _read_varints(data, position[long])
    return start, np.where((size < 0) | (size > _BEYOND - start), _BEYOND, start + size)


def _any_wire(data: Bytes, wire: Ints, position: Ints) -> tuple[Ints, Ints]:
    start, end = position.copy(), np.full(len(position), _BEYOND)
    delimited, number = np.flatnonzero(wire == LENGTH), np.flatnonzero(wire == VARINT)
    start[delimited], end[delimited] = _length_delimited(data, position[delimited])
    end[number] = _read_varints(data, position[number])[1]
    for kind, size in ((FIXED32, 4), (FIXED64, 8)):
        end[wire == kind] = position[wire == kind] + size
    return start, end


def _read_varints(data: Bytes, position: Ints) -> tuple[Ints, Ints]:
    """Returns the varint at each position, and where it ends; one without an end ends beyond everything."""
    value = np.zeros(len(position), np.uint64)
    end = np.full(len(position), _BEYOND)
    active = np.arange(len(position))
    for k in range(_MAX_VARINT):
        byte = np.where(position[active] + k < len(data), data.take(position[active] + k, mode="clip"), np.uint8(128))
        value[active] |= (byte & np.uint8(127)).astype(np.uint64) << np.uint64(7 * k)
        done = byte < 128
        end[active[done]] = position[active[done]] + k + 1
        active = active[~done]
        if not len(active):
            break
    return value.view(np.int64), end


def _remaining_fields(data: Bytes, owner: Ints, position: Ints, stop: Ints, record: Ints) -> Fields:
    view = memoryview(data.data)
    found: list[tuple[int, int, int, int, int]] = []
    for message, at, limit in zip(owner.tolist(), position.tolist(), stop.tolist(), strict=True):
        while at < limit:
            field = _scan_field(view, at, limit)
            if field is None:
                raise malformed(int(record[message]))
            found.append((message, *field))
            at = field[-1]
    return Fields(*np.array(found, np.int64).reshape(-1, 5).T.copy())


def _scan_field(view: memoryview, at: int, limit: int) -> tuple[int, int, int, int] | None:
    """Returns number, wire type, start and end of one field; None when it is malformed."""
    tag, at = _scan_varint(view, at, limit)
    wire = tag & 7
    start = end = at
    if wire == LENGTH:
        size, start = _scan_varint(view, at, limit)
        end = start + size
    elif wire == VARINT:
        end = _scan_varint(view, at, limit)[1]
    elif wire in (FIXED32, FIXED64):
        end = at + (4 if wire == FIXED32 else 8)
    else:
        return None
    return (tag >> 3, wire, start, end) if end <= limit and tag >= 8 else None


def _scan_varint(view: memoryview, at: int, limit: int) -> tuple[int, int]:
    value = 0
    for k in range(min(_MAX_VARINT, limit - at)):
        byte = view[at + k]
        value |= (byte & 127) << 7 * k
        if byte < 128:
            return value, at + k + 1
    return 0, limit + 1


def gather(data: Bytes, start: Ints, end: Ints) -> pa.BinaryArray:
    """Returns the byte strings at `data[start[i]:end[i]]`, which lie in this order, side by side.

    Arrow does the copying: the strings and the gaps between them are one array, of which every second is taken.
    """
    if not len(start):
        return pa.array([], pa.binary())
    limits = np.empty(2 * len(start), np.int32)
    limits[::2], limits[1::2] = start, end
    both = pa.BinaryArray.from_buffers(pa.binary(), len(limits) - 1, [None, pa.py_buffer(limits), pa.py_buffer(data)])
    return both.take(pa.array(np.arange(0, len(limits) - 1, 2)))


def malformed(record: int) -> DataError:
    """Returns the error for a record that is none."""
    return DataError(
        f"record {record} (from 0) is not a serialized tf.Example: a field runs past its end or is of "
        "another type; write the file again, or read it as what it is"
    )

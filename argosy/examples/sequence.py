"""The codec between Arrow batches and serialized tf.SequenceExamples.

    SequenceExample { Features context = 1; FeatureLists feature_lists = 2 }
    FeatureLists { map<string, FeatureList> feature_list = 1 }    FeatureList { repeated Feature feature = 1 }

A context feature is a column as of a tf.Example. A feature list is a column of lists of lists, a list a step:

| a row's value | on the wire |
|---|---|
| null | no such key |
| [] | a FeatureList without a Feature |
| [[1, 2], [], null] | a Feature for each step; that of null is without a kind |

A feature list of which no step of a batch says its kind is list<null>. Context and steps go through the codec of
tf.Examples: a SequenceExample's context is, byte for byte, an Example's features.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from argosy.errors import DataError, located
from argosy.examples.columns import check_columns, is_nested
from argosy.examples.decode import decode_examples
from argosy.examples.encode import by_number, encode_examples
from argosy.examples.wire import LENGTH, Bytes, Fields, Ints, gather, split_fields, varint

_CONTEXT, _LISTS = 1, 2
_STEP = "step"
_LIMIT = 2**31 - 1


class _Steps(NamedTuple):
    """The Features of one feature list.

    Attributes:
        row: `[rows that have the list]`, increasing.
        counts: Of each of these rows, how many steps.
        features: The serialized Feature of each step.
    """

    row: Ints
    counts: Ints
    features: pa.BinaryArray


def encode_sequence_examples(batch: pa.RecordBatch) -> pa.BinaryArray:
    """Returns one serialized tf.SequenceExample per row: columns of lists of lists are its feature lists.

    Raises:
        DataError: A column is of another type than rows have, or the batch is larger than 2 GiB.
    """
    check_columns(batch)
    flat = [field.name for field in batch.schema if not is_nested(field.type)]
    context = encode_examples(batch.select(flat)) if flat else pa.array([b""] * batch.num_rows, pa.binary())
    parts = [_list_entries(field.name, batch.column(field.name)) for field in batch.schema if is_nested(field.type)]
    if not parts:
        return context
    entries = pc.binary_join_element_wise(*parts, b"")
    return pc.binary_join_element_wise(context, _length_prefix(entries, b"\x12", of_nothing=b""), entries, b"")


def with_encoded_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Returns the batch with the bytes that encode it in place of each feature list; equal lists are equal bytes."""
    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if is_nested(column.type):
            present = column.is_valid()
            ends = np.cumsum(present.to_numpy(zero_copy_only=False))
            offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
            mask = column.is_null() if column.null_count else None
            column = pa.ListArray.from_arrays(offsets, _list_entries(name, column).filter(present), mask=mask)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def decode_sequence_examples(
    records: pa.BinaryArray, columns: Sequence[str] | None = None, *, first_record: int = 0
) -> pa.RecordBatch:
    """Returns a batch with one row per serialized tf.SequenceExample: context features first, then feature lists.

    Args:
        records: Serialized tf.SequenceExamples, without nulls.
        columns: As in `decode_examples`, of features and feature lists.
        first_record: The number of the first record in its file, for error messages.

    Raises:
        DataError: A record is no tf.SequenceExample, a feature has two kinds, or a feature and a list one name.
    """
    rows = len(records)
    context = decode_examples(records, columns, first_record=first_record)
    found = dict(zip(context.schema.names, context.columns, strict=True))
    for name, steps in _find_lists(records, columns, first_record).items():
        if name in found and (columns is None or found[name].null_count < rows):
            raise DataError(
                f"{name!r} is both a context feature and a feature list of a tf.SequenceExample, which one column "
                "cannot hold; rename one where they are written"
            )
        found[name] = _list_column(name, steps, rows)
    if not found:
        return context
    return pa.RecordBatch.from_arrays(list(found.values()), names=list(found))


def _list_entries(name: str, column: pa.ListArray) -> pa.BinaryArray:
    """Returns the map entry of each row; nothing where the row lacks the list."""
    key = name.encode()
    key = b"\x0a" + varint(len(key)) + key
    features = _encoded_features(column.flatten())
    items = pc.binary_join_element_wise(_length_prefix(features, b"\x0a"), features, b"")
    counts = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
    lists = _grouped(items, np.concatenate([[0], np.cumsum(counts)]))
    values = pc.binary_join_element_wise(_length_prefix(lists, key + b"\x12"), lists, b"")
    entries = pc.binary_join_element_wise(_length_prefix(values, b"\x0a"), values, b"")
    return pc.if_else(column.is_valid(), entries, b"") if column.null_count else entries


def _encoded_features(steps: pa.Array) -> pa.BinaryArray:
    """Returns the serialized Feature of each step: what an Example that has only this feature holds of it."""
    if not len(steps):
        return pa.array([], pa.binary())
    data, bounds = _bytes_of(encode_examples(pa.record_batch({_STEP: steps})))
    record = np.arange(len(steps))
    features = split_fields(data, bounds[:-1], bounds[1:], record)
    entries = split_fields(data, features.start, features.end, record)
    pairs = split_fields(data, entries.start, entries.end, record)
    values = pairs.where(pairs.number == 2)
    return gather(data, values.start, values.end)


def _grouped(items: pa.BinaryArray, bounds: Ints) -> pa.BinaryArray:
    """Returns the byte strings `items[bounds[i]:bounds[i + 1]]`, each joined to one."""
    data, ends = _bytes_of(items)
    ends = ends[bounds].astype(np.int32)
    return pa.BinaryArray.from_buffers(pa.binary(), len(bounds) - 1, [None, pa.py_buffer(ends), pa.py_buffer(data)])


def _length_prefix(messages: pa.BinaryArray, before: bytes, *, of_nothing: bytes | None = None) -> pa.BinaryArray:
    lengths = pc.binary_length(messages).to_numpy().astype(np.int64)
    if int(lengths.sum()) > _LIMIT:
        raise DataError("a batch of tf.SequenceExamples is larger than 2 GiB; write smaller batches")
    nothing = before + b"\x00" if of_nothing is None else of_nothing
    return by_number(lengths, lambda size: before + varint(size) if size else nothing)[0]


def _bytes_of(array: pa.BinaryArray) -> tuple[Bytes, Ints]:
    """Returns the bytes that an array's values lie in, and where each begins and the last ends."""
    _, offsets, data = array.buffers()
    if offsets is None or not len(array):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    bounds = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    return np.frombuffer(data or b"", np.uint8), bounds


def _find_lists(records: pa.BinaryArray, columns: Sequence[str] | None, first: int) -> dict[str, _Steps]:
    data, bounds = _bytes_of(records)
    numbers = np.arange(len(records)) + first
    lists = _messages(split_fields(data, bounds[:-1], bounds[1:], numbers), _LISTS)
    maps = _messages(split_fields(data, lists.start, lists.end, numbers[lists.owner]), 1)
    row = lists.owner[maps.owner]
    pairs = split_fields(data, maps.start, maps.end, numbers[row])
    names, values = _messages(pairs, 1), _messages(pairs, 2)
    keys, code = _keys(data, names, len(row))
    # An entry without a value has an empty one.
    start, end = np.zeros(len(row), np.int64), np.zeros(len(row), np.int64)
    start[values.owner], end[values.owner] = values.start, values.end
    found = {}
    for at, name in enumerate(keys):
        if columns is None or name in columns:
            entries = np.flatnonzero(code == at)
            # A key that stands twice in a record counts with its last value.
            entries = entries[np.append(row[entries][1:] != row[entries][:-1], True)]
            found[name] = _steps_of(data, row[entries], start[entries], end[entries], numbers)
    return found


def _steps_of(data: Bytes, row: Ints, start: Ints, end: Ints, numbers: Ints) -> _Steps:
    steps = _messages(split_fields(data, start, end, numbers[row]), 1)
    counts = np.bincount(steps.owner, minlength=len(row)).astype(np.int64)
    return _Steps(row, counts, gather(data, steps.start, steps.end))


def _list_column(name: str, steps: _Steps, rows: int) -> pa.ListArray:
    features = steps.features
    value = pc.binary_join_element_wise(_length_prefix(features, b"\x0a\x04step\x12"), features, b"")
    entry = pc.binary_join_element_wise(_length_prefix(value, b"\x0a"), value, b"")
    examples = pc.binary_join_element_wise(_length_prefix(entry, b"\x0a"), entry, b"")
    with located(**{"feature list": repr(name)}):
        column = decode_examples(examples, [_STEP]).column(0)
    lengths = np.zeros(rows, np.int64)
    lengths[steps.row] = steps.counts
    missing = np.ones(rows, bool)
    missing[steps.row] = False
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, column, mask=pa.array(missing) if missing.any() else None)


def _messages(fields: Fields, number: int) -> Fields:
    return fields.where((fields.number == number) & (fields.wire == LENGTH))


def _keys(data: Bytes, names: Fields, entries: int) -> tuple[list[str], Ints]:
    """Returns the distinct keys, and for each map entry which it has; one without has the empty key."""
    start, end = np.zeros(entries, np.int64), np.zeros(entries, np.int64)
    start[names.owner], end[names.owner] = names.start, names.end
    ordered = pa.array([data[a:b].tobytes() for a, b in zip(start, end, strict=True)], pa.binary())
    encoded = ordered.dictionary_encode()
    try:
        keys = [key.decode() for key in encoded.dictionary.to_pylist()]
    except UnicodeDecodeError as error:
        raise DataError(f"a feature list's name is not UTF-8: {error.object!r}; name it in UTF-8") from error
    return keys, encoded.indices.to_numpy().astype(np.int64)

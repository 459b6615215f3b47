"""What no serializer of protobuf's own writes, and what the codec refuses."""

import struct

import numpy as np
import pyarrow as pa
import pytest

from argosy.errors import DataError
from argosy.examples.codec import decode_examples, encode_examples
from argosy.examples.wire import varint


def field(number, payload, wire=2):
    size = varint(len(payload)) if wire == 2 else b""
    return varint(number << 3 | wire) + size + payload


def feature(kind, payload):
    return field(kind, payload)


def entry(key, value):
    return field(1, field(1, key) + field(2, value))


def record(*entries):
    return field(1, b"".join(entries))


def decode(*records, columns=None):
    return decode_examples(pa.array(records, pa.binary()), columns).to_pydict()


def test_numbers_that_are_not_packed():
    ints = b"".join(field(1, varint(v), wire=0) for v in (1, 300, 2**63))
    floats = b"".join(field(1, struct.pack("<f", v), wire=5) for v in (1.5, -2.0))
    assert decode(record(entry(b"i", feature(3, ints)), entry(b"f", feature(2, floats)))) == {
        "i": [[1, 300, -(2**63)]],
        "f": [[1.5, -2.0]],
    }


def test_packed_and_unpacked_runs_of_one_list_are_joined():
    ints = field(1, varint(7), wire=0) + field(1, varint(8) + varint(200)) + field(1, varint(9), wire=0)
    assert decode(record(entry(b"i", feature(3, ints)))) == {"i": [[7, 8, 200, 9]]}


def test_unknown_fields_are_skipped_at_every_level():
    odd = (
        field(99, b"x" * 200) + field(7, varint(5), wire=0) + field(8, b"12345678", wire=1) + field(9, b"1234", wire=5)
    )
    value = feature(3, odd + field(1, varint(4)) + odd)
    map_entry = field(1, odd + field(1, b"key") + odd + field(2, odd + value) + odd)
    assert decode(odd + field(1, odd + map_entry + odd) + odd) == {"key": [[4]]}


def test_fields_that_look_like_map_entries_and_have_another_number_are_skipped():
    like_an_entry = field(2, field(1, b"key") + field(2, feature(3, field(1, varint(4)))))
    assert decode_examples(pa.array([field(1, like_an_entry)] * 30, pa.binary())).num_columns == 0


def test_keys_of_every_length_and_lengths_of_values_that_differ_by_row():
    keys = [b"k" * size for size in (0, 1, 2, 3, 9, 10, 11, 60, 110, 127, 128, 300)]
    rows = [
        record(*(entry(key, feature(3, field(1, varint(number)))) for key in keys)) for number in (0, 1, 300, 1 << 40)
    ]
    assert decode(*rows) == {key.decode(): [[0], [1], [300], [1 << 40]] for key in keys}


@pytest.mark.parametrize("values", [[], [None], [None, None], [1.5], [None, 2.5, None, -0.0], [float("inf")] * 9])
def test_single_floats_and_missing_ones(values):
    lists = pa.array([None if value is None else [value] for value in values], pa.list_(pa.float32()))
    batch = pa.record_batch({"x": lists, "y": lists})
    by_hand = [
        record(
            *(
                entry(name, b"" if value is None else feature(2, field(1, struct.pack("<f", value))))
                for name in (b"x", b"y")
            )
        )
        for value in values
    ]
    assert encode_examples(batch).to_pylist() == by_hand


def test_a_key_that_stands_twice_counts_with_its_last_value():
    twice = record(entry(b"a", feature(3, field(1, varint(1)))), entry(b"a", feature(3, field(1, varint(2)))))
    once = record(entry(b"a", feature(3, field(1, varint(3)))))
    assert decode(twice, once, twice) == {"a": [[2], [3], [2]]}


def test_the_later_kind_of_a_feature_counts():
    both = feature(3, field(1, varint(1))) + feature(1, field(1, b"x"))
    assert decode(record(entry(b"a", both))) == {"a": [[b"x"]]}


def test_features_written_in_two_parts_are_merged():
    parts = record(entry(b"a", feature(3, field(1, varint(1))))) + record(entry(b"b", feature(1, field(1, b"x"))))
    assert decode(parts) == {"a": [[1]], "b": [[b"x"]]}


def test_an_entry_without_key_or_value():
    assert decode(record(field(1, field(2, feature(3, field(1, varint(1))))), field(1, field(1, b"k")))) == {
        "": [[1]],
        "k": [None],
    }


def test_records_without_any_feature_keep_their_number():
    batch = decode_examples(pa.array([b"", record(), b""], pa.binary()))
    assert (batch.num_rows, batch.num_columns) == (3, 0)


def test_columns_are_given_in_the_order_asked_for_and_null_where_absent():
    one = record(entry(b"a", feature(3, field(1, varint(1)))), entry(b"b", feature(2, b"")))
    assert list(decode(one, columns=["b", "none", "a"]).items()) == [("b", [[]]), ("none", [None]), ("a", [[1]])]


def test_a_slice_of_records_decodes_as_those_records():
    batch = pa.record_batch({"a": pa.array([[1], [2, 3], None, [4]], pa.list_(pa.int64()))})
    assert decode_examples(encode_examples(batch).slice(1, 2)).equals(batch.slice(1, 2))


@pytest.mark.parametrize("length", [1, 23, 24, 25, 127, 128, 5000])
def test_one_long_list_among_short_ones(length):
    lists = [[b"x"]] * 30 + [[b"%d" % k for k in range(length)]] + [[b""]] * 30
    batch = pa.record_batch({"a": pa.array(lists, pa.list_(pa.binary()))})
    assert decode_examples(encode_examples(batch)).equals(batch)


def test_equal_rows_are_equal_bytes_in_whatever_batch_they_stand():
    a = pa.record_batch({"x": pa.array([[1], [2], None], pa.list_(pa.int64()))})
    b = pa.record_batch({"x": pa.array([[100000], [2]], pa.list_(pa.int64()))})
    assert encode_examples(a)[1] == encode_examples(b)[1]


@pytest.mark.parametrize("size", [0, 1, 2, 30, 61])
def test_every_truncation_and_every_damaged_byte_is_refused_or_read_but_never_a_crash(size):
    good = record(
        entry(b"a", feature(3, field(1, varint(300)))),
        entry(b"b", feature(2, field(1, struct.pack("<2f", 1.0, 2.0)))),
        entry(b"c", feature(1, field(1, b"some text"))),
    )
    others = [good] * size
    for cut in range(len(good)):
        damaged = good[:cut] + bytes([good[cut] ^ 0xFF]) + good[cut + 1 :]
        for bad in (good[:cut], damaged):
            try:
                batch = decode_examples(pa.array([*others, bad], pa.binary()))
            except DataError:
                continue
            assert batch.num_rows == size + 1


def test_a_truncated_record_is_named():
    good = record(entry(b"a", feature(3, field(1, varint(300)))))
    with pytest.raises(DataError, match=r"record 1002 \(from 0\) is not a serialized tf.Example"):
        decode_examples(pa.array([good, good, good[:-1], good], pa.binary()), first_record=1000)


@pytest.mark.parametrize("rows", [1, 40])
def test_a_feature_of_two_kinds_is_refused_by_name(rows):
    one = record(entry(b"age", feature(3, field(1, varint(1)))))
    two = record(entry(b"age", feature(1, field(1, b"x"))))
    with pytest.raises(DataError, match=f"'age' has two kinds: bytes_list in record {rows} and int64_list in record 0"):
        decode(*[one] * rows, two)


def test_a_key_that_is_not_utf8_is_refused():
    with pytest.raises(DataError, match="not UTF-8"):
        decode(record(entry(b"\xff", feature(3, b""))))


def test_what_encode_refuses():
    for column, message in (
        (pa.array([1]), "is int64; expected list"),
        (pa.array([["x"]]), r"is list<.*string>; expected list"),
        (pa.array([[1, None]], pa.list_(pa.int64())), "null inside a list"),
    ):
        with pytest.raises(DataError, match=message):
            encode_examples(pa.record_batch({"x": column}))
    with pytest.raises(DataError, match="two columns of one name"):
        encode_examples(pa.RecordBatch.from_arrays([pa.nulls(1), pa.nulls(1)], names=["a", "a"]))


def test_varints_at_every_length():
    edges = sorted({0, *(2**k for k in range(63)), *(2**k - 1 for k in range(64)), -1, -(2**63)})
    batch = pa.record_batch({"x": pa.array([[v] for v in edges] + [edges], pa.list_(pa.int64()))})
    assert decode_examples(encode_examples(batch)).equals(batch)
    assert np.iinfo(np.int64).max in edges


WIDTHS = [0, 1, 127, 128, 1 << 20, (1 << 35) - 1, 1 << 49, (1 << 56) - 1, 1 << 56, (1 << 63) - 1, -1, -(1 << 63)]


@pytest.mark.parametrize("numbers", [WIDTHS[:6], WIDTHS[:8], WIDTHS], ids=["short", "eight bytes", "up to ten"])
def test_single_numbers_of_every_width(numbers):
    batch = pa.record_batch({"n": pa.array([[n] for n in numbers] + [None], pa.list_(pa.int64()))})
    assert decode_examples(encode_examples(batch)).equals(batch)


@pytest.mark.parametrize("longest", [1, 100, 123, 124, 125, 200, 20_000])
def test_single_strings_around_the_lengths_where_headers_grow(longest):
    values = [[b"x" * n] for n in range(longest + 1)][-40:]
    batch = pa.record_batch(
        {"a": pa.array(values, pa.list_(pa.binary())), "b": pa.array(values, pa.list_(pa.binary()))}
    )
    assert decode_examples(encode_examples(batch)).equals(batch)


def test_records_in_step_and_records_in_any_order_decode_alike():
    columns = {
        "year": pa.array([[2007], None, [-1], [2009]], pa.list_(pa.int64())),
        "mass": pa.array([[1.5], [0.0], None, [float("inf")]], pa.list_(pa.float32())),
        "island of the penguin": pa.array([[b"Dream"], [b""], [b"x" * 300], None], pa.list_(pa.binary())),
        "days": pa.array([[1, 2], [], [3], None], pa.list_(pa.int64())),
    }
    batch = pa.record_batch(columns)
    turned = pa.record_batch({name: columns[name] for name in reversed(columns)})
    mixed = pa.concat_arrays([encode_examples(batch)[:2], encode_examples(turned)[2:]])
    assert decode_examples(encode_examples(batch)).equals(batch)
    assert decode_examples(mixed).equals(batch)
    assert decode_examples(mixed, ["mass"]).equals(decode_examples(encode_examples(batch), ["mass"]))

import hashlib
import math
import struct
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import DataError
from argosy.ingest.row_hash import hash_rows

WORD = 2**64 - 1
TYPES = {"i": pa.list_(pa.int64()), "f": pa.list_(pa.float32()), "b": pa.list_(pa.binary())}
ROW = st.fixed_dictionaries(
    {
        "i": st.none() | st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3),
        "f": st.none() | st.lists(st.floats(width=32), max_size=3),
        "b": st.none() | st.lists(st.binary(max_size=40) | st.binary(min_size=255, max_size=258), max_size=3),
    }
)


def batch_of(rows):
    return pa.record_batch({name: pa.array([row[name] for row in rows], kind) for name, kind in TYPES.items()})


def mix(x):
    z = (x + 0x9E3779B97F4A7C15) & WORD
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
    return z ^ z >> 31


def text(data):
    hashed = mix(len(data))
    if len(data) > 256:
        data = hashlib.blake2b(data, digest_size=8).digest()
    for at in range(0, len(data), 8):
        hashed = mix(hashed ^ int.from_bytes(data[at : at + 8].ljust(8, b"\0"), "little"))
    return hashed


def value_bits(kind, value):
    if kind == "b":
        return text(value)
    if kind == "i":
        return value & WORD
    return 0x7FC00000 if math.isnan(value) else struct.unpack("<I", struct.pack("<f", value + 0.0))[0]


def hash_by_hand(row):
    """The definition in the module's docstring, one value at a time."""
    total = 0
    for name, values in row.items():
        if values is not None:
            values = sum(mix(value_bits(name, v) ^ mix(i)) for i, v in enumerate(values))
            total += mix((text(name.encode()) + {"b": 1, "f": 2, "i": 3}[name] + values) & WORD)
    return mix(total & WORD)


@given(st.lists(ROW, max_size=6))
@settings(max_examples=150, deadline=None)
def test_the_hash_is_what_its_docstring_says(rows):
    assert hash_rows(batch_of(rows)).tolist() == [hash_by_hand(row) for row in rows]


@given(st.lists(ROW, min_size=2, max_size=8), st.data())
@settings(max_examples=50, deadline=None)
def test_batches_and_column_order_do_not_matter(rows, data):
    batch = batch_of(rows)
    whole = hash_rows(batch).tolist()
    cut = data.draw(st.integers(0, len(rows)))
    assert hash_rows(batch.slice(0, cut)).tolist() + hash_rows(batch.slice(cut)).tolist() == whole
    assert hash_rows(batch.select(["b", "i", "f"])).tolist() == whole
    assert hash_rows(batch.append_column("none", pa.nulls(len(rows)))).tolist() == whole


@pytest.mark.parametrize("column", [[[0], [3], [1], [1]] * 9, [[2], None, [0]] * 9, [[0, 2, 1], None, [], [1]] * 9])
def test_few_whole_numbers_that_come_often_are_hashed_by_the_same_definition(column):
    rows = [{"i": values, "f": None, "b": None} for values in column]
    assert hash_rows(batch_of(rows)).tolist() == [hash_by_hand(row) for row in rows]


def test_golden_values():
    """These decide in which split every row of every user lies: never change them."""
    rows = [
        {"i": [2007], "f": [39.1], "b": [b"Adelie"]},
        {"i": None, "f": None, "b": None},
        {"i": [], "f": [-0.0], "b": ["Gentoo, ünïcode".encode()]},
        {"i": [-1, 2], "f": [float("nan"), float("inf")], "b": [b"", b"x" * 300]},
    ]
    assert [f"{h:016x}" for h in hash_rows(batch_of(rows))] == [
        "f62026ad084aed17",
        "e220a8397b1dcdaf",
        "67af760646a5988d",
        "71429bdba65eff84",
    ]


def test_what_differs_hashes_differently():
    features: list[tuple[str, list[Any]]] = [
        ("i", [None, [], [0], [0, 0], [1], [1, 2], [2, 1]]),
        ("f", [[], [0.0], [1.0], [float("nan")]]),
        ("b", [[], [b""], [b"\0"], [b"\0\0"], [b"a", b"b"], [b"b", b"a"], [b"ab"]]),
    ]
    columns = [
        pa.record_batch({name: pa.array([values], TYPES[kind])})
        for name in ("a", "b")
        for kind, lists in features
        for values in lists
    ]
    hashes = [int(hash_rows(batch)[0]) for batch in columns]
    assert len(set(hashes)) == len(hashes) - 1  # the two missing ones agree


def test_a_column_that_is_no_feature_is_refused():
    with pytest.raises(DataError, match="feature 'x' is int64"):
        hash_rows(pa.record_batch({"x": [1]}))

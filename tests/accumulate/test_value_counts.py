from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.accumulate import Histogram, Presence, StringLengths, ValueCounts


def counted(accumulator, *batches):
    state = accumulator.empty()
    for batch in batches:
        state = accumulator.add(state, batch)
    return accumulator.result(state)


@given(values=st.lists(st.binary(max_size=2), max_size=60))
@settings(max_examples=60, deadline=None)
def test_agreement_with_counter_and_order(values):
    result = counted(ValueCounts(), pa.array(values[:20], pa.binary()), pa.array(values[20:], pa.binary()))
    pairs = list(zip(result.values.to_pylist(), result.counts.tolist(), strict=True))
    assert pairs == sorted(Counter(values).items(), key=lambda pair: (pair[1], pair[0]), reverse=True)
    assert result.total == len(values)
    assert result.error == 0


def test_larger_integers_come_first_among_equals():
    assert counted(ValueCounts(), pa.array([-5, 3, 10])).values.to_pylist() == [10, 3, -5]


def test_weights_are_summed():
    result = counted(ValueCounts(), (pa.array([b"a", b"b", b"a"]), np.array([0.5, 2.0, 1.0])))
    assert result.values.to_pylist() == [b"b", b"a"]
    assert result.counts.tolist() == [2.0, 1.5]


def test_beyond_its_capacity_it_keeps_the_frequent_and_says_what_it_lost():
    rng = np.random.default_rng(0)
    batches = [
        pa.array([b"often"] * 50 + [b"%d" % number for number in rng.integers(0, 10**9, 70_000)], pa.binary())
        for _ in range(4)
    ]
    result = counted(ValueCounts(capacity=1000), *batches)
    assert (result.values[0].as_py(), result.counts[0]) == (b"often", 200)
    assert len(result.values) <= 2 * 1000 + 70_000
    assert result.error >= 1
    assert result.total == 4 * 70_050
    counts = ValueCounts(capacity=1000)
    halves = [counts.add(counts.add(counts.empty(), one), two) for one, two in (batches[:2], batches[2:])]
    errors = [counts.result(half).error for half in halves]
    assert counts.result(counts.merge(*halves)).error >= sum(errors) > 0


def test_string_lengths_are_in_bytes_and_count_what_is_not_utf8():
    result = counted(StringLengths(), pa.array(["é".encode(), b"", b"\xff\xfe", b"abc"], pa.binary()))
    assert (result.count, result.total, result.minimum, result.maximum, result.invalid_utf8) == (4, 7, 0, 3, 1)


def test_presence_tells_null_from_empty():
    result = counted(Presence(), pa.array([[1, 2], [], None], pa.list_(pa.int64())), pa.nulls(2))
    assert (result.present, result.missing) == (2, 3)
    assert (result.minimum, result.maximum, result.total) == (0, 2, 2)
    assert result.lengths.values.tolist() == [0.0, 2.0]


def test_presence_of_nothing():
    result = counted(Presence(), pa.nulls(2))
    assert (result.present, result.missing, result.minimum, result.maximum) == (0, 2, 0, 0)


@given(values=st.lists(st.floats(-2, 12), max_size=50))
@settings(max_examples=40, deadline=None)
def test_histograms_agree_with_numpy(values):
    edges = (0.0, 1.0, 5.0, 10.0)
    result = counted(Histogram(boundaries=edges), np.array(values))
    inside = [value for value in values if 0 <= value <= 10]
    np.testing.assert_array_equal(result.counts, np.histogram(inside, edges)[0])
    assert result.below + result.above + len(inside) == len(values)


def test_histograms_count_nan_apart():
    result = counted(Histogram(boundaries=(0.0, 1.0)), np.array([np.nan, np.inf, -np.inf, 1.0]))
    assert (result.nans, result.above, result.below, result.counts.tolist()) == (1, 1, 1, [1])

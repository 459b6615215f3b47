"""Distances against scipy where it has them, and by hand where it has not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.data_validation.statistics.spec import Bucket, Histogram
from argosy.data_validation.validation.distances import (
    jensen_shannon,
    jensen_shannon_of_histograms,
    l_infinity,
    normalized_absolute_difference,
)

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 1000), min_size=1)


def histogram(*buckets, nans=0):
    return Histogram(
        type="STANDARD", buckets=tuple(Bucket(low=a, high=b, count=c) for a, b, c in buckets), num_nan=nans
    )


@given(COUNTS, COUNTS)
def test_the_divergence_of_strings_is_scipys(ours, theirs):
    distance = pytest.importorskip("scipy.spatial.distance")
    values = sorted({*ours, *theirs})
    p, q = (np.array([side.get(value, 0) for value in values], float) for side in (ours, theirs))
    expected = distance.jensenshannon(p, q, base=2) ** 2
    assert jensen_shannon(ours, theirs) == pytest.approx(0.0 if math.isnan(expected) else expected, abs=1e-9)


@given(COUNTS, COUNTS)
def test_distances_are_symmetric_bounded_and_zero_for_equals(ours, theirs):
    for distance in (
        lambda a, b: l_infinity(a, b)[0],
        lambda a, b: normalized_absolute_difference(a, b)[0],
        jensen_shannon,
    ):
        assert distance(ours, theirs) == pytest.approx(distance(theirs, ours))
        assert 0 <= distance(ours, theirs) <= 1
        assert distance(ours, ours) == pytest.approx(0)


def test_shares_and_counts():
    value, at = l_infinity({"b": 9, "c": 1}, {"a": 3, "b": 7})
    assert (round(value, 12), at) == (0.3, "a")
    assert l_infinity({"a": 1}, {"a": 1000}) == (0.0, "")
    assert normalized_absolute_difference({"a": 1}, {"a": 3}) == (0.5, "a")
    assert l_infinity({}, {}) == (0.0, "")
    assert l_infinity({"a": 1}, {}) == (1.0, "a")


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (histogram((0, 1, 10)), histogram((0, 0.5, 3), (0.5, 1, 3)), 0.0),
        (histogram((0, 1, 10)), histogram((2, 3, 10)), 1.0),
        (histogram((0, 2, 10)), histogram((0, 1, 10)), jensen_shannon({"a": 5, "b": 5}, {"a": 10})),
        (histogram((1, 1, 5), (1, 2, 5)), histogram((1, 2, 10)), jensen_shannon({"a": 5, "b": 5}, {"b": 10})),
        (histogram((1, 1, 5)), histogram((1, 1, 9)), 0.0),
        (histogram((1, 1, 5)), histogram((2, 2, 5)), 1.0),
        (histogram((0, 1, 5), nans=5), histogram((0, 1, 5), nans=5), 0.5),
        (histogram((0, 1, 5), (math.inf, math.inf, 5)), histogram((0, 1, 5), (math.inf, math.inf, 5)), 0.5),
        (histogram((0, 1, 5), (-math.inf, -math.inf, 5)), histogram((0, 1, 10)),
         jensen_shannon({"a": 1, "b": 1}, {"a": 1})),
    ],
)  # fmt: skip
def test_the_divergence_of_numbers(ours, theirs, expected):
    assert jensen_shannon_of_histograms(ours, theirs) == pytest.approx(expected)
    assert jensen_shannon_of_histograms(theirs, ours) == pytest.approx(expected)


def test_an_empty_distribution_has_no_distance():
    assert math.isnan(jensen_shannon({}, {"a": 1}))
    assert math.isnan(jensen_shannon_of_histograms(histogram(), histogram((0, 1, 5))))

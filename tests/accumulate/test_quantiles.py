import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.accumulate import Quantiles


def summary(accumulator, *batches):
    state = accumulator.empty()
    for batch in batches:
        state = accumulator.add(state, batch)
    return accumulator.result(state)


@given(values=st.lists(st.integers(-20, 20), min_size=1, max_size=60), fraction=st.floats(0, 0.999))
@settings(max_examples=60, deadline=None)
def test_exact_ones_are_the_sorted_values(values, fraction):
    result = summary(Quantiles(), np.array(values, float))
    assert result.exact
    assert result.at(np.array([fraction]))[0] == sorted(values)[int(np.float64(fraction) * len(values))]
    assert result.at(np.array([1.0]))[0] == max(values)


def test_weights_are_repetitions():
    values, weights = np.array([3.0, 1.0, 2.0, 9.0]), np.array([2, 1, 4, 0])
    left, right = summary(Quantiles(), (values, weights)), summary(Quantiles(), np.repeat(values, weights))
    np.testing.assert_array_equal(left.values, right.values)
    np.testing.assert_array_equal(left.ranks, right.ranks)


def test_a_state_travels_with_each_distinct_value_once():
    quantiles = Quantiles()
    state = quantiles.add(quantiles.empty(), np.tile(np.arange(10.0), 5_000))
    sent = pickle.dumps(state)
    assert len(sent) < 2_000
    arrived, kept = quantiles.result(pickle.loads(sent)), quantiles.result(state)
    assert arrived.exact
    np.testing.assert_array_equal(arrived.values, kept.values)
    np.testing.assert_array_equal(arrived.ranks, kept.ranks)


@pytest.mark.parametrize("epsilon", [0.01, 0.1])
@pytest.mark.parametrize("shape", ["normal", "lognormal", "ascending", "few"])
def test_the_error_in_rank_stays_below_the_bound(epsilon, shape):
    rng, n = np.random.default_rng(0), 60_000
    values = {
        "normal": rng.normal(size=n),
        "lognormal": rng.lognormal(0, 4, n),
        "ascending": np.arange(n, dtype=float),
        "few": rng.integers(0, 5, n).astype(float),
    }[shape]
    result = summary(Quantiles(epsilon=epsilon, exact_size=500), *np.array_split(values, 100))
    ordered, fractions = np.sort(values), np.linspace(0, 1, 101)
    found = result.at(fractions)
    below, upto = np.searchsorted(ordered, found, "left") / n, np.searchsorted(ordered, found, "right") / n
    assert np.all(below - epsilon <= fractions)
    assert np.all(fractions <= upto + epsilon)
    assert result.count == pytest.approx(n)
    assert result.exact == (shape == "few")


def test_the_state_stays_small():
    accumulator, rng = Quantiles(epsilon=0.05, exact_size=1000), np.random.default_rng(1)
    state = accumulator.empty()
    sizes = []
    for _ in range(200):
        state = accumulator.add(state, rng.normal(size=2000))
        sizes.append(len(pickle.dumps(state)))
    assert max(sizes[100:]) < 1.3 * max(sizes[:100])
    assert max(sizes) < 100_000


def test_extremes_are_kept_through_compression():
    values = np.arange(5000.0)
    result = summary(Quantiles(epsilon=0.2, exact_size=10), *np.array_split(values, 500))
    assert result.at(np.array([0.0, 1.0])).tolist() == [0.0, 4999.0]
    assert result.boundaries(10)[0] == 0.0


def test_nothing_has_no_quantiles():
    result = summary(Quantiles(), np.array([np.nan]))
    assert result.count == 0
    assert np.isnan(result.at(np.array([0.5]))).all()
    assert np.isnan(result.boundaries(3)).all()


def test_infinities_are_values():
    result = summary(Quantiles(), np.array([np.inf, 1.0, -np.inf]))
    assert result.at(np.array([0.0, 0.5, 1.0])).tolist() == [-np.inf, 1.0, np.inf]

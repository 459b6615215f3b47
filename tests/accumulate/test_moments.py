import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.accumulate import Moments


def moments(*batches):
    accumulator, state = Moments(), Moments().empty()
    for batch in batches:
        state = accumulator.add(state, batch)
    return accumulator.result(state)


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
@settings(max_examples=60, deadline=None)
def test_agreement_with_numpy(values):
    array, result = np.array(values), moments(np.array(values))
    assert result.count == len(values)
    assert result.mean == pytest.approx(array.mean(), rel=1e-9, abs=1e-6)
    assert result.variance == pytest.approx(array.var(), rel=1e-9, abs=1e-3)
    assert (result.minimum, result.maximum) == (array.min(), array.max())
    assert result.zeros == np.count_nonzero(array == 0)
    assert result.total == pytest.approx(array.sum(), rel=1e-9, abs=1e-6)


def test_variance_of_close_large_numbers_does_not_cancel():
    values = 1e9 + np.array([0.0, 1.0, 2.0, 3.0])
    assert moments(values[:1], values[1:3], values[3:]).variance == pytest.approx(1.25, rel=1e-12)


def test_weights_are_repetitions():
    values, weights = np.array([1.0, 2.0, 5.0, 0.0, np.nan]), np.array([2, 0, 3, 4, 2])
    weighted, repeated = moments((values, weights)), moments(np.repeat(values, weights))
    assert weighted == repeated


def test_columns_are_independent():
    table = np.array([[1.0, np.nan, np.inf], [3.0, 2.0, 0.0]])
    result = moments(table)
    assert result.count.tolist() == [2, 1, 2]
    np.testing.assert_array_equal(result.mean, [2.0, 2.0, np.inf])
    np.testing.assert_array_equal(result.variance, [1.0, 0.0, np.nan])
    assert result.nans.tolist() == [0, 1, 0]
    assert result.zeros.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("values", "mean", "variance"),
    [([], np.nan, np.nan), ([np.nan], np.nan, np.nan), ([7.0], 7.0, 0.0), ([np.inf, 1], np.inf, np.nan),
     ([-np.inf, 1], -np.inf, np.nan), ([np.inf, -np.inf], np.nan, np.nan), ([4.0, 4.0], 4.0, 0.0)],
)  # fmt: skip
def test_corners(values, mean, variance):
    result = moments(np.array(values, float))
    np.testing.assert_equal([result.mean, result.variance], [mean, variance])


def test_extremes_of_nothing_are_the_neutral_ones():
    result = moments()
    assert (result.count, result.minimum, result.maximum) == (0, np.inf, -np.inf)


def test_values_near_the_largest_float_do_not_warn():
    assert moments(np.array([1e308, 1e308, -1e308])).count == 3

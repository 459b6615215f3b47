"""The laws that every accumulator keeps. A new one joins by a line in CASES."""

import dataclasses
import functools
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.accumulate import Histogram, Moments, Presence, Quantiles, StringLengths, ValueCounts
from argosy.accumulate.accumulator import Accumulator
from argosy.accumulate.calibration_buckets import CalibrationBuckets
from argosy.accumulate.confusion import ConfusionCounts
from argosy.accumulate.distinct_count import DistinctCount
from argosy.accumulate.pair_counts import PairCounts
from argosy.accumulate.pair_moments import PairMoments
from argosy.accumulate.weighted_sums import WeightedSums


def same(left: Any, right: Any) -> None:
    """Results are equal, floats to 1e-9."""
    if dataclasses.is_dataclass(left):
        for field in dataclasses.fields(left):
            same(getattr(left, field.name), getattr(right, field.name))
    elif isinstance(left, pa.Array):
        assert left.equals(right)
    elif left is None:
        assert right is None
    elif isinstance(left, tuple):
        for one, other in zip(left, right, strict=True):
            same(one, other)
    else:
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)


def close_in_rank(epsilon: float) -> Callable[[Any, Any], None]:
    """Results are sketches of one distribution, each within epsilon of it."""

    def compare(left: Any, right: Any) -> None:
        assert left.count == pytest.approx(right.count)
        if not right.count:
            return
        for fraction in np.linspace(0, 1, 21):
            value = left.at(np.array([fraction]))[0]
            below = right.ranks[np.searchsorted(right.values, value, side="left") - 1] if value > right.values[0] else 0
            upto = right.ranks[np.searchsorted(right.values, value, side="right") - 1]
            rank = fraction * right.count
            assert below - 2 * epsilon * right.count <= rank <= upto + 2 * epsilon * right.count

    return compare


def numbers(rng, n):
    values = rng.normal(3, 5, n).round(1)
    values[rng.random(n) < 0.1] = np.nan
    values[rng.random(n) < 0.05] = rng.choice([np.inf, -np.inf, 0.0])
    return values


def words(rng, n):
    return pa.array([bytes(rng.choice([b"a", b"bb", b"\xff", b"", "é".encode()])) for _ in range(n)], pa.binary())


def lists(rng, n):
    return pa.array([None if (k := rng.integers(0, 4)) == 3 else [1] * k for _ in range(n)], pa.list_(pa.int64()))


def lists_of_lists(rng, n):
    rows = [None if (k := rng.integers(0, 4)) == 3 else lists(rng, k).to_pylist() for _ in range(n)]
    return pa.array(rows, pa.list_(pa.list_(pa.int64())))


def same_but_for_rounding(left, right):
    np.testing.assert_array_equal(left.count, right.count)
    np.testing.assert_allclose(left.covariance, right.covariance, rtol=1e-6, atol=1e-6)


def scored(rng, n):
    return rng.integers(0, 2, (n, 2)).astype(float), rng.random((n, 2)).round(2), rng.random(n)


Case = tuple[str, Accumulator[Any, Any, Any], Callable[[np.random.Generator, int], Any], Callable[[Any, Any], None]]

CASES: tuple[Case, ...] = (
    ("moments", Moments(), numbers, same),
    ("moments of columns", Moments(), lambda rng, n: numbers(rng, n * 3).reshape(n, 3), same),
    ("weighted moments", Moments(), lambda rng, n: (numbers(rng, n), rng.integers(0, 3, n) / 2), same),
    ("quantiles", Quantiles(), numbers, same),
    ("weighted quantiles", Quantiles(), lambda rng, n: (numbers(rng, n), rng.integers(0, 3, n)), same),
    ("sketched quantiles", Quantiles(epsilon=0.2, exact_size=16), numbers, close_in_rank(0.2)),
    ("values", ValueCounts(), words, same),
    ("integers", ValueCounts(), lambda rng, n: pa.array(rng.integers(-3, 3, n)), same),
    ("weighted values", ValueCounts(), lambda rng, n: (words(rng, n), rng.integers(0, 9, n) / 4), same),
    ("values with counts", ValueCounts(), lambda rng, n: (words(rng, n), rng.integers(1, 9, n)), same),
    ("distinct values", DistinctCount(), words, same),
    ("estimated distinct values", DistinctCount(size=8), lambda rng, n: pa.array(rng.integers(0, 50, n)), same),
    ("presence", Presence(), lists, same),
    ("weighted presence", Presence(), lambda rng, n: (lists(rng, n), rng.integers(0, 9, n) / 4), same),
    ("presence of lists of lists", Presence(), lists_of_lists, same),
    ("lengths", StringLengths(), words, same),
    ("lengths with counts", StringLengths(), lambda rng, n: (words(rng, n), rng.integers(1, 9, n)), same),
    ("pairs of numbers", PairMoments(), lambda rng, n: numbers(rng, n * 3).reshape(n, 3) + 1e6, same_but_for_rounding),
    ("histogram", Histogram(boundaries=(-1.0, 0.0, 3.0, 8.0)), numbers, same),
    ("weighted histogram", Histogram(boundaries=(0.0, 3.0)), lambda rng, n: (numbers(rng, n), rng.random(n)), same),
    ("confusion", ConfusionCounts(thresholds=(0.25, 0.5)), scored, same),
    ("calibration", CalibrationBuckets(buckets=4), scored, same),
    ("pairs", PairCounts(), lambda rng, n: (rng.integers(-1, 3, n), rng.integers(-1, 3, n), rng.random(n)), same),
    ("sums", WeightedSums(), lambda rng, n: (rng.random((n, 2)), rng.random(n)), same),
)

every_case = pytest.mark.parametrize(
    ("accumulator", "generate", "compare"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)


def take(batch: Any, index: np.ndarray) -> Any:
    if isinstance(batch, tuple):
        return tuple(take(part, index) for part in batch)
    return batch.take(pa.array(index)) if isinstance(batch, pa.Array) else batch[index]


def length(batch: Any) -> int:
    return len(batch[0]) if isinstance(batch, tuple) else len(batch)


def whole(accumulator: Any, batch: Any) -> Any:
    return accumulator.result(accumulator.add(accumulator.empty(), batch))


@every_case
@given(seed=st.integers(0, 2**32), n=st.integers(1, 120), cuts=st.lists(st.floats(0, 1), max_size=6))
@settings(max_examples=12, deadline=None)
def test_any_sharding_and_any_order_of_merging_gives_the_same(accumulator, generate, compare, seed, n, cuts):
    rng = np.random.default_rng(seed)
    batch = generate(rng, n)
    pieces = [take(batch, index) for index in np.split(rng.permutation(n), sorted(int(cut * n) for cut in cuts))]
    states = [accumulator.add(accumulator.empty(), piece) for piece in pieces] + [accumulator.empty()]
    while len(states) > 1:
        left, right = (states.pop(rng.integers(len(states))) for _ in range(2))
        states.append(accumulator.merge(left, right))
    compare(accumulator.result(states[0]), whole(accumulator, batch))


@every_case
@given(seed=st.integers(0, 2**32), n=st.integers(1, 120), size=st.integers(1, 50))
@settings(max_examples=8, deadline=None)
def test_batch_boundaries_do_not_matter_and_states_travel_between_batches(
    accumulator, generate, compare, seed, n, size
):
    batch = generate(np.random.default_rng(seed), n)
    pieces = [take(batch, np.arange(start, min(start + size, n))) for start in range(0, n, size)]
    travelling = pickle.loads(pickle.dumps(accumulator))
    state = functools.reduce(
        lambda state, piece: pickle.loads(pickle.dumps(travelling.add(state, piece))), pieces, travelling.empty()
    )
    compare(travelling.result(state), whole(accumulator, batch))


@every_case
def test_empty_is_neutral(accumulator, generate, compare):
    batch = generate(np.random.default_rng(0), 40)
    compare(accumulator.result(accumulator.merge(accumulator.add(accumulator.empty(), batch), accumulator.empty())),
            whole(accumulator, batch))  # fmt: skip
    compare(accumulator.result(accumulator.merge(accumulator.empty(), accumulator.add(accumulator.empty(), batch))),
            whole(accumulator, batch))  # fmt: skip


@every_case
def test_a_merge_leaves_its_second_state_as_it_was(accumulator, generate, compare):
    first, second = (generate(np.random.default_rng(seed), 40) for seed in (4, 5))
    state = accumulator.add(accumulator.empty(), first)
    merged = accumulator.merge(accumulator.empty(), state)
    accumulator.merge(accumulator.add(merged, second), accumulator.add(accumulator.empty(), second))
    compare(accumulator.result(state), whole(accumulator, first))


@every_case
def test_an_empty_batch_adds_nothing(accumulator, generate, compare):
    batch = generate(np.random.default_rng(1), 40)
    none = take(batch, np.arange(0))
    compare(accumulator.result(accumulator.add(accumulator.add(accumulator.empty(), batch), none)),
            whole(accumulator, batch))  # fmt: skip
    accumulator.result(accumulator.empty())
    assert length(none) == 0


@every_case
def test_the_result_leaves_the_state_and_the_batch_as_they_were(accumulator, generate, compare):
    first, second = (generate(np.random.default_rng(seed), 40) for seed in (2, 3))
    before = pickle.dumps(first)
    state = accumulator.add(accumulator.empty(), first)
    early = accumulator.result(state)
    compare(accumulator.result(state), early)
    late = accumulator.result(accumulator.add(state, second))
    fresh = accumulator.add(accumulator.add(accumulator.empty(), first), second)
    compare(late, accumulator.result(fresh))
    compare(early, whole(accumulator, pickle.loads(before)))

"""Count, mean, variance, extremes, zeros and NaNs of numbers."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Weighted = tuple[np.ndarray, np.ndarray]


@dataclasses.dataclass(kw_only=True, slots=True)
class MomentsState:
    """Arrays of shape [k], or [] for batches [n] and before the first batch; `mean` and `m2` are of finite values."""

    count: Floats
    mean: Floats
    m2: Floats
    total: Floats
    minimum: Floats
    maximum: Floats
    finite_minimum: Floats
    finite_maximum: Floats
    zeros: Floats
    nans: Floats
    positive_infinities: Floats
    negative_infinities: Floats


@dataclasses.dataclass(frozen=True, kw_only=True)
class MomentsResult:
    """Each field is a number for batches [n], an array [k] for batches [n, k].

    Attributes:
        count: How many values were not NaN (the sum of their weights, where weights were given).
        mean: NaN when count is 0 or both infinities are among the values.
        variance: Of the population (divided by count); NaN when count is 0 or an infinity is among the values.
        minimum: Infinity when count is 0.
        maximum: Minus infinity when count is 0.
        zeros: How many were 0 (weighted alike).
        nans: How many were NaN (weighted alike).
        total: The sum of the values.
        finite_minimum: The smallest finite value; infinity when there is none.
        finite_maximum: The largest finite value; minus infinity when there is none.
        positive_infinities: How many were infinity (weighted alike).
        negative_infinities: How many were minus infinity (weighted alike).
    """

    count: Any
    mean: Any
    variance: Any
    minimum: Any
    maximum: Any
    zeros: Any
    nans: Any
    total: Any
    finite_minimum: Any
    finite_maximum: Any
    positive_infinities: Any
    negative_infinities: Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Moments:
    """Accumulates batches [n] or [n, k] of numbers, or `(values, weights)` with weights [n] or like the values.

    NaN is counted and else left out. A value of weight 0 is not seen. Batches are merged by the pairwise formula of
    Chan, Golub and LeVeque (1979), which stays exact where sums of squares cancel.

    >>> moments = Moments()
    >>> result = moments.result(moments.add(moments.empty(), np.array([1.0, 3.0, np.nan])))
    >>> result.count, result.mean, result.variance, result.nans
    (2, 2.0, 1.0, 1)
    """

    def empty(self) -> MomentsState:
        zero, infinity = np.zeros(()), np.full((), np.inf)
        return MomentsState(
            count=zero, mean=zero, m2=zero, total=zero, minimum=infinity, maximum=-infinity, finite_minimum=infinity,
            finite_maximum=-infinity, zeros=zero, nans=zero, positive_infinities=zero, negative_infinities=zero,
        )  # fmt: skip

    def add(self, state: MomentsState, batch: np.ndarray | Weighted) -> MomentsState:
        values, weights = batch if isinstance(batch, tuple) else (batch, None)
        values = np.asarray(values, np.float64)
        return self.merge(state, _state_of(values, None if weights is None else _shaped(weights, values)))

    def merge(self, state: MomentsState, other: MomentsState) -> MomentsState:
        finite = _finite(state), _finite(other)
        with np.errstate(over="ignore", invalid="ignore"):
            mean, m2 = _chan((finite[0], state.mean, state.m2), (finite[1], other.mean, other.m2))
            return MomentsState(
                count=state.count + other.count,
                mean=mean,
                m2=m2,
                total=state.total + other.total,
                minimum=np.minimum(state.minimum, other.minimum),
                maximum=np.maximum(state.maximum, other.maximum),
                finite_minimum=np.minimum(state.finite_minimum, other.finite_minimum),
                finite_maximum=np.maximum(state.finite_maximum, other.finite_maximum),
                zeros=state.zeros + other.zeros,
                nans=state.nans + other.nans,
                positive_infinities=state.positive_infinities + other.positive_infinities,
                negative_infinities=state.negative_infinities + other.negative_infinities,
            )

    def result(self, state: MomentsState) -> MomentsResult:
        up, down = state.positive_infinities > 0, state.negative_infinities > 0
        infinite = np.where(up & down, np.nan, np.where(up, np.inf, -np.inf))
        mean = np.where(state.count > 0, np.where(up | down, infinite, state.mean), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.where(up | down | (state.count == 0), np.nan, state.m2 / state.count)
        return MomentsResult(
            count=_count(state.count),
            mean=_number(mean),
            variance=_number(variance),
            minimum=_number(state.minimum),
            maximum=_number(state.maximum),
            zeros=_count(state.zeros),
            nans=_count(state.nans),
            total=_number(np.where(up | down, infinite, state.total)),
            finite_minimum=_number(state.finite_minimum),
            finite_maximum=_number(state.finite_maximum),
            positive_infinities=_count(state.positive_infinities),
            negative_infinities=_count(state.negative_infinities),
        )


def _state_of(values: Floats, weights: Floats | None) -> MomentsState:
    if values.ndim == 1 and len(values) and np.isfinite(values).all() and (weights is None or (weights > 0).all()):
        return _finite_state(values, np.ones(len(values)) if weights is None else weights)
    seen = np.ones(values.shape, np.bool_) if weights is None else weights > 0
    finite, nan = np.isfinite(values) & seen, np.isnan(values)
    clean = values if finite.all() else np.where(finite, values, 0.0)
    mass = finite.astype(np.float64) if weights is None else np.where(finite, weights, 0.0)
    valid = seen & ~nan
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        count, total = mass.sum(axis=0), (clean * mass).sum(axis=0)
        mean = np.where(count > 0, total / count, 0.0)
        deviation = clean - mean
        m2 = (deviation * deviation * mass).sum(axis=0)
    amount = np.ones_like(values) if weights is None else weights
    up, down = _mass(values == np.inf, amount), _mass(values == -np.inf, amount)
    return MomentsState(
        count=np.asarray(count + up + down),
        mean=np.asarray(mean),
        m2=np.asarray(m2),
        total=np.asarray(total),
        minimum=np.asarray(np.min(values, axis=0, where=valid, initial=np.inf)),
        maximum=np.asarray(np.max(values, axis=0, where=valid, initial=-np.inf)),
        finite_minimum=np.asarray(np.min(values, axis=0, where=finite, initial=np.inf)),
        finite_maximum=np.asarray(np.max(values, axis=0, where=finite, initial=-np.inf)),
        zeros=_mass(values == 0, amount),
        nans=_mass(nan, amount),
        positive_infinities=up,
        negative_infinities=down,
    )


def _finite_state(values: Floats, weights: Floats) -> MomentsState:
    """Returns the state of finite numbers that all weigh something, which most are, in a third of the steps."""
    with np.errstate(over="ignore", invalid="ignore"):
        count, total = weights.sum(), (values * weights).sum()
        mean = total / count
        deviation = values - mean
        m2 = (deviation * deviation * weights).sum()
    low, high, nothing = np.asarray(values.min()), np.asarray(values.max()), np.zeros(())
    return MomentsState(
        count=np.asarray(count),
        mean=np.asarray(mean),
        m2=np.asarray(m2),
        total=np.asarray(total),
        minimum=low,
        maximum=high,
        finite_minimum=low,
        finite_maximum=high,
        zeros=np.asarray(weights[values == 0].sum()),
        nans=nothing,
        positive_infinities=nothing,
        negative_infinities=nothing,
    )


def _chan(left: tuple[Floats, Floats, Floats], right: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    """Returns mean and sum of squared deviations of two parts, each given as (count, mean, m2)."""
    count = left[0] + right[0]
    share = right[0] / np.where(count > 0, count, 1.0)
    delta = right[1] - left[1]
    return left[1] + delta * share, left[2] + right[2] + delta * delta * left[0] * share


def _finite(state: MomentsState) -> Floats:
    return state.count - state.positive_infinities - state.negative_infinities


def _mass(mask: NDArray[np.bool_], amount: Floats) -> Floats:
    return np.asarray(np.sum(amount, axis=0, where=mask))


def _shaped(weights: np.ndarray, values: Floats) -> Floats:
    weights = np.asarray(weights, np.float64)
    return np.broadcast_to(weights[:, None], values.shape) if weights.ndim < values.ndim else weights


def _number(array: Floats) -> Any:
    return array if np.ndim(array) else float(array)


def _count(array: Floats) -> Any:
    """Returns whole numbers as integers: an unweighted count is one."""
    if np.ndim(array):
        return array.astype(np.int64) if np.all(array == np.floor(array)) else array
    return int(array) if float(array).is_integer() else float(array)

"""Covariance and correlation of every two of several numbers of a row."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclasses.dataclass(kw_only=True, slots=True)
class PairMomentsState:
    """Matrices [columns, columns] over the rows that have both numbers; no columns before the first batch.

    Attributes:
        count: How many rows those are.
        mean: At [i, j] the mean of number i.
        square: At [i, j] the sum of squared deviations of number i.
        product: At [i, j] the sum of products of the deviations of i and j.
    """

    count: Floats
    mean: Floats
    square: Floats
    product: Floats


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairMomentsResult:
    """Matrices [columns, columns]; NaN where no row has both numbers.

    Attributes:
        count: Rows that have both.
        covariance: Of the population (divided by count).
        correlation: Pearson's; NaN also where one of the two is constant.
    """

    count: Floats
    covariance: Floats
    correlation: Floats


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairMoments:
    """Accumulates numbers [rows, columns]; what is not finite is not there.

    >>> pairs = PairMoments()
    >>> result = pairs.result(pairs.add(pairs.empty(), np.array([[1.0, 2.0], [3.0, 6.0], [5.0, np.nan]])))
    >>> [float(matrix[0, 1]) for matrix in (result.covariance, result.correlation, result.count)]
    [2.0, 1.0, 2.0]
    """

    def empty(self) -> PairMomentsState:
        nothing = np.zeros((0, 0))
        return PairMomentsState(count=nothing, mean=nothing, square=nothing, product=nothing)

    def add(self, state: PairMomentsState, batch: Floats) -> PairMomentsState:
        if not len(batch):
            return state
        there = np.isfinite(batch)
        mass = there.astype(np.float64)
        clean = np.where(there, batch, 0.0)
        # Near their mean, squares of numbers that differ little keep their digits.
        centre = clean.sum(axis=0) / np.maximum(mass.sum(axis=0), 1.0)
        moved = np.where(there, clean - centre, 0.0)
        count, sums = mass.T @ mass, moved.T @ mass
        some = np.maximum(count, 1.0)
        return self.merge(
            state,
            PairMomentsState(
                count=count,
                mean=np.where(count > 0, centre[:, None] + sums / some, 0.0),
                square=(moved * moved).T @ mass - sums * sums / some,
                product=moved.T @ moved - sums * sums.T / some,
            ),
        )

    def merge(self, state: PairMomentsState, other: PairMomentsState) -> PairMomentsState:
        if not len(state.count) or not len(other.count):
            return state if len(state.count) else other
        count = state.count + other.count
        share = other.count / np.maximum(count, 1.0)
        delta = other.mean - state.mean
        weight = state.count * share
        return PairMomentsState(
            count=count,
            mean=state.mean + delta * share,
            square=state.square + other.square + delta * delta * weight,
            product=state.product + other.product + delta * delta.T * weight,
        )

    def result(self, state: PairMomentsState) -> PairMomentsResult:
        with np.errstate(divide="ignore", invalid="ignore"):
            covariance = state.product / state.count
            spread = np.sqrt(np.maximum(state.square, 0.0) * np.maximum(state.square.T, 0.0))
            correlation = np.where(spread > 0, state.product / spread, np.nan)
        return PairMomentsResult(count=state.count, covariance=covariance, correlation=np.clip(correlation, -1.0, 1.0))

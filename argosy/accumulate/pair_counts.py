"""Weights of pairs of class numbers: the confusion matrix of several classes."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_BITS = 32


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairCountsResult:
    """The pairs that occurred, ascending by `actual`, then `predicted`; [pairs] each."""

    actual: Integers
    predicted: Integers
    weights: Floats

    def matrix(self, classes: int) -> Floats:
        """Returns the pairs among the first `classes` classes as a table, [actual, predicted]."""
        table = np.zeros((classes, classes))
        known = (self.actual >= 0) & (self.predicted >= 0) & (self.actual < classes) & (self.predicted < classes)
        table[self.actual[known], self.predicted[known]] = self.weights[known]
        return table


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairCounts:
    """Accumulates `(actual [n], predicted [n], weights [n])` of class numbers, -1 for none of the known ones.

    The state is the sorted pairs that occurred and their weights, so its size does not grow with classes that never
    occur.

    >>> pairs = PairCounts()
    >>> state = pairs.add(pairs.empty(), (np.array([0, 1, 1]), np.array([0, 0, 0]), np.ones(3)))
    >>> pairs.result(state).matrix(2)
    array([[1., 0.],
           [2., 0.]])
    """

    def empty(self) -> tuple[Integers, Floats]:
        return np.zeros(0, np.int64), np.zeros(0)

    def add(
        self, state: tuple[Integers, Floats], batch: tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> tuple[Integers, Floats]:
        actual, predicted, weights = batch
        pairs = (np.asarray(actual, np.int64) + 1) << _BITS | (np.asarray(predicted, np.int64) + 1)
        return self.merge(state, (pairs, np.asarray(weights, np.float64)))

    def merge(self, state: tuple[Integers, Floats], other: tuple[Integers, Floats]) -> tuple[Integers, Floats]:
        pairs, index = np.unique(np.concatenate([state[0], other[0]]), return_inverse=True)
        weights = np.bincount(index, np.concatenate([state[1], other[1]]), len(pairs))
        return pairs, weights.astype(np.float64, copy=False)

    def result(self, state: tuple[Integers, Floats]) -> PairCountsResult:
        pairs, weights = state
        return PairCountsResult(
            actual=(pairs >> _BITS) - 1, predicted=(pairs & ((1 << _BITS) - 1)) - 1, weights=weights.copy()
        )

"""What was predicted and what was so, by bucket of the prediction."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Scored = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CalibrationBucketsResult:
    """Sums by bucket; the first bucket is below `left`, the last at or above `right`.

    Attributes:
        edges: Lower ends, and at last an upper one: [buckets + 3], from minus to plus infinity.
        weights: Of the rows, [columns, buckets + 2].
        labels: Weighted sums of labels, [columns, buckets + 2].
        predictions: Weighted sums of predictions, [columns, buckets + 2].
    """

    edges: Floats
    weights: Floats
    labels: Floats
    predictions: Floats


@dataclasses.dataclass(frozen=True, kw_only=True)
class CalibrationBuckets:
    """Accumulates `(labels [n, columns], predictions [n, columns], weights [n])`; a NaN prediction is left out.

    The state is [columns, 3, buckets + 2]; before the first batch it has no columns.

    >>> buckets = CalibrationBuckets(buckets=2)
    >>> batch = np.array([[1.0], [0.0]]), np.array([[0.75], [0.5]]), np.ones(2)
    >>> buckets.result(buckets.add(buckets.empty(), batch)).predictions
    array([[0.  , 0.  , 1.25, 0.  ]])

    Attributes:
        buckets: How many, of equal width, between `left` and `right`.
        left: Lower end of the first.
        right: Upper end of the last.
    """

    buckets: int = 1000
    left: float = 0.0
    right: float = 1.0

    def empty(self) -> Floats:
        return np.zeros((0, 3, self.buckets + 2))

    def add(self, state: Floats, batch: Scored) -> Floats:
        labels, predictions, weights = (np.asarray(part, np.float64) for part in batch)
        seen = ~np.isnan(predictions)
        clean, columns, size = np.where(seen, predictions, self.left), predictions.shape[1], self.buckets + 2
        bucket = np.searchsorted(self._edges()[1:-1], clean, side="right")
        index, mass = (bucket + np.arange(columns) * size).ravel(), seen * weights[:, None]
        sums = [
            np.bincount(index, part.ravel(), columns * size).reshape(columns, size)
            for part in (mass, mass * labels, np.where(mass == 0, 0.0, mass * clean))
        ]
        return self.merge(state, np.stack(sums, axis=1))

    def merge(self, state: Floats, other: Floats) -> Floats:
        if not len(state) or not len(other):
            return state if len(state) else other
        return state + other

    def result(self, state: Floats) -> CalibrationBucketsResult:
        return CalibrationBucketsResult(
            edges=self._edges(), weights=state[:, 0], labels=state[:, 1], predictions=state[:, 2]
        )

    def _edges(self) -> Floats:
        inner = np.linspace(self.left, self.right, self.buckets + 1)
        return np.concatenate([[-np.inf], inner, [np.inf]])

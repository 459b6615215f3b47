"""True and false positives and negatives at thresholds, for one or several columns of scores."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Scored = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConfusionResult:
    """Weights of rows by what they are and what they are predicted to be, [columns, thresholds] each.

    A row is predicted positive when its score is **greater** than the threshold.
    """

    thresholds: Floats
    true_positives: Floats
    false_positives: Floats
    true_negatives: Floats
    false_negatives: Floats


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConfusionCounts:
    """Accumulates `(labels [n, columns], scores [n, columns], weights [n])`.

    A label of 0.3 counts as 0.3 of a positive row and 0.7 of a negative one. A score that is NaN is predicted negative
    at every threshold. The state holds, by column, positive and negative weight between neighbouring thresholds:
    [columns, 2, thresholds + 1]; before the first batch it has no columns.

    >>> counts = ConfusionCounts(thresholds=(0.5,))
    >>> batch = np.array([[1.0], [0.0], [1.0]]), np.array([[0.9], [0.6], [0.5]]), np.ones(3)
    >>> result = counts.result(counts.add(counts.empty(), batch))
    >>> result.true_positives, result.false_positives, result.false_negatives
    (array([[1.]]), array([[1.]]), array([[1.]]))

    Attributes:
        thresholds: Ascending.
    """

    thresholds: tuple[float, ...]

    def empty(self) -> Floats:
        return np.zeros((0, 2, len(self.thresholds) + 1))

    def add(self, state: Floats, batch: Scored) -> Floats:
        labels, scores, weights = (np.asarray(part, np.float64) for part in batch)
        columns, buckets = scores.shape[1], len(self.thresholds) + 1
        # A NaN would sort after every threshold, which is to be predicted positive.
        bucket = np.searchsorted(self.thresholds, np.where(np.isnan(scores), -np.inf, scores), side="left")
        index = (bucket + np.arange(columns) * buckets).ravel()
        sides = [
            np.bincount(index, (side * weights[:, None]).ravel(), columns * buckets).reshape(columns, buckets)
            for side in (labels, 1.0 - labels)
        ]
        return self.merge(state, np.stack(sides, axis=1))

    def merge(self, state: Floats, other: Floats) -> Floats:
        if not len(state) or not len(other):
            return state if len(state) else other
        return state + other

    def result(self, state: Floats) -> ConfusionResult:
        at_or_below = np.cumsum(state, axis=2)[:, :, :-1]
        above = np.cumsum(state[:, :, ::-1], axis=2)[:, :, ::-1][:, :, 1:]
        return ConfusionResult(
            thresholds=np.asarray(self.thresholds),
            true_positives=above[:, 0],
            false_positives=above[:, 1],
            true_negatives=at_or_below[:, 1],
            false_negatives=at_or_below[:, 0],
        )

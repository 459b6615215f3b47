"""Counts of numbers in buckets with given boundaries."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class HistogramResult:
    """Counts by bucket.

    Attributes:
        boundaries: Ascending, [buckets + 1].
        counts: How many values (or what weight) each bucket holds, [buckets]; the last bucket includes its upper end.
        below: Values under the first boundary.
        above: Values over the last boundary.
        nans: How many were NaN.
    """

    boundaries: Floats
    counts: Floats
    below: float
    above: float
    nans: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Histogram:
    """Accumulates batches [n] of numbers, or `(values, weights)`; the state is [below, buckets..., above, NaN].

    >>> histogram = Histogram(boundaries=(0.0, 1.0, 2.0))
    >>> histogram.result(histogram.add(histogram.empty(), np.array([0.5, 1.0, 2.0, 3.0]))).counts
    array([1., 2.])

    Attributes:
        boundaries: At least two, ascending.
    """

    boundaries: tuple[float, ...]

    def empty(self) -> Floats:
        return np.zeros(len(self.boundaries) + 2)

    def add(self, state: Floats, batch: np.ndarray | tuple[np.ndarray, np.ndarray]) -> Floats:
        values, weights = batch if isinstance(batch, tuple) else (batch, None)
        edges, values = np.asarray(self.boundaries), np.asarray(values, np.float64)
        # NaN sorts after every number, so it would else be counted as above the last boundary.
        index = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
        index[values == edges[-1]] = len(edges) - 1
        return state + np.bincount(index, weights, minlength=len(edges) + 2)

    def merge(self, state: Floats, other: Floats) -> Floats:
        return state + other

    def result(self, state: Floats) -> HistogramResult:
        return HistogramResult(
            boundaries=np.asarray(self.boundaries),
            counts=state[1:-2].copy(),
            below=float(state[0]),
            above=float(state[-2]),
            nans=float(state[-1]),
        )

"""Weighted sums of columns, and with them weighted means and ratios."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class WeightedSumsResult:
    """What a table of numbers adds up to.

    Attributes:
        sums: Weighted, [columns]; no columns when there was no batch. NaN and infinities show.
        weight: The sum of the rows' weights.
        count: How many rows there were.
    """

    sums: Floats
    weight: float
    count: int

    @property
    def means(self) -> Floats:
        """The weighted mean of each column, [columns]; NaN when the weight is 0."""
        return self.sums / self.weight if self.weight else np.full_like(self.sums, np.nan)


@dataclasses.dataclass(frozen=True, kw_only=True)
class WeightedSums:
    """Accumulates `(values [n, columns], weights [n])`; a row of weight 0 adds nothing but its count.

    >>> sums = WeightedSums()
    >>> result = sums.result(sums.add(sums.empty(), (np.array([[1.0], [4.0]]), np.array([1.0, 2.0]))))
    >>> result.sums, result.means, result.count
    (array([9.]), array([3.]), 2)
    """

    def empty(self) -> tuple[Floats, float, int]:
        return np.zeros(0), 0.0, 0

    def add(self, state: tuple[Floats, float, int], batch: tuple[np.ndarray, np.ndarray]) -> tuple[Floats, float, int]:
        values, weights = np.asarray(batch[0], np.float64), np.asarray(batch[1], np.float64)
        # 0 times infinity is not a number, but a row of no weight is no row.
        products = np.where(weights[:, None] == 0, 0.0, values * weights[:, None])
        return self.merge(state, (products.sum(axis=0), float(weights.sum()), len(weights)))

    def merge(self, state: tuple[Floats, float, int], other: tuple[Floats, float, int]) -> tuple[Floats, float, int]:
        if not len(state[0]) or not len(other[0]):
            sums = state[0] if len(state[0]) else other[0]
        else:
            sums = state[0] + other[0]
        return sums, state[1] + other[1], state[2] + other[2]

    def result(self, state: tuple[Floats, float, int]) -> WeightedSumsResult:
        return WeightedSumsResult(sums=state[0], weight=state[1], count=state[2])

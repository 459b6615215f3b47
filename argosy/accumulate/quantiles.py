"""Quantiles of numbers: exact for small data, with a bounded error above."""

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argosy.accumulate.tally import run_starts

Floats = NDArray[np.float64]
Weighted = tuple[np.ndarray, np.ndarray]
Part = tuple[Floats, Floats | None]

MAX_LEVELS = 32
"""Levels that the error bound reckons with: `exact_size` times 2 to this power values, more than there are."""


@dataclasses.dataclass(kw_only=True, slots=True)
class QuantilesState:
    """What was seen.

    Attributes:
        pending: Exact pieces (values, weights; None: each weighs 1).
        size: How many values they hold, equal ones of different pieces too.
        levels: At index i, None or a summary of 2^i flushes of the pending pieces.
        exact: Whether nothing was compressed away.
    """

    pending: list[Part] = dataclasses.field(default_factory=list)
    size: int = 0
    levels: list[Part | None] = dataclasses.field(default_factory=list)
    exact: bool = True
    minimum: float = math.inf
    maximum: float = -math.inf

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Returns what travels between processes and stages: of the values that wait each distinct one, once."""
        held = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        if self.pending:
            piece = _grouped(*_joined(self.pending))
            held |= {"pending": [piece], "size": len(piece[0])}
        return None, held


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuantileSummary:
    """A distribution as a step function.

    Attributes:
        values: Distinct values, ascending, [n].
        ranks: The total weight at or below each value, [n].
        count: The total weight.
        exact: Whether nothing was compressed away.
    """

    values: Floats
    ranks: Floats
    count: float
    exact: bool

    def at(self, fractions: np.ndarray) -> Floats:
        """Returns the first value whose rank exceeds `fraction * count` (the largest at 1), of the fractions' shape.

        Always a value that was seen, never an interpolation. NaN where nothing was seen.
        """
        wanted = np.asarray(fractions, np.float64) * self.count
        return self.values[self._index(wanted)] if len(self.values) else np.full(np.shape(wanted), np.nan)

    def cut(self, buckets: int) -> tuple[Floats, Floats]:
        """Returns the `buckets + 1` values that cut the data into equal shares, and the weight at or below each.

        The first value is the minimum and the last the maximum. Both arrays are NaN where nothing was seen.
        """
        if not len(self.values):
            return np.full(buckets + 1, np.nan), np.full(buckets + 1, np.nan)
        index = self._index(np.arange(buckets + 1) * self.count / buckets)
        return self.values[index], self.ranks[index]

    def boundaries(self, buckets: int) -> Floats:
        """Returns the values of `cut`."""
        return self.cut(buckets)[0]

    def _index(self, ranks: Floats) -> NDArray[np.intp]:
        return np.minimum(np.searchsorted(self.ranks, ranks, side="right"), len(self.values) - 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quantiles:
    """Accumulates batches [n] of numbers, or `(values, weights)`; NaN and weights of 0 are left out.

    Up to `exact_size` distinct values all are kept and the answer is exact. Above, each flush of the buffer is a
    summary of equally heavy points; two summaries of one level make one of the next, as in a binary counter. A
    compression to b points moves ranks by at most 1/(2b) of the weight that it covers, and b is chosen so that all
    levels together stay below `epsilon`: the value given for fraction q has a true rank within `epsilon * count` of
    `q * count`.

    >>> quantiles = Quantiles()
    >>> quantiles.result(quantiles.add(quantiles.empty(), np.arange(11.0))).at([0.0, 0.5, 1.0])
    array([ 0.,  5., 10.])

    Attributes:
        epsilon: The bound of the error in rank, as a fraction of the count.
        exact_size: How many distinct values are kept as they are; up to twice as many wait to be merged.
    """

    epsilon: float = 0.005
    exact_size: int = 1 << 16

    def empty(self) -> QuantilesState:
        return QuantilesState()

    def add(self, state: QuantilesState, batch: np.ndarray | Weighted) -> QuantilesState:
        values, weights = _clean(batch)
        if not len(values):
            return state
        state.pending.append((values, weights))
        state.size += len(values)
        state.minimum = min(state.minimum, float(values.min()))
        state.maximum = max(state.maximum, float(values.max()))
        return self._flushed(state)

    def merge(self, state: QuantilesState, other: QuantilesState) -> QuantilesState:
        state.pending.extend(other.pending)
        state.size, state.exact = state.size + other.size, state.exact and other.exact
        state.minimum, state.maximum = min(state.minimum, other.minimum), max(state.maximum, other.maximum)
        for level, summary in enumerate(other.levels):
            if summary is not None:
                self._carry(state, level, summary)
        return self._flushed(state)

    def result(self, state: QuantilesState) -> QuantileSummary:
        parts = [*state.pending, *(level for level in state.levels if level is not None)]
        values, weights = _grouped(*_joined(parts))
        ranks = np.cumsum(weights)
        if len(values):
            values[0], values[-1] = state.minimum, state.maximum
        count = float(ranks[-1]) if len(ranks) else 0.0
        return QuantileSummary(values=values, ranks=ranks, count=count, exact=state.exact)

    def _flushed(self, state: QuantilesState) -> QuantilesState:
        if state.size <= 2 * self.exact_size:
            return state
        piece = _grouped(*_joined(state.pending))
        if len(piece[0]) <= self.exact_size:
            state.pending, state.size = [piece], len(piece[0])
        else:
            state.pending, state.size = [], 0
            self._carry(state, 0, self._compressed(state, [piece]))
        return state

    def _carry(self, state: QuantilesState, level: int, summary: Part) -> None:
        state.levels.extend([None] * (level + 1 - len(state.levels)))
        resident, state.levels[level] = state.levels[level], None
        if resident is None:
            state.levels[level] = summary
        else:
            self._carry(state, level + 1, self._compressed(state, [resident, summary]))

    def _compressed(self, state: QuantilesState, parts: list[Part]) -> Part:
        values, weights = _grouped(*_joined(parts))
        points = math.ceil((MAX_LEVELS + 1) / (2 * self.epsilon))
        if len(values) <= points:
            return values, weights
        state.exact = False
        ranks = np.cumsum(weights)
        step = ranks[-1] / points
        index = np.searchsorted(ranks, (np.arange(points) + 0.5) * step, side="right")
        return _grouped(values[np.minimum(index, len(values) - 1)], np.full(points, step))


def _clean(batch: np.ndarray | Weighted) -> Part:
    """Returns values and weights, a copy of the batch's: the state outlives it."""
    if isinstance(batch, tuple):
        values, weights = (np.array(part, np.float64) for part in batch)
        keep = ~np.isnan(values) & (weights > 0)
        return values[keep], weights[keep]
    values = np.array(batch, np.float64)
    return values[~np.isnan(values)], None


def _joined(parts: list[Part]) -> Part:
    if not parts:
        return np.empty(0), None
    values = np.concatenate([part[0] for part in parts])
    if all(part[1] is None for part in parts):
        return values, None
    return values, np.concatenate([np.ones(len(part[0])) if part[1] is None else part[1] for part in parts])


def _grouped(values: Floats, weights: Floats | None) -> tuple[Floats, Floats]:
    """Returns the distinct values, ascending, and the weight of each."""
    if weights is None:
        values = np.sort(values)
    else:
        order = np.argsort(values)
        values, weights = values[order], weights[order]
    starts = run_starts(values)
    if weights is None:
        return values[starts], np.diff(starts, append=len(values)).astype(np.float64)
    return values[starts], np.add.reduceat(weights, starts) if len(starts) else weights

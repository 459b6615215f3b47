"""How many rows have a feature, and how many values each has, on every level of lists within lists."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from argosy.accumulate.quantiles import Quantiles, QuantilesState, QuantileSummary
from argosy.accumulate.tally import tally_numbers
from argosy.errors import DataError

Floats = NDArray[np.float64]
Weighted = tuple[pa.Array, Floats]

UNSEEN_MINIMUM = np.iinfo(np.int64).max


@dataclasses.dataclass(kw_only=True, slots=True)
class LevelState:
    """Counts of one level; `weighted_` ones weigh each list as its row. The outermost level leaves `lengths` empty."""

    present: int = 0
    missing: int = 0
    minimum: int = UNSEEN_MINIMUM
    maximum: int = 0
    total: int = 0
    weighted_present: float = 0.0
    weighted_total: float = 0.0
    lengths: QuantilesState = dataclasses.field(default_factory=QuantilesState)


@dataclasses.dataclass(kw_only=True, slots=True)
class PresenceState:
    """Counts by level, the outermost first, and the distribution of the number of innermost values of a row."""

    rows: int = 0
    levels: list[LevelState] = dataclasses.field(default_factory=list)
    minimum: int = UNSEEN_MINIMUM
    maximum: int = 0
    lengths: QuantilesState = dataclasses.field(default_factory=QuantilesState)


@dataclasses.dataclass(frozen=True, kw_only=True)
class LevelResult:
    """Of one level of lists.

    Attributes:
        present: Lists that are there, with no values too.
        missing: Those that are null.
        minimum: The smallest number of values of a list that is there; 0 when none is.
        maximum: The largest.
        total: The number of values in all lists.
        weighted_present: The sum of the weights of the lists that are there.
        weighted_total: The sum over the values of the weights of their rows.
        lengths: The distribution of the number of values of a list; None on the outermost level.
    """

    present: int = 0
    missing: int = 0
    minimum: int = 0
    maximum: int = 0
    total: int = 0
    weighted_present: float = 0.0
    weighted_total: float = 0.0
    lengths: QuantileSummary | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class PresenceResult:
    """What is known of a feature before its values are looked at.

    Attributes:
        present: Rows in which the feature is there, with no values too.
        missing: Rows in which it is null.
        minimum: The smallest number of innermost values of a row that has it; 0 when none has.
        maximum: The largest.
        total: The number of innermost values over all rows.
        lengths: The distribution of the number of innermost values, over rows that have it.
        levels: One entry a level of lists; the first is the rows'. Empty when no row told how many there are.
    """

    present: int
    missing: int
    minimum: int
    maximum: int
    total: int
    lengths: QuantileSummary
    levels: tuple[LevelResult, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Presence:
    """Accumulates list arrays [rows], or `(arrays, weights [rows])`. Of a null array every row lacks the feature.

    An array without lists counts as one of lists of one value.

    >>> presence = Presence()
    >>> result = presence.result(presence.add(presence.empty(), pa.array([[1], [], None])))
    >>> result.present, result.missing, result.minimum, result.maximum
    (2, 1, 0, 1)
    """

    lengths: Quantiles = dataclasses.field(default_factory=Quantiles)

    def empty(self) -> PresenceState:
        return PresenceState(lengths=self.lengths.empty())

    def add(self, state: PresenceState, batch: pa.Array | Weighted) -> PresenceState:
        array, weights = batch if isinstance(batch, tuple) else (batch, None)
        state.rows += len(array)
        if pa.types.is_null(array.type):
            return state
        levels, sizes = self._levels(array, weights)
        state.levels = self._summed(state.levels, levels)
        if len(sizes):
            state.minimum = min(state.minimum, int(sizes.min()))
            state.maximum = max(state.maximum, int(sizes.max()))
            state.lengths = self.lengths.add(state.lengths, _tally_sizes(sizes))
        return state

    def merge(self, state: PresenceState, other: PresenceState) -> PresenceState:
        return PresenceState(
            rows=state.rows + other.rows,
            levels=self._summed(state.levels, other.levels),
            minimum=min(state.minimum, other.minimum),
            maximum=max(state.maximum, other.maximum),
            lengths=self.lengths.merge(state.lengths, other.lengths),
        )

    def result(self, state: PresenceState) -> PresenceResult:
        levels = tuple(self._level_result(level, depth) for depth, level in enumerate(state.levels))
        present = levels[0].present if levels else 0
        return PresenceResult(
            present=present,
            missing=state.rows - present,
            minimum=state.minimum if present else 0,
            maximum=state.maximum,
            total=levels[-1].total if levels else 0,
            lengths=self.lengths.result(state.lengths),
            levels=levels,
        )

    def _levels(self, array: pa.Array, weights: Floats | None) -> tuple[list[LevelState], NDArray[np.int64]]:
        """Returns the counts of each level, and of each row that is there the number of its innermost values."""
        if weights is None and not is_list(array.type):
            return _flat(len(array) - array.null_count, array.null_count)
        there = array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else np.ones(len(array), np.bool_)
        if not is_list(array.type):
            sizes = there.astype(np.int64)
            return [_level(there, sizes, weights)], sizes[there]
        sizes = _sizes(array, there)
        found, reach = [_level(there, sizes, weights)], sizes
        inner = array.flatten()
        while is_list(inner.type):
            weights = None if weights is None else np.repeat(weights, sizes)
            inner_there = inner.is_valid().to_numpy(zero_copy_only=False)
            sizes = _sizes(inner, inner_there)
            level = _level(inner_there, sizes, weights)
            level.lengths = self.lengths.add(level.lengths, _tally_sizes(sizes[inner_there]))
            found.append(level)
            ends = np.concatenate([[0], np.cumsum(sizes)])
            bounds = np.concatenate([[0], np.cumsum(reach)])
            reach = ends[bounds[1:]] - ends[bounds[:-1]]
            inner = inner.flatten()
        return found, reach[there]

    def _summed(self, left: list[LevelState], right: list[LevelState]) -> list[LevelState]:
        if not left or not right:
            return left or right
        if len(left) != len(right):
            raise DataError(
                f"lists are nested {len(left)} deep in some rows and {len(right)} in others; "
                "give all rows of a feature one type where the examples are written"
            )
        return [
            LevelState(
                present=a.present + b.present,
                missing=a.missing + b.missing,
                minimum=min(a.minimum, b.minimum),
                maximum=max(a.maximum, b.maximum),
                total=a.total + b.total,
                weighted_present=a.weighted_present + b.weighted_present,
                weighted_total=a.weighted_total + b.weighted_total,
                lengths=self.lengths.merge(self.lengths.merge(self.lengths.empty(), a.lengths), b.lengths),
            )
            for a, b in zip(left, right, strict=True)
        ]

    def _level_result(self, level: LevelState, depth: int) -> LevelResult:
        return LevelResult(
            present=level.present,
            missing=level.missing,
            minimum=level.minimum if level.present else 0,
            maximum=level.maximum,
            total=level.total,
            weighted_present=level.weighted_present,
            weighted_total=level.weighted_total,
            lengths=self.lengths.result(level.lengths) if depth else None,
        )


def _tally_sizes(sizes: NDArray[np.int64]) -> tuple[Floats, Floats]:
    if len(sizes) and int(sizes[0]) == int(sizes.min()) == int(sizes.max()):
        return sizes[:1].astype(np.float64), np.array([float(len(sizes))])
    return tally_numbers(sizes)


def is_list(kind: pa.DataType) -> bool:
    """Whether values of the type are lists."""
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def _sizes(array: pa.Array, there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Returns how many values each list has; 0 where it is null."""
    if not array.null_count and pa.types.is_list(array.type):
        return np.diff(array.offsets.to_numpy()).astype(np.int64)
    if array.null_count:
        return np.where(there, pc.fill_null(pc.list_value_length(array), 0).to_numpy(), 0).astype(np.int64)
    return np.asarray(pc.list_value_length(array).to_numpy(), np.int64)


def _flat(present: int, missing: int) -> tuple[list[LevelState], NDArray[np.int64]]:
    level = LevelState(present=present, missing=missing, total=present, maximum=min(present, 1))
    level.minimum = 1 if present else UNSEEN_MINIMUM
    return [level], np.ones(present, np.int64)


def _level(there: NDArray[np.bool_], sizes: NDArray[np.int64], weights: Floats | None) -> LevelState:
    present = int(np.count_nonzero(there))
    known = sizes if present == len(sizes) else sizes[there]
    return LevelState(
        present=present,
        missing=len(there) - present,
        minimum=int(known.min()) if present else UNSEEN_MINIMUM,
        maximum=int(known.max()) if present else 0,
        total=int(sizes.sum()),
        weighted_present=0.0 if weights is None else float(weights[there].sum()),
        weighted_total=0.0 if weights is None else float((weights * sizes).sum()),
    )

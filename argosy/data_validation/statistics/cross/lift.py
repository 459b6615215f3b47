"""Lift: how much likelier each value of the label is in rows that hold a value of a category.

lift(x, y) = P(y | x) / P(y), over rows: a row with several values holds each of them.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from argosy.accumulate.value_counts import ValueCounts, ValueCountsResult, ValueCountsState
from argosy.data_validation.statistics.batch import Batch
from argosy.data_validation.statistics.column import Column, Path
from argosy.data_validation.statistics.cross.spec import (
    CrossFeatureStatistics,
    LiftBucket,
    LiftSeries,
    LiftStatistics,
    LiftValue,
)
from argosy.data_validation.statistics.long_values import shorten_values
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.plan import Plan
from argosy.data_validation.statistics.spec import CustomStatistic, ValueFrequency
from argosy.data_validation.statistics.text import text_of
from argosy.errors import DataError

Y = bytes | int
State = dict[tuple[bool, Path, Y | None], ValueCountsState]
"""By whether weighted, the category, and the label (None: of all rows) how many rows hold each value.

The counts of the label itself stand under its own path and None, those of all rows under the empty path.
"""
Pairs = tuple[NDArray[np.intp], pa.Array]
"""Rows and the values in them, each pair once."""

MAX_LABELS = 100
COUNTS = ValueCounts(capacity=1 << 14)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lift:
    """Accumulates batches; the result is custom statistics by feature, and one CrossFeatureStatistics a feature."""

    options: StatisticsOptions
    plan: Plan

    def empty(self) -> State:
        return {}

    def add(self, state: State, batch: Batch) -> State:
        label = batch.column((self.options.label_feature,))
        if label is None or not label.type:
            return self._count(state, batch, (), None, (np.arange(batch.rows), _ones(batch.rows)))
        rows, labels = self._labels(label)
        self._count(state, batch, (), None, (np.arange(batch.rows), _ones(batch.rows)))
        self._count(state, batch, label.path, None, (rows, labels))
        encoded = labels.dictionary_encode()
        distinct = encoded.dictionary.to_pylist()
        self._check_number(len(_labels_in(state) | set(distinct)))
        for column in batch.columns:
            if column.path != label.path and self._is_category(column):
                pairs = _pairs(column.rows_of_values(), shorten_values(column.values()))
                self._count(state, batch, column.path, None, pairs)
                for code, y in enumerate(distinct):
                    held = np.zeros(batch.rows, np.bool_)
                    held[rows[encoded.indices.to_numpy() == code]] = True
                    chosen = np.flatnonzero(held[pairs[0]])
                    self._count(state, batch, column.path, y, (pairs[0][chosen], pairs[1].take(pa.array(chosen))))
        return state

    def merge(self, state: State, other: State) -> State:
        for key, theirs in other.items():
            state[key] = COUNTS.merge(state[key] if key in state else COUNTS.empty(), theirs)
        self._check_number(len(_labels_in(state)))
        return state

    def result(
        self, state: State
    ) -> tuple[dict[Path, tuple[CustomStatistic, ...]], tuple[CrossFeatureStatistics, ...]]:
        label = (self.options.label_feature,)
        counts = {key: COUNTS.result(held) for key, held in state.items()}
        self._check(counts, label)
        paths = sorted({path for _, path, y in counts if y is None and path not in ((), label)})
        crosses = []
        for path in paths:
            plain = self._series(counts, path, weighted=False)
            weighted = self._series(counts, path, weighted=True) if self.options.weight_of(label) else ()
            lift = LiftStatistics(lift_series=plain, weighted_lift_series=weighted)
            crosses.append(CrossFeatureStatistics(path_x=path, path_y=label, lift=lift))
        return {cross.path_x: _custom(cross.lift) for cross in crosses if cross.lift}, tuple(crosses)

    def _check(self, counts: Mapping[tuple[bool, Path, Y | None], ValueCountsResult], label: Path) -> None:
        found = counts.get((False, label, None))
        if found is None:
            raise DataError(f"label_feature {label[0]!r}: no row has it")
        self._check_number(len(found.values))

    def _check_number(self, labels: int) -> None:
        """Refuses too many values of the label, each of which costs time with every feature."""
        if labels > MAX_LABELS:
            raise DataError(
                f"label_feature {self.options.label_feature!r} has {labels} values at least, more than {MAX_LABELS}; "
                'cut it into buckets: {"lift": {"y_boundaries": [...]}}'
            )

    def _series(
        self, counts: Mapping[tuple[bool, Path, Y | None], ValueCountsResult], path: Path, *, weighted: bool
    ) -> tuple[LiftSeries, ...]:
        label = (self.options.label_feature,)
        labels, x_counts = _table(counts.get((weighted, label, None))), _table(counts.get((weighted, path, None)))
        rows = sum(_table(counts.get((weighted, (), None))).values())
        found = []
        for y, y_count in sorted(labels.items(), key=lambda item: item[0]):
            both = _table(counts.get((weighted, path, y)))
            values = [
                _lift_value(x, x_count, both.get(x, 0), y_count / rows)
                for x, x_count in x_counts.items()
                if x_count >= max(self.options.lift.min_x_count, 0) and x_count and y_count
            ]
            found.append(LiftSeries(y=self._y(y), y_count=y_count, lift_values=self._kept(values)))
        return tuple(found)

    def _kept(self, values: Iterable[LiftValue]) -> tuple[LiftValue, ...]:
        ordered = tuple(sorted(values, key=lambda value: (-value.lift, value.x)))
        top, bottom = self.options.lift.top_k_per_y, self.options.lift.bottom_k_per_y
        if (not top and not bottom) or top + bottom >= len(ordered):
            return ordered
        return (*ordered[:top], *ordered[len(ordered) - bottom :])

    def _count(self, state: State, batch: Batch, path: Path, y: Y | None, pairs: Pairs) -> State:
        key = (False, path, y)
        state[key] = COUNTS.add(state[key] if key in state else COUNTS.empty(), pairs[1])
        weight = self.options.weight_of((self.options.label_feature,))
        if weight:
            heavy = (True, path, y)
            weights = batch.weights[weight][pairs[0]]
            state[heavy] = COUNTS.add(state[heavy] if heavy in state else COUNTS.empty(), (pairs[1], weights))
        return state

    def _labels(self, label: Column) -> Pairs:
        boundaries = self.options.lift.y_boundaries
        if boundaries and label.type in ("INT", "FLOAT"):
            numbers = label.numbers().astype(np.float64)
            there = ~np.isnan(numbers)
            buckets = np.searchsorted(boundaries, numbers[there], side="right")
            return _pairs(label.rows_of_values()[there], pa.array(buckets, pa.int64()))
        if label.type == "FLOAT":
            raise DataError(
                f'label_feature {label.path[0]!r} is FLOAT; cut it into buckets: {{"lift": {{"y_boundaries": [...]}}}}'
            )
        return _pairs(label.rows_of_values(), shorten_values(label.values()))

    def _is_category(self, column: Column) -> bool:
        return column.type == "STRING" or (
            column.type == "INT" and self.plan.categories.get(column.path) == column.type
        )

    def _y(self, y: Y) -> str | int | LiftBucket:
        boundaries = (-math.inf, *self.options.lift.y_boundaries, math.inf)
        if isinstance(y, int):
            return LiftBucket(low=boundaries[y], high=boundaries[y + 1]) if len(boundaries) > 2 else y
        return text_of(y)


def _labels_in(state: State) -> set[Y]:
    return {y for _, _, y in state if y is not None}


def _ones(rows: int) -> pa.Array:
    return pa.array(np.ones(rows, np.int64))


def _pairs(rows: NDArray[np.intp], values: pa.Array) -> Pairs:
    encoded = values.dictionary_encode()
    size = max(len(encoded.dictionary), 1)
    pairs = np.unique(rows * size + encoded.indices.to_numpy())
    return pairs // size, encoded.dictionary.take(pa.array(pairs % size))


def _table(counts: ValueCountsResult | None) -> dict[Any, float]:
    return {} if counts is None else dict(zip(counts.values.to_pylist(), counts.counts.tolist(), strict=True))


def _lift_value(x: Y, x_count: float, both: float, y_share: float) -> LiftValue:
    return LiftValue(
        x=x if isinstance(x, int) else text_of(x), lift=both / x_count / y_share, x_count=x_count, x_and_y_count=both
    )


def _custom(lift: LiftStatistics) -> tuple[CustomStatistic, ...]:
    """Returns the lift once more, as the rank histograms in which Facets shows it."""
    return tuple(
        CustomStatistic(
            name=f"Lift (Y={_name(series.y)})",
            value=tuple(ValueFrequency(value=str(value.x), frequency=value.lift) for value in series.lift_values),
        )
        for series in lift.lift_series
    )


def _name(y: str | int | LiftBucket) -> str:
    if isinstance(y, LiftBucket):
        return f"[{y.low},{y.high}{']' if math.isinf(y.high) else ')'}"
    return str(y)

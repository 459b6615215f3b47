"""From columns to one number: one class against the rest, and averages over classes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from argosy.accumulate.calibration_buckets import CalibrationBucketsResult
from argosy.accumulate.confusion import ConfusionResult
from argosy.accumulate.weighted_sums import WeightedSumsResult
from argosy.model_analysis.extracts import Floats
from argosy.model_analysis.metrics.definition import CalibrationCurve, Value

Formula = Callable[..., Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class OneColumn:
    """Takes the value of one column of a formula's."""

    formula: Formula
    column: int = 0

    def __call__(self, *results: Any) -> Value:
        return column_of(self.formula(*results), self.column)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Micro:
    """Applies the formula to all pairs of row and class as if each were a row.

    Attributes:
        formula: Of the metric.
        weights: One for each column; empty for 1 each.
    """

    formula: Formula
    weights: tuple[float, ...] = ()

    def __call__(self, *results: Any) -> Value:
        return column_of(self.formula(*(_flattened(result, self.weights) for result in results)), 0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Macro:
    """Returns the mean of the columns' values; NaN if one of them is.

    Attributes:
        formula: Of the metric.
        weights: One for each column; empty for 1 each.
        by_label: Whether columns are weighted by their labels too, whose sums are then the last of the results.
    """

    formula: Formula
    weights: tuple[float, ...] = ()
    by_label: bool = False

    def __call__(self, *results: Any) -> Value:
        values = self.formula(*(results[:-1] if self.by_label else results))
        assert isinstance(values, np.ndarray)
        weights = np.asarray(self.weights) if self.weights else np.ones(len(values))
        if self.by_label:
            weights = weights * results[-1].sums
        used = weights > 0
        if not used.any():
            return float("nan")
        return _number(np.average(values[used], axis=0, weights=weights[used]))


def column_of(value: Any, column: int) -> Value:
    """Returns one column of a formula's value.

    Raises:
        IndexError: There is no such column.
    """
    if isinstance(value, ConfusionResult):
        return ConfusionResult(
            thresholds=value.thresholds,
            true_positives=value.true_positives[column],
            false_positives=value.false_positives[column],
            true_negatives=value.true_negatives[column],
            false_negatives=value.false_negatives[column],
        )
    if isinstance(value, CalibrationBucketsResult):
        return CalibrationCurve(
            edges=value.edges,
            weights=value.weights[column],
            labels=value.labels[column],
            predictions=value.predictions[column],
        )
    return _number(value[column])


def _flattened(result: Any, weights: tuple[float, ...]) -> Any:
    """Returns the result with its columns added up into one."""
    if isinstance(result, WeightedSumsResult):
        factors = np.asarray(weights) if weights else np.ones(len(result.sums))
        total = np.atleast_1d(_weighted(result.sums, factors))
        return WeightedSumsResult(sums=total, weight=result.weight * float(factors.sum()), count=result.count)
    changed = {}
    for field in dataclasses.fields(result):
        array = getattr(result, field.name)
        if array.ndim == 2:
            changed[field.name] = _weighted(array, np.asarray(weights) if weights else np.ones(len(array)))[None]
    return dataclasses.replace(result, **changed)


def _weighted(array: Floats, factors: Floats) -> Floats:
    used = factors != 0
    return np.tensordot(factors[used], array[used], axes=1)


def _number(value: Any) -> Value:
    return float(value) if np.ndim(value) == 0 else np.asarray(value)

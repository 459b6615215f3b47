"""Whether metrics are within their thresholds: the verdict on a model.

A threshold without slices applies to every slice, as in TFMA. Unlike TFMA, a slice that is too small to be measured
(`min_slice_size`) is not held against the model, and the baseline's own numbers never are.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence

from argosy.model_analysis.config import (
    ChangeThreshold,
    EvalConfig,
    MetricConfig,
    MetricsSpec,
    MetricThreshold,
    PerSliceMetricThreshold,
    SlicingSpec,
    ValueThreshold,
)
from argosy.model_analysis.keys import OVERALL, MetricKey, metric_text, slice_text
from argosy.model_analysis.metrics.definition import Value
from argosy.model_analysis.metrics.plan import Planned
from argosy.model_analysis.results import ERROR_METRIC, Failure, SliceResult, ValidationResult
from argosy.model_analysis.slicing import matches


def validate(slices: Sequence[SliceResult], planned: Sequence[Planned], baseline: str = "") -> ValidationResult:
    """Returns the verdict on the candidate.

    Args:
        slices: Everything that was measured.
        planned: The numbers with their thresholds.
        baseline: The name of the baseline model, whose numbers are not checked; empty when there is none.
    """
    checked = [item for item in planned if _has_threshold(item) and (not baseline or item.key.model_name != baseline)]
    failures = [failure for result in slices for item in checked for failure in _failures(result, item)]
    missing = _missing([t for item in checked for t in item.per_slice], slices)
    measured = any(result.slice_key == OVERALL for result in slices)
    return ValidationResult(
        ok=measured and not failures and not missing,
        has_thresholds=bool(checked),
        failures=tuple(failures),
        missing_slices=tuple(missing),
    )


def without_change_thresholds(config: EvalConfig) -> EvalConfig:
    """Returns the configuration for a candidate that has nothing to be compared with."""
    specs = tuple(_spec_without_changes(spec) for spec in config.metrics_specs)
    return dataclasses.replace(config, metrics_specs=specs)


def threshold_text(threshold: MetricThreshold) -> str:
    """Returns the bounds as people read them.

    >>> threshold_text(MetricThreshold(value_threshold=ValueThreshold(lower_bound=0.9)))
    'at least 0.9'
    """
    texts = []
    if threshold.value_threshold:
        bounds = threshold.value_threshold
        texts += [f"at least {bounds.lower_bound:g}"] if bounds.lower_bound is not None else []
        texts += [f"at most {bounds.upper_bound:g}"] if bounds.upper_bound is not None else []
    if threshold.change_threshold:
        change = threshold.change_threshold
        word = "at most" if change.direction == "LOWER_IS_BETTER" else "at least"
        texts += [f"a change of {word} {change.absolute:g}"] if change.absolute is not None else []
        texts += [f"a relative change of {word} {change.relative:g}"] if change.relative is not None else []
    return " and ".join(texts) or "a number"


def _has_threshold(item: Planned) -> bool:
    return bool(item.threshold or item.per_slice)


def _failures(result: SliceResult, item: Planned) -> Iterator[Failure]:
    if any(key.name == ERROR_METRIC for key in result.metrics):
        return
    applying = [item.threshold] if item.threshold else []
    applying += [t.threshold for t in item.per_slice if any(matches(result.slice_key, s) for s in t.slicing_specs)]
    for threshold in applying:
        if threshold.value_threshold:
            yield from _value_failure(result, item.key, threshold.value_threshold)
        if threshold.change_threshold:
            yield from _change_failures(result, item.key, threshold.change_threshold)


def _value_failure(result: SliceResult, key: MetricKey, bounds: ValueThreshold) -> Iterator[Failure]:
    threshold, value = MetricThreshold(value_threshold=bounds), result.metrics.get(key)
    number, problem = _number(value)
    if number is None:
        yield Failure(slice_key=result.slice_key, key=key, value=None, threshold=threshold, message=problem)
        return
    lower = -math.inf if bounds.lower_bound is None else bounds.lower_bound
    upper = math.inf if bounds.upper_bound is None else bounds.upper_bound
    if not lower <= number <= upper:
        yield _failure(result, key, number, threshold)


def _change_failures(result: SliceResult, key: MetricKey, change: ChangeThreshold) -> Iterator[Failure]:
    threshold, diff_key = MetricThreshold(change_threshold=change), dataclasses.replace(key, is_diff=True)
    difference, problem = _number(result.metrics.get(diff_key))
    value, _ = _number(result.metrics.get(key))
    if difference is None or value is None:
        yield Failure(slice_key=result.slice_key, key=diff_key, value=None, threshold=threshold, message=problem)
        return
    before = value - difference
    relative = difference / before if abs(before) > 1e-12 else math.nan
    for found, bound in ((difference, change.absolute), (relative, change.relative)):
        within = bound is None or (found <= bound if change.direction == "LOWER_IS_BETTER" else found >= bound)
        if not within:
            yield _failure(result, diff_key, found, threshold)


def _failure(result: SliceResult, key: MetricKey, value: float, threshold: MetricThreshold) -> Failure:
    message = (
        f"{metric_text(key)} is {value:.6g} in slice {slice_text(result.slice_key)}; "
        f"it has to be {threshold_text(threshold)}"
    )
    return Failure(slice_key=result.slice_key, key=key, value=value, threshold=threshold, message=message)


def _number(value: Value | None) -> tuple[float | None, str]:
    """Returns the value as a number, or why it cannot be compared."""
    if value is None:
        return None, "Metric not found."
    if isinstance(value, float):
        return value, ""
    return None, "Metric is not a single number, so it cannot be compared with a threshold."


def _missing(thresholds: list[PerSliceMetricThreshold], slices: Sequence[SliceResult]) -> list[SlicingSpec]:
    wanted = [spec for threshold in thresholds for spec in threshold.slicing_specs]
    found = [spec for spec in wanted if not any(matches(result.slice_key, spec) for result in slices)]
    return [spec for index, spec in enumerate(found) if spec not in found[:index]]


def _spec_without_changes(spec: MetricsSpec) -> MetricsSpec:
    return dataclasses.replace(
        spec,
        metrics=tuple(_metric_without_changes(metric) for metric in spec.metrics),
        thresholds={name: kept for name, t in spec.thresholds.items() if (kept := _value_only(t))},
        per_slice_thresholds={
            name: dataclasses.replace(listed, thresholds=_per_slice_values(listed.thresholds))
            for name, listed in spec.per_slice_thresholds.items()
        },
    )


def _metric_without_changes(metric: MetricConfig) -> MetricConfig:
    return dataclasses.replace(
        metric,
        threshold=_value_only(metric.threshold),
        per_slice_thresholds=_per_slice_values(metric.per_slice_thresholds),
    )


def _per_slice_values(thresholds: tuple[PerSliceMetricThreshold, ...]) -> tuple[PerSliceMetricThreshold, ...]:
    return tuple(
        dataclasses.replace(listed, threshold=kept) for listed in thresholds if (kept := _value_only(listed.threshold))
    )


def _value_only(threshold: MetricThreshold | None) -> MetricThreshold | None:
    if threshold is None or threshold.value_threshold is None:
        return None
    return MetricThreshold(value_threshold=threshold.value_threshold)

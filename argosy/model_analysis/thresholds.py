"""Whether metrics are within their thresholds: the verdict on a model.

A threshold without slices applies to every slice, as in TFMA. Unlike TFMA, a slice that is too small to be measured
(`min_slice_size`) is not held against the model. The baseline's own numbers never are.
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
from argosy.model_analysis.results import ERROR_METRIC, Check, SliceResult, ValidationResult
from argosy.model_analysis.slicing import matches


def validate(slices: Sequence[SliceResult], planned: Sequence[Planned]) -> ValidationResult:
    """Returns the verdict on the candidate.

    Args:
        slices: Everything that was measured.
        planned: The numbers with their thresholds.
    """
    failures = [check for check in checks(slices, planned) if check.problem]
    missing = _missing([t for item in planned for t in item.per_slice], slices)
    measured = any(result.slice_key == OVERALL for result in slices)
    return ValidationResult(
        ok=measured and not failures and not missing,
        has_thresholds=any(item.thresholds or item.per_slice for item in planned),
        failures=tuple(failures),
        missing_slices=tuple(missing),
    )


def checks(slices: Sequence[SliceResult], planned: Sequence[Planned]) -> list[Check]:
    """Returns every threshold held against every slice that it applies to, slice by slice."""
    return [check for result in slices for item in planned for check in _checks(result, item)]


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
    return " and ".join(texts)


def _checks(result: SliceResult, item: Planned) -> Iterator[Check]:
    if any(key.name == ERROR_METRIC for key in result.metrics):
        return
    applying = list(item.thresholds)
    applying += [t.threshold for t in item.per_slice if any(matches(result.slice_key, s) for s in t.slicing_specs)]
    for threshold in applying:
        if threshold.value_threshold:
            yield _value_check(result, item.key, threshold.value_threshold)
        if threshold.change_threshold:
            yield from _change_checks(result, item.key, threshold.change_threshold)


def _value_check(result: SliceResult, key: MetricKey, bounds: ValueThreshold) -> Check:
    value, problem = _number(result.metrics.get(key))
    lower = -math.inf if bounds.lower_bound is None else bounds.lower_bound
    upper = math.inf if bounds.upper_bound is None else bounds.upper_bound
    within = value is not None and lower <= value <= upper
    return _check(result, key, value, MetricThreshold(value_threshold=bounds), within, problem)


def _change_checks(result: SliceResult, key: MetricKey, change: ChangeThreshold) -> Iterator[Check]:
    """Yields a check for the absolute and one for the relative bound, as far as they are given."""
    diff_key = dataclasses.replace(key, is_diff=True)
    value, problem = _number(result.metrics.get(key))
    difference, missing = _number(result.metrics.get(diff_key))
    relative = None
    if difference is not None and value is not None:
        before = value - difference
        relative = difference / before if abs(before) > 1e-12 else math.nan
    for name, found in (("absolute", difference), ("relative", relative)):
        bound = getattr(change, name)
        if bound is None:
            continue
        alone = ChangeThreshold(direction=change.direction, **{name: bound})
        lower = change.direction == "LOWER_IS_BETTER"
        within = found is not None and (found <= bound if lower else found >= bound)
        yield _check(result, diff_key, found, MetricThreshold(change_threshold=alone), within, problem or missing)


def _check(
    result: SliceResult, key: MetricKey, value: float | None, threshold: MetricThreshold, within: bool, problem: str
) -> Check:
    if not within and not problem:
        problem = (
            f"{metric_text(key)} is {value:.6g} in slice {slice_text(result.slice_key)}; "
            f"it has to be {threshold_text(threshold)}"
        )
    return Check(slice_key=result.slice_key, key=key, value=value, threshold=threshold, problem=problem)


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

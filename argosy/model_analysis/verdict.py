"""The verdict in words: why a model is blessed, or why not."""

import dataclasses
from typing import Any

from argosy.model_analysis.config import EvalConfig
from argosy.model_analysis.keys import metric_text, slice_text
from argosy.model_analysis.metrics.plan import plan_metrics
from argosy.model_analysis.results import ERROR_METRIC, Check, EvalResult
from argosy.model_analysis.slicing import spec_text
from argosy.model_analysis.thresholds import checks, threshold_text, without_change_thresholds

_SCOPE = (
    "a threshold without slices applies to every slice; for the overall slice alone write it under "
    "per_slice_thresholds with `slicing_specs: [{}]`"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reason:
    """One sentence of the verdict, and the numbers in it where it is about one metric.

    Attributes:
        message: The sentence.
        metric: Which metric; empty when it is about none.
        slice: Of which slice.
        value: What it was; None when there is no such number.
        threshold: What it had to be.
    """

    message: str
    metric: str = ""
    slice: str = ""
    value: float | None = None
    threshold: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the model is blessed, why, what else to know, and the thresholds that are met."""

    blessed: bool
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...] = ()
    met: tuple[Reason, ...] = ()


def verdict(result: EvalResult) -> Verdict:
    """Returns the verdict on an evaluation; there is always at least one reason."""
    validation, notes = result.validation, result.notes + _notes(result)
    if not result.rows["evaluated"]:
        message = f"no row with a label was found among {result.rows['read']} rows"
        return Verdict(blessed=False, reasons=(Reason(message=message),), notes=notes)
    met = _met(result)
    if validation.ok:
        message = "every threshold is met" if validation.has_thresholds else "no thresholds configured"
        return Verdict(blessed=True, reasons=(Reason(message=message),), notes=notes, met=met)
    missing = tuple(
        Reason(
            message=f"no row is in a slice that a threshold is for: {spec_text(spec)}",
            slice=spec_text(spec),
            threshold="a slice with rows",
        )
        for spec in validation.missing_slices
    )
    failures = tuple(_reason(failure) for failure in validation.failures)
    return Verdict(blessed=False, reasons=failures + missing, notes=notes, met=met)


def verdict_json(found: Verdict) -> dict[str, Any]:
    """Returns what `reasons.json` holds; a value that is no finite number is its text."""
    shown = dataclasses.asdict(found)
    for reason in (*shown["reasons"], *shown["met"]):
        value = reason["value"]
        reason["value"] = value if value is None or abs(value) < float("inf") else str(value)
    return shown


def change_notes(config: EvalConfig) -> tuple[str, ...]:
    """Returns the note that change thresholds are left out without a baseline, if the configuration has any."""
    if without_change_thresholds(config) == config:
        return ()
    return ("change thresholds do not apply: there is no baseline model to compare with",)


def _reason(failure: Check) -> Reason:
    message = failure.problem
    if failure.value is None:
        message = f"{metric_text(failure.key)} in slice {slice_text(failure.slice_key)}: {message}"
    return Reason(
        message=message,
        metric=metric_text(failure.key),
        slice=slice_text(failure.slice_key),
        value=failure.value,
        threshold=threshold_text(failure.threshold),
    )


def _met(result: EvalResult) -> tuple[Reason, ...]:
    planned = plan_metrics(result.config, result.columns)
    return tuple(
        Reason(
            message=f"{metric_text(check.key)} is {check.value:.6g} in slice {slice_text(check.slice_key)}",
            metric=metric_text(check.key),
            slice=slice_text(check.slice_key),
            value=check.value,
            threshold=threshold_text(check.threshold),
        )
        for check in checks(result.slices, planned)
        if not check.problem
    )


def _has_general(result: EvalResult) -> bool:
    specs = result.config.metrics_specs
    return any(spec.thresholds or any(metric.threshold for metric in spec.metrics) for spec in specs)


def _notes(result: EvalResult) -> tuple[str, ...]:
    rows = result.rows
    small = [r for r in result.slices if any(key.name == ERROR_METRIC for key in r.metrics)]
    notes = [
        f"rows without a label, left out: {rows['without_label']}" if rows["without_label"] else "",
        f"rows with a label that the model does not know: {rows['of_unknown_class']}"
        if rows["of_unknown_class"]
        else "",
        f"rows with a prediction that is NaN: {rows['with_nan_prediction']}" if rows["with_nan_prediction"] else "",
        f"slices of fewer rows than min_slice_size, not measured: {len(small)}" if small else "",
        _SCOPE if any(failure.slice_key for failure in result.validation.failures) and _has_general(result) else "",
    ]
    return tuple(note for note in notes if note)

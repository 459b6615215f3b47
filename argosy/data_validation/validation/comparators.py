"""Drift and skew: a feature's distribution against that of earlier data, or of the data that are served."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from argosy.data_validation.statistics.spec import FeatureStatistics
from argosy.data_validation.validation import distances
from argosy.data_validation.validation.finding import Comparison, Finding, View, finding, shown
from argosy.data_validation.validation.spec import Measurement, MeasurementType
from argosy.schema import Comparator

FIELDS: dict[MeasurementType, str] = {
    "L_INFTY": "infinity_norm",
    "JENSEN_SHANNON_DIVERGENCE": "jensen_shannon_divergence",
    "NORMALIZED_ABSOLUTE_DIFFERENCE": "normalized_abs_difference",
}
"""The field of a Comparator that asks for each distance; the number that it holds is the threshold."""

NAMES: dict[MeasurementType, str] = {
    "L_INFTY": "Linfty distance",
    "JENSEN_SHANNON_DIVERGENCE": "approximate Jensen-Shannon divergence",
    "NORMALIZED_ABSOLUTE_DIFFERENCE": "normalized absolute difference",
}


def compared(
    comparator: Comparator | None, statistics: FeatureStatistics | None, control: FeatureStatistics | None
) -> Comparison | None:
    """Returns how a feature compares with other data; None without a comparator that asks for anything.

    Args:
        comparator: What to measure.
        statistics: Of the feature in the data that are judged; None: they lack it.
        control: Of the feature in the other data; None: they lack it.
    """
    asked = {kind: getattr(comparator, field, None) for kind, field in FIELDS.items()}
    wanted = {kind: threshold for kind, threshold in asked.items() if threshold is not None}
    if comparator is None or not wanted:
        return None
    if control is None or not control.common.num_non_missing:
        return Comparison(control_is_missing=True)
    if statistics is None or not statistics.common.num_non_missing:
        return Comparison()
    measured: list[Measurement] = []
    where: dict[str, str] = {}
    why_not: dict[MeasurementType, str] = {}
    for kind, threshold in wanted.items():
        value, at, obstacle = _distance(kind, comparator, statistics, control)
        if obstacle:
            why_not[kind] = obstacle
        else:
            measured.append(Measurement(type=kind, value=value, threshold=threshold))
            where[kind] = at
    return Comparison(measurements=tuple(measured), where=where, not_comparable=why_not)


def check_drift(view: View) -> Iterator[Finding]:
    """Yields findings when the feature has moved too far from what it was, or cannot be compared with it."""
    if view.drift is not None:
        yield from check_comparison(view, view.drift, "drift_comparator", ("current", "previous"))


def check_skew(view: View) -> Iterator[Finding]:
    """Yields findings when the feature lies too far from what is served, or cannot be compared with it."""
    if view.skew is not None:
        yield from check_comparison(view, view.skew, "skew_comparator", ("training", "serving"))


def check_comparison(view: View, comparison: Comparison, field: str, names: tuple[str, str]) -> Iterator[Finding]:
    """Yields findings when a comparison went badly.

    Args:
        view: The feature.
        comparison: How it compares.
        field: The comparator of the feature that asked for it.
        names: What to call the data that are judged, and the other.
    """
    treatment, control = names
    comparator: Comparator | None = getattr(view.feature, field)
    if comparator is None:
        return
    if comparison.control_is_missing:
        message = f"The {control} data have no value of the feature, so its {field} compares it with nothing."
        yield finding("COMPARATOR_CONTROL_DATA_MISSING", f"{control} data missing", message, **{field: None})
    elif not view.statistics.common.num_non_missing:
        message = f"The {treatment} data have no value of the feature, which the {control} data have."
        yield finding("COMPARATOR_TREATMENT_DATA_MISSING", f"{treatment} data missing", message, **{field: None})
    for kind, why_not in comparison.not_comparable.items():
        # What the schema itself says to be impossible is told, and out of the comparator, by now.
        if getattr(comparator, FIELDS[kind]) is not None:
            message = f"{field}.{FIELDS[kind]}: {why_not}"
            yield finding("STATS_NOT_AVAILABLE", "Comparison could not be done", message, **{field: None})
    for one in comparison.measurements:
        if one.value <= one.threshold or getattr(comparator, FIELDS[one.type]) is None:
            continue
        raised: dict[str, Any] = {FIELDS[one.type]: one.value}
        comparator = dataclasses.replace(comparator, **raised)
        at = comparison.where.get(one.type, "")
        most = f" Most of all differs {shown(at)}." if at else ""
        yield finding(
            _KINDS[one.type],
            f"High {NAMES[one.type]} between {treatment} and {control}",
            f"The {NAMES[one.type]} between {treatment} and {control} is {one.value:.6g}, above the threshold "
            f"{one.threshold:.6g}.{most}",
            **{field: comparator},
        )


_KINDS: dict[MeasurementType, str] = {
    "L_INFTY": "COMPARATOR_L_INFTY_HIGH",
    "JENSEN_SHANNON_DIVERGENCE": "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH",
    "NORMALIZED_ABSOLUTE_DIFFERENCE": "COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH",
}


def _distance(
    kind: MeasurementType, comparator: Comparator, treatment: FeatureStatistics, control: FeatureStatistics
) -> tuple[float, str, str]:
    """Returns the distance, the value that differs most, and why there is no distance where there is none."""
    ours, theirs = distances.value_counts(treatment), distances.value_counts(control)
    if kind == "JENSEN_SHANNON_DIVERGENCE":
        return _divergence(comparator, treatment, control)
    for side in (treatment, control):
        if side.strings is None:
            return 0.0, "", (
                f"{FIELDS[kind]} compares how often values occur, and those of this {side.type} feature are not "
                "counted. Use jensen_shannon_divergence, or set is_categorical in the feature's domain."
            )  # fmt: skip
    measure = distances.l_infinity if kind == "L_INFTY" else distances.normalized_absolute_difference
    value, at = measure(ours, theirs)
    return value, at, ""


def _divergence(
    comparator: Comparator, treatment: FeatureStatistics, control: FeatureStatistics
) -> tuple[float, str, str]:
    if treatment.strings is not None and control.strings is not None:
        value = distances.jensen_shannon(distances.value_counts(treatment), distances.value_counts(control))
    elif treatment.numeric is not None and control.numeric is not None:
        kind = "QUANTILES" if comparator.histogram == "QUANTILES" else "STANDARD"
        ours, theirs = treatment.numeric.histogram(kind), control.numeric.histogram(kind)
        if ours is None or theirs is None:
            return 0.0, "", f"the statistics hold no {kind} histogram of the feature."
        value = distances.jensen_shannon_of_histograms(ours, theirs)
    else:
        return 0.0, "", (
            f"the values are {treatment.type} here and {control.type} there, which have no distance."
            if treatment.type != control.type
            else f"the statistics of a {treatment.type} feature hold no distribution."
        )  # fmt: skip
    return (0.0, "", "one of the distributions is empty.") if math.isnan(value) else (value, "", "")

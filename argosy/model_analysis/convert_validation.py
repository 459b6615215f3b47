"""The verdict to and from TFMA's message ValidationResult."""

from typing import Any

from argosy.model_analysis.config import ChangeThreshold, MetricThreshold, SlicingSpec, ValueThreshold
from argosy.model_analysis.convert import (
    metric_key_from_proto,
    metric_key_to_proto,
    slice_key_from_proto,
    slice_key_to_proto,
)
from argosy.model_analysis.keys import SliceKey
from argosy.model_analysis.proto_messages import new_message
from argosy.model_analysis.results import Check, ValidationResult

_DIRECTIONS = ("UNKNOWN", "LOWER_IS_BETTER", "HIGHER_IS_BETTER")


def validation_to_bytes(validation: ValidationResult) -> bytes:
    """Returns a serialized ValidationResult."""
    proto = new_message("ValidationResult")
    proto.validation_ok, proto.missing_thresholds = validation.ok, not validation.has_thresholds
    proto.rubber_stamp = validation.ok and not validation.has_thresholds
    for slice_key in dict.fromkeys(failure.slice_key for failure in validation.failures):
        part = proto.metric_validations_per_slice.add()
        part.slice_key.CopyFrom(slice_key_to_proto(slice_key))
        for failure in validation.failures:
            if failure.slice_key == slice_key:
                _set_failure(part.failures.add(), failure)
    for spec in validation.missing_slices:
        missing = proto.missing_slices.add(feature_keys=spec.feature_keys)
        for name, value in spec.feature_values.items():
            missing.feature_values.add(key=name, value=value)
    return bytes(proto.SerializeToString(deterministic=True))


def validation_from_bytes(data: bytes) -> ValidationResult:
    """Returns the verdict of a serialized ValidationResult."""
    proto = new_message("ValidationResult", data)
    return ValidationResult(
        ok=proto.validation_ok,
        has_thresholds=not proto.missing_thresholds,
        failures=tuple(
            _failure_from(slice_key_from_proto(part.slice_key), failure)
            for part in proto.metric_validations_per_slice
            for failure in part.failures
        ),
        missing_slices=tuple(
            SlicingSpec(
                feature_keys=tuple(spec.feature_keys),
                feature_values={entry.key: entry.value for entry in spec.feature_values},
            )
            for spec in proto.missing_slices
        ),
    )


def _set_failure(proto: Any, failure: Check) -> None:
    proto.metric_key.CopyFrom(metric_key_to_proto(failure.key))
    proto.message = failure.problem
    if failure.value is not None:
        proto.metric_value.double_value.value = failure.value
    bounds, change = failure.threshold.value_threshold, failure.threshold.change_threshold
    if bounds:
        proto.metric_threshold.value_threshold.SetInParent()
        _set_bounds(proto.metric_threshold.value_threshold, bounds, ("lower_bound", "upper_bound"))
    if change:
        proto.metric_threshold.change_threshold.direction = _DIRECTIONS.index(change.direction)
        _set_bounds(proto.metric_threshold.change_threshold, change, ("absolute", "relative"))


def _set_bounds(proto: Any, bounds: ValueThreshold | ChangeThreshold, names: tuple[str, str]) -> None:
    for name in names:
        if getattr(bounds, name) is not None:
            getattr(proto, name).value = getattr(bounds, name)


def _failure_from(slice_key: SliceKey, proto: Any) -> Check:
    return Check(
        slice_key=slice_key,
        key=metric_key_from_proto(proto.metric_key),
        value=proto.metric_value.double_value.value if proto.HasField("metric_value") else None,
        threshold=_threshold_from(proto.metric_threshold),
        problem=proto.message,
    )


def _threshold_from(proto: Any) -> MetricThreshold:
    bounds, change = proto.value_threshold, proto.change_threshold
    return MetricThreshold(
        value_threshold=ValueThreshold(
            lower_bound=_optional(bounds, "lower_bound"), upper_bound=_optional(bounds, "upper_bound")
        )
        if proto.HasField("value_threshold")
        else None,
        change_threshold=ChangeThreshold(
            direction=_DIRECTIONS[change.direction],
            absolute=_optional(change, "absolute"),
            relative=_optional(change, "relative"),
        )
        if proto.HasField("change_threshold")
        else None,
    )


def _optional(proto: Any, name: str) -> float | None:
    return float(getattr(proto, name).value) if proto.HasField(name) else None

"""Metrics and plots to and from TFMA's messages MetricsForSlice and PlotsForSlice."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from argosy.accumulate.confusion import ConfusionResult
from argosy.accumulate.pair_counts import PairCountsResult
from argosy.model_analysis.extracts import Floats
from argosy.model_analysis.keys import MetricKey, SliceKey
from argosy.model_analysis.metrics.confusion import FORMULAS
from argosy.model_analysis.metrics.definition import CalibrationCurve, ClassConfusion, Value
from argosy.model_analysis.proto_messages import new_message

_FLOAT64 = 5
_AVERAGES = ("micro_average", "macro_average", "weighted_macro_average")


def metrics_to_bytes(slice_key: SliceKey, metrics: Mapping[MetricKey, Value]) -> bytes:
    """Returns a serialized MetricsForSlice."""
    proto = new_message("MetricsForSlice")
    proto.slice_key.CopyFrom(slice_key_to_proto(slice_key))
    for key, value in metrics.items():
        entry = proto.metric_keys_and_values.add()
        entry.key.CopyFrom(metric_key_to_proto(key))
        _set_value(entry.value, value)
    return bytes(proto.SerializeToString(deterministic=True))


def metrics_from_bytes(data: bytes) -> tuple[SliceKey, dict[MetricKey, Value]]:
    """Returns slice and metrics of a serialized MetricsForSlice."""
    proto = new_message("MetricsForSlice", data)
    return slice_key_from_proto(proto.slice_key), {
        metric_key_from_proto(entry.key): _value_from(entry.value) for entry in proto.metric_keys_and_values
    }


def plots_to_bytes(slice_key: SliceKey, plots: Mapping[MetricKey, Value]) -> bytes:
    """Returns a serialized PlotsForSlice."""
    proto = new_message("PlotsForSlice")
    proto.slice_key.CopyFrom(slice_key_to_proto(slice_key))
    for key, value in plots.items():
        entry = proto.plot_keys_and_values.add()
        entry.key.name, entry.key.model_name = key.name, key.model_name
        _set_sub_key(entry.key, key)
        _set_value(entry.value, value)
    return bytes(proto.SerializeToString(deterministic=True))


def plots_from_bytes(data: bytes) -> tuple[SliceKey, dict[MetricKey, Value]]:
    """Returns slice and plots of a serialized PlotsForSlice."""
    proto = new_message("PlotsForSlice", data)
    return slice_key_from_proto(proto.slice_key), {
        _sub_keyed(entry.key): _value_from(entry.value) for entry in proto.plot_keys_and_values
    }


def slice_key_to_proto(key: SliceKey) -> Any:
    """Returns a SliceKey message."""
    proto = new_message("SliceKey")
    for name, value in key:
        single = proto.single_slice_keys.add(column=name)
        if isinstance(value, str):
            single.bytes_value = value.encode()
        elif isinstance(value, int):
            single.int64_value = value
        else:
            single.float_value = value
    return proto


def slice_key_from_proto(proto: Any) -> SliceKey:
    """Returns the slice of a SliceKey message."""

    def value(single: Any) -> str | int | float:
        found: bytes | int | float = getattr(single, single.WhichOneof("kind"))
        return found.decode() if isinstance(found, bytes) else found

    return tuple((single.column, value(single)) for single in proto.single_slice_keys)


def metric_key_to_proto(key: MetricKey) -> Any:
    """Returns a MetricKey message."""
    proto = new_message("MetricKey")
    proto.name, proto.model_name, proto.is_diff = key.name, key.model_name, key.is_diff
    _set_sub_key(proto, key)
    if key.aggregation:
        setattr(proto.aggregation_type, key.aggregation, True)
    return proto


def _set_sub_key(proto: Any, key: MetricKey) -> None:
    if key.class_id is not None:
        proto.sub_key.class_id.value = key.class_id
    if key.weighted is not None:
        proto.example_weighted.value = key.weighted


def metric_key_from_proto(proto: Any) -> MetricKey:
    """Returns the key of a MetricKey message."""
    key = _sub_keyed(proto)
    aggregation = next((name for name in _AVERAGES if getattr(proto.aggregation_type, name)), "")
    return MetricKey(
        name=key.name,
        model_name=key.model_name,
        class_id=key.class_id,
        aggregation=aggregation,
        weighted=key.weighted,
        is_diff=proto.is_diff,
    )


def _sub_keyed(proto: Any) -> MetricKey:
    """Returns what a MetricKey and a PlotKey have in common."""
    has_class = proto.HasField("sub_key") and proto.sub_key.HasField("class_id")
    return MetricKey(
        name=proto.name,
        model_name=proto.model_name,
        class_id=proto.sub_key.class_id.value if has_class else None,
        weighted=proto.example_weighted.value if proto.HasField("example_weighted") else None,
    )


def _set_value(proto: Any, value: Value) -> None:
    """Fills a MetricValue, or the field of a PlotData that is for this kind of value."""
    if isinstance(value, str):
        proto.debug_message = value
    elif isinstance(value, ConfusionResult):
        _set_confusion(proto.confusion_matrix_at_thresholds, value)
    elif isinstance(value, ClassConfusion):
        _set_classes(proto.multi_class_confusion_matrix_at_thresholds, value)
    elif isinstance(value, CalibrationCurve):
        _set_calibration(proto.calibration_histogram_buckets, value)
    elif isinstance(value, np.ndarray):
        proto.array_value.data_type = _FLOAT64
        proto.array_value.shape.extend(value.shape)
        proto.array_value.float64_values.extend(value.ravel().tolist())
    else:
        proto.double_value.value = value


def _value_from(proto: Any) -> Value:
    kind = proto.ListFields()[0][0].name
    field = getattr(proto, kind)
    if kind == "double_value":
        return float(field.value)
    if kind == "array_value":
        return np.array(field.float64_values).reshape(list(field.shape))
    if kind == "confusion_matrix_at_thresholds":
        return _confusion_from(field)
    if kind == "multi_class_confusion_matrix_at_thresholds":
        return _classes_from(field)
    return _calibration_from(field) if kind == "calibration_histogram_buckets" else str(field)


def _set_confusion(proto: Any, value: ConfusionResult) -> None:
    four = (value.true_positives, value.false_positives, value.true_negatives, value.false_negatives)
    ratios = {
        "precision": _or(FORMULAS["Precision"](*four), 1.0),
        "recall": _or(FORMULAS["Recall"](*four), 0.0),
        "false_positive_rate": FORMULAS["FallOut"](*four),
        "f1": FORMULAS["F1Score"](*four),
        "accuracy": FORMULAS["BinaryAccuracy"](*four),
        "false_omission_rate": FORMULAS["FalseOmissionRate"](*four),
    }
    for index, threshold in enumerate(value.thresholds.tolist()):
        proto.matrices.add(
            threshold=threshold,
            true_positives=value.true_positives[index],
            false_positives=value.false_positives[index],
            true_negatives=value.true_negatives[index],
            false_negatives=value.false_negatives[index],
            **{name: ratio[index] for name, ratio in ratios.items()},
        )


def _or(ratio: Floats, undefined: float) -> Floats:
    """Returns the ratio with TFMA's value where its denominator is 0."""
    return np.where(np.isnan(ratio), undefined, ratio)


def _confusion_from(proto: Any) -> ConfusionResult:
    names = ("true_positives", "false_positives", "true_negatives", "false_negatives")
    counts = {name: np.array([getattr(matrix, name) for matrix in proto.matrices]) for name in names}
    return ConfusionResult(thresholds=np.array([matrix.threshold for matrix in proto.matrices]), **counts)


def _set_classes(proto: Any, value: ClassConfusion) -> None:
    for threshold, pairs in zip(value.thresholds, value.pairs, strict=True):
        matrix = proto.matrices.add(threshold=threshold)
        for actual, predicted, weight in zip(pairs.actual, pairs.predicted, pairs.weights, strict=True):
            matrix.entries.add(
                actual_class_id=int(actual), predicted_class_id=int(predicted), num_weighted_examples=float(weight)
            )


def _classes_from(proto: Any) -> ClassConfusion:
    return ClassConfusion(
        thresholds=tuple(matrix.threshold for matrix in proto.matrices),
        pairs=tuple(
            PairCountsResult(
                actual=np.array([entry.actual_class_id for entry in matrix.entries], np.int64),
                predicted=np.array([entry.predicted_class_id for entry in matrix.entries], np.int64),
                weights=np.array([entry.num_weighted_examples for entry in matrix.entries]),
            )
            for matrix in proto.matrices
        ),
    )


def _set_calibration(proto: Any, value: CalibrationCurve) -> None:
    for index in range(len(value.weights)):
        bucket = proto.buckets.add(
            lower_threshold_inclusive=value.edges[index], upper_threshold_exclusive=value.edges[index + 1]
        )
        bucket.num_weighted_examples.value = value.weights[index]
        bucket.total_weighted_label.value = value.labels[index]
        bucket.total_weighted_refined_prediction.value = value.predictions[index]


def _calibration_from(proto: Any) -> CalibrationCurve:
    buckets = proto.buckets
    return CalibrationCurve(
        edges=np.array([b.lower_threshold_inclusive for b in buckets] + [buckets[-1].upper_threshold_exclusive]),
        weights=np.array([b.num_weighted_examples.value for b in buckets]),
        labels=np.array([b.total_weighted_label.value for b in buckets]),
        predictions=np.array([b.total_weighted_refined_prediction.value for b in buckets]),
    )

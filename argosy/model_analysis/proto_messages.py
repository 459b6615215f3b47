"""TFMA's result messages, as far as Argosy writes them, built at run time from their field numbers.

They live in a descriptor pool of their own, so that TFMA itself may be installed beside.
"""

import functools
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

PACKAGE = "tensorflow_model_analysis"

MESSAGES: dict[str, tuple[str, ...]] = {
    "SubKey": ("1 Int32Value class_id", "2 Int32Value k", "3 Int32Value top_k"),
    "AggregationType": ("1 bool? micro_average", "2 bool? macro_average", "3 bool? weighted_macro_average"),
    "MetricKey": (
        "1 string name", "4 string model_name", "2 string output_name", "3 SubKey sub_key",
        "6 AggregationType aggregation_type", "7 BoolValue example_weighted", "5 bool is_diff",
    ),
    "ConfusionMatrixAtThreshold": (
        "1 double threshold", "2 double false_negatives", "3 double true_negatives", "4 double false_positives",
        "5 double true_positives", "6 double precision", "7 double recall", "20 double false_positive_rate",
        "21 double f1", "22 double accuracy", "23 double false_omission_rate",
    ),
    "ConfusionMatrixAtThresholds": ("1 ConfusionMatrixAtThreshold* matrices",),
    "MultiClassConfusionMatrixEntry": (
        "1 int32 actual_class_id", "2 int32 predicted_class_id", "3 double num_weighted_examples",
    ),
    "MultiClassConfusionMatrix": ("1 double threshold", "2 MultiClassConfusionMatrixEntry* entries"),
    "MultiClassConfusionMatrixAtThresholds": ("1 MultiClassConfusionMatrix* matrices",),
    "ArrayValue": ("1 int32 data_type", "2 int32* shape", "7 double* float64_values"),
    "MetricValue": (
        "1 DoubleValue double_value", "5 ConfusionMatrixAtThresholds confusion_matrix_at_thresholds",
        "11 MultiClassConfusionMatrixAtThresholds multi_class_confusion_matrix_at_thresholds",
        "7 ArrayValue array_value", "10 string debug_message",
    ),
    "SingleSliceKey": ("1 string column", "2 bytes? bytes_value", "3 float? float_value", "4 int64? int64_value"),
    "SliceKey": ("1 SingleSliceKey* single_slice_keys",),
    "MetricKeyAndValue": ("1 MetricKey key", "2 MetricValue value"),
    "MetricsForSlice": ("1 SliceKey slice_key", "51 MetricKeyAndValue* metric_keys_and_values"),
    "CalibrationBucket": (
        "1 double lower_threshold_inclusive", "2 double upper_threshold_exclusive",
        "3 DoubleValue num_weighted_examples", "4 DoubleValue total_weighted_label",
        "5 DoubleValue total_weighted_refined_prediction",
    ),
    "CalibrationHistogramBuckets": ("1 CalibrationBucket* buckets",),
    "PlotKey": (
        "6 string name", "4 string model_name", "2 string output_name", "3 SubKey sub_key",
        "5 BoolValue example_weighted",
    ),
    "PlotData": (
        "1 CalibrationHistogramBuckets calibration_histogram_buckets",
        "2 ConfusionMatrixAtThresholds confusion_matrix_at_thresholds",
        "4 MultiClassConfusionMatrixAtThresholds multi_class_confusion_matrix_at_thresholds", "3 string debug_message",
    ),
    "PlotKeyAndValue": ("1 PlotKey key", "2 PlotData value"),
    "PlotsForSlice": ("1 SliceKey slice_key", "8 PlotKeyAndValue* plot_keys_and_values"),
    "GenericValueThreshold": ("1 DoubleValue lower_bound", "2 DoubleValue upper_bound"),
    "GenericChangeThreshold": ("1 DoubleValue absolute", "2 DoubleValue relative", "3 int32 direction"),
    "MetricThreshold": ("1 GenericValueThreshold value_threshold", "2 GenericChangeThreshold change_threshold"),
    "ValidationFailure": (
        "1 MetricKey metric_key", "2 MetricThreshold metric_threshold", "3 MetricValue metric_value",
        "4 string message",
    ),
    "MetricsValidationForSlice": ("2 SliceKey slice_key", "3 ValidationFailure* failures"),
    "FeatureValue": ("1 string key", "2 string value"),
    "SlicingSpec": ("1 string* feature_keys", "2 FeatureValue* feature_values"),
    "ValidationResult": (
        "1 bool validation_ok", "6 bool missing_thresholds", "7 bool rubber_stamp",
        "2 MetricsValidationForSlice* metric_validations_per_slice", "3 SlicingSpec* missing_slices",
    ),
}  # fmt: skip
"""Message -> its fields: number, type, name, as in TFMA's proto files.

`*` marks a repeated field, `?` a member of the message's one oneof. A map's entries and an enumeration's numbers have
the same bytes as what stands for them here. Fields that are not listed are never written.
"""


def new_message(name: str, data: bytes = b"") -> Any:
    """Returns the message of that name, empty or parsed from its bytes."""
    return _message_classes()[name].FromString(data)


@functools.cache
def _message_classes() -> dict[str, Any]:
    """Returns the message classes by name."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="argosy/model_analysis/results.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=[wrappers_pb2.DESCRIPTOR.name],
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in fields:
            _add_field(message, *field.split())
    pool.AddSerializedFile(file.SerializeToString())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


def _add_field(message: Any, number: str, kind: str, name: str) -> None:
    field = message.field.add(name=name, number=int(number))
    field.label = field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL
    if kind.endswith("?"):
        if not message.oneof_decl:
            message.oneof_decl.add(name="kind")
        field.oneof_index = 0
    plain = kind.rstrip("*?")
    if plain in MESSAGES or plain.endswith("Value"):
        field.type = field.TYPE_MESSAGE
        field.type_name = f".{PACKAGE}.{plain}" if plain in MESSAGES else f".google.protobuf.{plain}"
    else:
        field.type = getattr(field, f"TYPE_{plain.upper()}")

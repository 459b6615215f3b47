"""Anomalies to and from tensorflow_metadata's proto."""

from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import anomalies_pb2

from argosy.data_validation.path import serialized_path
from argosy.data_validation.validation.spec import Anomalies, Anomaly, DriftSkew, Measurement, Reason
from argosy.errors import DataError
from argosy.schema import convert as schema_convert


def to_bytes(anomalies: Anomalies) -> bytes:
    """Returns the serialized proto."""
    return bytes(to_proto(anomalies).SerializeToString(deterministic=True))


def to_text(anomalies: Anomalies) -> str:
    """Returns the text of the proto."""
    return str(text_format.MessageToString(to_proto(anomalies)))


def from_bytes(data: bytes) -> Anomalies:
    """Returns the anomalies of a serialized proto.

    Raises:
        DataError: It is not one.
    """
    try:
        return from_proto(anomalies_pb2.Anomalies.FromString(data))
    except DecodeError as error:
        raise DataError(f"not a serialized Anomalies: {error}") from error


def from_text(text: str) -> Anomalies:
    """Returns the anomalies of the text of a proto.

    Raises:
        DataError: It is not one.
    """
    try:
        return from_proto(text_format.Parse(text, anomalies_pb2.Anomalies()))
    except text_format.ParseError as error:
        raise DataError(f"not the text form of an Anomalies: {error}") from error


def to_proto(anomalies: Anomalies) -> anomalies_pb2.Anomalies:
    """Returns the proto: anomalies by feature, with the schema that they were judged by."""
    proto = anomalies_pb2.Anomalies(baseline=schema_convert.to_proto(anomalies.baseline))
    if anomalies.data_missing:
        proto.data_missing = True
        return proto
    proto.anomaly_name_format = anomalies_pb2.Anomalies.SERIALIZED_PATH
    for anomaly in anomalies.features:
        _fill(anomaly, proto.anomaly_info[serialized_path(anomaly.path)])
    if anomalies.dataset is not None:
        _fill(anomalies.dataset, proto.dataset_anomaly_info)
    for measured in anomalies.drift_skew:
        info = proto.drift_skew_info.add()
        info.path.step.extend(measured.path)
        info.drift_measurements.extend(map(_measurement_proto, measured.drift))
        info.skew_measurements.extend(map(_measurement_proto, measured.skew))
    return proto


def from_proto(proto: anomalies_pb2.Anomalies) -> Anomalies:
    """Returns the anomalies of a proto, by name."""
    whole = proto.dataset_anomaly_info if proto.HasField("dataset_anomaly_info") else None
    return Anomalies(
        features=tuple(_anomaly((name,), proto.anomaly_info[name]) for name in sorted(proto.anomaly_info)),
        dataset=None if whole is None else _anomaly((), whole),
        data_missing=proto.data_missing,
        drift_skew=tuple(
            DriftSkew(
                path=tuple(info.path.step),
                drift=tuple(map(_measurement, info.drift_measurements)),
                skew=tuple(map(_measurement, info.skew_measurements)),
            )
            for info in proto.drift_skew_info
        ),
        baseline=schema_convert.from_proto(proto.baseline),
    )


def _fill(anomaly: Anomaly, info: anomalies_pb2.AnomalyInfo) -> None:
    info.path.step.extend(anomaly.path)
    info.severity = anomalies_pb2.AnomalyInfo.Severity.Value(anomaly.severity)
    info.short_description = anomaly.short
    info.description = anomaly.description
    for reason in anomaly.reasons:
        info.reason.add(
            type=anomalies_pb2.AnomalyInfo.Type.Value(reason.type),
            short_description=reason.short,
            description=reason.description,
        )


def _anomaly(path: tuple[str, ...], info: anomalies_pb2.AnomalyInfo) -> Anomaly:
    return Anomaly(
        path=tuple(info.path.step) or path,
        severity=anomalies_pb2.AnomalyInfo.Severity.Name(info.severity),
        reasons=tuple(
            Reason(
                type=anomalies_pb2.AnomalyInfo.Type.Name(reason.type),
                short=reason.short_description,
                description=reason.description,
            )
            for reason in info.reason
        ),
    )


def _measurement_proto(measurement: Measurement) -> anomalies_pb2.DriftSkewInfo.Measurement:
    return anomalies_pb2.DriftSkewInfo.Measurement(
        type=anomalies_pb2.DriftSkewInfo.Measurement.Type.Value(measurement.type),
        value=measurement.value,
        threshold=measurement.threshold,
    )


def _measurement(proto: anomalies_pb2.DriftSkewInfo.Measurement) -> Measurement:
    return Measurement(
        type=anomalies_pb2.DriftSkewInfo.Measurement.Type.Name(proto.type),
        value=proto.value,
        threshold=proto.threshold,
    )

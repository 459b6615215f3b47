"""Anomalies to and from tensorflow_metadata's proto."""

from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import anomalies_pb2

from argosy.data_validation.path import serialized_path
from argosy.data_validation.validation.spec import Anomalies, Anomaly, Reason
from argosy.errors import DataError
from argosy.schema import convert as schema_convert


def to_bytes(anomalies: Anomalies) -> bytes:
    """Returns the serialized proto."""
    return bytes(to_proto(anomalies).SerializeToString(deterministic=True))


def from_bytes(data: bytes) -> Anomalies:
    """Returns the anomalies of a serialized proto.

    Raises:
        DataError: It is not one.
    """
    try:
        return from_proto(anomalies_pb2.Anomalies.FromString(data))
    except DecodeError as error:
        raise DataError(f"not a serialized Anomalies: {error}") from error


def to_proto(anomalies: Anomalies) -> anomalies_pb2.Anomalies:
    """Returns the proto: anomalies by feature, with the schema that they were judged by."""
    proto = anomalies_pb2.Anomalies(baseline=schema_convert.to_proto(anomalies.baseline))
    if anomalies.data_missing:
        proto.data_missing = True
        return proto
    proto.anomaly_name_format = anomalies_pb2.Anomalies.SERIALIZED_PATH
    for anomaly in anomalies.features:
        _fill(anomaly, proto.anomaly_info[serialized_path(anomaly.path)])
    return proto


def from_proto(proto: anomalies_pb2.Anomalies) -> Anomalies:
    """Returns the anomalies of a proto, by name; those of the whole dataset and drift measurements are not read."""
    return Anomalies(
        features=tuple(_anomaly(name, proto.anomaly_info[name]) for name in sorted(proto.anomaly_info)),
        data_missing=proto.data_missing,
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


def _anomaly(name: str, info: anomalies_pb2.AnomalyInfo) -> Anomaly:
    return Anomaly(
        path=tuple(info.path.step) or (name,),
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

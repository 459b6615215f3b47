"""The results of a diff to and from TFDV's protos, tensorflow_data_validation/skew/protos/feature_skew_results.proto.

No package that we depend on has them, so they are described here, field by field; in a pool of their own, so that they
do not meet TFDV's in one process.
"""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from argosy.data_validation.diff.spec import ConfusionCount, Diff, FeatureSkew, MatchStats, SkewPair
from argosy.errors import DataError

PACKAGE = "tensorflow.data_validation"
MISSING = b"__MISSING_VALUE__"
"""What TFDV writes for a value that is not there."""

_TEXT, _BYTES, _COUNT, _VALUE = (
    descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    descriptor_pb2.FieldDescriptorProto.TYPE_UINT64,
    descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE,
)
_LISTS = ("base_only_features", "test_only_features", "matched_features", "mismatched_features")

FIELDS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "FeatureSkew": {
        "feature_name": (1, _TEXT),
        "base_count": (2, _COUNT),
        "test_count": (3, _COUNT),
        "match_count": (4, _COUNT),
        "base_only": (5, _COUNT),
        "test_only": (6, _COUNT),
        "mismatch_count": (7, _COUNT),
        "diff_count": (8, _COUNT),
    },
    "SkewPair": {
        "base": (1, _BYTES),
        "test": (2, _BYTES),
        **{name: (3 + place, _TEXT) for place, name in enumerate(_LISTS)},
    },
    "ConfusionValue": {"bytes_value": (1, _BYTES)},
    "ConfusionCount": {
        "feature_name": (1, _TEXT),
        "base": (2, _VALUE),
        "test": (3, _VALUE),
        "count": (4, _COUNT),
    },
    "MatchStats": {
        "base_with_id_count": (1, _COUNT),
        "test_with_id_count": (2, _COUNT),
        "identifiers_count": (3, _COUNT),
        "ids_missing_in_base_count": (4, _COUNT),
        "ids_missing_in_test_count": (5, _COUNT),
        "matching_pairs_count": (6, _COUNT),
        "base_missing_id_count": (7, _COUNT),
        "test_missing_id_count": (8, _COUNT),
        "duplicate_id_count": (9, _COUNT),
    },
}
"""By message and field, its number and type."""


def to_records(diff: Diff) -> dict[str, list[bytes]]:
    """Returns the serialized protos of each of TFX's four files, by its name."""
    return {
        "skew_stats": [_bytes("FeatureSkew", _counts("FeatureSkew", one)) for one in diff.features],
        "sample_pairs": [_bytes("SkewPair", _counts("SkewPair", one)) for one in diff.pairs],
        "match_stats": [_bytes("MatchStats", _counts("MatchStats", diff.match_stats))],
        "confusion": [_bytes("ConfusionCount", _confusion(one)) for one in diff.confusion],
    }


def from_records(records: Mapping[str, Iterable[bytes]]) -> Diff:
    """Returns what the serialized protos of TFX's files say.

    Raises:
        DataError: A record is not what its file's name says.
    """
    stats = [_parsed("MatchStats", record) for record in records.get("match_stats", ())]
    return Diff(
        match_stats=MatchStats(**_values(stats[0])) if stats else MatchStats(),
        features=tuple(_feature(_parsed("FeatureSkew", record)) for record in records.get("skew_stats", ())),
        pairs=tuple(_pair(_parsed("SkewPair", record)) for record in records.get("sample_pairs", ())),
        confusion=tuple(_count(_parsed("ConfusionCount", record)) for record in records.get("confusion", ())),
    )


@functools.cache
def message_class(name: str) -> Any:
    """Returns the class of one of the messages."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{PACKAGE}.{name}"))


@functools.cache
def _pool() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(name="feature_skew_results.proto", package=PACKAGE, syntax="proto3")
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            label = "LABEL_REPEATED" if field in _LISTS else "LABEL_OPTIONAL"
            entry = message.field.add(
                name=field, number=number, type=kind, label=descriptor_pb2.FieldDescriptorProto.Label.Value(label)
            )
            if kind == _VALUE:
                entry.type_name = f".{PACKAGE}.ConfusionValue"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _bytes(name: str, values: Mapping[str, Any]) -> bytes:
    return bytes(message_class(name)(**values).SerializeToString(deterministic=True))


def _parsed(name: str, record: bytes) -> Any:
    try:
        return message_class(name).FromString(record)
    except DecodeError as error:
        raise DataError(f"not a serialized {name}: {error}") from error


def _counts(name: str, source: Any) -> dict[str, Any]:
    return {field: getattr(source, field) for field in FIELDS[name]}


def _values(message: Any) -> dict[str, Any]:
    return {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}


def _confusion(one: ConfusionCount) -> dict[str, Any]:
    base, test = (
        message_class("ConfusionValue")(bytes_value=MISSING if value is None else value)
        for value in (one.base, one.test)
    )
    return {"feature_name": one.feature_name, "base": base, "test": test, "count": one.count}


def _feature(message: Any) -> FeatureSkew:
    return FeatureSkew(**{name: value for name, value in _values(message).items() if name != "diff_count"})


def _pair(message: Any) -> SkewPair:
    return SkewPair(base=message.base, test=message.test, **{name: tuple(getattr(message, name)) for name in _LISTS})


def _count(message: Any) -> ConfusionCount:
    base, test = (None if value == MISSING else value for value in (message.base.bytes_value, message.test.bytes_value))
    return ConfusionCount(feature_name=message.feature_name, base=base, test=test, count=message.count)

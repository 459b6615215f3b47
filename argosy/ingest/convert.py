"""Serialized tf.Examples as protobuf writes them deterministically: their features in the order of the names."""

from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from argosy.examples.wire import varint

_LISTS = {"BytesList": "TYPE_BYTES", "FloatList": "TYPE_FLOAT", "Int64List": "TYPE_INT64"}


def deterministic(records: Iterable[bytes], by_name: Callable[[str], Any], feature: str = "") -> list[bytes]:
    """Returns each tf.Example, or one feature of each, as `SerializeToString(deterministic=True)` gives it.

    Args:
        records: Serialized tf.Examples, all of which have the feature.
        by_name: What orders names, in which implementations of protobuf differ.
        feature: The feature's name; empty: the whole Example.
    """
    example = _example_class()
    rows = (example.FromString(record) for record in records)
    if feature:
        return [row.features.feature[feature].SerializeToString() for row in rows]
    return [_in_order(row, by_name) for row in rows]


def _in_order(row: Any, by_name: Callable[[str], Any]) -> bytes:
    features = row.features.feature
    if not features:
        return bytes(row.SerializeToString())
    names = sorted(features, key=by_name)
    entries = (_field_1(name.encode()) + _field_2(features[name].SerializeToString()) for name in names)
    return _field_1(b"".join(map(_field_1, entries)))


def _field_1(content: bytes) -> bytes:
    return b"\x0a" + varint(len(content)) + content


def _field_2(content: bytes) -> bytes:
    return b"\x12" + varint(len(content)) + content


def _example_class() -> Any:
    """Returns the class of tf.Example, which TensorFlow's own would be at the price of importing TensorFlow."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_example_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("argosy.Example"))


def _example_file() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="argosy/example.proto", package="argosy", syntax="proto3")
    for name, kind in _LISTS.items():
        _field(file.message_type.add(name=name), "value", 1, kind, repeated=True)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, name in enumerate(_LISTS, 1):
        _field(feature, f"kind_{number}", number, name).oneof_index = 0
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    _field(entry, "key", 1, "TYPE_STRING")
    _field(entry, "value", 2, "Feature")
    _field(features, "feature", 1, "Features.FeatureEntry", repeated=True)
    _field(file.message_type.add(name="Example"), "features", 1, "Features")
    return file


def _field(message: Any, name: str, number: int, kind: str, *, repeated: bool = False) -> Any:
    proto = descriptor_pb2.FieldDescriptorProto
    field = message.field.add(name=name, number=number)
    field.label = proto.LABEL_REPEATED if repeated else proto.LABEL_OPTIONAL
    if kind.startswith("TYPE_"):
        field.type = proto.Type.Value(kind)
    else:
        field.type, field.type_name = proto.TYPE_MESSAGE, f".argosy.{kind}"
    return field

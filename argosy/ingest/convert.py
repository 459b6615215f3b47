"""Records of TFRecord files as protobuf writes them deterministically: features in the order of their names."""

from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from argosy.examples.wire import varint

_LISTS = {"BytesList": "TYPE_BYTES", "FloatList": "TYPE_FLOAT", "Int64List": "TYPE_INT64"}


def deterministic(
    records: Iterable[bytes], by_name: Callable[[str], Any], feature: str = "", *, sequences: bool = False
) -> list[bytes]:
    """Returns each record, or one feature of each, as `SerializeToString(deterministic=True)` gives it.

    Args:
        records: Serialized tf.Examples, all of which have the feature.
        by_name: What orders names, in which implementations of protobuf differ.
        feature: The feature's name; empty: the whole record.
        sequences: Whether they are tf.SequenceExamples; the feature is one of the context.
    """
    message = _message_class("SequenceExample" if sequences else "Example")
    rows = (message.FromString(record) for record in records)
    if feature:
        return [(row.context if sequences else row.features).feature[feature].SerializeToString() for row in rows]
    return [_in_order(row, by_name) for row in rows]


def _in_order(row: Any, by_name: Callable[[str], Any]) -> bytes:
    """Returns a message whose fields hold a map each."""
    written = b""
    for field, holder in row.ListFields():
        (mapped,) = field.message_type.fields
        entries = getattr(holder, mapped.name)
        names = sorted(entries, key=by_name)
        pairs = (_field(1, name.encode()) + _field(2, entries[name].SerializeToString()) for name in names)
        written += _field(field.number, b"".join(_field(1, pair) for pair in pairs))
    return written


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def _message_class(name: str) -> Any:
    """Returns the class of tf.Example or tf.SequenceExample, without the import of TensorFlow, which has both."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_example_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"argosy.{name}"))


def _example_file() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="argosy/example.proto", package="argosy", syntax="proto3")
    for name, kind in _LISTS.items():
        _declare(file.message_type.add(name=name), "value", 1, kind, repeated=True)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, name in enumerate(_LISTS, 1):
        _declare(feature, f"kind_{number}", number, name).oneof_index = 0
    _declare(file.message_type.add(name="FeatureList"), "feature", 1, "Feature", repeated=True)
    _declare_map(file.message_type.add(name="Features"), "feature", "Feature")
    _declare_map(file.message_type.add(name="FeatureLists"), "feature_list", "FeatureList")
    _declare(file.message_type.add(name="Example"), "features", 1, "Features")
    sequence = file.message_type.add(name="SequenceExample")
    _declare(sequence, "context", 1, "Features")
    _declare(sequence, "feature_lists", 2, "FeatureLists")
    return file


def _declare_map(message: Any, name: str, value: str) -> None:
    entry = message.nested_type.add(name=f"{value}Entry")
    entry.options.map_entry = True
    _declare(entry, "key", 1, "TYPE_STRING")
    _declare(entry, "value", 2, value)
    _declare(message, name, 1, f"{message.name}.{entry.name}", repeated=True)


def _declare(message: Any, name: str, number: int, kind: str, *, repeated: bool = False) -> Any:
    proto = descriptor_pb2.FieldDescriptorProto
    field = message.field.add(name=name, number=number)
    field.label = proto.LABEL_REPEATED if repeated else proto.LABEL_OPTIONAL
    if kind.startswith("TYPE_"):
        field.type = proto.Type.Value(kind)
    else:
        field.type, field.type_name = proto.TYPE_MESSAGE, f".argosy.{kind}"
    return field

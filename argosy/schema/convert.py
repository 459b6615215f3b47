"""Schema dataclasses to and from tensorflow_metadata's Schema proto, and its text form."""

from typing import Any, TypeVar

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from argosy.errors import DataError
from argosy.schema.spec import (
    BoolDomain,
    Domain,
    Feature,
    FloatDomain,
    IntDomain,
    Presence,
    Schema,
    StringDomain,
    ValueCount,
)

D = TypeVar("D", StringDomain, IntDomain, FloatDomain, BoolDomain)

SCALARS: dict[type, tuple[str, ...]] = {
    StringDomain: ("name",),
    IntDomain: ("name", "min", "max", "is_categorical"),
    FloatDomain: ("name", "min", "max", "disallow_nan", "disallow_inf", "is_categorical"),
    BoolDomain: ("name", "true_value", "false_value"),
    Presence: ("min_fraction", "min_count"),
    ValueCount: ("min", "max"),
}
"""Fields that a dataclass and its proto share by name."""

INLINE: dict[str, type] = {
    "string_domain": StringDomain,
    "int_domain": IntDomain,
    "float_domain": FloatDomain,
    "bool_domain": BoolDomain,
}
"""The proto's fields for a domain that a feature holds itself."""


def from_proto(proto: schema_pb2.Schema) -> Schema:
    """Returns the schema of a proto; what is not modelled is carried in `extra`.

    Raises:
        DataError: Two features have one name, or one has none.
    """
    names = [feature.name for feature in proto.feature]
    wrong = next((name for name in names if not name or names.count(name) > 1), None)
    if wrong is not None:
        raise DataError("the schema has a feature without a name" if not wrong else f"the schema has {wrong!r} twice")
    rest = _copy(proto)
    for field in ("feature", "string_domain", "int_domain", "float_domain", "default_environment"):
        rest.ClearField(field)
    return Schema(
        features=tuple(_feature(feature) for feature in proto.feature),
        string_domains=tuple(_domain(StringDomain, domain) for domain in proto.string_domain),
        int_domains=tuple(_domain(IntDomain, domain) for domain in proto.int_domain),
        float_domains=tuple(_domain(FloatDomain, domain) for domain in proto.float_domain),
        default_environments=tuple(proto.default_environment),
        extra=_bytes(rest),
    )


def to_proto(schema: Schema) -> schema_pb2.Schema:
    """Returns the proto of a schema."""
    proto = schema_pb2.Schema.FromString(schema.extra)
    proto.feature.extend(_feature_proto(feature) for feature in schema.features)
    proto.string_domain.extend(_domain_proto(domain, schema_pb2.StringDomain) for domain in schema.string_domains)
    proto.int_domain.extend(_domain_proto(domain, schema_pb2.IntDomain) for domain in schema.int_domains)
    proto.float_domain.extend(_domain_proto(domain, schema_pb2.FloatDomain) for domain in schema.float_domains)
    proto.default_environment.extend(schema.default_environments)
    return proto


def from_text(text: str) -> Schema:
    """Returns the schema that a `schema.pbtxt` says.

    Raises:
        DataError: It is not the text of a Schema proto; the message gives the line.
    """
    try:
        return from_proto(text_format.Parse(text, schema_pb2.Schema()))
    except text_format.ParseError as error:
        raise DataError(f"not the text form of a tensorflow_metadata Schema: {error}") from error


def to_text(schema: Schema) -> str:
    """Returns the text of `schema.pbtxt`."""
    return str(text_format.MessageToString(to_proto(schema)))


def _feature(proto: schema_pb2.Feature) -> Feature:
    rest = _copy(proto)
    named = any(dim.HasField("name") for dim in proto.shape.dim)
    for field in ("name", "type", "presence", "value_count", "value_counts", "domain", "in_environment"):
        rest.ClearField(field)
    for field in (*INLINE, "not_in_environment", "lifecycle_stage", "deprecated", *([] if named else ["shape"])):
        rest.ClearField(field)
    rest.distribution_constraints.ClearField("min_domain_mass")
    if not rest.distribution_constraints.ByteSize():
        rest.ClearField("distribution_constraints")
    return Feature(
        name=proto.name,
        type=schema_pb2.FeatureType.Name(proto.type),
        presence=_scalars(Presence, proto.presence) if proto.HasField("presence") else None,
        shape=tuple(dim.size for dim in proto.shape.dim) if proto.HasField("shape") else None,
        value_counts=_value_counts(proto),
        domain=_feature_domain(proto),
        min_domain_mass=_optional(proto.distribution_constraints, "min_domain_mass"),
        in_environment=tuple(proto.in_environment),
        not_in_environment=tuple(proto.not_in_environment),
        lifecycle_stage=_stage(proto),
        extra=_bytes(rest),
    )


def _feature_proto(feature: Feature) -> schema_pb2.Feature:
    proto = schema_pb2.Feature.FromString(feature.extra)
    proto.name = feature.name
    if feature.type != "TYPE_UNKNOWN":
        proto.type = schema_pb2.FeatureType.Value(feature.type)
    if feature.presence is not None:
        _set_scalars(feature.presence, proto.presence)
    _set_shape(feature, proto)
    if feature.lifecycle_stage:
        proto.lifecycle_stage = schema_pb2.LifecycleStage.Value(feature.lifecycle_stage)
    if feature.min_domain_mass is not None:
        proto.distribution_constraints.min_domain_mass = feature.min_domain_mass
    proto.in_environment.extend(feature.in_environment)
    proto.not_in_environment.extend(feature.not_in_environment)
    if isinstance(feature.domain, str):
        proto.domain = feature.domain
    elif feature.domain is not None:
        field = next(field for field, kind in INLINE.items() if isinstance(feature.domain, kind))
        target = getattr(proto, field)
        target.SetInParent()
        target.MergeFrom(_domain_proto(feature.domain, type(target)))
    return proto


def _set_shape(feature: Feature, proto: schema_pb2.Feature) -> None:
    if feature.shape is None:
        proto.ClearField("shape")
    elif [dim.size for dim in proto.shape.dim] != list(feature.shape) or not feature.shape:
        proto.ClearField("shape")
        proto.shape.SetInParent()
        for size in feature.shape:
            proto.shape.dim.add(size=size)
    for count in feature.value_counts:
        target = proto.value_counts.value_count.add() if len(feature.value_counts) > 1 else proto.value_count
        target.SetInParent()
        _set_scalars(count, target)


def _value_counts(proto: schema_pb2.Feature) -> tuple[ValueCount, ...]:
    if proto.HasField("value_counts"):
        return tuple(_scalars(ValueCount, count) for count in proto.value_counts.value_count)
    return (_scalars(ValueCount, proto.value_count),) if proto.HasField("value_count") else ()


def _feature_domain(proto: schema_pb2.Feature) -> Domain | str | None:
    if proto.HasField("domain"):
        return str(proto.domain)
    for field, kind in INLINE.items():
        if proto.HasField(field):
            return _domain(kind, getattr(proto, field))
    return None


def _stage(proto: schema_pb2.Feature) -> str:
    if proto.HasField("lifecycle_stage"):
        return str(schema_pb2.LifecycleStage.Name(proto.lifecycle_stage))
    return "DEPRECATED" if proto.deprecated else ""


def _domain(kind: type[D], proto: Any) -> D:
    rest = _copy(proto)
    for field in SCALARS[kind]:
        rest.ClearField(field)
    values = {field: getattr(proto, field) for field in SCALARS[kind] if proto.HasField(field)}
    if kind is StringDomain:
        rest.ClearField("value")
        values["values"] = tuple(proto.value)
    return kind(**values, extra=_bytes(rest))


def _domain_proto(domain: Domain, message: Any) -> Any:
    proto = message.FromString(domain.extra)
    _set_scalars(domain, proto)
    if isinstance(domain, StringDomain):
        proto.value.extend(domain.values)
    return proto


def _scalars(kind: type, proto: Any) -> Any:
    return kind(**{field: _optional(proto, field) for field in SCALARS[kind]})


def _set_scalars(source: Any, proto: Any) -> None:
    proto.SetInParent()
    for field in SCALARS[type(source)]:
        value = getattr(source, field)
        # No name and False are the proto's own defaults: setting them would add a line to the text for nothing.
        if value is not None and value is not False and (field, value) != ("name", ""):
            setattr(proto, field, value)


def _optional(proto: Any, field: str) -> Any:
    return getattr(proto, field) if proto.HasField(field) else None


def _copy(proto: Any) -> Any:
    copied = type(proto)()
    copied.CopyFrom(proto)
    return copied


def _bytes(proto: Any) -> bytes:
    return bytes(proto.SerializeToString(deterministic=True))

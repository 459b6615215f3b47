"""Schema dataclasses to and from tensorflow_metadata's Schema proto, and its text form."""

from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from argosy.errors import DataError
from argosy.schema import mirror
from argosy.schema.composed import SparseFeature, WeightedFeature
from argosy.schema.constraints import ValueCount
from argosy.schema.domains import (
    BoolDomain,
    FloatDomain,
    ImageDomain,
    IntDomain,
    NaturalLanguageDomain,
    SemanticDomain,
    StringDomain,
    TimeDomain,
    TimeOfDayDomain,
)
from argosy.schema.spec import Domain, Feature, Schema, StructDomain

INLINE: dict[str, type] = {
    "string_domain": StringDomain,
    "int_domain": IntDomain,
    "float_domain": FloatDomain,
    "bool_domain": BoolDomain,
    "struct_domain": StructDomain,
    "natural_language_domain": NaturalLanguageDomain,
    "image_domain": ImageDomain,
    "time_domain": TimeDomain,
    "time_of_day_domain": TimeOfDayDomain,
}
"""The proto's fields for a domain that a feature holds itself, but for `SemanticDomain`, which has one a kind."""

SEMANTIC = ("url", "mid", "audio", "video", "content_chunk")

_GROUPS = (
    ("sparse_features", "sparse_feature", SparseFeature),
    ("weighted_features", "weighted_feature", WeightedFeature),
    ("string_domains", "string_domain", StringDomain),
    ("int_domains", "int_domain", IntDomain),
    ("float_domains", "float_domain", FloatDomain),
)

_BY_HAND = ("features", "default_environments", *(ours for ours, _, _ in _GROUPS))


def from_proto(proto: schema_pb2.Schema) -> Schema:
    """Returns the schema of a proto; what is not modelled is carried in `extra`.

    Raises:
        DataError: Two features have one name, or one has none.
    """
    rest = _copy(proto)
    for field in ("feature", "default_environment", *(theirs for _, theirs, _ in _GROUPS)):
        rest.ClearField(field)
    return mirror.read(
        Schema,
        rest,
        features=_features(proto.feature, ""),
        default_environments=tuple(proto.default_environment),
        **{ours: _several(kind, getattr(proto, theirs)) for ours, theirs, kind in _GROUPS},
    )


def to_proto(schema: Schema) -> schema_pb2.Schema:
    """Returns the proto of a schema."""
    proto = schema_pb2.Schema()
    mirror.write(schema, proto, apart=_BY_HAND)
    for feature in schema.features:
        _write_feature(feature, proto.feature.add())
    for ours, theirs, _ in _GROUPS:
        for part in getattr(schema, ours):
            _write(part, getattr(proto, theirs).add())
    proto.default_environment.extend(schema.default_environments)
    return proto


def from_text(text: str) -> Schema:
    """Returns the schema that a `schema.pbtxt` says.

    Raises:
        DataError: It is not the text of a Schema proto, or names a field that the installed tensorflow_metadata does
            not know; the message gives the line.
    """
    try:
        return from_proto(text_format.Parse(text, schema_pb2.Schema()))
    except text_format.ParseError as error:
        raise DataError(f"not the text form of a tensorflow_metadata Schema: {error}") from error


def to_text(schema: Schema) -> str:
    """Returns the text of `schema.pbtxt`."""
    return str(text_format.MessageToString(to_proto(schema)))


def domain_from_text(text: str) -> Domain | None:
    """Returns the domain of a Feature's text that says nothing else, as `image_domain {}`; None: it is not one.

    >>> domain_from_text("url_domain {}")
    SemanticDomain(kind='url', extra=b'')
    """
    try:
        feature = text_format.Parse(text, schema_pb2.Feature())
    except text_format.ParseError:
        return None
    domain = _take_domain(feature)
    return domain if not isinstance(domain, str) and not feature.ByteSize() else None


def _features(protos: Any, within: str) -> tuple[Feature, ...]:
    seen: set[str] = set()
    for proto in protos:
        if not proto.name:
            raise DataError(f"the schema has a feature without a name{within}")
        if proto.name in seen:
            raise DataError(f"the schema has {proto.name!r} twice{within}")
        seen.add(proto.name)
    return tuple(_feature(proto) for proto in protos)


def _feature(proto: schema_pb2.Feature) -> Feature:
    rest = _copy(proto)
    stage = _take_stage(rest)
    domain = _take_domain(rest)
    shape = _take_shape(rest, "shape")
    counts = _take_counts(rest)
    return mirror.read(Feature, rest, shape=shape, value_counts=counts, domain=domain, lifecycle_stage=stage)


def _write_feature(feature: Feature, proto: schema_pb2.Feature) -> None:
    mirror.write(feature, proto, apart=("shape", "value_counts", "domain"))
    _write_shape(feature.shape, proto, "shape")
    for count in feature.value_counts:
        target = proto.value_counts.value_count.add() if len(feature.value_counts) > 1 else proto.value_count
        mirror.write(count, target)
    if isinstance(feature.domain, str):
        proto.domain = feature.domain
    elif feature.domain is not None:
        _write(feature.domain, getattr(proto, _domain_field(feature.domain)))


def _sparse(proto: schema_pb2.SparseFeature) -> SparseFeature:
    rest = _copy(proto)
    return mirror.read(
        SparseFeature, rest, lifecycle_stage=_take_stage(rest), dense_shape=_take_shape(rest, "dense_shape")
    )


def _struct(proto: schema_pb2.StructDomain, parent: str) -> StructDomain:
    rest = _copy(proto)
    rest.ClearField("feature")
    rest.ClearField("sparse_feature")
    features = _features(proto.feature, f" within {parent!r}")
    return mirror.read(
        StructDomain, rest, features=features, sparse_features=_several(SparseFeature, proto.sparse_feature)
    )


def _several(kind: type, protos: Any) -> tuple[Any, ...]:
    return tuple(_sparse(proto) if kind is SparseFeature else mirror.read(kind, proto) for proto in protos)


def _write(source: Any, proto: Any) -> None:
    if isinstance(source, StructDomain):
        mirror.write(source, proto, apart=("features", "sparse_features"))
        for feature in source.features:
            _write_feature(feature, proto.feature.add())
        for sparse in source.sparse_features:
            _write(sparse, proto.sparse_feature.add())
    elif isinstance(source, SparseFeature):
        mirror.write(source, proto, apart=("dense_shape",))
        _write_shape(source.dense_shape, proto, "dense_shape")
    else:
        mirror.write(source, proto, apart=("kind",))


def _domain_field(domain: Domain) -> str:
    if isinstance(domain, SemanticDomain):
        return f"{domain.kind}_domain"
    return next(field for field, kind in INLINE.items() if isinstance(domain, kind))


def _take_domain(rest: schema_pb2.Feature) -> Domain | str | None:
    field = rest.WhichOneof("domain_info")
    domain: Domain | str | None = None
    if field == "domain":
        domain = str(rest.domain)
    elif field == "struct_domain":
        domain = _struct(rest.struct_domain, rest.name)
    elif field in INLINE:
        domain = mirror.read(INLINE[field], getattr(rest, field))
    elif field is not None and field.removesuffix("_domain") in SEMANTIC:
        domain = mirror.read(SemanticDomain, getattr(rest, field), kind=field.removesuffix("_domain"))
    if domain is not None and field is not None:
        rest.ClearField(field)
    return domain


def _take_stage(rest: Any) -> str:
    stage = "DEPRECATED" if rest.deprecated else ""
    if rest.HasField("lifecycle_stage"):
        stage = str(schema_pb2.LifecycleStage.Name(rest.lifecycle_stage))
    rest.ClearField("deprecated")
    rest.ClearField("lifecycle_stage")
    return stage


def _take_shape(rest: Any, field: str) -> tuple[int, ...] | None:
    if not rest.HasField(field):
        return None
    dims = getattr(rest, field).dim
    shape = tuple(dim.size for dim in dims)
    if not any(dim.HasField("name") for dim in dims):
        rest.ClearField(field)
    return shape


def _take_counts(rest: schema_pb2.Feature) -> tuple[ValueCount, ...]:
    counts = rest.value_counts.value_count if rest.HasField("value_counts") else [rest.value_count]
    if rest.WhichOneof("shape_type") not in ("value_count", "value_counts"):
        return ()
    found = tuple(mirror.read(ValueCount, count) for count in counts)
    rest.ClearField("value_count")
    rest.ClearField("value_counts")
    return found


def _write_shape(shape: tuple[int, ...] | None, proto: Any, field: str) -> None:
    target = getattr(proto, field)
    if shape is None:
        proto.ClearField(field)
    elif [dim.size for dim in target.dim] != list(shape) or not shape:
        # Only a shape that is still the one that was read keeps the names of its dimensions, which are in `extra`.
        proto.ClearField(field)
        target = getattr(proto, field)
        target.SetInParent()
        for size in shape:
            target.dim.add(size=size)


def _copy(proto: Any) -> Any:
    copied = type(proto)()
    copied.CopyFrom(proto)
    return copied

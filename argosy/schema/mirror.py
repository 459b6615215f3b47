"""A dataclass from a proto message and back, field by field, by the names that both share.

What the dataclass has no field for stays in its `extra`, serialized. A field that has its dataclass's default is not
written.
"""

import dataclasses
import functools
import typing
from collections.abc import Callable
from typing import Any, TypeVar

from argosy.schema.composed import SparseFeature, WeightedFeature
from argosy.schema.constraints import Annotation, Comparator, DerivedSource
from argosy.schema.domains import SequenceLength, StringDomain
from argosy.schema.spec import Feature

T = TypeVar("T")

PATHS: dict[tuple[type, str], str] = {
    (StringDomain, "values"): "value",
    (SequenceLength, "excluded_int_values"): "excluded_int_value",
    (SequenceLength, "excluded_string_values"): "excluded_string_value",
    (Comparator, "infinity_norm"): "infinity_norm.threshold",
    (Comparator, "jensen_shannon_divergence"): "jensen_shannon_divergence.threshold",
    (Comparator, "histogram"): "jensen_shannon_divergence.source.type",
    (Comparator, "normalized_abs_difference"): "normalized_abs_difference.threshold",
    (Annotation, "tags"): "tag",
    (Annotation, "comments"): "comment",
    (DerivedSource, "source_paths"): "source_path[].step",
    (Feature, "group_presence"): "group_presence.required",
    (Feature, "min_domain_mass"): "distribution_constraints.min_domain_mass",
    (Feature, "derived"): "validation_derived_source",
    (SparseFeature, "index_features"): "index_feature[].name",
    (SparseFeature, "value_feature"): "value_feature.name",
    (WeightedFeature, "feature"): "feature.step",
    (WeightedFeature, "weight_feature"): "weight_feature.step",
}
"""Where a proto keeps a field that it calls otherwise; `[]` stands for a field of each of several messages."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Slot:
    name: str
    owners: tuple[str, ...]
    leaf: str
    of_each: str
    element: type | None
    default: Any


def read(kind: Callable[..., T], message: Any, /, **apart: Any) -> T:
    """Returns the dataclass of a message.

    Args:
        kind: The dataclass.
        message: Of its proto.
        apart: Fields that the caller has read, and cleared in the message.
    """
    rest, values = type(message)(), dict(apart)
    rest.CopyFrom(message)
    for slot in _slots(kind):
        if slot.name in apart:
            continue
        owner = _owner(rest, slot)
        if owner is None or not _is_set(owner, slot.leaf):
            continue
        values[slot.name] = _value(owner, slot)
        _clear(rest, slot)
    return kind(**values, extra=bytes(rest.SerializeToString(deterministic=True)))


def write(source: Any, message: Any, *, apart: tuple[str, ...] = ()) -> None:
    """Merges the dataclass's `extra` and its fields into a message, those apart left to the caller."""
    message.SetInParent()
    message.MergeFromString(source.extra)
    for slot in _slots(source.__class__):
        value = getattr(source, slot.name)
        if slot.name in apart or value is None or value == slot.default:
            continue
        owner = message
        for step in slot.owners:
            owner = getattr(owner, step)
        _set(owner, slot, value)


@functools.cache
def _slots(kind: Any) -> tuple[_Slot, ...]:
    hints = typing.get_type_hints(kind)
    found = []
    for field in dataclasses.fields(kind):
        if field.name == "extra":
            continue
        path, _, of_each = PATHS.get((kind, field.name), field.name).partition("[].")
        *owners, leaf = path.split(".")
        parts = (hints[field.name], *typing.get_args(hints[field.name]))
        element = next((part for part in parts if dataclasses.is_dataclass(part) and isinstance(part, type)), None)
        default = None if field.default is dataclasses.MISSING else field.default
        found.append(
            _Slot(name=field.name, owners=tuple(owners), leaf=leaf, of_each=of_each, element=element, default=default)
        )
    return tuple(found)


def _owner(message: Any, slot: _Slot) -> Any:
    for step in slot.owners:
        if not message.HasField(step):
            return None
        message = getattr(message, step)
    return message


def _is_set(owner: Any, leaf: str) -> bool:
    if leaf not in owner.DESCRIPTOR.fields_by_name:
        return False
    return any(field.name == leaf for field, _ in owner.ListFields())


def _value(owner: Any, slot: _Slot) -> Any:
    value = getattr(owner, slot.leaf)
    field = owner.DESCRIPTOR.fields_by_name[slot.leaf]
    if slot.of_each:
        parts = (getattr(part, slot.of_each) for part in value)
        return tuple(part if isinstance(part, str) else tuple(part) for part in parts)
    if slot.element is not None:
        several = isinstance(slot.default, tuple)
        return tuple(read(slot.element, part) for part in value) if several else read(slot.element, value)
    if field.enum_type is not None:
        return str(field.enum_type.values_by_number[value].name)
    return value if isinstance(value, str | int | float | bytes) else tuple(value)


def _clear(message: Any, slot: _Slot) -> None:
    chain = [message]
    for step in slot.owners:
        chain.append(getattr(chain[-1], step))
    chain[-1].ClearField(slot.leaf)
    for owner, step in reversed(list(zip(chain, slot.owners, strict=False))):
        if not getattr(owner, step).ByteSize():
            owner.ClearField(step)


def _set(owner: Any, slot: _Slot, value: Any) -> None:
    field = owner.DESCRIPTOR.fields_by_name[slot.leaf]
    if slot.of_each:
        for part in value:
            target = getattr(owner, slot.leaf).add()
            _put(target, slot.of_each, part)
    elif slot.element is not None:
        for part in value if isinstance(value, tuple) else (value,):
            write(part, getattr(owner, slot.leaf).add() if isinstance(value, tuple) else getattr(owner, slot.leaf))
    elif field.enum_type is not None:
        setattr(owner, slot.leaf, field.enum_type.values_by_name[value].number)
    else:
        _put(owner, slot.leaf, value)


def _put(owner: Any, leaf: str, value: Any) -> None:
    if isinstance(value, tuple):
        getattr(owner, leaf).extend(value)
    else:
        setattr(owner, leaf, value)

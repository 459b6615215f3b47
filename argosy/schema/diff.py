"""In what two schemas differ, feature by feature, in words."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.schema.domains import StringDomain
from argosy.schema.spec import Feature, Schema, StructDomain
from argosy.schema.words import (
    constraint_words,
    demands,
    domain_words,
    environment_words,
    presence_words,
    value_words,
)

NOTHING = "nothing"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing in which a schema differs from another.

    Attributes:
        subject: `feature`, `domain`, `sparse feature`, `weighted feature` or `schema`.
        name: Of the subject, a feature's path joined by dots; empty for the schema.
        field: What of it, by its name in the dataclass; empty: it is new, or gone.
        before: What the first schema says; empty where it has no such thing.
        after: What the second one says.
    """

    subject: str
    name: str = ""
    field: str = ""
    before: str = ""
    after: str = ""

    @property
    def sign(self) -> str:
        """`+` for what is new, `-` for what is gone, `~` for what is changed."""
        return "~" if self.field else "+" if self.after else "-"

    @property
    def sentence(self) -> str:
        """What changed, to be read after the subject."""
        if not self.field:
            return self.after or self.before
        change = f"{self.before or NOTHING} -> {self.after or NOTHING}" if self.before else self.after
        return f"{self.field.replace('_', ' ')}: {change}"


def differences(before: Schema, after: Schema) -> tuple[Difference, ...]:
    """Returns what changed from one schema to the other, features first; empty: nothing.

    >>> from argosy.schema import Presence
    >>> old = Schema(features=(Feature(name="age", type="INT", presence=Presence(min_fraction=1.0)),))
    >>> new = Schema(features=(Feature(name="age", type="INT"), Feature(name="tips", type="FLOAT")))
    >>> for one in differences(old, new):
    ...     print(one.sign, one.name, one.sentence)
    ~ age presence: required -> optional
    + tips FLOAT; optional; values: any number; domain: any
    """
    found = [*_features(before, after), *_domains(before, after)]
    for subject, field in (("sparse feature", "sparse_features"), ("weighted feature", "weighted_features")):
        found += _named(subject, getattr(before, field), getattr(after, field))
    return (*found, *_dataset(before, after))


def _features(before: Schema, after: Schema) -> Iterator[Difference]:
    old, new = dict(before.walk()), dict(after.walk())
    old_lines, new_lines = demands(before), demands(after)
    for path in dict.fromkeys((*old, *new)):
        name = ".".join(path)
        if path not in new:
            yield Difference(subject="feature", name=name, before=old_lines[name])
        elif path not in old:
            yield Difference(subject="feature", name=name, after=new_lines[name])
        elif old[path] != new[path]:
            yield from _feature(name, _fields(before, old[path]), _fields(after, new[path]))


def _feature(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for field, (value, words) in old.items():
        other, other_words = new[field]
        if value != other:
            told = (words, other_words) if words != other_words else (_plain(value), _plain(other))
            yield Difference(subject="feature", name=name, field=field, before=told[0], after=told[1])


def _fields(schema: Schema, feature: Feature) -> dict[str, tuple[Any, str]]:
    """Returns what is compared of a feature, by name: its value, and the same in words."""
    distances = (feature.unique_constraints, feature.drift_comparator, feature.skew_comparator)
    # The features within a feature are compared by themselves.
    domain = feature.domain
    domain = dataclasses.replace(domain, features=()) if isinstance(domain, StructDomain) else domain
    return {
        "type": (feature.type, feature.type),
        "presence": ((feature.presence, feature.group_presence), presence_words(feature)),
        "values": ((feature.shape, feature.value_counts), value_words(feature)),
        "domain": ((domain, feature.min_domain_mass), domain_words(schema, feature)),
        "constraints": (distances, constraint_words(feature) or "none"),
        "environments": ((feature.in_environment, feature.not_in_environment), environment_words(feature)),
        "lifecycle_stage": (feature.lifecycle_stage, feature.lifecycle_stage or "not set"),
        "annotation": (feature.annotation, _plain(feature.annotation)),
        "derived": (feature.derived, _plain(feature.derived)),
        "other_settings": (feature.extra, _plain(feature.extra)),
    }


def _domains(before: Schema, after: Schema) -> Iterator[Difference]:
    old, new = before.shared_domains, after.shared_domains
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name), new.get(name)
        if isinstance(one, StringDomain) and isinstance(other, StringDomain):
            gone = [value for value in one.values if value not in set(other.values)]
            come = [value for value in other.values if value not in set(one.values)]
            told = [f"{word} {', '.join(map(repr, some))}" for word, some in (("new", come), ("gone", gone)) if some]
            if told:
                yield Difference(subject="domain", name=name, field="values", after="; ".join(told))
            one, other = dataclasses.replace(one, values=()), dataclasses.replace(other, values=())
            if one != other:
                yield Difference(subject="domain", name=name, field="settings", before=_plain(one), after=_plain(other))
        elif one != other:
            field = "limits" if one and other else ""
            yield Difference(subject="domain", name=name, field=field, before=_plain(one), after=_plain(other))


def _named(subject: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[Difference]:
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            field = "made_of" if name in old and name in new else ""
            told = (_plain(old.get(name)), _plain(new.get(name)))
            yield Difference(subject=subject, name=name, field=field, before=told[0], after=told[1])


def _dataset(before: Schema, after: Schema) -> Iterator[Difference]:
    ragged = "represent_variable_length_as_ragged"
    for field in ("default_environments", "dataset_constraints", ragged, "annotation", "extra"):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            name = "other_settings" if field == "extra" else field
            yield Difference(subject="schema", field=name, before=_plain(old) or NOTHING, after=_plain(new) or NOTHING)


def _plain(value: Any) -> str:
    """Returns a value's fields that are set, `field=value`, but for its name; bytes by their size."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes of fields that Argosy carries unread" if value else ""
    if isinstance(value, tuple):
        return ", ".join(filter(None, map(_plain, value)))
    if not dataclasses.is_dataclass(value):
        return "" if value is None else str(value)
    fields = [field for field in dataclasses.fields(value) if getattr(value, field.name) != field.default]
    told = {field.name: _plain(getattr(value, field.name)) for field in fields if field.name != "name"}
    return " ".join(f"{name}={text}" for name, text in told.items() if text)

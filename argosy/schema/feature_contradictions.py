"""What is wrong with a feature's specification by itself, and the change that would mend it."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from argosy.schema.composed import DERIVED, STAGES
from argosy.schema.constraints import Comparator, Presence, ValueCount
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

ALLOWED_TYPES: dict[type, tuple[str, ...]] = {
    StringDomain: ("BYTES",),
    IntDomain: ("INT", "BYTES"),
    FloatDomain: ("FLOAT", "BYTES"),
    BoolDomain: ("INT", "BYTES", "FLOAT"),
    StructDomain: ("STRUCT",),
    NaturalLanguageDomain: ("BYTES", "INT"),
    ImageDomain: ("BYTES",),
    TimeDomain: ("BYTES", "INT"),
    TimeOfDayDomain: ("BYTES", "INT"),
    SemanticDomain: ("BYTES",),
}
"""Types of features that a domain of each kind makes sense for."""

INVALID = "INVALID_SCHEMA_SPECIFICATION"
INVALID_DOMAIN = "INVALID_DOMAIN_SPECIFICATION"
SHORT = "Invalid schema"
RETIRED: Mapping[str, Any] = MappingProxyType({"lifecycle_stage": "DEPRECATED"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contradiction:
    """One thing in which a schema contradicts itself.

    Attributes:
        path: Of the feature; empty: the schema as a whole.
        type: An enum name of tensorflow_metadata's AnomalyInfo.Type.
        short: A few words.
        description: A sentence or two.
        change: Fields of the Feature that, so replaced, would lift it; a new `domain` is also that of a shared one.
    """

    path: tuple[str, ...]
    type: str
    short: str = SHORT
    description: str
    change: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def of_feature(schema: Schema, feature: Feature, *, path: tuple[str, ...] = ()) -> Iterator[Contradiction]:
    """Yields all that is wrong with a feature; nothing where its lifecycle stage lets it say what it likes."""
    for check in CHECKS if feature.is_judged else ():
        for one in check(schema, feature):
            yield dataclasses.replace(one, path=path or (feature.name,))


def of_stage(_: Schema, feature: Feature) -> Iterator[Contradiction]:
    """Yields a contradiction when the lifecycle stage is unknown, or not that of what validation derived."""
    if feature.lifecycle_stage not in ("", "UNKNOWN_STAGE", *STAGES):
        known = ", ".join(STAGES)
        yield _wrong(f"{feature.lifecycle_stage!r} is no lifecycle_stage; there are {known}.", lifecycle_stage="")
    if feature.derived is not None and feature.lifecycle_stage != DERIVED:
        yield _wrong(
            f"The feature is derived, but its lifecycle_stage is {feature.lifecycle_stage or 'not set'}.",
            kind="DERIVED_FEATURE_BAD_LIFECYCLE",
            lifecycle_stage=DERIVED,
        )


def of_type(_: Schema, feature: Feature) -> Iterator[Contradiction]:
    """Yields a contradiction when the feature has no type."""
    if feature.type == "TYPE_UNKNOWN":
        texts = isinstance(feature.domain, str | StringDomain)
        change: Mapping[str, Any] = {"type": "BYTES"} if texts else RETIRED
        description = "The schema gives the feature no type; set it."
        yield _wrong(description, kind="FEATURE_MISSING_TYPE", short="No type", **change)


def of_limits(_: Schema, feature: Feature) -> Iterator[Contradiction]:
    """Yields contradictions when a limit of presence, shape or number of values cannot be met."""
    presence, counts, unique = feature.presence, feature.value_counts, feature.unique_constraints
    fraction = presence.min_fraction if presence else None
    if presence is not None and fraction is not None and not 0 <= fraction <= 1:
        mended = Presence(min_fraction=1.0 if fraction > 1 else 0.0, min_count=presence.min_count)
        yield _wrong(f"presence.min_fraction is {fraction}; it lies between 0 and 1.", presence=mended)
    for count in counts:
        if not _rises(count.min, count.max, floor=0):
            mended_count = _ordered(count)
            yield _wrong(
                f"value_count goes from {count.min} to {count.max}; give 0 <= min <= max.",
                value_counts=tuple(mended_count if other == count else other for other in counts),
            )
    if any(size < 1 for size in feature.shape or ()):
        yield _wrong(f"The shape is {list(feature.shape or ())}; a dimension has 1 value or more.", shape=None)
    if unique is not None and not _rises(unique.min, unique.max, floor=0):
        yield _wrong(
            f"unique_constraints goes from {unique.min} to {unique.max}; give 0 <= min <= max.", unique_constraints=None
        )


def of_environments(_: Schema, feature: Feature) -> Iterator[Contradiction]:
    """Yields a contradiction when the feature is in an environment and not in it."""
    both = [name for name in feature.in_environment if name in feature.not_in_environment]
    if both:
        yield _wrong(
            f"The feature is in and not in environment {', '.join(both)}.",
            not_in_environment=tuple(name for name in feature.not_in_environment if name not in both),
        )


def of_feature_domain(schema: Schema, feature: Feature) -> Iterator[Contradiction]:
    """Yields contradictions when the domain is missing, is malformed, or does not go with the type."""
    domain, mass = schema.domain_of(feature), feature.min_domain_mass
    unknown = isinstance(feature.domain, str) and domain is None
    if unknown:
        description = f"The schema has no domain {feature.domain!r}, which the feature names."
        yield _wrong(description, kind=INVALID_DOMAIN, domain=None)
    if domain is not None and feature.type not in (*ALLOWED_TYPES[type(domain)], "TYPE_UNKNOWN"):
        yield _wrong(
            f"A {type(domain).__name__} says nothing of a feature of type {feature.type}.",
            kind="DOMAIN_INVALID_FOR_TYPE",
            short="The domain does not match the type",
            domain=None,
        )
    elif domain is not None:
        yield from of_domain(domain)
    if mass is not None and not unknown and not isinstance(domain, StringDomain):
        found = "which the feature lacks" if domain is None else f"not with a {type(domain).__name__}"
        yield _wrong(f"distribution_constraints go with a string domain, {found}.", min_domain_mass=None)
    elif mass is not None and not 0 <= mass <= 1:
        yield _wrong(f"min_domain_mass is {mass}; it lies between 0 and 1.", min_domain_mass=None)


def of_domain(domain: Domain) -> Iterator[Contradiction]:
    """Yields contradictions when a domain is malformed."""
    if isinstance(domain, StringDomain):
        repeated = sorted(value for value, count in Counter(domain.values).items() if count > 1)
        if repeated:
            mended = dataclasses.replace(domain, values=tuple(dict.fromkeys(domain.values)))
            listed = ", ".join(repeated)
            yield _malformed(domain, f"The domain lists values twice: {listed}.", mended)
    elif isinstance(domain, BoolDomain) and domain.true_value is not None and domain.true_value == domain.false_value:
        same = f"True and false are the same string {domain.true_value!r}."
        description = f"{same} Which of them is right is for you to say."
        yield _malformed(domain, description, dataclasses.replace(domain, false_value=None))
    elif isinstance(domain, IntDomain | FloatDomain) and not _rises(domain.min, domain.max):
        description = f"The domain goes from {domain.min} to {domain.max}; give min <= max."
        yield _malformed(domain, description, dataclasses.replace(domain, min=None, max=None))
    elif isinstance(domain, TimeDomain | TimeOfDayDomain):
        if domain.string_format is not None and domain.integer_format:
            description = "The domain gives a format for strings and one for integers; give one."
            yield _malformed(domain, description, None)
    elif isinstance(domain, NaturalLanguageDomain):
        yield from _of_text(domain)


def of_comparators(schema: Schema, feature: Feature) -> Iterator[Contradiction]:
    """Yields contradictions when a distance is demanded that the feature's values do not have."""
    for field in ("drift_comparator", "skew_comparator"):
        comparator = getattr(feature, field) or Comparator()
        for name in ("infinity_norm", "jensen_shannon_divergence", "normalized_abs_difference"):
            threshold = getattr(comparator, name)
            if threshold is None:
                continue
            apt = categorical(schema, feature) or (name == "jensen_shannon_divergence" and feature.type != "STRUCT")
            change: dict[str, Any] = {field: dataclasses.replace(comparator, **{name: None})}
            if not threshold >= 0:
                yield _wrong(f"{field}.{name} has the threshold {threshold}; give 0 or more.", **change)
            elif not apt:
                description = f"{field}.{name} has nothing to compare: the feature is {feature.type} and no category."
                yield _wrong(description, **change)


def categorical(schema: Schema, feature: Feature) -> bool:
    """Whether a feature's values are categories: strings, truth values, numbers that the schema calls so."""
    domain = schema.domain_of(feature)
    if feature.type in ("BYTES", "TYPE_UNKNOWN"):
        return True
    if isinstance(domain, IntDomain | FloatDomain):
        return domain.is_categorical
    return feature.type == "INT" and isinstance(domain, BoolDomain | NaturalLanguageDomain)


def _of_text(domain: NaturalLanguageDomain) -> Iterator[Contradiction]:
    length = domain.sequence_length_constraints
    limits: list[tuple[str, float | None, float | None]] = []
    for one in domain.token_constraints:
        limits.append((f"of token {one.value!r} per sequence", one.min_per_sequence, one.max_per_sequence))
        least, most = one.min_fraction_of_sequences, one.max_fraction_of_sequences
        limits.append((f"of token {one.value!r} by fraction of sequences", least, most))
    if length is not None:
        limits.append(("of the sequence's length", length.min_sequence_length, length.max_sequence_length))
    for what, low, high in limits:
        if not _rises(low, high, floor=0):
            yield _malformed(domain, f"The limits {what} go from {low} to {high}; give 0 <= min <= max.", None)


def _malformed(domain: Domain, description: str, mended: Domain | None) -> Contradiction:
    return _wrong(description, kind=INVALID_DOMAIN, short=f"Malformed {type(domain).__name__}", domain=mended)


def _wrong(description: str, *, kind: str = INVALID, short: str = SHORT, **change: Any) -> Contradiction:
    return Contradiction(path=(), type=kind, short=short, description=description, change=change)


def _rises(low: float | None, high: float | None, *, floor: float = float("-inf")) -> bool:
    ends = [end for end in (floor, low, high) if end is not None]
    return all(one <= other for one, other in itertools.pairwise(ends))


def _ordered(count: ValueCount) -> ValueCount:
    low, high = count.min or 0, count.max
    return ValueCount(min=max(low, 0) or None, max=None if high is None else max(high, low, 0))


CHECKS: tuple[Callable[[Schema, Feature], Iterator[Contradiction]], ...] = (
    of_stage,
    of_type,
    of_limits,
    of_environments,
    of_feature_domain,
    of_comparators,
)
"""In the order in which each sees what the ones before it would change."""

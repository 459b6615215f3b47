"""Checks of a feature's specification by itself: a schema may contradict itself."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from argosy.data_validation.validation.finding import RETIRED, Finding, View, finding
from argosy.schema import (
    BoolDomain,
    Comparator,
    Domain,
    FloatDomain,
    ImageDomain,
    IntDomain,
    NaturalLanguageDomain,
    StringDomain,
    StructDomain,
    TimeDomain,
    TimeOfDayDomain,
    ValueCount,
)

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
}
"""Types of features that a domain of each kind makes sense for; other kinds go with BYTES."""

INVALID = "INVALID_SCHEMA_SPECIFICATION"
INVALID_DOMAIN = "INVALID_DOMAIN_SPECIFICATION"
SHORT = "Invalid schema"


def check_declared_name(view: View) -> Iterator[Finding]:
    """Yields a finding when the schema gives the feature no name."""
    if not view.feature.name:
        yield finding("FEATURE_MISSING_NAME", "No name", "The schema has a feature without a name. Name it.", **RETIRED)


def check_declared_type(view: View) -> Iterator[Finding]:
    """Yields a finding when the schema does not give the feature a type."""
    if view.feature.type == "TYPE_UNKNOWN":
        texts = isinstance(view.feature.domain, str | StringDomain)
        yield finding(
            "FEATURE_MISSING_TYPE",
            "No type",
            f"The schema gives the feature no type; the data has {view.statistics.type}. Set it.",
            **({"type": "BYTES"} if texts else RETIRED),
        )


def check_declared_limits(view: View) -> Iterator[Finding]:
    """Yields findings when a limit of presence, shape, number of values or of distinct values cannot be met."""
    presence, shape, unique = view.feature.presence, view.feature.shape, view.feature.unique_constraints
    fraction = presence.min_fraction if presence else None
    if presence is not None and fraction is not None and not 0 <= fraction <= 1:
        mended = dataclasses.replace(presence, min_fraction=min(max(fraction, 0.0), 1.0))
        yield finding(INVALID, SHORT, f"presence.min_fraction is {fraction}; it lies between 0 and 1.", presence=mended)
    if shape is not None and any(size <= 0 for size in shape):
        yield finding(INVALID, SHORT, f"The shape {list(shape)} has a size below 1; all are at least 1.", shape=None)
    counts = tuple(map(_mended, view.feature.value_counts))
    for count, mended_count in zip(view.feature.value_counts, counts, strict=True):
        if count != mended_count:
            message = f"value_count goes from {count.min} to {count.max}; give 0 <= min <= max."
            yield finding(INVALID, SHORT, message, value_counts=counts)
    if unique is not None and unique.max is not None and unique.max < (unique.min or 0):
        message = f"unique_constraints go from {unique.min} to {unique.max}; give min <= max."
        yield finding(INVALID, SHORT, message, unique_constraints=None)


def check_declared_domain(view: View) -> Iterator[Finding]:
    """Yields findings when the domain is missing, is malformed, or does not go with the type."""
    feature, domain = view.feature, view.domain
    unknown = isinstance(feature.domain, str) and domain is None
    if unknown:
        yield finding(
            INVALID_DOMAIN, SHORT, f"The schema has no domain {feature.domain!r}, which the feature names.", domain=None
        )
    allowed = ALLOWED_TYPES.get(type(domain), ("BYTES",))
    if domain is not None and feature.type not in (*allowed, "TYPE_UNKNOWN"):
        yield finding(
            "DOMAIN_INVALID_FOR_TYPE",
            "The domain does not match the type",
            f"A {type(domain).__name__} says nothing of a feature of type {feature.type}.",
            domain=None,
        )
    elif domain is not None:
        yield from _malformed(view, domain)
    if feature.min_domain_mass is not None and not unknown and not isinstance(domain, StringDomain):
        found = "which the feature lacks" if domain is None else f"not with a {type(domain).__name__}"
        yield finding(
            INVALID,
            SHORT,
            f"distribution_constraints go with a string domain, {found}.",
            min_domain_mass=None,
        )


def check_declared_comparators(view: View) -> Iterator[Finding]:
    """Yields findings when a threshold of drift or skew is no distance."""
    for field in ("drift_comparator", "skew_comparator"):
        comparator: Comparator | None = getattr(view.feature, field)
        for name in ("infinity_norm", "jensen_shannon_divergence", "normalized_abs_difference"):
            threshold = getattr(comparator, name, None)
            if comparator is None or threshold is None or (math.isfinite(threshold) and threshold >= 0):
                continue
            without: dict[str, Any] = {name: None}
            comparator = dataclasses.replace(comparator, **without)
            message = f"{field}.{name} has the threshold {threshold:g}; a distance lies between 0 and 1."
            yield finding(INVALID, SHORT, message, **{field: comparator})


def _mended(count: ValueCount) -> ValueCount:
    low, high = max(count.min or 0, 0), count.max
    if (count.min is None or count.min >= 0) and (high is None or high >= low):
        return count
    return dataclasses.replace(count, min=low or None, max=None if high is None else max(high, low))


def _malformed(view: View, domain: Domain) -> Iterator[Finding]:
    if isinstance(domain, StringDomain):
        distinct = tuple(dict.fromkeys(domain.values))
        if len(distinct) < len(domain.values):
            repeated = sorted({value for value in domain.values if domain.values.count(value) > 1})
            yield finding(
                INVALID_DOMAIN,
                "Malformed StringDomain",
                f"The domain lists values twice: {', '.join(repeated)}.",
                domain=dataclasses.replace(domain, values=distinct),
            )
    elif isinstance(domain, IntDomain | FloatDomain):
        if domain.min is not None and domain.max is not None and domain.max < domain.min:
            yield finding(
                INVALID_DOMAIN,
                f"Malformed {type(domain).__name__}",
                f"The domain goes from {domain.min} to {domain.max}, so no value is in it; give min <= max.",
                domain=None,
            )
    elif isinstance(domain, BoolDomain):
        yield from _malformed_booleans(view, domain)


def _malformed_booleans(view: View, domain: BoolDomain) -> Iterator[Finding]:
    known = [text for text in (domain.true_value, domain.false_value) if text is not None]
    if view.feature.type in ("INT", "FLOAT") and known:
        yield finding(
            "BOOL_TYPE_INVALID_CONFIG",
            "Malformed BoolDomain",
            f"The domain of a feature of type {view.feature.type} names strings ({', '.join(map(repr, known))}); its "
            "truth values are 0 and 1.",
            domain=dataclasses.replace(domain, true_value=None, false_value=None),
        )
    elif view.feature.type == "BYTES" and not known:
        yield finding(
            "BOOL_TYPE_INVALID_CONFIG",
            "Malformed BoolDomain",
            "The domain of a feature of type BYTES says neither which string is true nor which is false.",
            domain=None,
        )
    elif len(known) == 2 and known[0] == known[1]:
        yield finding(
            INVALID_DOMAIN,
            "Malformed BoolDomain",
            f"True and false are the same string {known[0]!r}. Which of them is right is for you to say.",
            domain=dataclasses.replace(domain, false_value=None),
        )

"""Checks of a feature's specification by itself: a schema may contradict itself."""

import dataclasses
from collections.abc import Iterator

from argosy.data_validation.validation.finding import RETIRED, Finding, View, finding
from argosy.schema import BoolDomain, FloatDomain, IntDomain, Presence, StringDomain, ValueCount

ALLOWED_TYPES: dict[type, tuple[str, ...]] = {
    StringDomain: ("BYTES",),
    IntDomain: ("INT", "BYTES"),
    FloatDomain: ("FLOAT", "BYTES"),
    BoolDomain: ("INT", "BYTES", "FLOAT"),
}
"""Types of features that a domain of each kind makes sense for."""

INVALID = "INVALID_SCHEMA_SPECIFICATION"
INVALID_DOMAIN = "INVALID_DOMAIN_SPECIFICATION"
SHORT = "Invalid schema"


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
    """Yields findings when a limit of presence or number of values cannot be met."""
    presence, counts = view.feature.presence, view.feature.value_counts
    fraction = presence.min_fraction if presence else None
    if presence is not None and fraction is not None and not 0 <= fraction <= 1:
        mended = Presence(min_fraction=min(max(fraction, 0.0), 1.0), min_count=presence.min_count)
        yield finding(INVALID, SHORT, f"presence.min_fraction is {fraction}; it lies between 0 and 1.", presence=mended)
    for count in counts:
        low, high = count.min or 0, count.max
        if low < 0 or (high is not None and high < low):
            mended_count = ValueCount(min=max(low, 0) or None, max=None if high is None else max(high, low, 0))
            yield finding(
                INVALID,
                SHORT,
                f"value_count goes from {count.min} to {count.max}; give 0 <= min <= max.",
                value_counts=tuple(mended_count if other == count else other for other in counts),
            )


def check_declared_domain(view: View) -> Iterator[Finding]:
    """Yields findings when the domain is missing, is malformed, or does not go with the type."""
    feature, domain = view.feature, view.domain
    unknown = isinstance(feature.domain, str) and domain is None
    if unknown:
        yield finding(
            INVALID_DOMAIN, SHORT, f"The schema has no domain {feature.domain!r}, which the feature names.", domain=None
        )
    if domain is not None and feature.type not in (*ALLOWED_TYPES.get(type(domain), (feature.type,)), "TYPE_UNKNOWN"):
        yield finding(
            "DOMAIN_INVALID_FOR_TYPE",
            "The domain does not match the type",
            f"A {type(domain).__name__} says nothing of a feature of type {feature.type}.",
            domain=None,
        )
    elif domain is not None:
        yield from _malformed(domain)
    if feature.min_domain_mass is not None and not unknown and not isinstance(domain, StringDomain):
        found = "which the feature lacks" if domain is None else f"not with a {type(domain).__name__}"
        yield finding(
            INVALID,
            SHORT,
            f"distribution_constraints go with a string domain, {found}.",
            min_domain_mass=None,
        )


def _malformed(domain: object) -> Iterator[Finding]:
    if isinstance(domain, StringDomain):
        distinct = tuple(dict.fromkeys(domain.values))
        repeated = sorted({value for value in domain.values if domain.values.count(value) > 1})
        if len(distinct) < len(domain.values):
            yield finding(
                INVALID_DOMAIN,
                "Malformed StringDomain",
                f"The domain lists values twice: {', '.join(repeated)}.",
                domain=dataclasses.replace(domain, values=distinct),
            )
    if isinstance(domain, BoolDomain) and domain.true_value is not None and domain.true_value == domain.false_value:
        yield finding(
            INVALID_DOMAIN,
            "Malformed BoolDomain",
            f"True and false are the same string {domain.true_value!r}. Which of them is right is for you to say.",
            domain=dataclasses.replace(domain, false_value=None),
        )

"""Checks of a feature's specification by itself: a schema may contradict itself, or the type of its data."""

import dataclasses
from collections.abc import Iterator

from argosy.data_validation.validation.finding import Finding, View, finding
from argosy.schema import BoolDomain

INVALID_CONFIG = "BOOL_TYPE_INVALID_CONFIG"
MALFORMED = "Malformed BoolDomain"


def check_declared_booleans(view: View) -> Iterator[Finding]:
    """Yields a finding when strings stand for truth values that are numbers, or none do for those that are strings."""
    feature, domain = view.feature, view.domain
    if not isinstance(domain, BoolDomain):
        return
    known = [text for text in (domain.true_value, domain.false_value) if text is not None]
    if feature.type in ("INT", "FLOAT") and known:
        message = (
            f"The domain of a feature of type {feature.type} names strings ({', '.join(map(repr, known))}); its truth "
            "values are 0 and 1."
        )
        numeric = dataclasses.replace(domain, true_value=None, false_value=None)
        yield finding(INVALID_CONFIG, MALFORMED, message, domain=numeric)
    elif feature.type == "BYTES" and not known:
        message = "The domain of a feature of type BYTES says neither which string is true nor which is false."
        yield finding(INVALID_CONFIG, MALFORMED, message, domain=None)

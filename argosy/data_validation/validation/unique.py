"""Checks of how many different values a feature has."""

import dataclasses
from collections.abc import Iterator

from argosy.data_validation.validation.finding import Finding, View, finding


def check_unique(view: View) -> Iterator[Finding]:
    """Yields findings when there are fewer or more different values than the schema allows, or none were counted."""
    demand, strings = view.feature.unique_constraints, view.statistics.strings
    if demand is None:
        return
    if strings is None:
        yield finding(
            "FEATURE_TYPE_NO_UNIQUE",
            "No unique values",
            f"Different values are counted of strings and of numbers that are categories, not of this "
            f"{view.statistics.type} feature. Drop its unique_constraints, or set is_categorical in its domain.",
            unique_constraints=None,
        )
        return
    few = demand.min is not None and strings.unique < demand.min
    many = demand.max is not None and strings.unique > demand.max
    relaxed = dataclasses.replace(
        demand, min=strings.unique if few else demand.min, max=strings.unique if many else demand.max
    )
    if few:
        message = f"There are {strings.unique} different values; the schema demands at least {demand.min}."
        yield finding("FEATURE_TYPE_LOW_UNIQUE", "Low number of unique values", message, unique_constraints=relaxed)
    if many:
        message = f"There are {strings.unique} different values; the schema allows at most {demand.max}."
        yield finding("FEATURE_TYPE_HIGH_UNIQUE", "High number of unique values", message, unique_constraints=relaxed)

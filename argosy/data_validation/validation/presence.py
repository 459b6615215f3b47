"""Checks of a feature's presence, shape, number of values and type."""

import dataclasses
import math
from collections.abc import Iterator

from argosy.data_validation.statistics.spec import (
    CommonStatistics,
    FeatureStatistics,
    PresenceAndValencyStatistics,
)
from argosy.data_validation.validation.finding import Finding, View, finding
from argosy.schema import ValueCount
from argosy.schema.feature_contradictions import RETIRED

DROPPED = "Column dropped"

SCHEMA_TYPES = {"STRING": "BYTES", "BYTES": "BYTES", "INT": "INT", "FLOAT": "FLOAT", "STRUCT": "STRUCT"}
"""The schema's type for each type of statistics."""


def check_environment(view: View) -> Iterator[Finding]:
    """Yields a finding when the feature is in the data but not in the environment."""
    if view.schema.is_in_environment(view.feature, view.environment):
        return
    excluded = tuple(name for name in view.feature.not_in_environment if name != view.environment)
    included = view.feature.in_environment
    if view.environment not in view.schema.default_environments:
        included = (*included, view.environment)
    yield finding(
        "SCHEMA_NEW_COLUMN",
        "Column missing in environment",
        f"The data has the feature, which the schema does not expect in environment {view.environment}. Drop it from "
        "the data, or add the environment to its in_environment.",
        in_environment=included,
        not_in_environment=excluded,
    )


def check_shape(view: View) -> Iterator[Finding]:
    """Yields a finding when the schema gives a fixed shape and the rows do not have it."""
    shape = view.feature.shape
    if shape is None:
        return
    levels = _levels(view.statistics.common)
    sizes = [level.min_num_values for level in levels if level.min_num_values == level.max_num_values]
    missing = sum(level.num_missing for level in levels)
    if not missing and len(sizes) == len(levels) and math.prod(sizes) == math.prod(shape):
        return
    found = " of ".join(_range(level) for level in levels)
    yield finding(
        "INVALID_FEATURE_SHAPE",
        "Invalid feature shape",
        f"The schema gives every row the shape {list(shape)}, {math.prod(shape)} values; rows have {found} values"
        f"{f', and {missing:g} lack it' if missing else ''}. Fill the gaps in the data, or give a value_count instead.",
        shape=None,
    )


def check_value_count(view: View) -> Iterator[Finding]:
    """Yields findings when rows have fewer or more values than the schema allows, at any level of lists."""
    counts, levels = view.feature.value_counts, _levels(view.statistics.common)
    if not counts:
        return
    if len(counts) != len(levels):
        yield finding(
            "VALUE_NESTEDNESS_MISMATCH",
            "Mismatched value nest level",
            f"The schema counts values on {len(counts)} levels of lists; the data has {len(levels)}.",
            value_counts=allowed_counts(view.statistics),
        )
        return
    relaxed = tuple(_relaxed(count, level) for count, level in zip(counts, levels, strict=True))
    for place, (count, level) in enumerate(zip(counts, levels, strict=True)):
        rows = "rows" if not place else f"lists {place} level{'s' if place > 1 else ''} down"
        if count.min is not None and level.min_num_values < count.min:
            yield finding(
                "FEATURE_TYPE_LOW_NUMBER_VALUES",
                "Missing values",
                f"Some {rows} have only {level.min_num_values} values; the schema demands at least {count.min}.",
                value_counts=relaxed,
            )
        if count.max is not None and level.max_num_values > count.max:
            yield finding(
                "FEATURE_TYPE_HIGH_NUMBER_VALUES",
                "Superfluous values",
                f"Some {rows} have {level.max_num_values} values; the schema allows at most {count.max}.",
                value_counts=relaxed,
            )


def check_presence(view: View) -> Iterator[Finding]:
    """Yields findings when fewer rows have the feature than the schema demands."""
    demand, common = view.feature.presence, view.statistics.common
    if demand is None or not view.num_examples:
        return
    present, fraction = common.num_non_missing, common.num_non_missing / view.num_examples
    seldom = demand.min_count is not None and present < demand.min_count
    # Of very many rows so few may lack the feature that the fraction rounds to 1.
    gaps = demand.min_fraction == 1.0 and common.num_missing > 0
    thin = demand.min_fraction is not None and (fraction < demand.min_fraction or gaps)
    relaxed = dataclasses.replace(
        demand,
        min_count=int(present) if seldom else demand.min_count,
        min_fraction=(0.9999 if fraction == 1.0 else fraction) if thin else demand.min_fraction,
    )
    if seldom:
        yield finding(
            "FEATURE_TYPE_LOW_NUMBER_PRESENT",
            DROPPED,
            f"Only {present:.12g} rows have the feature; the schema demands at least {demand.min_count}.",
            presence=relaxed,
        )
    if thin:
        yield finding(
            "FEATURE_TYPE_LOW_FRACTION_PRESENT",
            DROPPED,
            f"{common.num_missing:.12g} of {view.num_examples:.12g} rows lack the feature; the schema demands it in "
            f"{_percent(demand.min_fraction)} of the rows. Mend the data, or lower presence.min_fraction.",
            presence=relaxed,
        )


def check_type(view: View) -> Iterator[Finding]:
    """Yields a finding when the values are of another type than the schema's."""
    found = SCHEMA_TYPES[view.statistics.type]
    if view.feature.type in (found, "TYPE_UNKNOWN"):
        return
    yield finding(
        "UNEXPECTED_DATA_TYPE",
        type_fault(view.feature.type, view.statistics.type),
        f"The values are {view.statistics.type}; the schema says {view.feature.type}. Write the examples with the "
        "schema's type, or change it in the schema.",
        **RETIRED,
    )


def type_fault(expected: str, got: str) -> str:
    """Returns, in a few words, that values are of another type."""
    return f"Expected data of type: {expected} but got {got}"


def allowed_counts(statistics: FeatureStatistics) -> tuple[ValueCount, ...]:
    """Returns the demand on the number of values that fits the data: exact when all rows agree, else at least one.

    One entry a level of lists, without a demand where some lists of it are empty; none at all when there is one level
    and a row has no value.
    """
    levels = _levels(statistics.common)
    if len(levels) == 1 and levels[0].min_num_values <= 0:
        return ()
    return tuple(map(_allowed, levels))


def _levels(common: CommonStatistics) -> tuple[CommonStatistics | PresenceAndValencyStatistics, ...]:
    """Returns what is known of each level of lists, the outermost first; the rows themselves are the first."""
    return common.presence_and_valency_stats or (common,)


def _allowed(level: CommonStatistics | PresenceAndValencyStatistics) -> ValueCount:
    low, high = level.min_num_values, level.max_num_values
    if low <= 0:
        return ValueCount()
    return ValueCount(min=low, max=high) if low == high else ValueCount(min=1)


def _relaxed(count: ValueCount, level: CommonStatistics | PresenceAndValencyStatistics) -> ValueCount:
    low, high = count.min, count.max
    if low is not None and level.min_num_values < low:
        low = level.min_num_values or None
    if high is not None and level.max_num_values > high:
        high = level.max_num_values
    return dataclasses.replace(count, min=low, max=high)


def _range(level: CommonStatistics | PresenceAndValencyStatistics) -> str:
    return f"{level.min_num_values} to {level.max_num_values}"


def _percent(fraction: float | None) -> str:
    return f"{(fraction or 0) * 100:g}%"

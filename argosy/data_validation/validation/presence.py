"""Checks of a feature's presence, shape, number of values and type."""

from collections.abc import Iterator

from argosy.data_validation.statistics.spec import FeatureStatistics
from argosy.data_validation.validation.finding import RETIRED, Finding, View, finding
from argosy.schema import Presence, ValueCount

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
    shape, common = view.feature.shape, view.statistics.common
    if shape is None:
        return
    size = 1
    for dimension in shape:
        size *= dimension
    if not common.num_missing and common.min_num_values == common.max_num_values == size:
        return
    missing = f", and {common.num_missing} lack it" if common.num_missing else ""
    yield finding(
        "INVALID_FEATURE_SHAPE",
        "Invalid feature shape",
        f"The schema gives every row the shape {list(shape)}, {size} values; rows have {common.min_num_values} to "
        f"{common.max_num_values} values{missing}. Fill the gaps in the data, or give a value_count instead.",
        shape=None,
    )


def check_value_count(view: View) -> Iterator[Finding]:
    """Yields findings when rows have fewer or more values than the schema allows."""
    counts, common = view.feature.value_counts, view.statistics.common
    if not counts:
        return
    if len(counts) != common.max_nesting or common.max_nesting > 1:
        if len(counts) != common.max_nesting:
            yield finding(
                "VALUE_NESTEDNESS_MISMATCH",
                "Mismatched value nest level",
                f"The schema counts values on {len(counts)} levels of lists; the data has {common.max_nesting}.",
                value_counts=allowed_counts(view.statistics),
            )
        return
    low, high = counts[0].min, counts[0].max
    few = low is not None and common.min_num_values < low
    many = high is not None and common.max_num_values > high
    relaxed = (ValueCount(min=(common.min_num_values or None) if few else low,
                          max=common.max_num_values if many else high),)  # fmt: skip
    if few:
        yield finding(
            "FEATURE_TYPE_LOW_NUMBER_VALUES",
            "Missing values",
            f"Some rows have only {common.min_num_values} values; the schema demands at least {low}.",
            value_counts=relaxed,
        )
    if many:
        yield finding(
            "FEATURE_TYPE_HIGH_NUMBER_VALUES",
            "Superfluous values",
            f"Some rows have {common.max_num_values} values; the schema allows at most {high}.",
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
    relaxed = Presence(
        min_count=present if seldom else demand.min_count,
        min_fraction=(0.9999 if fraction == 1.0 else fraction) if thin else demand.min_fraction,
    )
    if seldom:
        yield finding(
            "FEATURE_TYPE_LOW_NUMBER_PRESENT",
            DROPPED,
            f"Only {present} rows have the feature; the schema demands at least {demand.min_count}.",
            presence=relaxed,
        )
    if thin:
        yield finding(
            "FEATURE_TYPE_LOW_FRACTION_PRESENT",
            DROPPED,
            f"{common.num_missing} of {view.num_examples} rows lack the feature; the schema demands it in "
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
        f"Expected data of type: {view.feature.type} but got {view.statistics.type}",
        f"The values are {view.statistics.type}; the schema says {view.feature.type}. Write the examples with the "
        "schema's type, or change it in the schema.",
        **RETIRED,
    )


def allowed_counts(statistics: FeatureStatistics) -> tuple[ValueCount, ...]:
    """Returns the demand on the number of values that fits the data: exact when all rows agree, else at least one.

    Empty when a row has none, or lists are nested more than once.
    """
    low, high = statistics.common.min_num_values, statistics.common.max_num_values
    if low <= 0 or statistics.common.max_nesting > 1:
        return ()
    return (ValueCount(min=low, max=high) if low == high else ValueCount(min=1),)


def _percent(fraction: float | None) -> str:
    return f"{(fraction or 0) * 100:g}%"

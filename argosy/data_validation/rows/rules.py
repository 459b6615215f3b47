"""What a schema demands of every row, feature by feature, as conditions on a column.

Each rule is told in the words of the check of statistics that finds the same fault in many rows at once.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from argosy.data_validation.rows.cells import Cells, Mask
from argosy.data_validation.validation.domains import NOT_BOOLEAN
from argosy.data_validation.validation.numbers import INVALID, OUT_OF_RANGE, parse_float, parse_integer
from argosy.data_validation.validation.presence import DROPPED
from argosy.data_validation.validation.spec import Severity
from argosy.schema import (
    BoolDomain,
    Domain,
    Feature,
    FloatDomain,
    ImageDomain,
    IntDomain,
    Schema,
    StringDomain,
    ValueCount,
)

NAMED = 20
"""How many values of a domain a demand names."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """A demand on every row; `wrong` says which rows, or which values, do not meet it."""

    type: str
    short: str
    demand: str
    wrong: Callable[[Cells], Mask]
    of_values: bool = True
    severity: Severity = "ERROR"


def presence_rule(feature: Feature) -> Rule | None:
    """Returns the demand that the feature is there; None where there is none of every row."""
    fraction = feature.presence.min_fraction if feature.presence else None
    if not fraction:
        return None
    everywhere = fraction >= 1
    demand = "the schema demands the feature in every row" if everywhere else (
        f"the schema demands the feature in {fraction:g} of the rows"
    )  # fmt: skip
    return Rule(
        type="FEATURE_TYPE_LOW_FRACTION_PRESENT",
        short=DROPPED,
        demand=demand,
        wrong=lambda cells: ~cells.present,
        of_values=False,
        severity="ERROR" if everywhere else "WARNING",
    )


def length_rules(feature: Feature) -> Iterator[Rule]:
    """Yields the demands on the number of values."""
    if feature.shape is not None:
        size = math.prod(feature.shape)
        # A row that lacks a feature which all rows must have is told by the rule on presence.
        told = feature.presence is not None and feature.presence.min_fraction == 1
        yield Rule(
            type="INVALID_FEATURE_SHAPE",
            short="Invalid feature shape",
            demand=f"the schema gives every row the shape {list(feature.shape)}, {size} values",
            wrong=lambda cells: (cells.lengths != size) & (cells.present if told else np.True_),
            of_values=False,
        )
    if not feature.value_counts:
        return
    levels = len(feature.value_counts)
    yield Rule(
        type="VALUE_NESTEDNESS_MISMATCH",
        short="Mismatched value nest level",
        demand=f"the schema counts values on {levels} levels of lists",
        wrong=lambda cells: cells.present & bool(cells.levels and len(cells.levels) != levels),
        of_values=False,
    )
    for place, count in enumerate(feature.value_counts):
        yield from _count_rules(place, count, levels)


def _count_rules(place: int, count: ValueCount, levels: int) -> Iterator[Rule]:
    down = f" in each list {place} level{'s' if place > 1 else ''} down" if place else ""
    low, high = count.min, count.max
    if low is not None:
        yield Rule(
            type="FEATURE_TYPE_LOW_NUMBER_VALUES",
            short="Missing values",
            demand=f"the schema demands at least {low} values{down}",
            wrong=lambda cells: cells.where_level(place, levels, lambda lengths: lengths < low),
            of_values=False,
        )
    if high is not None:
        yield Rule(
            type="FEATURE_TYPE_HIGH_NUMBER_VALUES",
            short="Superfluous values",
            demand=f"the schema allows at most {high} values{down}",
            wrong=lambda cells: cells.where_level(place, levels, lambda lengths: lengths > high),
            of_values=False,
        )


def domain_rules(feature: Feature, schema: Schema) -> Iterator[Rule]:
    """Yields the demands on each value."""
    domain: Domain | None = schema.domain_of(feature)
    if isinstance(domain, StringDomain) and feature.type == "BYTES":
        yield from _string_rules(feature, domain)
    elif isinstance(domain, BoolDomain):
        yield from _boolean_rules(feature, domain)
    elif isinstance(domain, IntDomain | FloatDomain) and feature.type == "BYTES":
        yield from _text_number_rules(domain)
    elif (isinstance(domain, IntDomain) and feature.type == "INT") or (
        isinstance(domain, FloatDomain) and feature.type == "FLOAT"
    ):
        yield from _number_rules(domain)
    elif isinstance(domain, ImageDomain) and domain.max_image_byte_size is not None:
        most = domain.max_image_byte_size
        yield Rule(
            type="MAX_IMAGE_BYTE_SIZE_EXCEEDED",
            short="Num bytes exceeds the max byte size",
            demand=f"the schema allows {most} bytes",
            wrong=lambda cells: pc.greater(pc.binary_length(cells.values), most).to_numpy(zero_copy_only=False),
        )


def _string_rules(feature: Feature, domain: StringDomain) -> Iterator[Rule]:
    known = pa.array([value.encode() for value in domain.values], pa.binary())
    named = ", ".join(map(repr, domain.values[:NAMED])) + (" and others" if len(domain.values) > NAMED else "")
    yield Rule(
        type="ENUM_TYPE_INVALID_UTF8",
        short="Invalid UTF8 strings",
        demand="the domain holds texts in UTF-8",
        wrong=lambda cells: _where(cells, lambda text: text is None) if _has_odd_bytes(cells) else _none(cells),
    )
    yield Rule(
        type="ENUM_TYPE_UNEXPECTED_STRING_VALUES",
        short="Unexpected string values",
        demand=f"the domain holds {named or 'nothing'}",
        wrong=lambda cells: _unknown(cells, known),
        severity="WARNING" if feature.min_domain_mass is not None and feature.min_domain_mass < 1 else "ERROR",
    )


def _boolean_rules(feature: Feature, domain: BoolDomain) -> Iterator[Rule]:
    if feature.type == "BYTES":
        known = {text for text in (domain.true_value, domain.false_value) if text is not None}
        yield Rule(
            type="BOOL_TYPE_UNEXPECTED_STRING",
            short=NOT_BOOLEAN,
            demand=f"the domain holds {', '.join(map(repr, sorted(known))) or 'no string'}",
            wrong=lambda cells: _where(cells, lambda text: text not in known),
        )
    elif feature.type == "INT":
        yield _ordered("BOOL_TYPE_SMALL_INT", NOT_BOOLEAN, "truth values are 0 and 1", lambda numbers: numbers < 0)
        yield _ordered("BOOL_TYPE_BIG_INT", NOT_BOOLEAN, "truth values are 0 and 1", lambda numbers: numbers > 1)
    elif feature.type == "FLOAT":
        yield _ordered(
            "BOOL_TYPE_UNEXPECTED_FLOAT",
            NOT_BOOLEAN,
            "truth values are 0 and 1",
            lambda numbers: (numbers != 0) & (numbers != 1),
        )


def _number_rules(domain: IntDomain | FloatDomain) -> Iterator[Rule]:
    kinds = ("INT_TYPE_SMALL_INT", "INT_TYPE_BIG_INT") if isinstance(domain, IntDomain) else (
        "FLOAT_TYPE_SMALL_FLOAT", "FLOAT_TYPE_BIG_FLOAT")  # fmt: skip
    low, high = domain.min, domain.max
    if isinstance(domain, FloatDomain) and domain.disallow_nan:
        yield _ordered("FLOAT_TYPE_HAS_NAN", INVALID, "the domain forbids NaN", np.isnan)
    if isinstance(domain, FloatDomain) and domain.disallow_inf:
        yield _ordered("FLOAT_TYPE_HAS_INF", INVALID, "the domain forbids infinities", np.isinf)
    if low is not None:
        yield _ordered(kinds[0], OUT_OF_RANGE, f"the domain begins at {low!r}", lambda numbers: numbers < low)
    if high is not None:
        yield _ordered(kinds[1], OUT_OF_RANGE, f"the domain ends at {high!r}", lambda numbers: numbers > high)


def _text_number_rules(domain: IntDomain | FloatDomain) -> Iterator[Rule]:
    whole = isinstance(domain, IntDomain)
    parse: Callable[[str], float | None] = parse_integer if whole else parse_float
    yield Rule(
        type="INT_TYPE_NOT_INT_STRING" if whole else "FLOAT_TYPE_STRING_NOT_FLOAT",
        short=INVALID,
        demand="the domain demands integers" if whole else "the domain demands numbers",
        wrong=lambda cells: _where(cells, lambda text: text is None or parse(text) is None),
    )

    def number_where(condition: Callable[[float], bool]) -> Callable[[Cells], Mask]:
        def judged(text: str | None) -> bool:
            number = None if text is None else parse(text)
            return number is not None and condition(number)

        return lambda cells: _where(cells, judged)

    for rule in _number_rules(domain):
        holds = _CONDITIONS[rule.type](domain)
        yield dataclasses.replace(rule, wrong=number_where(holds))


_CONDITIONS: dict[str, Callable[[Any], Callable[[float], bool]]] = {
    "INT_TYPE_SMALL_INT": lambda domain: lambda number: number < domain.min,
    "INT_TYPE_BIG_INT": lambda domain: lambda number: number > domain.max,
    "FLOAT_TYPE_SMALL_FLOAT": lambda domain: lambda number: number < domain.min,
    "FLOAT_TYPE_BIG_FLOAT": lambda domain: lambda number: number > domain.max,
    "FLOAT_TYPE_HAS_NAN": lambda domain: math.isnan,
    "FLOAT_TYPE_HAS_INF": lambda domain: math.isinf,
}
"""The rules on numbers, for a number by itself."""


def _ordered(kind: str, short: str, demand: str, wrong: Callable[[NDArray[Any]], Any]) -> Rule:
    return Rule(type=kind, short=short, demand=demand, wrong=lambda cells: wrong(cells.numbers))


def _where(cells: Cells, wrong: Callable[[str | None], bool]) -> Mask:
    texts, place = cells.texts
    if not texts:
        return _none(cells)
    return np.array([wrong(text) for text in texts], np.bool_)[place]


def _unknown(cells: Cells, known: pa.Array) -> Mask:
    unknown = ~pc.is_in(cells.values, value_set=known).to_numpy(zero_copy_only=False)
    if unknown.any() and _has_odd_bytes(cells):
        unknown &= ~_where(cells, lambda text: text is None)
    return unknown


def _has_odd_bytes(cells: Cells) -> bool:
    try:
        cells.values.cast(pa.string())
    except pa.ArrowInvalid:
        return True
    return False


def _none(cells: Cells) -> Mask:
    return np.zeros(len(cells.values), np.bool_)

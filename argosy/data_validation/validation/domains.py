"""Checks of values against domains."""

import dataclasses
import math
from collections.abc import Iterator

from argosy.data_validation.statistics.spec import (
    UNEXPECTED_COUNT,
    UNEXPECTED_VALUES,
    FeatureStatistics,
    NumericStatistics,
    StringStatistics,
)
from argosy.data_validation.validation.finding import Finding, View, finding, shown
from argosy.data_validation.validation.numbers import check_floats, check_integers, integer_limits
from argosy.schema import BoolDomain, FloatDomain, IntDomain, StringDomain, TimeDomain, TimeOfDayDomain
from argosy.schema.convert import domain_from_text

LISTED = 20
"""How many unexpected values a description lists."""

NOT_BOOLEAN = "Non-boolean values"

_OF_TEXT = (StringDomain, IntDomain, FloatDomain, BoolDomain, TimeDomain, TimeOfDayDomain)


def check_domain(view: View) -> Iterator[Finding]:
    """Yields findings when values are outside the feature's domain, or tell one that the schema does not give."""
    domain = view.domain
    if view.statistics.type == "BYTES" and isinstance(domain, _OF_TEXT):
        message = f"A {type(domain).__name__} says nothing of values that are only known as bytes. Drop the domain."
        yield finding("DOMAIN_INVALID_FOR_TYPE", "Invalid domain type", message, domain=None)
        return
    if view.feature.domain is None:
        yield from _check_meaning(view)
    if isinstance(domain, StringDomain):
        yield from _check_strings(view, domain)
    elif isinstance(domain, IntDomain):
        yield from check_integers(view.statistics, domain)
    elif isinstance(domain, FloatDomain):
        yield from check_floats(view.statistics, domain)
    elif isinstance(domain, BoolDomain):
        yield from _check_booleans(view.statistics, domain)


def _check_meaning(view: View) -> Iterator[Finding]:
    told = view.statistics.custom("domain_info")
    domain = domain_from_text(told) if isinstance(told, str) else None
    if domain is not None:
        yield finding(
            "SEMANTIC_DOMAIN_UPDATE",
            "Updated semantic domain",
            f"The values look like {' '.join(str(told).split())}; the schema gives the feature no domain. Set it, if "
            "that is what they are.",
            domain=domain,
        )


def _check_strings(view: View, domain: StringDomain) -> Iterator[Finding]:
    strings = view.statistics.strings
    if strings is None:
        return
    if strings.invalid_utf8_count:
        message = (
            f"{strings.invalid_utf8_count} values are not UTF-8, so they cannot be in a string domain. Decode them "
            "where the examples are written, or drop the domain."
        )
        yield finding("ENUM_TYPE_INVALID_UTF8", "Invalid UTF8 strings", message, domain=None)
        return
    strange, outside = _strange(view.statistics, strings, frozenset(domain.values))
    total = view.statistics.common.tot_num_values
    demanded = 1.0 if view.feature.min_domain_mass is None else view.feature.min_domain_mass
    # Not as what may be outside: 1 - 0.9 is less than one of ten.
    if strange and (demanded >= 1 or (total - outside) / total < demanded):
        yield finding(
            "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
            "Unexpected string values",
            f"Values that the domain does not hold: {_listing(strange, total)}. Add them to it if they are right, else "
            "mend the data.",
            domain=dataclasses.replace(domain, values=(*domain.values, *sorted(strange))),
        )


def _strange(
    statistics: FeatureStatistics, strings: StringStatistics, known: frozenset[str]
) -> tuple[dict[str, float], float]:
    """Returns the values that are not among the known ones, and in how many places such a value is."""
    told, count = statistics.custom(UNEXPECTED_VALUES), statistics.custom(UNEXPECTED_COUNT)
    entries = told if isinstance(told, tuple) else ()
    rare = {entry.value: entry.frequency for entry in entries}
    ranked = {entry.value: entry.frequency for entry in strings.ranks}
    strange = {value: frequency for value, frequency in (rare | ranked).items() if value not in known}
    outside = sum(strange.values())
    # The count is by the domain that the statistics were made with, which may have grown since.
    if isinstance(count, float) and not rare.keys() & known:
        outside = max(outside, count)
    return strange, outside


def _check_booleans(statistics: FeatureStatistics, domain: BoolDomain) -> Iterator[Finding]:
    if statistics.type == "STRING" and statistics.strings is not None:
        known = [text for text in (domain.true_value, domain.false_value) if text is not None]
        wrong = next((text for text in statistics.strings.values if text not in known), None)
        if wrong is not None:
            listed = ", ".join(map(shown, known)) or "it has none"
            message = f"{shown(wrong)} is none of the domain's values ({listed})."
            yield finding("BOOL_TYPE_UNEXPECTED_STRING", NOT_BOOLEAN, message, domain=None)
    elif statistics.type == "INT":
        yield from _check_boolean_integers(statistics)
    elif statistics.type == "FLOAT" and statistics.numeric is not None:
        strange, numeric = _not_boolean(statistics.numeric), statistics.numeric
        if strange:
            wider = FloatDomain(min=min(numeric.min, 0.0), max=max(numeric.max, 1.0))
            message = f"{strange} is neither 0 nor 1."
            yield finding("BOOL_TYPE_UNEXPECTED_FLOAT", NOT_BOOLEAN, message, domain=wider)


def _check_boolean_integers(statistics: FeatureStatistics) -> Iterator[Finding]:
    limits = integer_limits(statistics)
    if limits is None or (limits[0] >= 0 and limits[1] <= 1):
        return
    kind, wrong = ("BOOL_TYPE_SMALL_INT", limits[0]) if limits[0] < 0 else ("BOOL_TYPE_BIG_INT", limits[1])
    wider = IntDomain(min=min(limits[0], 0), max=max(limits[1], 1))
    yield finding(kind, NOT_BOOLEAN, f"{wrong} is neither 0 nor 1.", domain=wider)


def _not_boolean(numeric: NumericStatistics) -> str:
    """Returns a value, in words, that is neither 0 nor 1; empty when none shows in the statistics."""
    if not numeric.histograms:
        return ""
    if numeric.num_nan:
        return "NaN"
    quantiles = numeric.histogram("QUANTILES")
    ends = {end for bucket in (quantiles.buckets if quantiles else ()) for end in (bucket.low, bucket.high)}
    strange = sorted({numeric.min, numeric.max, *ends} - {0.0, 1.0})
    return f"{strange[0]:g}" if strange else ""


def _listing(strange: dict[str, float], total: float) -> str:
    first = sorted(strange.items())[:LISTED]
    listed = ", ".join(f"{shown(value)} ({_share(count, total)})" for value, count in first)
    return listed + (f" and {len(strange) - LISTED} more" if len(strange) > LISTED else "")


def _share(count: float, total: float) -> str:
    percent = 100 * count / total if total else math.nan
    if math.isnan(percent):
        return "?"
    return "<1%" if percent < 1 else f"~{math.floor(percent)}%"

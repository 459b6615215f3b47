"""Checks of values against domains."""

import dataclasses
import math
import re
from collections.abc import Iterator

from argosy.data_validation.statistics.spec import FeatureStatistics, NumericStatistics
from argosy.data_validation.validation.finding import Finding, View, finding
from argosy.schema import BoolDomain, FloatDomain, IntDomain, StringDomain

LISTED = 20
"""How many unexpected values a description lists."""

OUT_OF_RANGE = "Out-of-range values"
INVALID = "Invalid values"
NOT_BOOLEAN = "Non-boolean values"


def check_domain(view: View) -> Iterator[Finding]:
    """Yields findings when values are outside the feature's domain."""
    domain = view.domain
    if isinstance(domain, StringDomain):
        yield from _check_strings(view, domain)
    elif isinstance(domain, IntDomain):
        yield from _check_integers(view.statistics, domain)
    elif isinstance(domain, FloatDomain):
        yield from _check_floats(view.statistics, domain)
    elif isinstance(domain, BoolDomain):
        yield from _check_booleans(view.statistics, domain)


def parse_integer(text: str) -> int | None:
    """Returns the number that the text is, or None when it is no 64-bit integer.

    >>> parse_integer("-12"), parse_integer("1.0"), parse_integer("9" * 20)
    (-12, None, None)
    """
    if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", text):
        return None
    value = int(text)
    return value if -(2**63) <= value < 2**63 else None


def _check_strings(view: View, domain: StringDomain) -> Iterator[Finding]:
    strings = view.statistics.strings
    if strings is None:
        return
    if strings.invalid_utf8_count:
        yield finding(
            "ENUM_TYPE_INVALID_UTF8",
            "Invalid UTF8 strings",
            f"{strings.invalid_utf8_count} values are not UTF-8, so they cannot be in a string domain. Decode them "
            "where the examples are written, or drop the domain.",
            domain=None,
        )
        return
    known = set(domain.values)
    strange = {entry.value: entry.frequency for entry in strings.ranks if entry.value not in known}
    total = view.statistics.common.tot_num_values
    allowed = 0.0 if view.feature.min_domain_mass is None else 1.0 - view.feature.min_domain_mass
    if not strange or (allowed > 0 and sum(strange.values()) / total <= allowed):
        return
    listed = ", ".join(f"{value!r} ({_share(count, total)})" for value, count in sorted(strange.items())[:LISTED])
    more = f" and {len(strange) - LISTED} more" if len(strange) > LISTED else ""
    yield finding(
        "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
        "Unexpected string values",
        f"Values that the domain does not hold: {listed}{more}. Add them to it if they are right, else mend the data.",
        domain=dataclasses.replace(domain, values=(*domain.values, *sorted(strange))),
    )


def _check_integers(statistics: FeatureStatistics, domain: IntDomain) -> Iterator[Finding]:
    if statistics.type == "FLOAT":
        return
    if statistics.strings is not None:
        texts = statistics.strings.values
        wrong = next((text for text in texts if parse_integer(text) is None), None)
        if wrong is not None:
            yield finding(
                "INT_TYPE_NOT_INT_STRING",
                INVALID,
                f"{wrong!r} is no integer, as the domain demands of its strings.",
                domain=None,
            )
            return
        numbers = [parse_integer(text) or 0 for text in texts]
        limits = (min(numbers), max(numbers)) if numbers else None
    else:
        limits = _integer_limits(statistics)
    if limits is None:
        return
    small = domain.min is not None and limits[0] < domain.min
    big = domain.max is not None and limits[1] > domain.max
    wider = dataclasses.replace(domain, min=limits[0] if small else domain.min, max=limits[1] if big else domain.max)
    if small:
        yield finding(
            "INT_TYPE_SMALL_INT",
            OUT_OF_RANGE,
            f"The smallest value is {limits[0]}, below the domain's {domain.min}.",
            domain=wider,
        )
    if big:
        yield finding(
            "INT_TYPE_BIG_INT",
            OUT_OF_RANGE,
            f"The largest value is {limits[1]}, above the domain's {domain.max}.",
            domain=wider,
        )


def _check_floats(statistics: FeatureStatistics, domain: FloatDomain) -> Iterator[Finding]:
    if statistics.type == "INT":
        return
    if statistics.strings is not None:
        parsed = {text: _parse_float(text) for text in statistics.strings.values}
        wrong = next((text for text, number in parsed.items() if number is None), None)
        if wrong is not None:
            yield finding(
                "FLOAT_TYPE_STRING_NOT_FLOAT",
                INVALID,
                f"{wrong!r} is no number, as the domain demands of its strings.",
                domain=None,
            )
            return
        numbers = [number for number in parsed.values() if number is not None and not math.isnan(number)]
        limits = (min(numbers), max(numbers)) if numbers else None
        nans = sum(number is not None and math.isnan(number) for number in parsed.values())
    else:
        limits, nans = _float_limits(statistics), statistics.numeric.num_nan if statistics.numeric else 0
    yield from _check_not_finite(limits, nans, domain)
    if limits is None:
        return
    low = domain.min is not None and limits[0] < domain.min
    high = domain.max is not None and limits[1] > domain.max
    wider = dataclasses.replace(domain, min=limits[0] if low else domain.min, max=limits[1] if high else domain.max)
    if low:
        yield finding(
            "FLOAT_TYPE_SMALL_FLOAT",
            OUT_OF_RANGE,
            f"The smallest value is {limits[0]:g}, below the domain's {domain.min:g}.",
            domain=wider,
        )
    if high:
        yield finding(
            "FLOAT_TYPE_BIG_FLOAT",
            OUT_OF_RANGE,
            f"The largest value is {limits[1]:g}, above the domain's {domain.max:g}.",
            domain=wider,
        )


def _check_not_finite(limits: tuple[float, float] | None, nans: int, domain: FloatDomain) -> Iterator[Finding]:
    if domain.disallow_nan and nans:
        yield finding(
            "FLOAT_TYPE_HAS_NAN",
            "Invalid values",
            f"{nans} values are NaN, which the domain forbids.",
            domain=dataclasses.replace(domain, disallow_nan=False),
        )
    if domain.disallow_inf and limits is not None and any(math.isinf(limit) for limit in limits):
        yield finding(
            "FLOAT_TYPE_HAS_INF",
            "Invalid values",
            "There are infinities, which the domain forbids.",
            domain=dataclasses.replace(domain, disallow_inf=False),
        )


def _check_booleans(statistics: FeatureStatistics, domain: BoolDomain) -> Iterator[Finding]:
    if statistics.type == "STRING" and statistics.strings is not None:
        known = {text for text in (domain.true_value, domain.false_value) if text is not None}
        wrong = next((text for text in statistics.strings.values if text not in known), None)
        if wrong is not None:
            yield finding(
                "BOOL_TYPE_UNEXPECTED_STRING",
                NOT_BOOLEAN,
                f"{wrong!r} is neither of {', '.join(map(repr, sorted(known))) or 'no values at all'}.",
                domain=None,
            )
    elif statistics.type == "INT":
        limits = _integer_limits(statistics)
        wider = IntDomain(min=min(limits[0], 0), max=max(limits[1], 1)) if limits else None
        if limits and limits[0] < 0:
            yield finding("BOOL_TYPE_SMALL_INT", NOT_BOOLEAN, f"{limits[0]} is neither 0 nor 1.", domain=wider)
        elif limits and limits[1] > 1:
            yield finding("BOOL_TYPE_BIG_INT", NOT_BOOLEAN, f"{limits[1]} is neither 0 nor 1.", domain=wider)
    elif statistics.type == "FLOAT" and statistics.numeric is not None:
        strange = _not_boolean(statistics.numeric)
        if strange:
            wider_float = FloatDomain(min=min(statistics.numeric.min, 0.0), max=max(statistics.numeric.max, 1.0))
            yield finding(
                "BOOL_TYPE_UNEXPECTED_FLOAT", NOT_BOOLEAN, f"{strange} is neither 0 nor 1.", domain=wider_float
            )


def _not_boolean(numeric: NumericStatistics) -> str:
    """Returns a value, in words, that is neither 0 nor 1; empty when none shows in the statistics."""
    if not numeric.histograms:
        return ""
    if numeric.num_nan:
        return "NaN"
    for limit in (numeric.min, numeric.max):
        if limit not in (0.0, 1.0):
            return f"{limit:g}"
    quantiles = numeric.histogram("QUANTILES")
    ends = {end for bucket in (quantiles.buckets if quantiles else ()) for end in (bucket.low, bucket.high)}
    between = sorted(ends - {0.0, 1.0})
    return f"{between[0]:g}" if between else ""


def _integer_limits(statistics: FeatureStatistics) -> tuple[int, int] | None:
    if statistics.strings is not None:
        numbers = [number for text in statistics.strings.values if (number := parse_integer(text)) is not None]
        return (min(numbers), max(numbers)) if numbers else None
    limits = _float_limits(statistics)
    return (int(limits[0]), int(limits[1])) if limits and all(map(math.isfinite, limits)) else None


def _float_limits(statistics: FeatureStatistics) -> tuple[float, float] | None:
    numeric = statistics.numeric
    if numeric is None or statistics.common.tot_num_values <= numeric.num_nan:
        return None
    return numeric.min, numeric.max


def _parse_float(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _share(count: float, total: float) -> str:
    percent = 100 * count / total if total else math.nan
    if math.isnan(percent):
        return "?"
    return "<1%" if percent < 1 else f"~{math.floor(percent)}%"

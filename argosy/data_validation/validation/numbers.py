"""Checks of numbers, and of strings that stand for numbers, against ranges."""

import dataclasses
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from argosy.data_validation.statistics.spec import FeatureStatistics
from argosy.data_validation.validation.finding import Finding, finding, shown
from argosy.schema import FloatDomain, IntDomain

OUT_OF_RANGE = "Out-of-range values"
INVALID = "Invalid values"

N = TypeVar("N", int, float)
R = TypeVar("R", IntDomain, FloatDomain)


def check_integers(statistics: FeatureStatistics, domain: IntDomain) -> Iterator[Finding]:
    """Yields findings when values are no integers or out of range; says nothing of FLOAT features."""
    if statistics.type == "FLOAT":
        return
    wrong = _not_parsed(statistics, parse_integer)
    if wrong is not None:
        message = f"{shown(wrong)} is no integer, as the domain demands of its strings."
        yield finding("INT_TYPE_NOT_INT_STRING", INVALID, message, domain=None)
    else:
        limits = integer_limits(statistics)
        wider = _wider(domain, limits)
        yield from _check_range(limits, domain, wider, ("INT_TYPE_SMALL_INT", "INT_TYPE_BIG_INT"))


def check_floats(statistics: FeatureStatistics, domain: FloatDomain) -> Iterator[Finding]:
    """Yields findings when values are no numbers, out of range, NaN or infinite; says nothing of INT features."""
    if statistics.type == "INT":
        return
    wrong = _not_parsed(statistics, parse_float)
    if wrong is not None:
        message = f"{shown(wrong)} is no number, as the domain demands of its strings."
        yield finding("FLOAT_TYPE_STRING_NOT_FLOAT", INVALID, message, domain=None)
        return
    limits, nans = float_limits(statistics), _nans(statistics)
    infinite = limits is not None and any(map(math.isinf, limits))
    wider = dataclasses.replace(
        _wider(domain, limits),
        disallow_nan=domain.disallow_nan and not nans,
        disallow_inf=domain.disallow_inf and not infinite,
    )
    if domain.disallow_nan and nans:
        message = f"{nans} values are NaN, which the domain forbids."
        yield finding("FLOAT_TYPE_HAS_NAN", INVALID, message, domain=wider)
    if domain.disallow_inf and infinite:
        yield finding("FLOAT_TYPE_HAS_INF", INVALID, "There are infinities, which the domain forbids.", domain=wider)
    yield from _check_range(limits, domain, wider, ("FLOAT_TYPE_SMALL_FLOAT", "FLOAT_TYPE_BIG_FLOAT"))


def integer_limits(statistics: FeatureStatistics) -> tuple[int, int] | None:
    """Returns the smallest and the largest value; None when there is none, or when they are no integers."""
    if statistics.strings is not None:
        return _limits(parse_integer(text) for text in statistics.strings.values)
    limits = float_limits(statistics)
    return (int(limits[0]), int(limits[1])) if limits and all(map(math.isfinite, limits)) else None


def float_limits(statistics: FeatureStatistics) -> tuple[float, float] | None:
    """Returns the smallest and the largest value that is not NaN; None when there is none."""
    if statistics.strings is not None:
        return _limits(parse_float(text) for text in statistics.strings.values)
    numeric = statistics.numeric
    if numeric is None or statistics.common.tot_num_values <= numeric.num_nan:
        return None
    return numeric.min, numeric.max


def parse_integer(text: str) -> int | None:
    """Returns the number that the text is, or None when it is no 64-bit integer.

    >>> parse_integer("-12"), parse_integer("1.0"), parse_integer("9" * 20)
    (-12, None, None)
    """
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", text, re.ASCII):
        return None
    value = int(text)
    return value if -(2**63) <= value < 2**63 else None


def parse_float(text: str) -> float | None:
    """Returns the number that the text is, NaN and infinities included, or None.

    >>> parse_float("1e3"), parse_float("1_000"), parse_float("x")
    (1000.0, None, None)
    """
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _check_range(limits: tuple[float, float] | None, domain: R, wider: R, kinds: tuple[str, str]) -> Iterator[Finding]:
    if limits is not None and wider.min != domain.min:
        message = f"The smallest value is {limits[0]!r}, below the domain's {domain.min!r}."
        yield finding(kinds[0], OUT_OF_RANGE, message, domain=wider)
    if limits is not None and wider.max != domain.max:
        message = f"The largest value is {limits[1]!r}, above the domain's {domain.max!r}."
        yield finding(kinds[1], OUT_OF_RANGE, message, domain=wider)


def _wider(domain: R, limits: tuple[Any, Any] | None) -> R:
    """Returns the domain with its range made to hold the limits; an end that it leaves open stays so."""
    if limits is None:
        return domain
    return dataclasses.replace(
        domain,
        min=None if domain.min is None else min(domain.min, limits[0]),
        max=None if domain.max is None else max(domain.max, limits[1]),
    )


def _not_parsed(statistics: FeatureStatistics, parse: Callable[[str], float | None]) -> str | None:
    texts = statistics.strings.values if statistics.strings is not None else ()
    return next((text for text in texts if parse(text) is None), None)


def _limits(numbers: Iterator[N | None]) -> tuple[N, N] | None:
    known = [number for number in numbers if number is not None and not math.isnan(number)]
    return (min(known), max(known)) if known else None


def _nans(statistics: FeatureStatistics) -> int:
    if statistics.numeric is not None:
        return statistics.numeric.num_nan
    entries = statistics.strings.ranks if statistics.strings is not None else ()
    return int(sum(entry.frequency for entry in entries if math.isnan(parse_float(entry.value) or 0.0)))

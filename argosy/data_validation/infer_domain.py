"""The domain of a feature from its statistics, by TFX's rules."""

import dataclasses
import math

import numpy as np

from argosy.data_validation.statistics.spec import FeatureStatistics, NumericStatistics
from argosy.data_validation.validation.numbers import parse_integer
from argosy.schema import BoolDomain, Domain, FloatDomain, IntDomain, StringDomain
from argosy.schema.convert import domain_from_text

TRUE_VALUES = ("", "1", "SET", "TRUE", "set", "true")
FALSE_VALUES = ("0", "CLEAR", "FALSE", "clear", "false")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DomainOptions:
    """What is inferred.

    Attributes:
        max_strings: How many distinct strings at most make a domain.
        ranges: Whether numbers get the range in which they were seen.
        categories: Integers are categories when they lie in a range of at most so many; 0: never.
    """

    max_strings: int
    ranges: bool = False
    categories: int = 0


def infer_domain(statistics: FeatureStatistics, options: DomainOptions) -> Domain | None:
    """Returns what a feature seems to hold: a meaning that statistics told, truth values, numbers or a few strings."""
    told = statistics.custom("domain_info")
    meaning = domain_from_text(told) if isinstance(told, str) else None
    if meaning is not None:
        return meaning
    if statistics.numeric is None:
        return _of_strings(statistics, options.max_strings) if statistics.type == "STRING" else None
    if statistics.type == "INT" and statistics.numeric.min >= 0 and statistics.numeric.max == 1:
        return BoolDomain()
    # Of nothing but NaN there is no smallest and no largest number.
    counted = statistics.common.tot_num_values > statistics.numeric.num_nan
    return _of_numbers(statistics.type, statistics.numeric, options) if counted else None


def _of_numbers(kind: str, numeric: NumericStatistics, options: DomainOptions) -> Domain | None:
    low, high = numeric.min, numeric.max
    if kind == "FLOAT":
        return FloatDomain(min=_rounded(low, -math.inf), max=_rounded(high, math.inf)) if options.ranges else None
    categorical = high - low < options.categories
    if options.ranges:
        return IntDomain(min=int(low), max=int(high), is_categorical=categorical)
    return IntDomain(is_categorical=True) if categorical else None


def _rounded(end: float, outwards: float) -> float | None:
    """Returns the end of a range as a schema holds it, as float32 and not inside; None where it is infinite."""
    if math.isinf(end):
        return None
    with np.errstate(over="ignore"):
        held = np.float32(end)
    if float(held) != end and (float(held) < end) == (outwards > 0):
        held = np.nextafter(held, np.float32(outwards))
    return None if np.isinf(held) else float(held)


def _of_strings(statistics: FeatureStatistics, max_size: int) -> Domain | None:
    strings = statistics.strings
    if strings is None or strings.invalid_utf8_count or not strings.values:
        return None
    values = strings.values
    boolean = _of_truths(values)
    if boolean is not None:
        return boolean
    if all(parse_integer(value) is not None for value in values):
        return IntDomain()
    if len(values) <= max_size and strings.unique <= max_size:
        return StringDomain(values=values)
    return None


def _of_truths(values: tuple[str, ...]) -> BoolDomain | None:
    true = [value for value in values if value in TRUE_VALUES]
    false = [value for value in values if value in FALSE_VALUES]
    if len(true) > 1 or len(false) > 1 or len(true) + len(false) != len(values):
        return None
    return BoolDomain(true_value=true[0] if true else None, false_value=false[0] if false else None)

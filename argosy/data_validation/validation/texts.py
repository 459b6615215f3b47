"""Checks of texts as tokens: how much of them the vocabulary holds, and how often which token occurs."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from argosy.data_validation.statistics.tokens.spec import NL_STATISTICS, NaturalLanguageStatistics
from argosy.data_validation.validation.finding import Finding, View, finding
from argosy.data_validation.validation.images import NOT_KNOWN, NOT_KNOWN_SHORT
from argosy.schema import NaturalLanguageDomain

Broken = tuple[str, str, str]
"""Type, short description and description."""


def check_texts(view: View) -> Iterator[Finding]:
    """Yields findings when texts do not keep the constraints of their natural_language_domain."""
    domain = view.domain
    if not isinstance(domain, NaturalLanguageDomain) or (domain.coverage is None and not domain.token_constraints):
        return
    if not view.statistics.common.tot_num_values:
        return
    found = view.statistics.custom(NL_STATISTICS)
    if not isinstance(found, NaturalLanguageStatistics):
        message = "Tokens were not counted. Give StatisticsGen the schema, which says that these are texts."
        yield finding(NOT_KNOWN, NOT_KNOWN_SHORT, message, domain=None)
        return
    for one in domain.token_constraints:
        if one.value is not None and found.token(one.value) is None:
            yield finding(NOT_KNOWN, NOT_KNOWN_SHORT, _why_not_counted(domain, one.value), domain=None)
            return
    broken, domain = _coverage(domain, found)
    of_tokens, domain = _tokens(domain, found)
    for kind, short, said in (*broken, *of_tokens):
        yield finding(kind, short, said, domain=domain)


def _why_not_counted(domain: NaturalLanguageDomain, token: int | str) -> str:
    remedy = "Give StatisticsGen this schema, which says that it is counted"
    if not domain.vocabulary:
        same, other = ("strings", "integers") if isinstance(token, str) else ("integers", "strings")
        remedy += f"; if the values are {other}, name in it the vocabulary that tells {same} from them"
    return f"Token {token!r} was not counted. {remedy}."


_COVERAGE = (
    ("FEATURE_COVERAGE_TOO_LOW", "min_coverage", "feature_coverage",
     "Feature coverage is too low", "A fraction of {found:.4g} of the tokens is in the vocabulary"),
    ("FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH", "min_avg_token_length", "avg_token_length",
     "Average token length is too short", "Tokens are {found:.4g} characters long on average"),
)  # fmt: skip
"""Type, field of the constraint, which is a least, field of the statistics, what is said."""


def _coverage(
    domain: NaturalLanguageDomain, found: NaturalLanguageStatistics
) -> tuple[list[Broken], NaturalLanguageDomain]:
    """Returns which limits of coverage are broken, and the domain relaxed so that none is."""
    coverage = domain.coverage
    if coverage is None:
        return [], domain
    broken: list[Broken] = []
    for kind, field, measured, short, said in _COVERAGE:
        limit, value = getattr(coverage, field), getattr(found, measured)
        if limit is not None and _is_less(value, limit):
            broken.append((kind, short, f"{said.format(found=value)}; the schema demands {limit:.4g}."))
            coverage = dataclasses.replace(coverage, **{field: value})
    return broken, dataclasses.replace(domain, coverage=coverage)


_LIMITS: tuple[tuple[str, str, int, str, str, str], ...] = (
    ("SEQUENCE_VALUE_TOO_SMALL_FRACTION", "min_fraction_of_sequences", -1, "fraction_of_sequences",
     "Value occurs in too small a fraction of sequences", "a fraction of {found:.4g} of the texts holds it"),
    ("SEQUENCE_VALUE_TOO_LARGE_FRACTION", "max_fraction_of_sequences", 1, "fraction_of_sequences",
     "Value occurs in too large a fraction of sequences", "a fraction of {found:.4g} of the texts holds it"),
    ("SEQUENCE_VALUE_TOO_FEW_OCCURRENCES", "min_per_sequence", -1, "per_sequence_min_frequency",
     "Value has too few per-sequence occurrences", "a text holds it {found:g} times"),
    ("SEQUENCE_VALUE_TOO_MANY_OCCURRENCES", "max_per_sequence", 1, "per_sequence_max_frequency",
     "Value has too many per-sequence occurrences", "a text holds it {found:g} times"),
)  # fmt: skip
"""Type, field of the constraint, whether that is a least (-1) or a most (1), field of the statistics, what is said."""


def _tokens(
    domain: NaturalLanguageDomain, found: NaturalLanguageStatistics
) -> tuple[list[Broken], NaturalLanguageDomain]:
    """Returns which limits of tokens are broken, and the domain relaxed so that none is."""
    broken: list[Broken] = []
    relaxed = []
    for constraint in domain.token_constraints:
        token = None if constraint.value is None else found.token(constraint.value)
        wider: dict[str, Any] = {}
        for kind, field, sign, measured, short, said in _LIMITS:
            limit, value = getattr(constraint, field), getattr(token, measured, 0)
            if token is not None and limit is not None and _is_less(-sign * value, -sign * limit):
                told = f"{said.format(found=value)}; the schema says {field}: {limit:.4g}"
                broken.append((kind, short, f"Token {constraint.value!r}: {told}."))
                wider[field] = type(limit)(value)
        relaxed.append(dataclasses.replace(constraint, **wider))
    return broken, dataclasses.replace(domain, token_constraints=tuple(relaxed))


def _is_less(value: float, limit: float) -> bool:
    """Whether a value is less than a limit, which the schema's proto keeps in 32 bits: 0.6 is not less than its 0.6."""
    return bool(np.float32(value) < np.float32(limit))

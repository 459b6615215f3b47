"""Checks of texts as tokens: how much of them the vocabulary holds, and how often which token occurs."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from argosy.data_validation.validation.convert import token_statistics
from argosy.data_validation.validation.finding import Finding, View, finding
from argosy.data_validation.validation.images import NOT_KNOWN, NOT_KNOWN_SHORT
from argosy.data_validation.validation.spec import TextStatistics, TokenStatistics
from argosy.schema import NaturalLanguageDomain, TokenConstraint


def check_texts(view: View) -> Iterator[Finding]:
    """Yields findings when texts do not keep the constraints of their natural_language_domain."""
    domain = view.domain
    if not isinstance(domain, NaturalLanguageDomain) or (domain.coverage is None and not domain.token_constraints):
        return
    counted = view.statistics.custom("nl_statistics")
    found = token_statistics(counted) if isinstance(counted, bytes) else None
    unknown = [
        c for c in domain.token_constraints if found is None or (c.value is not None and c.value not in found.tokens)
    ]
    if found is None or unknown:
        what = "Tokens were" if found is None else f"Token {unknown[0].value!r} was"
        message = (
            f"{what} not counted. Give StatisticsGen the schema, whose natural_language_domain says which to count."
        )
        yield finding(NOT_KNOWN, NOT_KNOWN_SHORT, message, domain=None)
        return
    yield from _check_coverage(domain, found)
    for place, constraint in enumerate(domain.token_constraints):
        if constraint.value is not None:
            yield from _check_token(domain, place, constraint, found.tokens[constraint.value])


def _check_coverage(domain: NaturalLanguageDomain, found: TextStatistics) -> Iterator[Finding]:
    coverage = domain.coverage
    if coverage is None:
        return
    lacking = coverage.min_coverage is not None and found.feature_coverage < coverage.min_coverage
    short = coverage.min_avg_token_length is not None and found.avg_token_length < coverage.min_avg_token_length
    relaxed = dataclasses.replace(
        coverage,
        min_coverage=found.feature_coverage if lacking else coverage.min_coverage,
        min_avg_token_length=found.avg_token_length if short else coverage.min_avg_token_length,
    )
    wider = dataclasses.replace(domain, coverage=relaxed)
    if lacking:
        yield finding(
            "FEATURE_COVERAGE_TOO_LOW",
            "Feature coverage is too low",
            f"{found.feature_coverage:.4g} of the tokens are in the vocabulary; the schema demands "
            f"{coverage.min_coverage:.4g}.",
            domain=wider,
        )
    if short:
        yield finding(
            "FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH",
            "Average token length is too short",
            f"Tokens are {found.avg_token_length:.4g} characters long on average; the schema demands "
            f"{coverage.min_avg_token_length:.4g}.",
            domain=wider,
        )


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


def _check_token(
    domain: NaturalLanguageDomain, place: int, constraint: TokenConstraint, token: TokenStatistics
) -> Iterator[Finding]:
    broken: list[tuple[str, str, str]] = []
    relaxed: dict[str, Any] = {}
    for kind, field, sign, measured, short, said in _LIMITS:
        limit, found = getattr(constraint, field), getattr(token, measured)
        if limit is not None and sign * found > sign * limit:
            broken.append((kind, short, f"{said.format(found=found)}; the schema says {field}: {limit:.4g}"))
            relaxed[field] = type(limit)(found)
    constraints = list(domain.token_constraints)
    constraints[place] = dataclasses.replace(constraint, **relaxed)
    wider = dataclasses.replace(domain, token_constraints=tuple(constraints))
    for kind, short, said in broken:
        yield finding(kind, short, f"Token {constraint.value!r}: {said}.", domain=wider)

"""Statistics of a feature for which tensorflow_metadata's protos have no field."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.accumulate.presence import PresenceResult
from argosy.accumulate.quantiles import QuantileSummary
from argosy.accumulate.value_counts import ValueCountsResult
from argosy.data_validation.statistics import histograms
from argosy.data_validation.statistics.feature import FeatureAccumulator
from argosy.data_validation.statistics.semantics import SemanticsResult
from argosy.data_validation.statistics.spec import (
    UNEXPECTED_COUNT,
    UNEXPECTED_VALUES,
    WEIGHTED,
    CustomStatistic,
    ValueFrequency,
)
from argosy.data_validation.statistics.text import text_of
from argosy.data_validation.statistics.tokens.spec import NL_STATISTICS, NaturalLanguageStatistics

QUANTILES_ERROR = "quantiles_rank_error"
"""By which fraction of the count the rank of a quantile may be wrong; absent where quantiles are exact."""
COUNTS_ERROR = "top_values_count_error"
"""By how much the frequency of a value may fall short, and how frequent one that is not listed may be; likewise."""
UNIQUE_ERROR = "unique_relative_error"
"""The relative standard error of the number of values that differ; likewise."""


def custom_statistics(
    accumulator: FeatureAccumulator, presence: PresenceResult, parts: Mapping[str, Any]
) -> tuple[CustomStatistic, ...]:
    """Returns errors of sketches, values out of the schema's domain, lengths of inner lists, tokens, meanings."""
    return (
        *_inner_lists(accumulator, presence),
        *_errors(accumulator, parts),
        *_unexpected(accumulator, parts.get("counts")),
        *_unexpected(accumulator, parts.get("weighted_counts"), WEIGHTED),
        *_tokens(accumulator, parts),
        *_meaning(parts.get("semantics"), is_image=accumulator.path in accumulator.plan.images),
    )


def _inner_lists(accumulator: FeatureAccumulator, presence: PresenceResult) -> Iterator[CustomStatistic]:
    buckets = accumulator.options.num_values_histogram_buckets
    for number, level in enumerate(presence.levels[1:], start=2):
        if level.lengths is None or not level.present:
            continue
        boundaries, ranks = level.lengths.cut(buckets)
        name = f"level_{number}_value_list_length"
        yield CustomStatistic(name=f"{name}_quantiles", value=histograms.quantiles_histogram(boundaries, ranks))
        ends = float(level.minimum), float(level.maximum)
        standard = histograms.standard_histogram(boundaries, ranks, ends=ends, infinities=(0, 0), buckets=buckets)
        yield CustomStatistic(name=f"{name}_standard", value=standard)


def _errors(accumulator: FeatureAccumulator, parts: Mapping[str, Any]) -> Iterator[CustomStatistic]:
    quantiles: QuantileSummary | None = parts.get("quantiles")
    counts: ValueCountsResult | None = parts.get("counts")
    if quantiles is not None and not quantiles.exact:
        yield CustomStatistic(name=QUANTILES_ERROR, value=accumulator.options.epsilon)
    if counts is not None and counts.error:
        yield CustomStatistic(name=COUNTS_ERROR, value=float(counts.error))
        yield CustomStatistic(name=UNIQUE_ERROR, value=counts.distinct_error)


def _unexpected(
    accumulator: FeatureAccumulator, counts: ValueCountsResult | None, prefix: str = ""
) -> Iterator[CustomStatistic]:
    """Yields what is not in the domain: of all values that are known, not only of those that ranks have room for."""
    domain = accumulator.plan.domains.get(accumulator.path)
    if domain is None or counts is None or len(counts.values) <= accumulator.options.num_rank_histogram_buckets:
        return
    pairs = zip(counts.values.to_pylist(), counts.counts.tolist(), strict=True)
    found = [(text, count) for value, count in pairs if (text := text_of(value)) not in domain]
    kept = found[: accumulator.options.num_rank_histogram_buckets]
    entries = tuple(ValueFrequency(value=text, frequency=float(count)) for text, count in kept)
    yield CustomStatistic(name=prefix + UNEXPECTED_VALUES, value=entries)
    yield CustomStatistic(name=prefix + UNEXPECTED_COUNT, value=float(sum(count for _, count in found)))


def _tokens(accumulator: FeatureAccumulator, parts: Mapping[str, Any]) -> Iterator[CustomStatistic]:
    found: NaturalLanguageStatistics | None = parts.get("tokens")
    if found is not None:
        text, most = accumulator.plan.texts[accumulator.path], accumulator.options.num_rank_histogram_buckets
        complete = dataclasses.replace(found, ranks=text.ranks(parts["counts"], most))
        yield CustomStatistic(name=NL_STATISTICS, value=complete)


def _meaning(found: SemanticsResult | None, *, is_image: bool) -> Iterator[CustomStatistic]:
    """Yields under TFDV's names what schema inference reads, and how many images are of each format."""
    if found is None:
        return
    if found.domain == "image":
        yield CustomStatistic(name="domain_info", value="image_domain {}")
    if is_image or found.domain == "image":
        entries = tuple(ValueFrequency(value=name or "UNKNOWN", frequency=float(count)) for name, count in found.images)
        yield CustomStatistic(name="image_format_histogram", value=entries)
    if found.domain == "natural_language":
        yield CustomStatistic(name="domain_info", value="natural_language_domain {}")
        yield CustomStatistic(name="natural_language_match_rate", value=found.share)
    elif found.domain == "time":
        is_text = "%" in found.format
        value = f"string_format: '{found.format}'" if is_text else f"integer_format: {found.format}"
        yield CustomStatistic(name="domain_info", value=f"time_domain {{{value}}}")
        yield CustomStatistic(name="time_match_ratio", value=found.share)

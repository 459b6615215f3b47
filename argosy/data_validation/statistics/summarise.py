"""From the results of accumulators to the statistics of a feature."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argosy.accumulate.moments import MomentsResult
from argosy.accumulate.presence import LevelResult, PresenceResult
from argosy.accumulate.quantiles import QuantileSummary
from argosy.accumulate.string_lengths import StringLengthsResult
from argosy.accumulate.value_counts import ValueCountsResult
from argosy.data_validation.statistics import histograms
from argosy.data_validation.statistics.custom import custom_statistics
from argosy.data_validation.statistics.feature import PRESENCE, FeatureAccumulator, FeatureState
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.spec import (
    BytesStatistics,
    CommonStatistics,
    FeatureStatistics,
    Histogram,
    NumericStatistics,
    PresenceAndValencyStatistics,
    StatisticsType,
    StringStatistics,
    ValueFrequency,
    WeightedCommonStatistics,
    WeightedNumericStatistics,
    WeightedStringStatistics,
)
from argosy.data_validation.statistics.text import text_of


def summarise_feature(
    accumulator: FeatureAccumulator, state: FeatureState, *, entries: int, weight: float | None
) -> FeatureStatistics:
    """Returns the statistics of a feature; one whose type no row told counts as STRING, as in TFDV.

    Args:
        accumulator: Of the feature.
        state: What it has seen.
        entries: How many rows the dataset has, those of batches without the feature too; of a feature within another
            how many values that has.
        weight: Their weight; None: rows have none.
    """
    options, presence, parts = accumulator.options, PRESENCE.result(state.presence), accumulator.results(state)
    is_image = accumulator.path in accumulator.plan.images and state.type in ("", "STRING")
    kind: StatisticsType = "BYTES" if is_image else state.type or "STRING"  # type: ignore[assignment]
    numeric, strings, binary = None, None, None
    if is_image:
        binary = _binary(parts.get("lengths", StringLengthsResult()))
    elif accumulator.counts_values(kind):
        strings = _strings(parts, options, weighted=weight is not None)
    elif kind != "STRUCT":
        numeric = _numeric(parts, options)
    return FeatureStatistics(
        path=accumulator.path,
        type=kind,
        common=_common(presence, entries, weight, options),
        numeric=numeric,
        strings=strings,
        binary=binary,
        custom_stats=custom_statistics(accumulator, presence, parts),
    )


def _common(
    presence: PresenceResult, entries: int, weight: float | None, options: StatisticsOptions
) -> CommonStatistics:
    levels = presence.levels or (LevelResult(),)
    above = [(entries, weight or 0.0), *((level.total, level.weighted_total) for level in levels)]
    pairs = list(zip(levels, above, strict=False))
    deep = len(levels) > 1
    weighted = [_weighted_level(level, upper) for level, (_, upper) in pairs] if weight is not None else []
    histogram = None
    if presence.present:
        cut = presence.lengths.cut(options.num_values_histogram_buckets)
        histogram = histograms.quantiles_histogram(*cut)
    return CommonStatistics(
        num_non_missing=presence.present,
        num_missing=entries - presence.present,
        min_num_values=presence.minimum,
        max_num_values=presence.maximum,
        avg_num_values=presence.total / presence.present if presence.present else 0.0,
        tot_num_values=presence.total,
        num_values_histogram=histogram,
        weighted_common_stats=_weighted_common(weighted[0], weighted[-1]) if weighted else None,
        presence_and_valency_stats=tuple(_level(level, upper) for level, (upper, _) in pairs) if deep else (),
        weighted_presence_and_valency_stats=tuple(weighted) if deep else (),
    )


def _level(level: LevelResult, entries: int) -> PresenceAndValencyStatistics:
    return PresenceAndValencyStatistics(
        num_non_missing=level.present,
        num_missing=entries - level.present,
        min_num_values=level.minimum,
        max_num_values=level.maximum,
        tot_num_values=level.total,
    )


def _weighted_level(level: LevelResult, weight: float) -> WeightedCommonStatistics:
    present = level.weighted_present
    return WeightedCommonStatistics(
        num_non_missing=present,
        num_missing=weight - present,
        tot_num_values=level.weighted_total,
        avg_num_values=level.weighted_total / present if present else 0.0,
    )


def _weighted_common(outer: WeightedCommonStatistics, inner: WeightedCommonStatistics) -> WeightedCommonStatistics:
    present = outer.num_non_missing
    return WeightedCommonStatistics(
        num_non_missing=present,
        num_missing=outer.num_missing,
        tot_num_values=inner.tot_num_values,
        avg_num_values=inner.tot_num_values / present if present else 0.0,
    )


def _numeric(parts: Mapping[str, Any], options: StatisticsOptions) -> NumericStatistics:
    moments: MomentsResult | None = parts.get("moments")
    if moments is None or not moments.count:
        nans = 0 if moments is None else moments.nans
        nothing: tuple[Histogram, ...] = (
            Histogram(type="STANDARD", buckets=(), num_nan=nans),
            Histogram(type="QUANTILES", buckets=(), num_nan=nans),
        )
        return NumericStatistics(histograms=nothing if nans else ())
    summary = parts.get("quantiles")
    found, median = _histograms(summary, moments, moments.positive_infinities, moments.negative_infinities, options)
    return NumericStatistics(
        mean=moments.mean,
        std_dev=math.sqrt(moments.variance),
        num_zeros=moments.zeros,
        min=moments.minimum,
        median=median,
        max=moments.maximum,
        histograms=found,
        weighted_numeric_stats=_weighted_numeric(parts, moments, options),
    )


def _weighted_numeric(
    parts: Mapping[str, Any], moments: MomentsResult, options: StatisticsOptions
) -> WeightedNumericStatistics | None:
    weighted: MomentsResult | None = parts.get("weighted_moments")
    if weighted is None:
        return None
    if not weighted.count:
        return WeightedNumericStatistics()
    infinities = weighted.positive_infinities, weighted.negative_infinities
    found, median = _histograms(parts.get("weighted_quantiles"), moments, *infinities, options)
    return WeightedNumericStatistics(
        mean=weighted.mean, std_dev=math.sqrt(weighted.variance), median=median, histograms=found
    )


def _histograms(
    summary: QuantileSummary | None, moments: MomentsResult, above: float, below: float, options: StatisticsOptions
) -> tuple[tuple[Histogram, ...], float]:
    """Returns the two histograms and the median; none and NaN where they are not wanted."""
    if summary is None:
        return (), math.nan
    shares = histograms.FINENESS * options.num_quantiles_histogram_buckets
    boundaries, ranks = summary.cut(shares)
    standard = histograms.standard_histogram(
        boundaries,
        ranks,
        ends=(moments.finite_minimum, moments.finite_maximum),
        infinities=(below, above),
        buckets=options.num_histogram_buckets,
        num_nan=moments.nans,
    )
    coarse = histograms.coarser(boundaries, ranks, histograms.FINENESS)
    return (standard, histograms.quantiles_histogram(*coarse, num_nan=moments.nans)), _median(boundaries)


def _median(boundaries: NDArray[np.float64]) -> float:
    return float(boundaries[len(boundaries) // 2])


def _strings(parts: Mapping[str, Any], options: StatisticsOptions, *, weighted: bool) -> StringStatistics:
    if "counts" not in parts:
        return StringStatistics()
    lengths: StringLengthsResult = parts["lengths"]
    ranks = _ranks(parts["counts"], options, options.frequency_threshold)
    heavy = None
    if weighted:
        heavy_ranks = _ranks(parts["weighted_counts"], options, options.weighted_frequency_threshold)
        heavy = WeightedStringStatistics(
            top_values=heavy_ranks[: options.num_top_values],
            ranks=heavy_ranks[: options.num_rank_histogram_buckets],
        )
    return StringStatistics(
        avg_length=lengths.total / lengths.count if lengths.count else 0.0,
        unique=round(parts["counts"].distinct),
        invalid_utf8_count=lengths.invalid_utf8,
        top_values=ranks[: options.num_top_values],
        ranks=ranks[: options.num_rank_histogram_buckets],
        weighted_string_stats=heavy,
    )


def _ranks(counts: ValueCountsResult, options: StatisticsOptions, least: float) -> tuple[ValueFrequency, ...]:
    kept = max(options.num_top_values, options.num_rank_histogram_buckets)
    pairs = zip(counts.values[:kept].to_pylist(), counts.counts[:kept].tolist(), strict=True)
    return tuple(
        ValueFrequency(value=text_of(value), frequency=float(count)) for value, count in pairs if count >= least
    )


def _binary(lengths: StringLengthsResult) -> BytesStatistics:
    return BytesStatistics(
        avg_num_bytes=lengths.total / lengths.count if lengths.count else 0.0,
        min_num_bytes=lengths.minimum,
        max_num_bytes=lengths.maximum,
        max_num_bytes_int=lengths.maximum,
    )

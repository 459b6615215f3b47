"""From the results of accumulators to the statistics of a feature."""

import math
from collections.abc import Sequence
from typing import Any

from argosy.accumulate.moments import MomentsResult
from argosy.accumulate.presence import PresenceResult
from argosy.accumulate.quantiles import QuantileSummary
from argosy.accumulate.string_lengths import StringLengthsResult
from argosy.accumulate.value_counts import ValueCountsResult
from argosy.data_validation.statistics import histograms
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.spec import (
    CommonStatistics,
    FeatureStatistics,
    Histogram,
    NumericStatistics,
    StringStatistics,
    ValueFrequency,
)

NOT_UTF8 = "__BYTES_VALUE__"
"""Stands for a value that is not UTF-8, which a proto's string cannot hold."""


def summarise_feature(
    name: str,
    kind: str,
    *,
    presence: PresenceResult,
    values: Sequence[Any],
    rows: int,
    options: StatisticsOptions,
) -> FeatureStatistics:
    """Returns the statistics of a feature.

    Args:
        name: Of the feature.
        kind: INT, FLOAT, STRING or CATEGORY; empty when no row told its type, which then counts as STRING, as in TFDV.
        presence: How many rows have it, among those of batches that have its column.
        values: The results of the kind's two accumulators.
        rows: How many rows the dataset has.
        options: How much to keep.
    """
    common = _common(presence, rows, options)
    if kind in ("INT", "FLOAT"):
        numeric = _numeric(values[0], values[1], options)
        return FeatureStatistics(path=(name,), type=kind, common=common, numeric=numeric)  # type: ignore[arg-type]
    strings = _strings(values[0], values[1], options) if values else StringStatistics()
    return FeatureStatistics(
        path=(name,), type="INT" if kind == "CATEGORY" else "STRING", common=common, strings=strings
    )


def _common(presence: PresenceResult, rows: int, options: StatisticsOptions) -> CommonStatistics:
    if not presence.present:
        return CommonStatistics(num_missing=rows)
    return CommonStatistics(
        num_non_missing=presence.present,
        num_missing=rows - presence.present,
        min_num_values=presence.minimum,
        max_num_values=presence.maximum,
        avg_num_values=presence.total / presence.present,
        tot_num_values=presence.total,
        num_values_histogram=histograms.quantiles_histogram(
            *presence.lengths.cut(options.num_values_histogram_buckets)
        ),
    )


def _numeric(moments: MomentsResult, summary: QuantileSummary, options: StatisticsOptions) -> NumericStatistics:
    if not moments.count:
        nothing: tuple[Histogram, ...] = (
            Histogram(type="STANDARD", buckets=(), num_nan=moments.nans),
            Histogram(type="QUANTILES", buckets=(), num_nan=moments.nans),
        )
        return NumericStatistics(histograms=nothing if moments.nans else ())
    shares = histograms.FINENESS * options.num_quantiles_histogram_buckets
    boundaries, ranks = summary.cut(shares)
    standard = histograms.standard_histogram(summary, moments, buckets=options.num_histogram_buckets, fineness=shares)
    coarse = histograms.coarser(boundaries, ranks, histograms.FINENESS)
    return NumericStatistics(
        mean=moments.mean,
        std_dev=math.sqrt(moments.variance),
        num_zeros=moments.zeros,
        min=moments.minimum,
        median=float(boundaries[shares // 2]),
        max=moments.maximum,
        histograms=(standard, histograms.quantiles_histogram(*coarse, num_nan=moments.nans)),
    )


def _strings(lengths: StringLengthsResult, counts: ValueCountsResult, options: StatisticsOptions) -> StringStatistics:
    kept = max(options.num_top_values, options.num_rank_histogram_buckets)
    pairs = zip(counts.values[:kept].to_pylist(), counts.counts[:kept].tolist(), strict=True)
    ranks = tuple(ValueFrequency(value=_text(value), frequency=float(count)) for value, count in pairs)
    return StringStatistics(
        avg_length=lengths.total / lengths.count if lengths.count else 0.0,
        unique=len(counts.values),
        invalid_utf8_count=lengths.invalid_utf8,
        top_values=ranks[: options.num_top_values],
        ranks=ranks[: options.num_rank_histogram_buckets],
    )


def _text(value: bytes | int) -> str:
    if isinstance(value, int):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return NOT_UTF8

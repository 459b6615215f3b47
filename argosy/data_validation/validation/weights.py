"""Statistics in which rows count as their weights say."""

import dataclasses
from typing import Any

from argosy.data_validation.statistics.spec import (
    WEIGHTED,
    CommonStatistics,
    CustomStatistic,
    DatasetStatistics,
    FeatureStatistics,
    NumericStatistics,
    StringStatistics,
)


def by_weight(statistics: DatasetStatistics) -> DatasetStatistics:
    """Returns the statistics with weights in the places of counts, where every feature has weighted ones.

    Others are returned as they are. Numbers of values, of distinct values and of NaN stay counts.
    """
    described = [feature for feature in statistics.features if feature.is_described]
    if not described or any(feature.common.weighted_common_stats is None for feature in described):
        return statistics
    # Weights are floats where the dataclasses say int: they are compared and shown, never counted with.
    fields: dict[str, Any] = {"num_examples": statistics.weighted_num_examples}
    return dataclasses.replace(statistics, features=tuple(map(_weighted, statistics.features)), **fields)


def _weighted(feature: FeatureStatistics) -> FeatureStatistics:
    return dataclasses.replace(
        feature,
        common=_common(feature.common),
        numeric=None if feature.numeric is None else _numeric(feature.numeric),
        strings=None if feature.strings is None else _strings(feature.strings),
        custom_stats=_custom(feature.custom_stats),
    )


def _common(common: CommonStatistics) -> CommonStatistics:
    weighted = common.weighted_common_stats
    if weighted is None:
        return common
    fields: dict[str, Any] = {
        name: getattr(weighted, name) for name in ("num_non_missing", "num_missing", "tot_num_values")
    }
    return dataclasses.replace(common, **fields)


def _numeric(numeric: NumericStatistics) -> NumericStatistics:
    weighted = numeric.weighted_numeric_stats
    if weighted is None:
        return numeric
    # That there are NaN may not get lost with the histograms that say so.
    kept = (dataclasses.replace(h, num_nan=h.num_nan or numeric.num_nan) for h in weighted.histograms)
    return dataclasses.replace(numeric, histograms=tuple(kept))


def _strings(strings: StringStatistics) -> StringStatistics:
    weighted = strings.weighted_string_stats
    return strings if weighted is None else dataclasses.replace(strings, ranks=weighted.ranks)


def _custom(statistics: tuple[CustomStatistic, ...]) -> tuple[CustomStatistic, ...]:
    values = {one.name: one.value for one in statistics}
    return tuple(dataclasses.replace(one, value=values.get(f"{WEIGHTED}{one.name}", one.value)) for one in statistics)

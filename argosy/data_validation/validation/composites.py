"""Checks of features that the schema makes of several of the data: sparse ones, and ones with weights."""

from collections.abc import Iterator

from argosy.data_validation.statistics.spec import FeatureStatistics
from argosy.data_validation.validation.spec import Reason
from argosy.schema import Schema, SparseFeature


def composites(schema: Schema) -> dict[tuple[str, ...], str]:
    """Returns the paths of the sparse and weighted features that are live, each with SPARSE or WEIGHTED."""
    live = ((path, one) for path, one in schema.walk_composed() if one.is_live)
    return {path: "SPARSE" if isinstance(one, SparseFeature) else "WEIGHTED" for path, one in live}


def check_composite(kind: str, statistics: FeatureStatistics | None) -> list[Reason]:
    """Returns what is wrong with a sparse or weighted feature, as `composites` calls its kind.

    Args:
        kind: SPARSE or WEIGHTED.
        statistics: Of the feature; None: there are none.
    """
    if statistics is None:
        message = (
            f"The schema has this {kind.lower()} feature, the statistics do not, so nothing is known of its parts. "
            "Give the schema to StatisticsGen as well."
        )
        return [_reason("STATS_NOT_AVAILABLE", f"{kind.capitalize()} feature without statistics", message)]
    return list(_check_sparse(statistics) if kind == "SPARSE" else _check_weighted(statistics))


def _check_sparse(statistics: FeatureStatistics) -> Iterator[Reason]:
    lacking = statistics.custom("missing_value")
    if isinstance(lacking, int | float) and lacking:
        yield _reason("SPARSE_FEATURE_MISSING_VALUE", "Missing value feature",
                      f"{lacking:.12g} rows have indices and lack the feature that holds the values.")  # fmt: skip
    for index, count in _by_index(statistics, "missing_index"):
        yield _reason("SPARSE_FEATURE_MISSING_INDEX", "Missing index feature",
                      f"{count:.12g} rows have values and lack their indices, feature {index!r}.")  # fmt: skip
    least, most = (dict(_by_index(statistics, f"{end}_length_diff")) for end in ("min", "max"))
    for index in sorted({*least, *most}):
        yield _reason(
            "SPARSE_FEATURE_LENGTH_MISMATCH",
            "Length mismatch between value and index feature",
            f"Rows have {least.get(index, 0):+.12g} to {most.get(index, 0):+.12g} values more than indices in feature "
            f"{index!r}; there has to be one index for each value.",
        )


def _check_weighted(statistics: FeatureStatistics) -> Iterator[Reason]:
    values, weights = (_number(statistics, name) for name in ("missing_value", "missing_weight"))
    if values:
        yield _reason("WEIGHTED_FEATURE_MISSING_VALUE", "Missing value feature",
                      f"{values:.12g} rows have weights and lack the feature that holds the values.")  # fmt: skip
    if weights:
        yield _reason("WEIGHTED_FEATURE_MISSING_WEIGHT", "Missing weight feature",
                      f"{weights:.12g} rows have values and lack the feature that holds their weights.")  # fmt: skip
    least, most = (_number(statistics, f"{end}_weight_length_diff") for end in ("min", "max"))
    if least or most:
        yield _reason(
            "WEIGHTED_FEATURE_LENGTH_MISMATCH",
            "Length mismatch between value and weight feature",
            f"Rows have {least:+.12g} to {most:+.12g} values more than weights; there has to be one weight for each.",
        )


def _reason(kind: str, short: str, description: str) -> Reason:
    return Reason(type=kind, short=short, description=description)


def _number(statistics: FeatureStatistics, name: str) -> float:
    value = statistics.custom(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _by_index(statistics: FeatureStatistics, name: str) -> list[tuple[str, float]]:
    counts = statistics.custom(name)
    return [(entry.value, entry.frequency) for entry in counts if entry.frequency] if isinstance(counts, tuple) and all(
        hasattr(entry, "frequency") for entry in counts) else []  # fmt: skip

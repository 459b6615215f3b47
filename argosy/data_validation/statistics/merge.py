"""Finished statistics, joined: of some features each, or of some slices each, of the same rows."""

import dataclasses
from collections.abc import Iterable, Sequence

from argosy.data_validation.statistics.spec import DATASET_NAME, DatasetStatistics, FeatureStatistics
from argosy.errors import DataError

Path = tuple[str, ...]


def merge_statistics(parts: Iterable[DatasetStatistics]) -> DatasetStatistics:
    """Returns the statistics of all features and slices that the parts have; slices by name.

    Finished statistics of different rows cannot be added up: accumulate those together instead (`dataset_accumulator`).

    >>> merge_statistics([DatasetStatistics(num_examples=3), DatasetStatistics()]).num_examples
    3

    Args:
        parts: Statistics of the same rows; none of them: those of no rows. Several slices without those of all rows
            become slices of no rows, so that what is merged may itself be merged with the rest.

    Raises:
        DataError: Two parts say otherwise of one feature, or of the number of rows of a slice.
    """
    merged = merge_datasets(one for part in parts for one in (dataclasses.replace(part, slices=()), *part.slices))
    if len(merged) == 1:
        return merged[0]
    whole = next((one for one in merged if one.name == DATASET_NAME), DatasetStatistics())
    slices = sorted((one for one in merged if one is not whole), key=lambda one: one.name)
    return dataclasses.replace(whole, slices=tuple(slices))


def merge_datasets(parts: Iterable[DatasetStatistics]) -> tuple[DatasetStatistics, ...]:
    """Returns one dataset a name, in order of appearance, with all features that the parts of that name have.

    Raises:
        DataError: Two parts say otherwise of one feature, or of the number of rows.
    """
    by_name: dict[str, list[DatasetStatistics]] = {}
    for part in parts:
        by_name.setdefault(part.name, []).append(part)
    return tuple(_joined(same) for same in by_name.values())


def _joined(parts: Sequence[DatasetStatistics]) -> DatasetStatistics:
    if len(parts) == 1:
        return parts[0]
    features: dict[Path, FeatureStatistics] = {}
    for feature in (feature for part in parts for feature in part.features):
        known = features.get(feature.path)
        features[feature.path] = feature if known is None else _one(known, feature, parts[0].name)
    return DatasetStatistics(
        name=parts[0].name,
        num_examples=int(_agreed(parts, "num_examples")),
        weighted_num_examples=_agreed(parts, "weighted_num_examples"),
        features=tuple(features[path] for path in sorted(features)),
        cross_features=tuple(dict.fromkeys(pair for part in parts for pair in part.cross_features)),
    )


def _agreed(parts: Sequence[DatasetStatistics], field: str) -> float:
    """Returns the one number that is not 0; a part without rows says nothing of them."""
    told = list(dict.fromkeys(getattr(part, field) for part in parts if getattr(part, field)))
    if len(told) > 1:
        raise DataError(
            f"statistics of {parts[0].name!r} cannot be merged: {field} is {' and '.join(map(str, told))}, so they are "
            "of other rows; compute them in one pass over all rows"
        )
    return told[0] if told else 0


def _one(known: FeatureStatistics, other: FeatureStatistics, dataset: str) -> FeatureStatistics:
    """Returns the statistics of a feature that two parts have: what rows show in one, custom statistics in both."""
    first, second = (known, other) if known.is_described else (other, known)
    added = tuple(one for one in second.custom_stats if one not in first.custom_stats)
    names = {one.name for one in first.custom_stats}
    same = second == dataclasses.replace(first, custom_stats=second.custom_stats)
    if not (same or not second.is_described) or any(one.name in names for one in added):
        raise DataError(
            f"statistics of {dataset!r} cannot be merged: two parts have feature {known.name!r}, and say otherwise of "
            "it; give parts of other features each, or compute them in one pass over all rows"
        )
    return dataclasses.replace(first, custom_stats=(*first.custom_stats, *added))

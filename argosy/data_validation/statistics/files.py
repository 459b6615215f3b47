"""Statistics on disk: `Split-<name>/FeatureStats.pb`, as TFX lays them out."""

import dataclasses
from collections.abc import Sequence

from argosy import fs
from argosy.data_validation.splits import existing_split_file, split_file, splits_with
from argosy.data_validation.statistics import convert
from argosy.data_validation.statistics.spec import DATASET_NAME, DatasetStatistics
from argosy.errors import ArtifactError, DataError

FILE_NAME = "FeatureStats.pb"
WRITER = "StatisticsGen"


def statistics_file(path: str, split: str) -> str:
    """Returns the file of a split's statistics."""
    return split_file(path, split, FILE_NAME)


def statistics_splits(path: str) -> list[str]:
    """Returns the names of the splits that have statistics: train first, then by name.

    Raises:
        ArtifactError: There are none.
    """
    return splits_with(path, FILE_NAME, writer=WRITER)


def write_statistics(statistics: DatasetStatistics, file: str) -> None:
    """Writes one dataset's statistics, and those of its slices, as a binary DatasetFeatureStatisticsList."""
    fs.write_bytes(file, convert.to_bytes(statistics))


def read_statistics(path: str, split: str) -> DatasetStatistics:
    """Returns the statistics of all rows of a split of an artifact, with those of its slices in `slices`.

    Raises:
        ArtifactError: The artifact has no such split, or its file is damaged or has no statistics of all rows.
    """
    return read_statistics_file(existing_split_file(path, split, FILE_NAME, writer=WRITER))


def read_slices(path: str, split: str) -> dict[str, DatasetStatistics]:
    """Returns the statistics of a split by the names of its slices, DATASET_NAME first: those of all rows.

    Raises:
        ArtifactError: As `read_statistics`.
    """
    whole = read_statistics(path, split)
    return {part.name: part for part in (whole, *whole.slices)}


def read_statistics_file(file: str) -> DatasetStatistics:
    """Returns the statistics of all rows in a file, with those of its slices in `slices`.

    Raises:
        ArtifactError: It is damaged, or holds several datasets of which none is of all rows.
    """
    try:
        datasets = convert.from_bytes(fs.read_bytes(file))
    except DataError as error:
        raise ArtifactError(f"{file}: {error}; run {WRITER} again") from error
    return whole_of(datasets, file)


def whole_of(datasets: Sequence[DatasetStatistics], file: str) -> DatasetStatistics:
    """Returns the statistics of all rows among those of a file, with the others in `slices`.

    Raises:
        ArtifactError: There are several datasets, of which none is of all rows, or there is none.
    """
    whole = datasets if len(datasets) == 1 else [dataset for dataset in datasets if dataset.name == DATASET_NAME]
    if not whole:
        names = ", ".join(dataset.name for dataset in datasets) or "nothing"
        raise ArtifactError(f"{file}: no statistics of {DATASET_NAME!r} in it, only of {names}")
    return dataclasses.replace(whole[0], slices=tuple(part for part in datasets if part is not whole[0]))

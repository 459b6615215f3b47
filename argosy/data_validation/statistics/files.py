"""Statistics on disk: `Split-<name>/FeatureStats.pb`, as TFX lays them out."""

from pathlib import Path

from argosy import fs
from argosy.data_validation.statistics import convert
from argosy.data_validation.statistics.spec import DATASET_NAME, DatasetStatistics
from argosy.errors import ArtifactError, DataError, did_you_mean

FILE_NAME = "FeatureStats.pb"
_FOLDER = "Split-"


def statistics_file(path: str, split: str) -> str:
    """Returns the file of a split's statistics.

    >>> statistics_file("/tmp/statistics", "train")
    '/tmp/statistics/Split-train/FeatureStats.pb'
    """
    return f"{path.rstrip('/')}/{_FOLDER}{split}/{FILE_NAME}"


def statistics_splits(path: str) -> list[str]:
    """Returns the names of the splits that have statistics: train first, then by name.

    Raises:
        ArtifactError: There are none.
    """
    files = list(Path(path).glob(f"{_FOLDER}*/{FILE_NAME}")) if Path(path).is_dir() else []
    if not files:
        raise ArtifactError(f"{path}: no {_FOLDER}<name>/{FILE_NAME} in it; give what StatisticsGen wrote")
    names = [file.parent.name.removeprefix(_FOLDER) for file in files]
    return sorted(names, key=lambda name: (name != "train", name))


def write_statistics(statistics: DatasetStatistics, file: str) -> None:
    """Writes one dataset's statistics as a binary DatasetFeatureStatisticsList."""
    fs.write_bytes(file, convert.to_bytes(statistics))


def read_statistics(path: str, split: str) -> DatasetStatistics:
    """Returns the statistics of a split of an artifact.

    Raises:
        ArtifactError: The artifact has no such split, or its file is damaged.
    """
    file = statistics_file(path, split)
    if not fs.exists(file):
        raise ArtifactError(f"{path}: no statistics of split {split!r}; {did_you_mean(split, statistics_splits(path))}")
    return read_statistics_file(file)


def read_statistics_file(file: str) -> DatasetStatistics:
    """Returns the statistics of all rows in a file; slices are passed over.

    Raises:
        ArtifactError: It is damaged, or holds several datasets of which none is of all rows.
    """
    try:
        datasets = convert.from_bytes(fs.read_bytes(file))
    except DataError as error:
        raise ArtifactError(f"{file}: {error}; run StatisticsGen again") from error
    whole = datasets if len(datasets) == 1 else [dataset for dataset in datasets if dataset.name == DATASET_NAME]
    if not whole:
        names = ", ".join(dataset.name for dataset in datasets) or "nothing"
        raise ArtifactError(f"{file}: no statistics of {DATASET_NAME!r} in it, only of {names}")
    return whole[0]

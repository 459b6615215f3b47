"""Statistics and anomalies as files of text, which people can read and TFDV reads too."""

from collections.abc import Callable
from typing import TypeVar

from argosy import fs
from argosy.data_validation.statistics import convert as statistics_convert
from argosy.data_validation.statistics.files import whole_of
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.validation import convert as anomalies_convert
from argosy.data_validation.validation.spec import Anomalies
from argosy.errors import ArtifactError, DataError

Found = TypeVar("Found")


def write_stats_text(statistics: DatasetStatistics, file: str) -> None:
    """Writes one dataset's statistics, and those of its slices, as the text of a DatasetFeatureStatisticsList."""
    fs.write_bytes(file, statistics_convert.to_text(statistics).encode())


def load_stats_text(file: str) -> DatasetStatistics:
    """Returns the statistics of all rows in a file of text, with those of its slices in `slices`.

    Raises:
        ArtifactError: It is no such text (the message gives the line), or has no statistics of all rows.
    """
    return whole_of(_parsed(file, statistics_convert.from_text), file)


def write_anomalies_text(anomalies: Anomalies, file: str) -> None:
    """Writes the text of an Anomalies proto."""
    fs.write_bytes(file, anomalies_convert.to_text(anomalies).encode())


def load_anomalies_text(file: str) -> Anomalies:
    """Returns the anomalies in a file of text.

    Raises:
        ArtifactError: It is no such text; the message gives the line.
    """
    return _parsed(file, anomalies_convert.from_text)


def _parsed(file: str, parse: Callable[[str], Found]) -> Found:
    try:
        return parse(fs.read_bytes(file).decode())
    except (DataError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{file}: {error}; read a binary file by its other function") from error

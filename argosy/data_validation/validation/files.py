"""Anomalies on disk: `Split-<name>/SchemaDiff.pb`, as TFX lays them out."""

from argosy import fs
from argosy.data_validation.splits import existing_split_file, split_file, splits_with
from argosy.data_validation.validation import convert
from argosy.data_validation.validation.spec import Anomalies
from argosy.errors import ArtifactError, DataError

FILE_NAME = "SchemaDiff.pb"
WRITER = "ExampleValidator"


def anomalies_file(path: str, split: str) -> str:
    """Returns the file of a split's anomalies."""
    return split_file(path, split, FILE_NAME)


def anomalies_splits(path: str) -> list[str]:
    """Returns the names of the splits that were validated: train first, then by name.

    Raises:
        ArtifactError: There are none.
    """
    return splits_with(path, FILE_NAME, writer=WRITER)


def write_anomalies(anomalies: Anomalies, file: str) -> None:
    """Writes a binary Anomalies proto."""
    fs.write_bytes(file, convert.to_bytes(anomalies))


def read_anomalies(path: str, split: str) -> Anomalies:
    """Returns the anomalies of a split of an artifact.

    Raises:
        ArtifactError: The artifact has no such split, or its file is damaged.
    """
    file = existing_split_file(path, split, FILE_NAME, writer=WRITER)
    try:
        return convert.from_bytes(fs.read_bytes(file))
    except DataError as error:
        raise ArtifactError(f"{file}: {error}; run {WRITER} again") from error

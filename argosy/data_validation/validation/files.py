"""Anomalies on disk: `Split-<name>/SchemaDiff.pb`, as TFX lays them out."""

from pathlib import Path

from argosy import fs
from argosy.data_validation.validation import convert
from argosy.data_validation.validation.spec import Anomalies
from argosy.errors import ArtifactError, DataError, did_you_mean

FILE_NAME = "SchemaDiff.pb"
_FOLDER = "Split-"


def anomalies_file(path: str, split: str) -> str:
    """Returns the file of a split's anomalies.

    >>> anomalies_file("/tmp/anomalies", "train")
    '/tmp/anomalies/Split-train/SchemaDiff.pb'
    """
    return f"{path.rstrip('/')}/{_FOLDER}{split}/{FILE_NAME}"


def anomalies_splits(path: str) -> list[str]:
    """Returns the names of the splits that were validated: train first, then by name.

    Raises:
        ArtifactError: There are none.
    """
    files = list(Path(path).glob(f"{_FOLDER}*/{FILE_NAME}")) if Path(path).is_dir() else []
    if not files:
        raise ArtifactError(f"{path}: no {_FOLDER}<name>/{FILE_NAME} in it; give what ExampleValidator wrote")
    names = [file.parent.name.removeprefix(_FOLDER) for file in files]
    return sorted(names, key=lambda name: (name != "train", name))


def write_anomalies(anomalies: Anomalies, file: str) -> None:
    """Writes a binary Anomalies proto."""
    fs.write_bytes(file, convert.to_bytes(anomalies))


def read_anomalies(path: str, split: str) -> Anomalies:
    """Returns the anomalies of a split of an artifact.

    Raises:
        ArtifactError: The artifact has no such split, or its file is damaged.
    """
    file = anomalies_file(path, split)
    if not fs.exists(file):
        raise ArtifactError(f"{path}: no anomalies of split {split!r}; {did_you_mean(split, anomalies_splits(path))}")
    try:
        return convert.from_bytes(fs.read_bytes(file))
    except DataError as error:
        raise ArtifactError(f"{file}: {error}; run ExampleValidator again") from error

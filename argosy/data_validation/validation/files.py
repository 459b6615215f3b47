"""Anomalies on disk: `Split-<name>/SchemaDiff.pb`, of two splits `SplitPair-<test>_<base>/...`, as TFX has it."""

from pathlib import Path

from argosy import fs
from argosy.data_validation.splits import existing_split_file, split_file, splits_with
from argosy.data_validation.validation import convert
from argosy.data_validation.validation.spec import Anomalies
from argosy.errors import ArtifactError, DataError

FILE_NAME = "SchemaDiff.pb"
PAIR = "SplitPair-"
WRITER = "ExampleValidator"


def anomalies_file(path: str, split: str) -> str:
    """Returns the file of a split's anomalies."""
    return split_file(path, split, FILE_NAME)


def pair_anomalies_file(path: str, pair: str) -> str:
    """Returns the file of the anomalies of a pair of splits, `<test>_<base>`."""
    return f"{path.rstrip('/')}/{PAIR}{pair}/{FILE_NAME}"


def anomalies_splits(path: str) -> list[str]:
    """Returns the names of the splits that were validated, or of the pairs of splits: train first, then by name.

    Raises:
        ArtifactError: There are none.
    """
    pairs = sorted(file.parent.name.removeprefix(PAIR) for file in Path(path).glob(f"{PAIR}*/{FILE_NAME}"))
    return pairs or splits_with(path, FILE_NAME, writer=WRITER)


def write_anomalies(anomalies: Anomalies, file: str) -> None:
    """Writes a binary Anomalies proto."""
    fs.write_bytes(file, convert.to_bytes(anomalies))


def read_anomalies(path: str, split: str) -> Anomalies:
    """Returns the anomalies of a split, or a pair of splits, of an artifact.

    Raises:
        ArtifactError: The artifact has no such split, or its file is damaged.
    """
    file = pair_anomalies_file(path, split)
    if not fs.exists(file):
        file = existing_split_file(path, split, FILE_NAME, writer=WRITER)
    try:
        return convert.from_bytes(fs.read_bytes(file))
    except DataError as error:
        raise ArtifactError(f"{file}: {error}; run {WRITER} again") from error

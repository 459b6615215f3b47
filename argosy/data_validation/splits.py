"""The files of an artifact that has one a split: `Split-<name>/<file>`, as TFX lays them out."""

from pathlib import Path

from argosy import fs
from argosy.errors import ArtifactError, did_you_mean
from argosy.examples.layout import split_path


def split_file(path: str, split: str, name: str) -> str:
    """Returns the path of a split's file.

    >>> split_file("/tmp/statistics", "train", "FeatureStats.pb")
    '/tmp/statistics/Split-train/FeatureStats.pb'
    """
    return f"{split_path(path, split)}/{name}"


def splits_with(path: str, name: str, *, writer: str) -> list[str]:
    """Returns the names of the splits that have the file: train first, then by name.

    Args:
        path: The artifact.
        name: Of the file.
        writer: The step that writes such artifacts, for the message.

    Raises:
        ArtifactError: There are none.
    """
    files = list(Path(path).glob(f"Split-*/{name}")) if Path(path).is_dir() else []
    if not files:
        raise ArtifactError(f"{path}: no Split-<name>/{name} in it; give what {writer} wrote")
    names = [file.parent.name.removeprefix("Split-") for file in files]
    return sorted(names, key=lambda split: (split != "train", split))


def existing_split_file(path: str, split: str, name: str, *, writer: str) -> str:
    """Returns the path of a split's file, which is there.

    Raises:
        ArtifactError: The artifact has no such split.
    """
    file = split_file(path, split, name)
    if not fs.exists(file):
        hint = did_you_mean(split, splits_with(path, name, writer=writer))
        raise ArtifactError(f"{path}: no {name} of split {split!r}; {hint}")
    return file

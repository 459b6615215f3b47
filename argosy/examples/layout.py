"""Where the rows of an Examples artifact lie: `<artifact>/Split-<name>/<prefix>-00000-of-0000N.gz`, as in TFX."""

import re
from pathlib import Path

from argosy.errors import ArtifactError, did_you_mean

PREFIX = "data_tfrecord"
_FOLDER = "Split-"
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})")
_REMEDY = "run the step that writes these examples again"


def split_path(path: str, split: str) -> str:
    """Returns the folder of a split.

    >>> split_path("/data/examples", "train")
    '/data/examples/Split-train'
    """
    return f"{path.rstrip('/')}/{_FOLDER}{split}"


def split_names(path: str) -> list[str]:
    """Returns the names of the splits that are on disk, sorted.

    Raises:
        ArtifactError: There is no such folder, or no split in it.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ArtifactError(f"{path}: no such folder; expected an Examples artifact with folders {_FOLDER}<name>")
    names = sorted(p.name.removeprefix(_FOLDER) for p in folder.iterdir() if p.is_dir() and p.name.startswith(_FOLDER))
    if not names:
        raise ArtifactError(f"{path}: no folder {_FOLDER}<name> in it; is this an Examples artifact?")
    return names


def split_files(path: str, split: str) -> list[str]:
    """Returns the data files of a split, sorted; hidden files and folders are none.

    Raises:
        ArtifactError: The artifact has no such split, the split no file, or not all shards that the names promise.
    """
    folder = Path(split_path(path, split))
    if not folder.is_dir():
        raise ArtifactError(f"{path}: no split {split!r}; {did_you_mean(split, split_names(path))}")
    files = sorted(str(p) for p in folder.iterdir() if p.is_file() and not p.name.startswith((".", "_")))
    if not files:
        raise ArtifactError(f"{folder}: no data file in it; {_REMEDY}")
    _check_shards(folder, files)
    return files


def shard_name(shard: int, shards: int, prefix: str = PREFIX) -> str:
    """Returns the file name of a shard.

    >>> shard_name(0, 1)
    'data_tfrecord-00000-of-00001.gz'
    """
    return f"{prefix}-{shard:05d}-of-{shards:05d}.gz"


def _check_shards(folder: Path, files: list[str]) -> None:
    found: dict[tuple[str, int], set[int]] = {}
    for file in files:
        if match := _SHARD.search(Path(file).name):
            shard, shards = int(match[1]), int(match[2])
            found.setdefault((_SHARD.sub("", Path(file).name), shards), set()).add(shard)
    for (_, shards), present in found.items():
        if missing := sorted(set(range(shards)) - present):
            raise ArtifactError(
                f"{folder}: shard {missing[0]:05d} of {shards:05d} is missing; {_REMEDY}, or copy it whole"
            )

"""Where the rows of an Examples artifact lie: `<artifact>/Split-<name>/<prefix>-00000-of-0000N.gz`, as in TFX.

An artifact is a folder, local or on s3:// or gs://; `payload` says what the suffixes mean. What others have written may
lie otherwise in it: `split_patterns`.
"""

import glob
import re

from argosy import fs
from argosy.errors import ArtifactError, did_you_mean
from argosy.examples.payload import PREFIXES, SUFFIXES, TF_EXAMPLE, payload_of
from argosy.examples.split_patterns import CUSTOM_SPLIT_PATTERN, matching_files, split_patterns

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
    """Returns the names of the splits that are there, sorted.

    Raises:
        ArtifactError: There is no such folder, or no split in it.
        StorageError: The store does not say.
    """
    if patterns := split_patterns(path)[1]:
        return sorted(patterns)
    if not fs.is_remote(path) and not fs.local_path(path).is_dir():
        raise ArtifactError(f"{path}: no such folder; expected an Examples artifact with folders {_FOLDER}<name>")
    names = sorted(name.removeprefix(_FOLDER) for name in _folders(path) if name.startswith(_FOLDER))
    if not names:
        raise ArtifactError(f"{path}: no folder {_FOLDER}<name> in it; is this an Examples artifact?")
    return names


def split_files(path: str, split: str) -> list[str]:
    """Returns the data files of a split, sorted; hidden files and folders are none.

    Raises:
        ArtifactError: The artifact has no such split, the split no file, or not all shards that the names promise.
        StorageError: The store does not say.
    """
    if split_patterns(path)[1]:
        return _matching(path, split)
    folder = split_path(path, split)
    files = _files(folder)
    if files is None:
        raise ArtifactError(f"{path}: no split {split!r}; {did_you_mean(split, split_names(path))}")
    files = [file for file in files if not _name(file).startswith((".", "_"))]
    if not files:
        raise ArtifactError(f"{folder}: no data file in it; {_REMEDY}")
    _check_shards(folder, files)
    return files


def split_globs(path: str, split: str) -> list[str]:
    """Returns globs that match the data files of a split; where patterns say which those are, one for each file.

    A glob of theirs would match hidden files as well, with whatever expands it elsewhere.

    Raises:
        ArtifactError: Patterns say it, and as `split_files`.

    >>> split_globs("/data/examples", "train")
    ['/data/examples/Split-train/*']
    """
    if split_patterns(path)[1]:
        return [glob.escape(file) for file in split_files(path, split)]
    return [f"{glob.escape(split_path(path, split))}/*"]


def split_payload(path: str, split: str) -> str:
    """Returns what the files of a split hold: one of `payload.SUFFIXES`.

    Raises:
        ArtifactError: As `split_files`, or they are of two kinds.
    """
    found = {payload_of(file): file for file in split_files(path, split)}
    if len(found) > 1:
        raise ArtifactError(f"{path}: files of several payloads: {' and '.join(sorted(found.values()))}; {_REMEDY}")
    return next(iter(found))


def shard_name(shard: int, shards: int, prefix: str = "", payload_format: str = TF_EXAMPLE) -> str:
    """Returns the file name of a shard; without a prefix, as ExampleGen names it.

    >>> shard_name(0, 1)
    'data_tfrecord-00000-of-00001.gz'
    """
    return f"{prefix or PREFIXES[payload_format]}-{shard:05d}-of-{shards:05d}{SUFFIXES[payload_format]}"


def _matching(path: str, split: str) -> list[str]:
    folder, patterns = split_patterns(path)
    if split not in patterns:
        raise ArtifactError(f"{folder}: {CUSTOM_SPLIT_PATTERN} has no split {split!r}; {did_you_mean(split, patterns)}")
    files = matching_files(folder, patterns[split])
    if not files:
        raise ArtifactError(
            f"{folder}: no file matches {patterns[split]!r}, which is {CUSTOM_SPLIT_PATTERN} of split {split!r}; mend "
            "the pattern, or put the data there"
        )
    return files


def _name(file: str) -> str:
    return file.rpartition("/")[2]


def _folders(path: str) -> set[str]:
    if not fs.is_remote(path):
        return {entry.name for entry in fs.local_path(path).iterdir() if entry.is_dir()}
    below = (file.removeprefix(path.rstrip("/") + "/") for file in fs.list_files(path))
    return {file.partition("/")[0] for file in below if "/" in file}


def _files(folder: str) -> list[str] | None:
    """Returns the files right in a folder; None where there is no such folder."""
    if fs.is_remote(folder):
        found = fs.list_files(folder)
        return [file for file in found if file.rpartition("/")[0] == folder] if found else None
    local = fs.local_path(folder)
    return sorted(str(file) for file in local.iterdir() if file.is_file()) if local.is_dir() else None


def _check_shards(folder: str, files: list[str]) -> None:
    found: dict[tuple[str, int], set[int]] = {}
    for file in files:
        if match := _SHARD.search(_name(file)):
            shard, shards = int(match[1]), int(match[2])
            found.setdefault((_SHARD.sub("", _name(file)), shards), set()).add(shard)
    for (_, shards), present in found.items():
        if missing := sorted(set(range(shards)) - present):
            raise ArtifactError(
                f"{folder}: shard {missing[0]:05d} of {shards:05d} is missing; {_REMEDY}, or copy it whole"
            )

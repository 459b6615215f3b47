"""Rows that others have written, used where they lie: a glob for each split, behind the path of the folder.

/data/rows#custom_split_pattern={"train": "2025-*.parquet", "eval": "2026/*.parquet"}

That is what the path of an Examples artifact becomes whose metadata has TFX's property `custom_split_pattern`. In a
glob `*`, `?` and `[...]` stay within a folder.
"""

import fnmatch
import glob
import itertools
import json
from collections.abc import Mapping
from typing import Any

from argosy import fs
from argosy.errors import ArtifactError

CUSTOM_SPLIT_PATTERN = "custom_split_pattern"
_MARK = f"#{CUSTOM_SPLIT_PATTERN}="
_REMEDY = 'give JSON such as {"train": "train/*.parquet"}'


def with_split_patterns(path: str, patterns: str | Mapping[str, str]) -> str:
    """Returns the path of a folder as one of an Examples artifact whose splits lie where the patterns say.

    Args:
        path: A path or URI.
        patterns: Split -> glob, relative to it; or the same as JSON.

    Raises:
        ArtifactError: They are no such patterns.

    >>> with_split_patterns("/data", {"train": "a-*.gz"})
    '/data#custom_split_pattern={"train": "a-*.gz"}'
    """
    try:
        found: Any = json.loads(patterns) if isinstance(patterns, str) else dict(patterns)
    except (TypeError, ValueError) as error:
        raise ArtifactError(f"{CUSTOM_SPLIT_PATTERN}: {patterns!r} is no JSON ({error}); {_REMEDY}") from error
    if not isinstance(found, dict) or not found:
        raise ArtifactError(f"{CUSTOM_SPLIT_PATTERN}: expected a glob for each split, found {patterns!r}; {_REMEDY}")
    for split, pattern in found.items():
        if not isinstance(pattern, str) or not pattern or pattern.startswith("/") or ".." in pattern.split("/"):
            raise ArtifactError(
                f"{CUSTOM_SPLIT_PATTERN}: the pattern of split {split!r} has to be a glob below the artifact, found "
                f"{pattern!r}"
            )
        if "**" in pattern:
            raise ArtifactError(
                f"{CUSTOM_SPLIT_PATTERN}: the pattern of split {split!r} is {pattern!r}, and a * stays within a "
                "folder; write one for each level, such as */*.gz"
            )
    return f"{path.rstrip('/')}{_MARK}{json.dumps(found)}"


def split_patterns(path: str) -> tuple[str, dict[str, str]]:
    """Returns the folder of an Examples artifact, and split -> glob; none where the splits are folders of their own."""
    folder, _, patterns = path.partition(_MARK)
    return folder, json.loads(patterns) if patterns else {}


def matching_files(folder: str, pattern: str) -> list[str]:
    """Returns the files that a glob relative to a folder matches, sorted; as in ExampleGen, no hidden name matches.

    Raises:
        StorageError: The store does not say.
    """
    parts = pattern.split("/")
    fixed = [*itertools.takewhile(lambda part: not glob.has_magic(part), parts[:-1])]
    base = (folder if fs.is_remote(folder) else str(fs.local_path(folder))).rstrip("/")
    return [
        file
        for file in fs.list_files("/".join([base, *fixed]))
        if _matches(file.removeprefix(f"{base}/").split("/"), parts)
    ]


def _matches(names: list[str], parts: list[str]) -> bool:
    return len(names) == len(parts) and all(
        not name.startswith((".", "_")) and fnmatch.fnmatchcase(name, part)
        for name, part in zip(names, parts, strict=True)
    )

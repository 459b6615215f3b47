"""Which files are read, and their fingerprint."""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from argosy import fs
from argosy.errors import DataError, ParameterError
from argosy.ingest.config import InputSplit, check_range, input_splits


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """The files of an input split.

    Attributes:
        split: The split's name.
        base: The folder they lie in, at some depth.
        files: Paths or URIs, sorted.
    """

    split: str
    base: str
    files: tuple[str, ...]


def resolve_source(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a driver has to know before it looks into the cache: `{"span": int, "fingerprint": str}`.

    Args:
        parameters: Those of ExampleGen: `input_base`, and where they are given `input_config` and `range_config`.

    Raises:
        ParameterError: One of them is wrong.
        DataError: There are no such files.
    """
    check_range(parameters.get("range_config"))
    sources = find_sources(parameters.get("input_base", ""), input_splits(parameters.get("input_config")))
    return {"span": 0, "fingerprint": fingerprint(sources)}


def find_sources(input_base: str, splits: Sequence[InputSplit]) -> tuple[Source, ...]:
    """Returns the files of each input split; hidden files, and those whose name starts with `_`, are none.

    Args:
        input_base: A folder, or a single file.
        splits: Patterns relative to the folder; `*` stays within a folder, `**` does not.

    Raises:
        ParameterError: `input_base` is empty, or a pattern is malformed.
        DataError: The folder is not there, or no file matches a pattern.
    """
    if not isinstance(input_base, str) or not input_base:
        raise ParameterError("input_base is empty; give the folder with the data files")
    if not fs.is_remote(input_base) and not fs.exists(input_base):
        raise DataError(f"input_base {input_base}: no such file or folder; found nothing there, check the path")
    sources = []
    for split in splits:
        files = tuple(_matching(input_base, split.pattern))
        if not files:
            raise DataError(
                f"input_base {input_base}, split {split.name}: no file matches {split.pattern!r}; "
                "put the data there, or mend the pattern in input_config"
            )
        base = input_base.rstrip("/") if fs.is_remote(input_base) else str(fs.local_path(input_base))
        sources.append(Source(split=split.name, base=base, files=files))
    return tuple(sources)


def fingerprint(sources: Sequence[Source]) -> str:
    """Returns a line per split with the number and the content digest of its files; other content, other text.

    Raises:
        StorageError: A file cannot be read.
    """
    lines = []
    for source in sources:
        digests = [f"{file.removeprefix(source.base)}\0{fs.digest(file)}" for file in source.files]
        total = hashlib.sha256("\n".join(digests).encode()).hexdigest()
        lines.append(f"split:{source.split},num_files:{len(source.files)},sha256:{total}")
    return "\n".join(lines)


def _matching(input_base: str, pattern: str) -> Iterator[str]:
    if not fs.is_remote(input_base):
        base = fs.local_path(input_base)
        if base.is_file():
            if pattern == "*" or fnmatchcase(base.name, pattern):
                yield str(base)
            return
        try:
            if any("**" in part and part != "**" for part in pattern.split("/")):
                raise ValueError("** beside other characters")  # newer Pythons take it for a *
            paths = sorted(base.glob(pattern))
        except ValueError as error:
            raise ParameterError(
                f"input_config: {pattern!r} is no pattern ({error}); write ** between slashes"
            ) from error
        for path in paths:
            if path.is_file() and not _hidden(path.relative_to(base).parts):
                yield str(path)
        return
    root = input_base.rstrip("/")
    for uri in fs.list_files(root):
        parts = tuple(uri[len(root) :].strip("/").split("/"))
        if parts == ("",) or (_matches(parts, tuple(pattern.split("/"))) and not _hidden(parts)):
            yield uri


def _hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith((".", "_")) for part in parts)


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or (bool(parts) and _matches(parts[1:], pattern))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])

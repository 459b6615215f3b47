"""Which files are read, and their fingerprint."""

import concurrent.futures
import dataclasses
import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.errors import DataError, ParameterError, StorageError, located
from argosy.ingest.config import InputSplit, input_splits, wanted_span
from argosy.ingest.patterns import FilePattern, SpanVersion, date_of, read_path, read_pattern, why_not
from argosy.ingest.queries import asks_queries, describe_query_span, fingerprint_queries, read_queries
from argosy.ingest.spans import ANY, UNKNOWN, Wanted, check_same_choice, choose

_EVERYTHING = read_pattern("**")
_LOOKED_AT, _SHOWN = 1000, 4
_PARALLEL = 8


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """The files of an input split.

    Attributes:
        split: The split's name.
        base: The folder they lie in, at some depth.
        files: Paths or URIs, sorted.
        span: Their span.
        version: Its version; None where the pattern has none.
    """

    split: str
    base: str
    files: tuple[str, ...]
    span: int = 0
    version: int | None = None


def resolve_source(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a driver has to know before it looks into the cache: `span`, `version` (-1: none), `fingerprint`.

    Args:
        parameters: Those of ExampleGen: `input_base`, or `connection` and `query`, and where they are given
            `input_config`, `range_config`, `span` and `version`.

    The fingerprint of a query's answer is empty where the source cannot tell whether it has changed.

    Raises:
        ParameterError: One of them is wrong.
        DataError: There are no such files.
        StorageError: They cannot be looked at.
    """
    wanted = wanted_span(
        parameters.get("range_config"), parameters.get("span", UNKNOWN), parameters.get("version", UNKNOWN)
    )
    if asks_queries(parameters):
        queries = read_queries(parameters, wanted)
        return {"span": queries.span, "version": UNKNOWN, "fingerprint": fingerprint_queries(queries)}
    sources = find_sources(parameters.get("input_base", ""), input_splits(parameters.get("input_config")), wanted)
    version = sources[0].version
    return {
        "span": sources[0].span,
        "version": UNKNOWN if version is None else version,
        "fingerprint": fingerprint(sources),
    }


def describe_span(parameters: Mapping[str, Any]) -> str:
    """Returns in words which span a step reads, by its resolved parameters; the empty string where it reads none.

    >>> config = {"splits": [{"name": "all", "pattern": "day-{YYYY}{MM}{DD}/v{VERSION}/*"}]}
    >>> describe_span({"input_config": config, "span": 17167, "version": 2})
    'span 17167 (2017-01-01), version 2'
    """
    if asks_queries(parameters):
        return describe_query_span(parameters)
    kinds = read_pattern(input_splits(parameters.get("input_config"))[0].pattern).kinds
    span, version = int(parameters.get("span", UNKNOWN)), int(parameters.get("version", UNKNOWN))
    if not kinds or span == UNKNOWN:
        return ""
    date = f" ({date_of(span)})" if "YYYY" in kinds else ""
    return f"span {span}{date}" + (f", version {version}" if version != UNKNOWN else "")


def find_sources(input_base: str, splits: Sequence[InputSplit], wanted: Wanted = ANY) -> tuple[Source, ...]:
    """Returns the files of each input split; hidden files, and those whose name starts with `_`, are none.

    Where the patterns have a span, they are those of one span and version, the same for all splits.

    Args:
        input_base: A folder, or a single file.
        splits: Patterns relative to the folder; `*` stays within a folder, `**` does not.
        wanted: Which span.

    Raises:
        ParameterError: `input_base` is empty, a pattern is malformed, or a span is wanted and no pattern has one.
        DataError: The folder is not there, no file matches a pattern, the span is not there, or not in every split.
        StorageError: The folder cannot be looked at.
    """
    if not isinstance(input_base, str) or not input_base:
        raise ParameterError("input_base is empty; give the folder with the data files")
    if not fs.is_remote(input_base) and not fs.exists(input_base):
        raise DataError(f"input_base {input_base}: no such file or folder; found nothing there, check the path")
    base = input_base.rstrip("/") if fs.is_remote(input_base) else str(fs.local_path(input_base))
    sources, chosen = [], {}
    for split in splits:
        pattern = read_pattern(split.pattern)
        found = _matching(base, pattern)
        with located(input_base=input_base, split=split.name):
            if not found:
                raise DataError(
                    f"no file matches {split.pattern!r}; {_nearby(base, pattern)}; "
                    "put the data there, or mend the pattern in input_config"
                )
            picked = choose(found.values(), wanted, pattern)
        chosen[split.name] = picked
        files = tuple(sorted(file for file, said in found.items() if said == picked or not pattern.kinds))
        version = picked.version if "VERSION" in pattern.kinds else None
        sources.append(Source(split=split.name, base=base, files=files, span=picked.span, version=version))
    with located(input_base=input_base):
        check_same_choice(chosen)
    return tuple(sources)


def fingerprint(sources: Sequence[Source]) -> str:
    """Returns a line per split with the number and the content digest of its files; other content, other text.

    Raises:
        StorageError: A file cannot be read.
    """
    lines = []
    with concurrent.futures.ThreadPoolExecutor(_PARALLEL) as pool:
        for source in sources:
            digests = zip(source.files, pool.map(fs.digest, source.files), strict=True)
            named = "\n".join(f"{file.removeprefix(source.base)}\0{digest}" for file, digest in digests)
            total = hashlib.sha256(named.encode(errors="surrogateescape")).hexdigest()
            lines.append(f"split:{source.split},num_files:{len(source.files)},sha256:{total}")
    return "\n".join(lines)


def _matching(base: str, pattern: FilePattern) -> dict[str, SpanVersion]:
    """Returns the files that match, each with the span and version that it is of."""
    found = {}
    for relative, file in _files(base, pattern):
        said = read_path(pattern, relative)
        if said is not None:
            found[file] = said
    return found


def _files(base: str, pattern: FilePattern) -> Iterator[tuple[str, str]]:
    """Yields path below the base, and whole path, of each file that may match, or of the one that the base is."""
    if not fs.is_remote(base):
        folder = fs.local_path(base)
        if folder.is_file():
            yield folder.name, str(folder)
            return
        for relative in _walk(folder, pattern, ()):
            yield relative, f"{base.rstrip('/')}/{relative}"
        return
    fixed = list(itertools.takewhile(lambda segment: not set("*?[{") & set(segment), pattern.text.split("/")[:-1]))
    for uri in fs.list_files("/".join([base, *fixed])):
        relative = uri[len(base) :].strip("/")
        if not relative:
            yield base.rpartition("/")[2], uri
        elif not any(_is_hidden(part) for part in relative.split("/")):
            yield relative, uri


def _walk(folder: Path, pattern: FilePattern, above: tuple[str, ...]) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise StorageError(f"cannot list {folder}: {error.strerror}; check who may read it") from error
    for entry in entries:
        if _is_hidden(entry.name):
            continue
        parts = (*above, entry.name)
        if entry.is_dir():
            if _leads_on(pattern, parts, entry.is_symlink()):
                yield from _walk(Path(entry.path), pattern, parts)
        elif entry.is_file():
            yield "/".join(parts)


def _leads_on(pattern: FilePattern, folder: Sequence[str], is_link: bool) -> bool:
    """Whether something in a folder may match; `**` does not follow links, which may lead in circles."""
    for index, name in enumerate(folder):
        if index >= len(pattern.segments):
            return False
        segment = pattern.segments[index]
        if segment is None:
            return not is_link
        if not segment.fullmatch(name):
            return False
    return len(folder) < len(pattern.segments)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _nearby(base: str, pattern: FilePattern) -> str:
    """Returns in words what there is instead of what was looked for: what nearly matches, or just what there is."""
    paths = [relative for relative, _ in itertools.islice(_files(base, _EVERYTHING), _LOOKED_AT)]
    near = [f"{path} ({reason})" for path in paths if (reason := why_not(pattern, path))]
    return f"found {_some(near or paths)}" if paths else "found nothing there"


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")

"""A pattern of input files: a glob, and in it what says a file's span and version, as TFX writes them.

    {SPAN} {VERSION}        a number without leading zeros
    {SPAN:w} {VERSION:w}    a number of exactly w digits
    {YYYY} {MM} {DD}        a date, all three in any order; its span is the days since 1970-01-01

`*`, `?` and `[...]` stay within a folder; `**`, between slashes, is any number of folders.
"""

import dataclasses
import datetime
import re

from argosy.errors import ParameterError
from argosy.ingest.pattern_syntax import Spec, path_expression, read_tokens, segment_expression

_EPOCH = datetime.date(1970, 1, 1)


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class SpanVersion:
    """What a file's name says of it; in order of span, then version.

    Attributes:
        span: Its span; 0 where the pattern has none.
        version: Its version; -1 where the pattern has none.
    """

    span: int = 0
    version: int = -1

    def __str__(self) -> str:
        return f"span {self.span}" + (f", version {self.version}" if self.version >= 0 else "")


@dataclasses.dataclass(frozen=True, kw_only=True)
class FilePattern:
    """A pattern, read.

    Attributes:
        text: As it was given.
        specs: Its specs in order.
        segments: One expression for each part between slashes; None for `**`.
        first: What matches a whole path, wildcards as short as can be.
        last: The same, wildcards as long as can be: another reading of an ambiguous path.
        near: What matches a path where anything may stand in place of a spec.
    """

    text: str
    specs: tuple[Spec, ...]
    segments: tuple[re.Pattern[str] | None, ...]
    first: re.Pattern[str]
    last: re.Pattern[str]
    near: re.Pattern[str]

    @property
    def kinds(self) -> frozenset[str]:
        """The names of its specs."""
        return frozenset(spec.name for spec in self.specs)


def read_pattern(text: str) -> FilePattern:
    """Returns the pattern, ready to be held against paths.

    Raises:
        ParameterError: It is no glob, or its specs are unknown, stand twice, or are no whole.

    >>> sorted(read_pattern("day-{YYYY}{MM}{DD}/v{VERSION}/*.csv").kinds)
    ['DD', 'MM', 'VERSION', 'YYYY']
    """
    tokens = read_tokens(text)
    try:
        return FilePattern(
            text=text,
            specs=tuple(token for segment in tokens for token in segment if isinstance(token, Spec)),
            segments=tuple(
                None if segment == ["**"] else re.compile(segment_expression(segment), re.DOTALL) for segment in tokens
            ),
            first=path_expression(tokens, lazy="?"),
            last=path_expression(tokens),
            near=path_expression(tokens, near=True),
        )
    except re.error as error:
        raise ParameterError(f"input_config: {text!r} is no pattern ({error}); mend what stands in brackets") from error


def read_path(pattern: FilePattern, path: str) -> SpanVersion | None:
    """Returns the span and version that a path has by the pattern; None where it does not match.

    Args:
        pattern: The pattern.
        path: A path relative to where the pattern begins.

    Raises:
        ParameterError: The path can be read in two ways.

    >>> read_path(read_pattern("day-{YYYY}{MM}{DD}/v{VERSION}/*.csv"), "day-20170101/v2/a.csv")
    SpanVersion(span=17167, version=2)
    """
    first, last = pattern.first.fullmatch(path), pattern.last.fullmatch(path)
    if first is None or last is None:
        return None
    if any(first.span(spec.name) != last.span(spec.name) for spec in pattern.specs):
        ways = " and as ".join(
            ", ".join(f"{spec.name} {match[spec.name]}" for spec in pattern.specs) for match in (first, last)
        )
        raise ParameterError(
            f"input_config: by {pattern.text!r} the file {path} can be read as {ways}; "
            "put a sign that is in no name beside each *"
        )
    parts = first.groupdict()
    version = int(parts.get("VERSION", -1))
    if "YYYY" not in parts:
        return SpanVersion(span=int(parts.get("SPAN", 0)), version=version)
    days = _days(parts["YYYY"], parts["MM"], parts["DD"])
    return None if days is None else SpanVersion(span=days, version=version)


def why_not(pattern: FilePattern, path: str) -> str:
    """Returns why a path that looks like the pattern does not match it; the empty string for other paths.

    >>> why_not(read_pattern("span-{SPAN}/*"), "span-07/a.csv")
    "'07' has leading zeros, for which write {SPAN:2}"
    """
    near = pattern.near.fullmatch(path)
    if near is None:
        return ""
    for spec in pattern.specs:
        if fault := spec.fault(near[spec.name]):
            return fault
    if "YYYY" in pattern.kinds and _days(near["YYYY"], near["MM"], near["DD"]) is None:
        return f"{near['YYYY']}-{near['MM']}-{near['DD']} is not a date after 1969"
    return ""


def date_of(span: int) -> str:
    """Returns the date of a span that was made of one.

    >>> date_of(17167)
    '2017-01-01'
    """
    return str(_EPOCH + datetime.timedelta(days=span))


def _days(year: str, month: str, day: str) -> int | None:
    try:
        days = (datetime.date(int(year), int(month), int(day)) - _EPOCH).days
    except ValueError:
        return None
    return days if days >= 0 else None

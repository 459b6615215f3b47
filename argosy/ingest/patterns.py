"""A pattern of input files: a glob, and in it what says a file's span and version, as TFX writes them.

    {SPAN} {VERSION}        a number without leading zeros
    {SPAN:w} {VERSION:w}    a number of exactly w digits
    {YYYY} {MM} {DD}        a date, all three in any order; its span is the days since 1970-01-01

`*`, `?` and `[...]` stay within a folder; `**`, between slashes, is any number of folders.
"""

import dataclasses
import datetime
import re
from collections.abc import Iterator, Sequence

from argosy.errors import ParameterError, did_you_mean

DATE = ("YYYY", "MM", "DD")
NUMBERS = ("SPAN", "VERSION")
MOST_DIGITS = 15
"""Of a span or version: KFP hands numbers on as doubles, which are exact up to there."""
_WIDTHS = {"YYYY": 4, "MM": 2, "DD": 2}
_EPOCH = datetime.date(1970, 1, 1)
_TOKEN = re.compile(r"\[!?\]?[^\]]*\]|\{[^{}]*\}|\*+|.", re.DOTALL)


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
class Spec:
    """A part of a pattern that stands for a number.

    Attributes:
        name: SPAN, VERSION, YYYY, MM or DD.
        width: Its number of digits; 0: as many as it has.
    """

    name: str
    width: int = 0

    def expression(self) -> str:
        """Returns what matches it, as a group of its name."""
        digits = f"[0-9]{{{self.width}}}" if self.width else f"(?:0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})"
        return f"(?P<{self.name}>{digits})"

    def fault(self, found: str) -> str:
        """Returns why a text is not what this stands for; the empty string where it is."""
        if not re.fullmatch("[0-9]+", found):
            return f"{found!r} is not a number"
        if self.width:
            digits = f"{len(found)} digit{'' if len(found) == 1 else 's'}"
            return "" if len(found) == self.width else f"{found!r} has {digits}, not {self.width}"
        if len(found) > MOST_DIGITS:
            return f"{found!r} has more than {MOST_DIGITS} digits"
        if len(found) > 1 and found.startswith("0"):
            return f"{found!r} has leading zeros, for which write {{{self.name}:{len(found)}}}"
        return ""


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
    segments = text.split("/")
    tokens = [list(_tokens(segment, text)) for segment in segments]
    specs = [token for segment in tokens for token in segment if isinstance(token, Spec)]
    _check_specs([spec.name for spec in specs], text)
    try:
        return FilePattern(
            text=text,
            specs=tuple(specs),
            segments=tuple(
                None if segment == ["**"] else re.compile(_segment(segment, text), re.DOTALL) for segment in tokens
            ),
            first=_whole(tokens, text, lazy="?"),
            last=_whole(tokens, text),
            near=_whole(tokens, text, near=True),
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


def _tokens(segment: str, text: str) -> Iterator[str | Spec]:
    for match in _TOKEN.finditer(segment):
        token = match[0]
        if token.startswith("{") and len(token) > 1:
            yield _spec(token, text)
        elif len(token) > 1 and re.search(r"\{(SPAN|VERSION|YYYY|MM|DD)", token):
            raise ParameterError(f"input_config: {text!r} is no pattern ({token} is a set of signs); take it apart")
        elif token.startswith("**") and segment != "**":
            raise ParameterError(
                f"input_config: {text!r} is no pattern (** beside other characters); write ** between slashes"
            )
        else:
            yield token


def _spec(token: str, text: str) -> Spec:
    name, colon, width = token[1:-1].partition(":")
    if name not in (*NUMBERS, *DATE):
        raise ParameterError(
            f"input_config: {text!r} is no pattern ({token} is unknown); {did_you_mean(name, (*NUMBERS, *DATE))}; "
            "a brace itself is written [{]"
        )
    if not colon:
        return Spec(name=name, width=_WIDTHS.get(name, 0))
    if name in DATE:
        raise ParameterError(f"input_config: {text!r} is no pattern ({token}); write {{{name}}}: its width is known")
    if not re.fullmatch("[0-9]{1,2}", width) or not 0 < int(width) <= MOST_DIGITS:
        raise ParameterError(
            f"input_config: {text!r} is no pattern ({token}); after the colon stands the number of digits, "
            f"from 1 to {MOST_DIGITS}"
        )
    return Spec(name=name, width=int(width))


def _check_specs(names: Sequence[str], text: str) -> None:
    where = f"input_config: {text!r} is no pattern"
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{where} ({{{name}}} stands twice); write it once, and * in the other place")
    dates = [name for name in DATE if name in names]
    if dates and "SPAN" in names:
        raise ParameterError(f"{where} ({{SPAN}} beside {{{dates[0]}}}); a date is a span: leave one of them out")
    if dates and len(dates) < len(DATE):
        missing = ", ".join(f"{{{name}}}" for name in DATE if name not in names)
        raise ParameterError(f"{where} ({missing} is missing); a date is {{YYYY}}, {{MM}} and {{DD}}, each once")
    if "VERSION" in names and not dates and "SPAN" not in names:
        raise ParameterError(f"{where} ({{VERSION}} alone); a version is one of a span: add {{SPAN}} or a date")


def _whole(tokens: Sequence[Sequence[str | Spec]], text: str, *, lazy: str = "", near: bool = False) -> re.Pattern[str]:
    """Returns the expression for a whole path; with `near`, its specs stand for any text."""
    parts = []
    for index, segment in enumerate(tokens):
        last = index == len(tokens) - 1
        if segment == ["**"]:
            parts.append(f"(?:[^/]+/)*{lazy}" + ("[^/]+" if last else ""))
        else:
            parts.append(_segment(segment, text, lazy=lazy, near=near) + ("" if last else "/"))
    return re.compile("".join(parts), re.DOTALL)


def _segment(tokens: Sequence[str | Spec], text: str, *, lazy: str = "", near: bool = False) -> str:
    parts = []
    for index, token in enumerate(tokens):
        if not isinstance(token, Spec):
            parts.append(_plain(token, lazy))
            continue
        before, after = tokens[index - 1] if index else "", tokens[index + 1] if index + 1 < len(tokens) else ""
        if isinstance(after, Spec) and not after.width and not token.width:
            raise ParameterError(
                f"input_config: {text!r} is no pattern ({{{token.name}}}{{{after.name}}}: where does one end?); "
                f"put a sign between, or write {{{token.name}:w}} with its number of digits w"
            )
        if near:
            parts.append(
                f"(?P<{token.name}>[^/]{{{token.width}}}|[^/]+?)" if token.width else f"(?P<{token.name}>[^/]+?)"
            )
            continue
        # A wildcard beside it must not take some of its digits: 112 is no span 12.
        fore = "" if isinstance(before, Spec) or before.isdigit() else "(?<![0-9])"
        aft = "" if isinstance(after, Spec) or after.isdigit() else "(?![0-9])"
        parts.append(f"{fore}{token.expression()}{aft}")
    return "".join(parts)


def _plain(token: str, lazy: str) -> str:
    if token == "*":
        return f"[^/]*{lazy}"
    if token == "?":
        return "[^/]"
    if len(token) > 1:
        signs = token[1:-1]
        negated = signs.startswith("!")
        signs = re.sub(r"([\\\[\]^&~|])", r"\\\1", signs[1:] if negated else signs)
        return f"(?!/)[{'^' if negated else ''}{signs}]"
    return re.escape(token)

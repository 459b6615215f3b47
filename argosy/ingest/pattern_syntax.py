"""The parts of a pattern of input files, and the regular expressions that they stand for."""

import dataclasses
import itertools
import re
from collections.abc import Iterator, Sequence

from argosy.errors import ParameterError, did_you_mean

DATE = ("YYYY", "MM", "DD")
NUMBERS = ("SPAN", "VERSION")
MOST_DIGITS = 15
"""Of a span or version: KFP hands numbers on as doubles, which are exact up to there."""
_WIDTHS = {"YYYY": 4, "MM": 2, "DD": 2}
_TOKEN = re.compile(r"\[!?\]?[^\]]*\]|\{[^{}]*\}|\*+|.", re.DOTALL)


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


def read_tokens(text: str) -> list[list[str | Spec]]:
    """Returns the tokens of each part between slashes: specs, wildcards, sets in brackets, single signs.

    Raises:
        ParameterError: There is one that cannot be, or specs that cannot be together.
    """
    tokens = [list(_tokens(segment, text)) for segment in text.split("/")]
    _check_specs([token.name for segment in tokens for token in segment if isinstance(token, Spec)], text)
    for segment in tokens:
        for one, other in itertools.pairwise(segment):
            if isinstance(one, Spec) and isinstance(other, Spec) and not one.width and not other.width:
                raise ParameterError(
                    f"input_config: {text!r} is no pattern ({{{one.name}}}{{{other.name}}}: where does one end?); "
                    f"put a sign between, or write {{{one.name}:w}} with its number of digits w"
                )
    return tokens


def path_expression(tokens: Sequence[Sequence[str | Spec]], *, lazy: str = "", near: bool = False) -> re.Pattern[str]:
    """Returns the expression for a whole path.

    Args:
        tokens: Of each part between slashes.
        lazy: What stands behind each wildcard; `?`: it takes as little as it can.
        near: Whether specs stand for any text.

    Raises:
        re.error: A set in brackets is none.
    """
    parts = []
    for index, segment in enumerate(tokens):
        last = index == len(tokens) - 1
        if segment == ["**"]:
            parts.append(f"(?:[^/]+/)*{lazy}" + ("[^/]+" if last else ""))
        else:
            parts.append(segment_expression(segment, lazy=lazy, near=near) + ("" if last else "/"))
    return re.compile("".join(parts), re.DOTALL)


def segment_expression(tokens: Sequence[str | Spec], *, lazy: str = "", near: bool = False) -> str:
    """Returns the expression for a part between slashes other than `**`; for the rest see `path_expression`."""
    parts = []
    for index, token in enumerate(tokens):
        if not isinstance(token, Spec):
            parts.append(_plain(token, lazy))
            continue
        before, after = tokens[index - 1] if index else "", tokens[index + 1] if index + 1 < len(tokens) else ""
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

"""A parser for the part of CEL in which KFP's compiler writes conditions.

or      = and {"||" and}
and     = compare {"&&" compare}
compare = unary [("==" | "!=" | "<" | "<=" | ">" | ">=") unary]
unary   = "!" unary | operand
operand = "(" or ")" | ("int" | "double" | "string" | "bool") "(" or ")" | input | number | text | "true" | "false"
input   = "inputs.parameter_values[" text "]" | "inputs.parameters[" text "]" [".int_value" | ...]
"""

import dataclasses
import re
from collections.abc import Callable
from typing import NoReturn

from argosy.errors import PipelineError
from argosy.plan.condition import And, Compare, Comparison, Convert, Expression, Kind, Not, Or, Parameter, Value

MAX_DEPTH = 100
"""How deep parentheses, calls and negations may nest."""


def parse_condition(text: str) -> Expression:
    """Returns the condition as a tree.

    Raises:
        PipelineError: It is not in the grammar above; the message shows where it stops being understood.

    >>> parse_condition("int(inputs.parameter_values['n']) > 3").operator
    '>'
    """
    tokens = _tokens(text)
    expression, rest = _or(_Source(text=text, tokens=tokens), 0, 0)
    if tokens[rest][0] != "end":
        _refuse(text, tokens[rest][2], "nothing more was expected")
    return expression


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Source:
    text: str
    tokens: list[tuple[str, str, int]]


_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>-?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<text>'(?:[^'\\\r\n]|\\.)*'|\"(?:[^\"\\\r\n]|\\.)*\")"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*)"
    r"|(?P<field>\.[a-z_]+)"
    r"|(?P<symbol>==|!=|<=|>=|&&|\|\||[<>!()\[\]])"
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[xX]([0-9a-fA-F]{2})|([0-3][0-7]{2})|(.))")
_SIMPLE_ESCAPES = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?",
}  # fmt: skip
_FIELDS: dict[str, Kind] = {".string_value": "string", ".int_value": "int", ".double_value": "double"}
_COMPARISONS: dict[str, Comparison] = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_KINDS: dict[str, Kind] = {"int": "int", "double": "double", "string": "string", "bool": "bool"}


def _tokens(text: str) -> list[tuple[str, str, int]]:
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            _refuse(text, position, "no such symbol, or a text that does not end")
        if match.lastgroup != "space":
            tokens.append((match.lastgroup, match.group(), position))
        position = match.end()
    return [*tokens, ("end", "", len(text))]


def _refuse(text: str, position: int, reason: str) -> NoReturn:
    raise PipelineError(
        f"the condition cannot be understood at character {position + 1}, before {text[position : position + 20]!r}: "
        f"{reason}. The condition is: {text}. KFP's compiler does not escape the texts that it writes into conditions: "
        "compare with texts without quotes, backslashes and line ends, or let a component decide and put out a boolean"
    )


def _or(source: _Source, at: int, depth: int) -> tuple[Expression, int]:
    operands, at = _joined(source, at, depth, "||", _and)
    return (operands[0] if len(operands) == 1 else Or(operands=operands)), at


def _and(source: _Source, at: int, depth: int) -> tuple[Expression, int]:
    operands, at = _joined(source, at, depth, "&&", _compare)
    return (operands[0] if len(operands) == 1 else And(operands=operands)), at


def _joined(
    source: _Source, at: int, depth: int, symbol: str, part: Callable[[_Source, int, int], tuple[Expression, int]]
) -> tuple[tuple[Expression, ...], int]:
    first, at = part(source, at, depth)
    operands = [first]
    while source.tokens[at][:2] == ("symbol", symbol):
        following, at = part(source, at + 1, depth)
        operands.append(following)
    return tuple(operands), at


def _compare(source: _Source, at: int, depth: int) -> tuple[Expression, int]:
    left, at = _unary(source, at, depth)
    kind, symbol, _ = source.tokens[at]
    if kind != "symbol" or symbol not in _COMPARISONS:
        return left, at
    right, at = _unary(source, at + 1, depth)
    return Compare(operator=_COMPARISONS[symbol], left=left, right=right), at


def _unary(source: _Source, at: int, depth: int) -> tuple[Expression, int]:
    kind, token, position = source.tokens[at]
    if depth >= MAX_DEPTH:
        _refuse(source.text, position, f"it is nested deeper than {MAX_DEPTH}")
    if (kind, token) == ("symbol", "!"):
        operand, at = _unary(source, at + 1, depth + 1)
        return Not(operand=operand), at
    if (kind, token) == ("symbol", "("):
        expression, at = _or(source, at + 1, depth + 1)
        return expression, _expect(source, at, ")")
    if kind == "name" and token in _KINDS and source.tokens[at + 1][:2] == ("symbol", "("):
        operand, at = _or(source, at + 2, depth + 1)
        return Convert(kind=_KINDS[token], operand=operand), _expect(source, at, ")")
    if kind == "name" and token in ("inputs.parameter_values", "inputs.parameters"):
        return _input(source, at)
    return Value(value=_literal(source, at)), at + 1


def _input(source: _Source, at: int) -> tuple[Expression, int]:
    is_old = source.tokens[at][1] == "inputs.parameters"
    at = _expect(source, at + 1, "[")
    kind, token, position = source.tokens[at]
    if kind != "text":
        _refuse(source.text, position, "an input's name in quotes was expected")
    parameter = Parameter(name=_unquoted(source.text, token, position))
    at = _expect(source, at + 1, "]")
    kind, token, _ = source.tokens[at]
    if is_old and kind == "field" and token in _FIELDS:
        return Convert(kind=_FIELDS[token], operand=parameter), at + 1
    return parameter, at


def _literal(source: _Source, at: int) -> float | str | bool:
    kind, token, position = source.tokens[at]
    if kind == "number":
        return int(token) if re.fullmatch(r"-?\d+", token) else float(token)
    if kind == "text":
        return _unquoted(source.text, token, position)
    if (kind, token) in (("name", "true"), ("name", "false")):
        return token == "true"
    _refuse(source.text, position, "a value, an input or a parenthesis was expected")


def _expect(source: _Source, at: int, symbol: str) -> int:
    kind, token, position = source.tokens[at]
    if (kind, token) != ("symbol", symbol):
        _refuse(source.text, position, f"{symbol!r} was expected")
    return at + 1


def _unquoted(text: str, token: str, position: int) -> str:
    def character(match: re.Match[str]) -> str:
        short, long, byte, octal, simple = match.groups()
        if simple is not None:
            if simple not in _SIMPLE_ESCAPES:
                _refuse(text, position, f"there is no escape \\{simple}")
            return _SIMPLE_ESCAPES[simple]
        code = int(octal, 8) if octal else int(short or long or byte, 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            _refuse(text, position, f"there is no character of number {code}")
        return chr(code)

    return _ESCAPE.sub(character, token[1:-1])

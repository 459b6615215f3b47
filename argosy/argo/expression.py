"""Pieces of expr-lang, the language of Argo's `{{=...}}`, over values on the wire (`argosy.plan.wire`).

Every function takes and returns the text of an expression. None holds two braces in a row, which would end the tag.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from argosy.plan.values import ParameterType
from argosy.plan.wire import encode

NULL = "'null'"
MAX_EXACT = 2**53
"""From here on two integers are one double, and a double is what Argo reads a JSON number as."""
TOO_LARGE = f"an integer of {MAX_EXACT} or more in a list or a struct: Argo would round it; give it as a text"


def tag(expression: str) -> str:
    """Returns what Argo replaces by the expression's value."""
    return "{{=" + expression + "}}"


def literal(value: Any) -> str:
    r"""Returns a text, number or boolean as a literal.

    >>> print(literal("it's {{x}}"), literal(True), literal(0.5))
    'it\u0027s \u007b\u007bx\u007d\u007d' true 0.5
    """
    if isinstance(value, str):
        return "'" + "".join(map(_character, value)) + "'"
    return json.dumps(value)


def constant(value: Any) -> str:
    """Returns the literal of a value's wire text."""
    return literal(encode(value))


def own_input(name: str) -> str:
    """Returns the wire text of an input of the template around."""
    return f"inputs.parameters[{literal(name)}]"


def output(task: str, name: str) -> str:
    """Returns the wire text of an output of a task that has succeeded."""
    return f"tasks[{literal(task)}].outputs.parameters[{literal(name)}]"


def output_if_any(task: str, name: str, absent: str = NULL) -> str:
    """Returns the wire text of an output of a task that may have failed or been skipped."""
    return f"(tasks[{literal(task)}]?.outputs?.parameters?.[{literal(name)}] ?? {absent})"


def decoded(wire: str) -> str:
    """Returns the value of a wire text."""
    return f"fromJSON({wire})"


def encoded(value: str) -> str:
    """Returns the wire text of a value."""
    return escaped(f"toJson({value})")


def escaped(text: str) -> str:
    """Returns a JSON text with what the wire escapes escaped."""
    for found, escape in (("{{", r"\u007b\u007b"), ("$", r"\u0024"), ("\x7f", r"\u007f")):
        text = f"replace({text}, {literal(found)}, {literal(escape)})"
    return text


def fail(message: str) -> str:
    """Returns an expression that ends the task by this message."""
    return f"sprig.fail({literal(message)})"


def or_else(wire: str, otherwise: str) -> str:
    """Returns the wire text, or another where it is that of no value."""
    return f"({wire} == {NULL} ? {otherwise} : {wire})"


def text_of(value: str, parameter_type: ParameterType | None) -> str:
    """Returns how a decoded value reads inside a longer text; None for a type that is not known."""
    if parameter_type is ParameterType.STRING:
        return value
    as_json = f"sprig.toRawJson({value})"
    return as_json if parameter_type is not None else f"(type({value}) == 'string' ? {value} : {as_json})"


def as_declared(value: str, parameter_type: ParameterType) -> str:
    """Returns the wire text of a decoded member of a list or a struct, as its declared type (`values.from_untyped`)."""
    exact = f"type({value}) == 'float' && abs({value}) >= {MAX_EXACT} ? {fail(TOO_LARGE)} : "
    if parameter_type is ParameterType.STRING:
        return f"({exact}{encoded(text_of(value, None))})"
    return f"(type({value}) == 'string' ? {value} : {exact}{encoded(value)})"


def members(value: str, path: Sequence[str], name: str, parameter_type: ParameterType | None) -> str:
    """Returns the member, decoded, of a wire text that holds a struct, or a struct's JSON text.

    Args:
        value: The wire text.
        path: The keys to follow.
        name: The input that takes it, for the message of failure.
        parameter_type: Of the whole value; None where it is not known.
    """
    found = decoded(value)
    for key in path:
        if parameter_type is ParameterType.STRING:
            found = f"fromJSON({found})"
        elif parameter_type is not ParameterType.STRUCT:
            found = f"(type({found}) == 'string' ? fromJSON({found}) : {found})"
        message = f"the input {name!r} takes the member {key!r}, which its value does not have"
        found = f"({literal(key)} in {found} ? {found}[{literal(key)}] : {fail(message)})"
        parameter_type = None
    return found


def _character(character: str) -> str:
    if re.match(r"[ -~]", character) and character not in "'\\{}":
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

"""The types of pipeline parameters, and what a value must be to pass a boundary as one of them."""

import enum
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from argosy.errors import ParameterError


class ParameterType(enum.StrEnum):
    """The type of a parameter, under the name that the PipelineSpec gives it."""

    STRING = "STRING"
    INTEGER = "NUMBER_INTEGER"
    DOUBLE = "NUMBER_DOUBLE"
    BOOLEAN = "BOOLEAN"
    LIST = "LIST"
    STRUCT = "STRUCT"
    TASK_FINAL_STATUS = "TASK_FINAL_STATUS"


def coerce(value: Any, parameter_type: ParameterType, name: str) -> Any:
    """Returns the value as a value of its declared type: an integral float becomes an int, an int a float.

    Nothing else is converted: text is no number, 1 is no bool.

    Raises:
        ParameterError: The value is not of that type; the message names the parameter, what was found and expected.

    >>> coerce(3.0, ParameterType.INTEGER, "steps"), coerce(1, ParameterType.DOUBLE, "rate")
    (3, 1.0)
    >>> coerce("3", ParameterType.INTEGER, "steps")
    Traceback (most recent call last):
    ...
    argosy.errors.ParameterError: parameter 'steps' must be an integer of 64 bits, found the text '3'
    """
    accepts, convert, _ = _RULES[parameter_type]
    if not accepts(value):
        raise ParameterError(f"parameter {name!r} must be {expected(parameter_type)}, found {describe(value)}")
    return convert(value)


def from_text(text: str, parameter_type: ParameterType, name: str) -> Any:
    """Returns the value that a text stands for: itself for STRING, `true` or `false`, a number, or JSON of that kind.

    Raises:
        ParameterError: The text is not of that type.

    >>> from_text("7", ParameterType.INTEGER, "n"), from_text('["a"]', ParameterType.LIST, "l")
    (7, ['a'])
    """
    if parameter_type is ParameterType.STRING:
        return text
    if parameter_type is ParameterType.BOOLEAN:
        text = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}.get(text.strip(), text)
    try:
        value = json.loads(text, parse_constant=_no_such_number)
    except ValueError as error:
        raise ParameterError(
            f"parameter {name!r} must be {expected(parameter_type)}, found {describe(text)}"
        ) from error
    return coerce(value, parameter_type, name)


def to_text(value: Any) -> str:
    """Returns how a value reads inside a longer text, as KFP's backend writes it: 3.0 as 3, no exponents, JSON sorted.

    >>> to_text(3.0), to_text(1e-7), to_text(True), to_text({"b": [1.5], "a": None}), to_text("as is")
    ('3', '0.0000001', 'true', '{"a":null,"b":[1.5]}', 'as is')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def from_untyped(value: Any, parameter_type: ParameterType, name: str) -> Any:
    """Returns an item of a list, or a member of a struct, as its declared type.

    KFP does not know the types inside a list or a struct and mostly declares STRING; its backend hands on what is no
    text as JSON text, and reads text where another type is declared.

    >>> from_untyped(1, ParameterType.STRING, "item"), from_untyped("1", ParameterType.INTEGER, "item")
    ('1', 1)
    """
    if parameter_type is ParameterType.STRING:
        return coerce(to_text(value), parameter_type, name)
    return from_text(value, parameter_type, name) if isinstance(value, str) else coerce(value, parameter_type, name)


def whole_numbers(value: Any) -> Any:
    """Returns a constant of the spec with its integral floats as ints, also inside: the spec knows no ints.

    >>> whole_numbers({"steps": [1.0, 2.5]})
    {'steps': [1, 2.5]}
    """
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: whole_numbers(item) for key, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def expected(parameter_type: ParameterType) -> str:
    """Returns the type in a person's words, with its article."""
    return _RULES[parameter_type][2]


def describe(value: Any) -> str:
    """Returns a value with its kind, cut short, for a message.

    >>> describe(True), describe("x" * 99)
    ('the boolean true', "the text 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...")
    """
    if value is None:
        return "no value"
    if not isinstance(value, str | bool | int | float | list | dict):
        return f"a Python {type(value).__name__}"
    kind = "text (no Unicode)" if isinstance(value, str) and not _is_unicode(value) else _KINDS[type(value)]
    shown = repr(value) if isinstance(value, str) else json.dumps(value)
    return f"the {kind} {shown if len(shown) <= 43 else shown[:40] + '...'}"


def _no_such_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_integral(value: Any) -> bool:
    # KFP and ML Metadata keep 64 bits.
    return _is_finite(value) and value == int(value) and -(2**63) <= value < 2**63


def _is_unicode(value: Any) -> bool:
    # A byte that is no UTF-8 arrives from the command line as half a surrogate pair, which nothing can store.
    return isinstance(value, str) and value.encode(errors="ignore").decode() == value


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


def _same(value: Any) -> Any:
    return value


_KINDS = {str: "text", bool: "boolean", int: "number", float: "number", list: "list", dict: "struct"}

_RULES: dict[ParameterType, tuple[Callable[[Any], bool], Callable[[Any], Any], str]] = {
    ParameterType.STRING: (_is_unicode, _same, "a text"),
    ParameterType.INTEGER: (_is_integral, int, "an integer of 64 bits"),
    ParameterType.DOUBLE: (_is_finite, float, "a finite number"),
    ParameterType.BOOLEAN: (_is(bool), _same, "a boolean (true or false)"),
    ParameterType.LIST: (_is(list), _same, "a list"),
    ParameterType.STRUCT: (_is(dict), _same, "a struct (a JSON object)"),
    ParameterType.TASK_FINAL_STATUS: (_is(dict), _same, "the final status of a task"),
}

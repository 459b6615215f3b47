"""Conditions of tasks as trees, evaluated strictly.

Strict means: nothing is taken for false because it could not be understood, and unlike types do not compare.
"""

import dataclasses
import operator
from collections.abc import Callable, Mapping
from typing import Any, Literal

from argosy.errors import PipelineError
from argosy.plan.values import ParameterType, describe, to_text

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]
Kind = Literal["int", "double", "string", "bool"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Value:
    """A literal: a number, a text or a boolean."""

    value: float | str | bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of the task that has the condition."""

    name: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Convert:
    """A conversion such as int(...)."""

    kind: Kind
    operand: "Expression"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Compare:
    """A comparison of two values of one kind; numbers of both types are of one kind."""

    operator: Comparison
    left: "Expression"
    right: "Expression"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Not:
    """A negation."""

    operand: "Expression"


@dataclasses.dataclass(frozen=True, kw_only=True)
class And:
    """True when all are; stops at the first that is not."""

    operands: tuple["Expression", ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Or:
    """True when one is; stops at the first that is."""

    operands: tuple["Expression", ...]


Expression = Value | Parameter | Convert | Compare | Not | And | Or


def evaluate(expression: Expression, values: Mapping[str, Any]) -> bool:
    """Returns whether the condition holds for these values of the task's parameters.

    Raises:
        PipelineError: A parameter has no value, types are unlike, or the whole is no boolean.

    >>> evaluate(Not(operand=Parameter(name="blessed")), {"blessed": True})
    False
    """
    return _boolean(_evaluate(expression, values))


def parameters(expression: Expression) -> frozenset[str]:
    """Returns the names of the parameters that the condition reads."""
    match expression:
        case Parameter(name=name):
            return frozenset({name})
        case Convert(operand=operand) | Not(operand=operand):
            return parameters(operand)
        case Compare(left=left, right=right):
            return parameters(left) | parameters(right)
        case And(operands=operands) | Or(operands=operands):
            return frozenset().union(*map(parameters, operands))
    return frozenset()


def check_types(expression: Expression, types: Mapping[str, ParameterType]) -> None:
    """Returns if the condition can hold or not for parameters of these types, whatever their values.

    Raises:
        PipelineError: A parameter is not declared, unlike types are compared, or the whole is no boolean.
    """
    _require(_kind(expression, types), "boolean")


_COMPARISONS: dict[Comparison, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _evaluate(expression: Expression, values: Mapping[str, Any]) -> Any:
    match expression:
        case Value(value=value):
            return value
        case Parameter(name=name):
            if values.get(name) is None:
                raise PipelineError(f"the condition reads the input {name!r}, which has no value in this run")
            return values[name]
        case Convert(kind=kind, operand=operand):
            return _convert(kind, _evaluate(operand, values))
        case Compare(operator=symbol, left=left, right=right):
            return _compared(symbol, _evaluate(left, values), _evaluate(right, values))
        case Not(operand=operand):
            return not _boolean(_evaluate(operand, values))
        case And(operands=operands):
            return all(_boolean(_evaluate(operand, values)) for operand in operands)
        case Or(operands=operands):
            return any(_boolean(_evaluate(operand, values)) for operand in operands)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise PipelineError(f"the condition needs a boolean and found {describe(value)}")
    return value


def _compared(symbol: Comparison, left: Any, right: Any) -> bool:
    kinds = (_kind_of(left), _kind_of(right))
    _require_comparable(symbol, *kinds, found=f"{describe(left)} {symbol} {describe(right)}")
    return _COMPARISONS[symbol](left, right)


def _convert(kind: Kind, value: Any) -> Any:
    try:
        if kind == "string" and _kind_of(value) in ("number", "text", "boolean"):
            return to_text(value)
        if kind == "bool" and (isinstance(value, bool) or value in ("true", "false")):
            return value if isinstance(value, bool) else value == "true"
        if kind in ("int", "double") and _kind_of(value) in ("number", "text"):
            return int(value) if kind == "int" else float(value)
    except (ValueError, OverflowError) as error:
        raise PipelineError(f"the condition cannot take {describe(value)} as {kind}") from error
    raise PipelineError(f"the condition cannot take {describe(value)} as {kind}")


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "other"


_KIND_OF_TYPE = {
    ParameterType.STRING: "text",
    ParameterType.INTEGER: "number",
    ParameterType.DOUBLE: "number",
    ParameterType.BOOLEAN: "boolean",
}
_KIND_OF_CONVERSION = {"int": "number", "double": "number", "string": "text", "bool": "boolean"}


def _kind(expression: Expression, types: Mapping[str, ParameterType]) -> str:
    match expression:
        case Value(value=value):
            return _kind_of(value)
        case Parameter(name=name):
            if name not in types:
                raise PipelineError(f"the condition reads {name!r}, which the task has no input for")
            return _KIND_OF_TYPE.get(types[name], "other")
        case Convert(kind=kind, operand=operand):
            if _kind(operand, types) == "other":
                raise PipelineError(f"the condition cannot take a list or a struct as {kind}")
            return _KIND_OF_CONVERSION[kind]
        case Compare(operator=symbol, left=left, right=right):
            kinds = (_kind(left, types), _kind(right, types))
            _require_comparable(symbol, *kinds, found=f"a {kinds[0]} {symbol} a {kinds[1]}")
        case Not(operand=operand):
            _require(_kind(operand, types), "boolean")
        case And(operands=operands) | Or(operands=operands):
            for operand in operands:
                _require(_kind(operand, types), "boolean")
    return "boolean"


def _require(kind: str, wanted: str) -> None:
    if kind != wanted:
        raise PipelineError(f"the condition needs a {wanted} and found a {kind}")


def _require_comparable(symbol: Comparison, left: str, right: str, *, found: str) -> None:
    if left != right or left == "other":
        raise PipelineError(f"the condition compares unlike types: {found}. Compare values of one type")
    if left == "boolean" and symbol not in ("==", "!="):
        raise PipelineError(f"the condition orders booleans: {found}. Compare them by == or !=")

"""Conditions of tasks in expr-lang, with the types that the embedded runner demands."""

from collections.abc import Mapping

from argosy.argo import expression as expr
from argosy.plan.condition import And, Compare, Convert, Expression, Not, Or, Parameter, Value
from argosy.plan.values import ParameterType

Operands = Mapping[str, tuple[str, ParameterType | None]]
"""Parameter -> its wire text as an expression, and its type where that is known."""


def compile_condition(condition: Expression, operands: Operands) -> str:
    """Returns the condition as an expression that is true or false, or fails where the embedded runner would.

    Args:
        condition: Over the task's parameters.
        operands: The task's parameters.
    """
    return _value(condition, operands)


def _value(condition: Expression, operands: Operands) -> str:
    match condition:
        case Value(value=value):
            return expr.literal(value)
        case Parameter(name=name):
            wire, _ = operands[name]
            return f"({wire} == {expr.NULL} ? {_no_value(name)} : {expr.decoded(wire)})"
        case Convert(kind=kind, operand=operand):
            return _converted(kind, operand, operands)
        case Compare(operator=symbol, left=left, right=right):
            return f"({_value(left, operands)} {symbol} {_value(right, operands)})"
        case Not(operand=operand):
            return f"!({_value(operand, operands)})"
        case And(operands=parts):
            return "(" + " && ".join(_value(part, operands) for part in parts) + ")"
        case Or(operands=parts):
            return "(" + " || ".join(_value(part, operands) for part in parts) + ")"


def _no_value(name: str) -> str:
    return expr.fail(f"the condition reads the input {name!r}, which has no value in this run")


def _converted(kind: str, operand: Expression, operands: Operands) -> str:
    value = _value(operand, operands)
    if kind == "string":
        return f"(type({value}) == 'string' ? {value} : sprig.toRawJson({value}))"
    if kind == "bool":
        wrong = expr.fail("the condition cannot take a value other than true and false as bool")
        return f"({value} in [true, 'true'] ? true : {value} in [false, 'false'] ? false : {wrong})"
    wrong = expr.fail(f"the condition cannot take a boolean as {kind}")
    return f"(type({value}) == 'bool' ? {wrong} : {'int' if kind == 'int' else 'float'}({value}))"

"""A small expression language over messages: `feature.num_stats.mean > 0 and feature.num_stats.num_zeros < 10`.

Its grammar is a part of Python's. Nothing is ever given to `eval`: the tree is walked here, node by node, and what is
not listed below is refused when the expression is parsed.

| | |
|---|---|
| values | numbers, strings, True, False, None, lists and tuples of them |
| names | those that the caller gives, such as `feature` |
| fields | `feature.num_stats.mean`: of a message, by the names of its proto; None where it is not set |
| elements | `feature.string_stats.top_values[0].value` |
| operators | `+ - * / // %`, `== != < <= > >= in not in is`, `and or not`, `a if c else b` |
| functions | abs, all, any, len, max, min, round, sum |
| loops | `any(v.value == "x" for v in feature.string_stats.top_values)`: one, over a repeated field |
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from argosy.errors import ParameterError

MAX_LENGTH = 2000
MAX_NODES = 300


def _round(value: float, digits: int = 0) -> float:
    # Of an int, a million digits would be computed.
    return round(float(value), digits)


_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_UNARY: dict[type, Callable[[Any], Any]] = {ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs, "all": all, "any": any, "len": len, "max": max, "min": min, "round": _round, "sum": sum,
}  # fmt: skip
_LEAVES = (ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.List, ast.Tuple, ast.Load, ast.Store)
_PARTS = (ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.IfExp, ast.Call, ast.GeneratorExp, ast.comprehension)
_ALLOWED = (*_LEAVES, *_PARTS, ast.BinOp, ast.UnaryOp, ast.Compare, *_BINARY, *_COMPARISONS, *_UNARY)
_SQL = re.compile(r"'[^']*'|\"[^\"]*\"|\b(?:AND|OR|NOT|TRUE|FALSE|NULL|IS|IN)\b|<>|(?<![<>=!])=(?!=)")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_MORE_SQL = re.compile(r"\b(?:BETWEEN|CASE|CAST|EXISTS|LIKE|SELECT|UNNEST)\b", re.IGNORECASE)
_FROM_SQL = {"<>": "!=", "=": "==", "TRUE": "True", "FALSE": "False", "NULL": "None"}


class UnsetError(Exception):
    """A field is not set, or an element not there; `what` is its name. Never leaves this package."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def parse(text: str, *, names: tuple[str, ...], sql: bool = False) -> ast.expr:
    """Returns the tree of an expression, every node of which is allowed.

    Args:
        text: The expression.
        names: What it may ask for.
        sql: Whether it is written as SQL, in which a list of one is `('a')`; see `from_sql`.

    Raises:
        ParameterError: It is too long, no expression, or says more than the language has.
    """
    if len(text) > MAX_LENGTH:
        raise ParameterError(f"the expression has {len(text)} characters; {MAX_LENGTH} are allowed")
    try:
        tree = ast.parse((from_sql(text) if sql else text).strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ParameterError(f"{text!r} is no expression: {_hint(text, error)}") from error
    nodes = list(ast.walk(tree))
    if sql:
        _make_lists(nodes)
    if len(nodes) > MAX_NODES:
        raise ParameterError(f"{text[:80]!r}... has {len(nodes)} parts; {MAX_NODES} are allowed")
    _check(nodes, {*names, *_loop_names(nodes)})
    return tree.body


def from_sql(text: str) -> str:
    """Returns a SQL condition as TFX had them in this language: its operators written as ours.

    >>> from_sql("feature.num_stats.min >= 0 AND NOT feature.num_stats.max = 1")
    'feature.num_stats.min >= 0 and not feature.num_stats.max == 1'
    """
    return _SQL.sub(lambda match: match[0] if match[0][0] in "'\"" else _FROM_SQL.get(match[0], match[0].lower()), text)


def evaluate(tree: ast.expr, values: Mapping[str, Any]) -> bool:
    """Returns what a parsed expression says of the values.

    Raises:
        UnsetError: It needs a field that is not set.
        ParameterError: A message has no such field, an operator does not go with a value, or the answer is no truth
            value.
    """
    try:
        answer = _value(tree, values)
    except (TypeError, ArithmeticError, ValueError) as error:
        raise ParameterError(f"{ast.unparse(tree)}: {error}") from error
    if not isinstance(answer, bool):
        raise ParameterError(f"{ast.unparse(tree)} gives {answer!r}; write a comparison, such as ... > 0")
    return answer


def _hint(text: str, error: Exception) -> str:
    found = _MORE_SQL.search(_QUOTED.sub("", text))
    if found is not None:
        known = "= <> AND OR NOT IN IS NULL"
        return f"of SQL it knows {known}, no {found[0]}; `x between a and b` is written `a <= x and x <= b`"
    return getattr(error, "msg", None) or str(error)


def _make_lists(nodes: list[ast.AST]) -> None:
    """Makes a list of what stands alone in brackets after `in`: to SQL it is one, to Python it is not."""
    for node in nodes:
        if isinstance(node, ast.Compare):
            node.comparators = [
                ast.List(elts=[right], ctx=ast.Load()) if isinstance(kind, ast.In | ast.NotIn)
                and not isinstance(right, ast.List | ast.Tuple) else right
                for kind, right in zip(node.ops, node.comparators, strict=True)
            ]  # fmt: skip


def _check(nodes: list[ast.AST], names: set[str]) -> None:
    for node in nodes:
        if not isinstance(node, _ALLOWED):
            raise ParameterError(f"an expression may not hold a {type(node).__name__}")
        if isinstance(node, ast.Name) and node.id not in names and node.id not in _FUNCTIONS:
            known = ", ".join(sorted({*names, *_FUNCTIONS}))
            raise ParameterError(f"an expression does not know {node.id!r}; it knows {known}")
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            raise ParameterError(f"an expression may not ask for {node.attr!r}")
        if isinstance(node, ast.Call) and (
            not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS or node.keywords
        ):
            raise ParameterError(f"an expression may call {', '.join(_FUNCTIONS)} only")
        if isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float | bool | None):
            raise ParameterError(f"an expression may not hold {node.value!r}")
        if isinstance(node, ast.Compare):
            _check_lists(node)
        if isinstance(node, ast.comprehension) and not isinstance(node.target, ast.Name):
            raise ParameterError("a loop has one plain name: `for v in ...`")


def _check_lists(node: ast.Compare) -> None:
    for kind, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(kind, ast.In | ast.NotIn) and isinstance(right, ast.Constant):
            raise ParameterError(f"right of `in` stands {right.value!r}, no list; write [{right.value!r}]")


def _loop_names(nodes: list[ast.AST]) -> set[str]:
    loops = [node for node in nodes if isinstance(node, ast.GeneratorExp)]
    if len(loops) > 1 or any(len(loop.generators) > 1 or loop.generators[0].is_async for loop in loops):
        raise ParameterError("an expression may hold one loop over one repeated field")
    return {loop.generators[0].target.id for loop in loops if isinstance(loop.generators[0].target, ast.Name)}


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in values:
            raise ParameterError(f"{node.id!r} stands where it has no value")
        return values[node.id]
    if isinstance(node, ast.Attribute):
        return _field(_value(node.value, values), node.attr)
    if isinstance(node, ast.Subscript):
        return _element(_value(node.value, values), _value(node.slice, values))
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(entry, values) for entry in node.elts]
    return _operation(node, values)


def _operation(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.BoolOp):
        wanted = isinstance(node.op, ast.Or)
        return any(bool(_value(part, values)) for part in node.values) if wanted else all(
            bool(_value(part, values)) for part in node.values
        )  # fmt: skip
    if isinstance(node, ast.UnaryOp):
        operand = _value(node.operand, values)
        return _UNARY[type(node.op)](operand if isinstance(node.op, ast.Not) else _number(operand))
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_number(_value(node.left, values)), _number(_value(node.right, values)))
    if isinstance(node, ast.Compare):
        return _compared(node, values)
    if isinstance(node, ast.IfExp):
        return _value(node.body if _value(node.test, values) else node.orelse, values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _FUNCTIONS[node.func.id](*(_value(argument, values) for argument in node.args))
    if isinstance(node, ast.GeneratorExp):
        return _looped(node, values)
    raise ParameterError(f"a {type(node).__name__} has no meaning here")


def _compared(node: ast.Compare, values: Mapping[str, Any]) -> bool:
    by_identity = any(isinstance(kind, ast.Is | ast.IsNot) for kind in node.ops)
    operands = [
        _or_none(part, values) if by_identity else _value(part, values) for part in (node.left, *node.comparators)
    ]
    return all(
        _COMPARISONS[type(kind)](left, right)
        for kind, left, right in zip(node.ops, operands, operands[1:], strict=False)
    )


def _or_none(node: ast.expr, values: Mapping[str, Any]) -> Any:
    try:
        return _value(node, values)
    except UnsetError:
        return None


def _looped(node: ast.GeneratorExp, values: Mapping[str, Any]) -> list[Any]:
    loop = node.generators[0]
    name = loop.target.id if isinstance(loop.target, ast.Name) else ""
    every = ({**values, name: entry} for entry in _value(loop.iter, values))
    return [_value(node.elt, scope) for scope in every if all(_value(test, scope) for test in loop.ifs)]


def _field(message: Any, name: str) -> Any:
    """Returns a field of a message, by its name in the proto; enums by name.

    A text or number has no fields: a descriptor is what tells a message, so no other object is ever looked into.
    """
    descriptor = getattr(type(message), "DESCRIPTOR", None)
    if descriptor is None:
        raise ParameterError(f"{message!r} has no fields, so no {name!r}")
    if name not in descriptor.fields_by_name:
        known = ", ".join(descriptor.fields_by_name)
        raise ParameterError(f"a {descriptor.name} has no field {name!r}; it has {known}")
    field = descriptor.fields_by_name[name]
    if field.has_presence and not message.HasField(name):
        raise UnsetError(name)
    value = getattr(message, name)
    return field.enum_type.values_by_number[value].name if field.enum_type and isinstance(value, int) else value


def _element(many: Any, index: Any) -> Any:
    if not isinstance(index, int) or isinstance(many, str):
        raise ParameterError("an element of a repeated field is asked for by its number, as [0]")
    try:
        return many[index]
    except IndexError as error:
        raise UnsetError(f"[{index}]") from error


def _number(value: Any) -> Any:
    if not isinstance(value, int | float):
        raise ParameterError(f"{value!r} is no number")
    return value

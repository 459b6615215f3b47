import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import PipelineError
from argosy.plan.condition import (
    And,
    Compare,
    Convert,
    Expression,
    Kind,
    Not,
    Or,
    Parameter,
    Value,
    check_types,
    evaluate,
    parameters,
)
from argosy.plan.parse_condition import MAX_DEPTH, parse_condition
from argosy.plan.values import ParameterType

VALUES = {"n": 3, "f": 1.5, "s": "it's", "t": "7", "b": True, "list": [1], "struct": {"a": 1}}
TYPES = {
    "n": ParameterType.INTEGER, "f": ParameterType.DOUBLE, "s": ParameterType.STRING, "t": ParameterType.STRING,
    "b": ParameterType.BOOLEAN, "list": ParameterType.LIST, "struct": ParameterType.STRUCT,
}  # fmt: skip


def holds(text: str) -> bool:
    for name in VALUES:
        text = text.replace(f"<{name}>", f"inputs.parameter_values['{name}']")
    expression = parse_condition(text)
    check_types(expression, TYPES)
    return evaluate(expression, VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b> == true", True),
        ("int(<n>) > 3", False),
        ("int(<n>) >= 3 && <f> < 2.0", True),
        ("!(<b> == true) && !(int(<n>) > 3)", False),
        ("!(<b> == true) || !(int(<n>) > 3)", True),
        ("double(int(<n>)) > 2.5", True),
        ("<s> == 'it\\'s'", True),
        ('<s> == "it\'s"', True),
        ("<s> != 'a\\n\\u00e9\\x41\\101'", True),
        ("'a' < 'b'", True),
        ("int(<t>) == 7", True),
        ("string(<n>) == '3'", True),
        ("string(<f>) == '1.5' && string(<b>) == 'true'", True),
        ("bool('true')", True),
        ("int(<f>) == 1", True),
        ("<n> == 3.0", True),
        ("-1 < 1e-3 && -.5 < 0", True),
        ("<b>", True),
        ("!<b>", False),
        ("!!(<b>)", True),
        ("inputs.parameters['n'].int_value == 3", True),
        ("inputs.parameters['s'].string_value == 'it\\'s'", True),
        ("inputs.parameters['f'].double_value == 1.5", True),
        ("true || false && false", True),
        ("  ( true )  ", True),
    ],
)
def test_conditions(text: str, expected: bool) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "", "(", "true)", "<n> >", "<n> = 3", "<n> == 3 == 3", "<n> === 3", "'a", "'it's' == 'x'", "'a\nb' == 'a'",
        "'\\q'",
        "'\\ud800'", "inputs.parameter_values[n] == 3", "inputs.parameter_values['n' == 3", "inputs.other['n'] == 3",
        "__import__('os')", "size(<list>) > 1", "<n> + 1 == 4", "<n> in [1]", "true ? true : false", "nan == nan",
        "inf > 1",
        "inputs.parameter_values['n'].int_value == 3", "true true", "null == null", "int(", "int() == 1", "#",
        "'int(inputs.parameter_values['n'])' == 'x'",
    ],
)  # fmt: skip
def test_what_is_not_in_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(PipelineError, match="cannot be understood at character"):
        holds(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<n> == '3'", "unlike types"),
        ("<s> > 3", "unlike types"),
        ("<b> == 1", "unlike types"),
        ("<b> > false", "orders booleans"),
        ("<list> == <list>", "unlike types"),
        ("<n>", "needs a boolean"),
        ("'text' && true", "needs a boolean"),
        ("!(<s>)", "needs a boolean"),
        ("int(<struct>) == 1", "cannot take"),
    ],
)
def test_unlike_types_are_refused_with_and_without_values(text: str, found: str) -> None:
    for name in VALUES:
        text = text.replace(f"<{name}>", f"inputs.parameter_values['{name}']")
    expression = parse_condition(text)
    with pytest.raises(PipelineError, match=found):
        check_types(expression, TYPES)
    with pytest.raises(PipelineError, match=found):
        evaluate(expression, VALUES)


@pytest.mark.parametrize("text", ["int(<s>) == 1", "double(<s>) == 1.0", "bool(<s>)"])
def test_a_text_that_is_no_such_value_is_refused(text: str) -> None:
    with pytest.raises(PipelineError, match='cannot take the text "it\'s"'):
        holds(text)


def test_an_input_without_value_is_no_false() -> None:
    expression = parse_condition("inputs.parameter_values['gone'] == 'x'")
    for values in ({}, {"gone": None}):
        with pytest.raises(PipelineError, match="'gone', which has no value"):
            evaluate(expression, values)
    with pytest.raises(PipelineError, match="no input for"):
        check_types(expression, {})


def test_what_is_not_reached_is_not_evaluated() -> None:
    assert evaluate(parse_condition("false && inputs.parameter_values['gone'] == 1"), {}) is False
    assert evaluate(parse_condition("true || inputs.parameter_values['gone'] == 1"), {}) is True


def test_deep_nesting_is_refused_and_long_chains_are_not() -> None:
    with pytest.raises(PipelineError, match="nested deeper"):
        parse_condition("(" * (MAX_DEPTH + 1) + "true" + ")" * (MAX_DEPTH + 1))
    assert evaluate(parse_condition(" && ".join(["!(1 == 2)"] * 5000)), {})


def test_parameters_are_all_those_read() -> None:
    expression = parse_condition("!(int(inputs.parameter_values['a']) > 1) && (inputs.parameter_values['b'] || true)")
    assert parameters(expression) == {"a", "b"}


def written(expression: Expression) -> str:
    match expression:
        case Value(value=bool(value)):
            return str(value).lower()
        case Value(value=str(value)):
            return "'" + "".join(f"\\U{ord(character):08x}" for character in value) + "'"
        case Value(value=value):
            return repr(value)
        case Parameter(name=name):
            return f"inputs.parameter_values['{name}']"
        case Convert(kind=kind, operand=operand):
            return f"{kind}({written(operand)})"
        case Compare(operator=symbol, left=left, right=right):
            return f"({written(left)}) {symbol} ({written(right)})"
        case Not(operand=operand):
            return f"!({written(operand)})"
        case And(operands=operands):
            return " && ".join(f"({written(operand)})" for operand in operands)
        case Or(operands=operands):
            return " || ".join(f"({written(operand)})" for operand in operands)


KINDS: list[Kind] = ["int", "double", "string", "bool"]
LEAVES = st.builds(
    lambda value: Value(value=value),
    st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
) | st.builds(lambda name: Parameter(name=name), st.sampled_from(["a", "pipelinechannel--x-Output"]))
TREES: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a: Not(operand=a), inner),
        st.builds(lambda kind, a: Convert(kind=kind, operand=a), st.sampled_from(KINDS), inner),
        st.builds(
            lambda symbol, a, b: Compare(operator=symbol, left=a, right=b),
            st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner,
        ),
        st.builds(lambda parts: And(operands=tuple(parts)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda parts: Or(operands=tuple(parts)), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=6,
)  # fmt: skip


@given(TREES)
@settings(max_examples=100)
def test_a_written_tree_is_parsed_back(tree: Expression) -> None:
    assert parse_condition(written(tree)) == tree


@given(
    TREES,
    st.fixed_dictionaries({"a": st.booleans() | st.integers() | st.text(), "pipelinechannel--x-Output": st.floats()}),
)
@settings(max_examples=100)
def test_evaluation_gives_a_boolean_or_an_error_of_ours(tree: Expression, values: dict[str, object]) -> None:
    with contextlib.suppress(PipelineError):
        assert evaluate(tree, values) in (True, False)


@given(st.text(alphabet="()!&|=<>'\"\\ ab1.e-[]intrue", max_size=30))
@settings(max_examples=200)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(PipelineError):
        parse_condition(text)

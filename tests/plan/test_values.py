import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import ParameterError
from argosy.plan.values import ParameterType, coerce, describe, from_text, from_untyped, to_text, whole_numbers

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
EXAMPLES = {
    ParameterType.STRING: "3",
    ParameterType.INTEGER: 3,
    ParameterType.DOUBLE: 3.5,
    ParameterType.BOOLEAN: True,
    ParameterType.LIST: [1],
    ParameterType.STRUCT: {"a": 1},
}


@pytest.mark.parametrize("declared", EXAMPLES)
@pytest.mark.parametrize("given_type", EXAMPLES)
def test_only_a_value_of_the_type_passes(declared: ParameterType, given_type: ParameterType) -> None:
    value = EXAMPLES[given_type]
    allowed = declared is given_type or (declared, given_type) == (ParameterType.DOUBLE, ParameterType.INTEGER)
    if allowed:
        assert coerce(value, declared, "x") == value
    else:
        with pytest.raises(ParameterError, match="parameter 'x' must be"):
            coerce(value, declared, "x")


def test_numbers_get_the_declared_python_type() -> None:
    assert type(coerce(3.0, ParameterType.INTEGER, "x")) is int
    assert type(coerce(3, ParameterType.DOUBLE, "x")) is float


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 3.5, 2**63, -1e30])
def test_no_integer(value: float) -> None:
    with pytest.raises(ParameterError, match="an integer"):
        coerce(value, ParameterType.INTEGER, "x")


@pytest.mark.parametrize("make", [coerce, from_untyped])
def test_half_a_surrogate_pair_is_no_text(make: Callable[..., object]) -> None:
    assert make("\U0001f600", ParameterType.STRING, "x") == "\U0001f600"
    with pytest.raises(ParameterError, match=r"must be a text, found the text \(no Unicode\) 'a\\udcff'"):
        make("a\udcff", ParameterType.STRING, "x")


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 10**400])
def test_no_number(value: float) -> None:
    with pytest.raises(ParameterError, match="a finite number"):
        coerce(value, ParameterType.DOUBLE, "x")


@given(JSON)
@settings(max_examples=50)
def test_text_of_a_value_is_read_back(value: object) -> None:
    for parameter_type in EXAMPLES:
        try:
            typed = coerce(value, parameter_type, "x")
        except ParameterError:
            continue
        assert from_text(to_text(typed), parameter_type, "x") == typed


@given(JSON)
@settings(max_examples=50)
def test_items_of_unknown_type_become_text_or_stay(value: object) -> None:
    text = from_untyped(value, ParameterType.STRING, "x")
    assert isinstance(text, str)
    if not isinstance(value, str):
        assert json.loads(text) == value
    assert describe(value)


@given(JSON)
@settings(max_examples=50)
def test_whole_numbers_keep_their_value(value: object) -> None:
    assert whole_numbers(value) == value


@pytest.mark.parametrize("text", ["", "{", "[1", "NaN", "Infinity", "'a'", "3 4"])
@pytest.mark.parametrize("parameter_type", [member for member in EXAMPLES if member is not ParameterType.STRING])
def test_text_of_no_value_is_refused(text: str, parameter_type: ParameterType) -> None:
    with pytest.raises(ParameterError):
        from_text(text, parameter_type, "x")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("True\n", True), ("False", False), (" false ", False)])
def test_booleans_as_shells_and_python_write_them(text: str, value: bool) -> None:
    assert from_text(text, ParameterType.BOOLEAN, "x") is value


@pytest.mark.parametrize("text", ["1", "0", "yes", '"true"'])
def test_what_is_no_boolean(text: str) -> None:
    with pytest.raises(ParameterError):
        from_text(text, ParameterType.BOOLEAN, "x")


def test_a_string_stays_verbatim() -> None:
    assert from_text(" 3\n", ParameterType.STRING, "x") == " 3\n"

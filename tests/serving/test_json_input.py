import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from argosy.serving.json_input import parse_json, read_array, read_columns, read_instances
from argosy.serving.status import CallError


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "JSON Parse error: The document is empty"),
        (b"  \n", "JSON Parse error: The document is empty"),
        (b"{x", "JSON Parse error: .* at offset: 1"),
        (b'{"a": "\xff"}', "Invalid encoding"),
        (b"[" * 100_000, "JSON Parse error"),
        (b"1" * 10_000, "JSON Parse error"),
    ],
)
def test_bodies_that_are_not_json_are_refused(body, message):
    with pytest.raises(CallError, match=message) as caught:
        parse_json(body)
    assert caught.value.code == "INVALID_ARGUMENT"


def test_json_is_read_as_tf_serving_reads_it():
    assert parse_json(b' {"a": NaN, "b": -Infinity} trailing')["b"] == float("-inf")
    assert parse_json(b'{"a": 1, "a": 2}') == {"a": 1}


ONE = {"x": "float32"}
TWO = {"a": "float32", "b": "int64"}


@pytest.mark.parametrize(
    ("instances", "inputs", "message"),
    [
        (3, ONE, "Expecting 'instances' to be an list/array"),
        ([], ONE, "No values in 'instances' array"),
        ([1.0, 2.0], TWO, "Expecting object but got list at item 0 of input list"),
        ([{"x": 1}, 2], ONE, "Expecting object but got list at item 1 of input list"),
        ([1, {"x": 2}], ONE, "Expecting value/list but got object at item 1 of input list"),
        ([{"a": 1}], TWO, "element: 0 of 'instances' list. JSON object: .* keys must be equal to: a,b"),
        ([{"a": 1, "b": 1, "c": 1}], TWO, "keys must be equal to: a,b"),
        ([[1, 2], [1]], ONE, r"element: 1 of 'instances' list. .*Expecting shape \[2\] but got: \[1\]"),
        ([1, [1]], ONE, "element: 1 .*Expecting tensor size: 0 but got: 1"),
        (
            [{"a": 1, "b": 1}, {"a": 1, "b": 1.0}],
            TWO,
            "1 key: b .*Type: Number is not of expected type: int64",
        ),
        (["x"], ONE, 'INVALID_ARGUMENT: JSON Value: "x" Type: String is not of expected type: float'),
        ([1], {"x": "float16"}, "UNIMPLEMENTED: .* to type: half"),
    ],
)
def test_wrong_rows(instances, inputs, message):
    with pytest.raises(CallError, match=message) as caught:
        read_instances(instances, inputs)
    assert caught.value.code == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("value", "inputs", "code", "message"),
    [
        ({"a": 1}, TWO, "INVALID_ARGUMENT", "Missing named input: b in 'inputs' object."),
        ([1], TWO, "INVALID_ARGUMENT", "expecting an object"),
        ([1, [2]], ONE, "INVALID_ARGUMENT", "Encountered list at unexpected level"),
        ([[1], 2], ONE, "INVALID_ARGUMENT", "found at incorrect level"),
        ([[1, 2], [3]], ONE, "INVALID_ARGUMENT", "Encountered list at unexpected size: 1"),
        ([None], ONE, "INVALID_ARGUMENT", "Type: Null is not of expected type: float"),
        ([True], ONE, "INVALID_ARGUMENT", "Type: True is not of expected type: float"),
        ([1], {"x": "bool"}, "INVALID_ARGUMENT", "Type: Number is not of expected type: bool"),
        ([300], {"x": "uint8"}, "INVALID_ARGUMENT", "JSON Value: 300 Type: Number is not of expected type: uint8"),
        ([1], {"x": "string"}, "INVALID_ARGUMENT", "is not of expected type: string"),
        ([{"b64": "_-"}], {"x": "string"}, "INVALID_ARGUMENT", "Unable to base64 decode"),
        ([{"b64": "YQ==", "c": 1}], {"x": "string"}, "INVALID_ARGUMENT", "is not of expected type: string"),
        ([1], {"x": "complex64"}, "UNIMPLEMENTED", "to type: complex64"),
    ],
)
def test_wrong_columns(value, inputs, code, message):
    with pytest.raises(CallError, match=message) as caught:
        read_columns(value, inputs)
    assert caught.value.code == code


def test_right_forms():
    feeds = read_instances([{"a": 1, "b": 2}, {"a": 0.5, "b": 3}], TWO)
    assert feeds["a"].tolist() == [1.0, 0.5]
    assert feeds["a"].dtype == np.float32
    assert feeds["b"].dtype == np.int64
    assert read_instances([{"b64": "/w=="}, "é"], {"s": "string"})["s"].tolist() == [b"\xff", "é".encode()]
    assert read_columns({"x": 2, "unknown": 1}, ONE)["x"].shape == ()
    assert read_columns({"b64": "YQ=="}, {"s": "string"})["s"].item() == b"a"
    assert np.isinf(read_array(1e300, "float32"))
    assert read_array([[]], "float32").shape == (1, 0)


@settings(max_examples=40, deadline=None)
@given(npst.arrays(st.sampled_from([np.int64, np.float64, np.bool_]), npst.array_shapes(max_dims=3, max_side=4)))
def test_any_array_comes_back_from_its_lists(array):
    found = read_array(array.tolist(), array.dtype.name)
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.serving.json_output import number_text, write_outputs, write_predictions
from argosy.serving.status import CallError


@settings(max_examples=200)
@given(st.floats(width=32), st.floats())
def test_every_float_reads_back_as_itself(single, double):
    np.testing.assert_equal(np.float32(json.loads(number_text(single, single=True))), np.float32(single))
    np.testing.assert_equal(json.loads(number_text(double, single=False)), double)


def test_rows_and_columns():
    outputs = {"a": np.array([1.5, np.nan], np.float32), "n": np.array([[1, 2], [3, 4]])}
    rows = json.loads(write_predictions(outputs))["predictions"]
    assert rows[0] == {"a": 1.5, "n": [1, 2]}
    assert np.isnan(rows[1]["a"])
    assert json.loads(write_predictions({"n": np.array([[1, 2], [3, 4]])})) == {"predictions": [[1, 2], [3, 4]]}
    assert json.loads(write_outputs({"n": np.array([True, False])})) == {"outputs": [True, False]}
    assert json.loads(write_outputs({"x": np.float32(3), "s": b"a\0"})) == {"outputs": {"x": 3.0, "s": "a\0"}}
    assert json.loads(write_outputs({"x": np.zeros((2, 0))})) == {"outputs": [[], []]}
    assert json.loads(write_predictions({"x": np.zeros((0, 3))})) == {"predictions": []}


def test_strings():
    raw = np.array([b"\xff\0", "é".encode()], object)
    assert json.loads(write_outputs({"a_bytes": raw}))["outputs"] == [{"b64": "/wA="}, {"b64": "w6k="}]
    assert json.loads(write_outputs({"a": raw[1:]}))["outputs"] == ["é"]
    with pytest.raises(CallError, match="not UTF-8; an output whose name ends in _bytes"):
        write_outputs({"a": raw})


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"y": np.float32(1)}, "Tensor name: y has no shape information "),
        ({"a": np.zeros(2), "b": np.zeros(3)}, "Tensor name: b has inconsistent batch size: 3 expecting: 2"),
        ({"h": np.zeros(1, np.float16)}, "Failed to write JSON value for tensor type: half"),
    ],
)
def test_what_has_no_row_form(outputs, message):
    with pytest.raises(CallError, match=message):
        write_predictions(outputs)

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from argosy.errors import ArtifactError, SavedModelCallError
from argosy.saved_model import GoldenCase, check_golden, read_golden, write_golden
from argosy.saved_model.golden import difference, from_json, to_json

CASE = GoldenCase(
    signature="columns",
    inputs={"mass": [1.5, float("nan")], "island": ["", "Dréam \U0001f427"]},
    outputs={"probabilities": [[0.25, 0.75], [1.0, 0.0]]},
    source="in_memory",
)


def test_a_written_file_is_read_back_and_is_ascii(tmp_path):
    path = write_golden(str(tmp_path / "assets.extra"), [CASE])
    assert Path(path).read_bytes().isascii()
    (found,) = read_golden(str(tmp_path))
    assert difference(found.inputs["mass"], CASE.inputs["mass"]) == ""
    assert (found.inputs["island"], found.outputs, found.source) == (CASE.inputs["island"], CASE.outputs, "in_memory")


def test_no_file_is_no_case_and_another_file_is_an_error(tmp_path):
    assert read_golden(str(tmp_path)) == ()
    (tmp_path / "golden.json").write_text(json.dumps({"cases": [{"signature": "a"}]}))
    with pytest.raises(ArtifactError, match=r"golden\.json"):
        read_golden(str(tmp_path))


def test_differences_are_named():
    def refuse(signature, inputs):
        raise SavedModelCallError("bad", code="INVALID_ARGUMENT")

    assert check_golden(lambda *_: CASE.outputs, [CASE]) == []
    assert check_golden(lambda *_: {}, [CASE]) == ["signature columns, output probabilities: not in the answer"]
    assert check_golden(refuse, [CASE]) == ["signature columns: INVALID_ARGUMENT: bad"]
    near = {"probabilities": [[0.250009, 0.75], [1.0, 0.0]]}
    assert check_golden(lambda *_: near, [CASE]) == []
    assert check_golden(lambda *_: near, [CASE], tolerance=1e-6) != []


@pytest.mark.parametrize(
    ("expected", "found", "alike"),
    [
        (float("nan"), float("nan"), True),
        (float("nan"), 0.0, False),
        (float("inf"), float("inf"), True),
        (float("inf"), 1.0, False),
        (1.0, float("inf"), False),
        (float("inf"), float("-inf"), False),
        (1, 1.0, True),
        (2**40, 2**40 + 1, False),
        (True, False, False),
        (0.5, 0.50002, False),
        (-2.5e6, -2.5e6 - 20, True),
        (-2.5e6, -2.5e6 - 30, False),
        ("1", 1, False),
        ([1.0], [1.0, 2.0], False),
        ([1.0], 1.0, False),
        ({"b64": "YQo="}, "a\n", True),
        ({"b64": "YQo="}, "a", False),
    ],
)
def test_alike(expected, found, alike):
    assert (difference(expected, found) == "") is alike


@settings(max_examples=50)
@given(st.lists(st.lists(st.binary(max_size=5), min_size=2, max_size=2), min_size=1, max_size=3))
def test_strings_survive_json(rows):
    array = np.empty((len(rows), 2), object)
    array[:] = rows
    back = from_json(json.loads(json.dumps(to_json(array))), np.dtype(object))
    assert back.tolist() == rows


@settings(max_examples=50)
@given(arrays.arrays(st.sampled_from([np.float32, np.int64, np.float64]), arrays.array_shapes(max_dims=2)))
def test_numbers_survive_json(array):
    back = from_json(json.loads(json.dumps(to_json(array))), array.dtype)
    np.testing.assert_array_equal(back, array)


def test_golden_needs_no_tensorflow():
    code = "import sys, argosy.saved_model; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

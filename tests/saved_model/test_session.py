import concurrent.futures
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from argosy.errors import ArtifactError, SavedModelCallError
from argosy.saved_model import GoldenCase, check_session_loadable, load_session_model, write_golden

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def half_plus_two(tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("model") / "1")
    module = tf.Module()
    module.slope = tf.Variable(0.5)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x"), tf.TensorSpec([None], tf.string)])
    def call(x, words):
        return {"y": module.slope * x + 2.0, "loud": tf.strings.upper(words)}

    tf.saved_model.save(module, directory, signatures={"serving_default": call})
    return directory


@pytest.fixture
def model(half_plus_two):
    loaded = load_session_model(half_plus_two)
    yield loaded
    loaded.close()


def feeds(*numbers):
    return {"x": np.array(numbers, np.float32), "words": ["ab"] * len(numbers)}


def failure(model, *args, **kwargs):
    with pytest.raises(SavedModelCallError) as caught:
        model.run(*args, **kwargs)
    return caught.value.code, str(caught.value)


def test_it_answers_by_name(model):
    answer = model.run("serving_default", feeds(1, 2, 5))
    np.testing.assert_allclose(answer["y"], [2.5, 3.0, 4.5])
    assert answer["loud"].tolist() == [b"AB"] * 3
    assert model.signatures["serving_default"].inputs["x"].dtype == "float32"
    assert model.signatures["serving_default"].inputs["x"].shape == (None,)
    assert "__saved_model_init_op" in model.signature_def_map
    assert "__saved_model_init_op" not in model.signatures


def test_output_filter(model):
    assert list(model.run("serving_default", feeds(1), output_filter=["y"])) == ["y"]
    code, message = failure(model, "serving_default", feeds(1), output_filter=["z"])
    assert code == "INVALID_ARGUMENT"
    assert message == "output tensor alias not found in signature: z Outputs expected to be in the set {loud,y}."
    assert failure(model, "serving_default", feeds(1), output_filter=["y", "y"])[0] == "INVALID_ARGUMENT"


def test_refusals_have_tf_servings_code_and_words(model):
    assert failure(model, "other", {}) == ("FAILED_PRECONDITION", 'Serving signature key "other" not found.')
    assert failure(model, "serving_default", {"x": [1.0], "q": [1]}) == (
        "INVALID_ARGUMENT",
        "input size does not match signature: 2!=2 len({q,x}) != len({words,x}). "
        "Sent extra: {q}. Missing but required: {words}.",
    )
    code, message = failure(model, "serving_default", {**feeds(1), "x": np.array([1.0])})
    assert code == "INVALID_ARGUMENT"
    assert "double" in message
    assert failure(model, "serving_default", {**feeds(1), "x": ["no number"]})[0] == "INVALID_ARGUMENT"


def test_shapes_are_checked_by_the_runtime_only(model):
    assert model.run("serving_default", {"x": np.ones([2, 2], np.float32), "words": []})["y"].shape == (2, 2)


def test_many_threads_get_their_own_answers(model):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda n: model.run("serving_default", feeds(n), timeout_ms=n + 5000)["y"][0], range(200))
        assert list(answers) == [n * 0.5 + 2 for n in range(200)]


def test_a_slow_call_ends_by_its_deadline(tmp_path):
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64, name="n")])
    def spin(n):
        return {"n": tf.while_loop(lambda i: i < n, lambda i: i + 1, [tf.constant(0, tf.int64)])[0]}

    tf.saved_model.save(module, str(tmp_path), signatures={"spin": spin})
    model = load_session_model(str(tmp_path))
    assert failure(model, "spin", {"n": 10**12}, timeout_ms=50)[0] == "DEADLINE_EXCEEDED"
    model.close()


def test_a_closed_model_says_so(half_plus_two):
    model = load_session_model(half_plus_two)
    model.close()
    assert failure(model, "serving_default", feeds(1))[0] == "CANCELLED"


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("saved_model.pb", "no saved_model.pb"),
        ("variables/variables.index", "copied only in part"),
        ("variables/variables.data-00000-of-00001", "does not load"),
    ],
)
def test_a_partial_copy_is_refused(half_plus_two, tmp_path, part, words):
    copy = tmp_path / "1"
    shutil.copytree(half_plus_two, copy)
    (copy / part).unlink()
    with pytest.raises(ArtifactError, match=words):
        load_session_model(str(copy))


def test_a_damaged_file_and_unknown_tags_are_refused(half_plus_two, tmp_path):
    copy = tmp_path / "1"
    shutil.copytree(half_plus_two, copy)
    (copy / "saved_model.pb").write_bytes((copy / "saved_model.pb").read_bytes()[:100])
    with pytest.raises(ArtifactError, match="damaged"):
        load_session_model(str(copy))
    with pytest.raises(ArtifactError, match="it has \\[\\['serve'\\]\\]"):
        load_session_model(half_plus_two, tags=("train",))


def golden(inputs, outputs, source="session"):
    return [GoldenCase(signature="serving_default", inputs=inputs, outputs=outputs, source=source)]


def test_golden_requests_are_asked(half_plus_two, tmp_path):
    copy = str(tmp_path / "Format-Serving")
    shutil.copytree(half_plus_two, copy)
    assert check_session_loadable(copy) == 0
    inputs = {"x": [1.0, 2.0], "words": ["a", "é"]}
    write_golden(str(tmp_path), golden(inputs, {"y": [2.5, 3.0], "loud": ["A", "É"]}))
    with pytest.raises(ArtifactError, match=r"output loud: at \[1\]: expected 'É'"):
        check_session_loadable(copy)
    write_golden(f"{copy}/assets.extra", golden(inputs, {"y": [2.5, 3.0], "loud": ["A", "é"]}))
    assert check_session_loadable(copy) == 1


def test_a_keras_3_model_whose_variables_nobody_tracks_is_caught(tmp_path):
    import keras

    module = tf.Module()
    module.model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1)])

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def call(x):
        return {"y": module.model(x)}

    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": call})
    x = {"x": [[1.0, 2.0]]}
    y = {"y": module.model(np.array(x["x"], np.float32)).numpy().tolist()}
    write_golden(str(tmp_path), golden(x, y, "in_memory"))
    with pytest.raises(ArtifactError, match="FAILED_PRECONDITION"):
        check_session_loadable(str(tmp_path))


def test_tensorflows_first_remarks_are_not_shown_and_what_follows_is():
    code = """
import os, sys
from argosy.saved_model.quiet import absorb_first_remarks
absorb_first_remarks()
os.write(2, b"after")
"""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "after")

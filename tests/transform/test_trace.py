"""What preprocessing_fn may do and return, before any row is read."""

import pytest
import tensorflow as tf

import argosy.transform as tft
from argosy.errors import ParameterError, UserCodeError
from argosy.transform.phases import phases
from argosy.transform.trace import trace_preprocessing

pytestmark = pytest.mark.tf


SPECS = {
    "x": tf.TensorSpec([None], tf.float32),
    "n": tf.TensorSpec([None, 2], tf.int64),
    "s": tf.SparseTensorSpec([None, None], tf.string),
}


def traced(function):
    return trace_preprocessing(function, SPECS)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda inputs: None, "returned None"),
        (lambda inputs: [inputs["x"]], "returned a list"),
        (lambda inputs: {}, "empty dict"),
        (lambda inputs: {3: inputs["x"]}, "named 3"),
        (lambda inputs: {"out": 1.0}, "'out' is a float"),
        (lambda inputs: {"out": tf.reduce_sum(inputs["x"])}, "'out' is a scalar"),
        (lambda inputs: {"out": tft.mean(inputs["x"])}, "'out' is a scalar"),
        (lambda inputs: {"out": tf.constant([1.0, 2.0])}, "'out' has shape .*always 2, not the batch"),
        (lambda inputs: {"out": tf.sparse.to_dense(inputs["s"])}, "'out' has shape .*must be known"),
        (lambda inputs: {"out": tf.cast(inputs["x"], tf.complex64)}, "'out' is of type complex64"),
        (lambda inputs: {"out": tf.sparse.expand_dims(inputs["s"], 1)}, "'out' is a sparse tensor of rank 3"),
    ],
)
def test_what_cannot_be_an_output_is_an_error_that_names_it(function, message):
    with pytest.raises(UserCodeError, match=message):
        traced(function)


def test_outputs_come_as_the_three_types_of_a_tf_example():
    trace = traced(lambda inputs: {
        "bool": inputs["x"] > 0, "int32": tf.cast(inputs["n"], tf.int32), "float64": tf.cast(inputs["x"], tf.float64),
        "string": inputs["s"], "ragged": tf.RaggedTensor.from_sparse(inputs["s"]),
    })  # fmt: skip
    assert {name: output.dtype.name for name, output in trace.outputs.items()} == {
        "bool": "int64", "int32": "int64", "float64": "float32", "string": "string", "ragged": "string",
    }  # fmt: skip


def test_it_is_called_once():
    calls = []

    def preprocessing_fn(inputs):
        calls.append(1)
        bucket = tft.bucketize(inputs["x"], 3)
        return {"z": tft.scale_to_z_score(bucket)}

    assert [len(phase) for phase in phases(traced(preprocessing_fn))] == [1, 1]
    assert calls == [1]


def test_equal_questions_are_one_analyzer():
    trace = traced(lambda inputs: {
        "z": tft.scale_to_z_score(inputs["x"]), "c": inputs["x"] - tft.mean(inputs["x"]) - tft.var(inputs["x"]),
        "u": tft.scale_to_0_1(inputs["x"]),
    })  # fmt: skip
    assert [analyzer.name for analyzer in trace.analyzers] == ["moments_0"]


def test_unused_analyzers_do_not_run_but_vocabularies_do():
    def preprocessing_fn(inputs):
        tft.mean(inputs["n"])
        tft.vocabulary(inputs["s"], vocab_filename="words")
        return {"x": inputs["x"]}

    assert [[a.name for a in phase] for phase in phases(traced(preprocessing_fn))] == [["vocabulary_1"]]


def test_two_vocabularies_of_one_name_are_refused():
    def preprocessing_fn(inputs):
        return {
            "a": tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="v"),
            "b": tft.compute_and_apply_vocabulary(inputs["n"], vocab_filename="v"),
        }

    with pytest.raises(ParameterError, match=r"two different vocabularies are named 'v'"):
        traced(preprocessing_fn)


def test_a_vocabulary_without_a_name_gets_one_that_is_free():
    def preprocessing_fn(inputs):
        tft.vocabulary(inputs["s"], vocab_filename="vocabulary_1")
        tft.vocabulary(inputs["n"])
        return {"x": inputs["x"]}

    assert [a.analysis.filename for a in traced(preprocessing_fn).analyzers] == ["vocabulary_1", "vocabulary_2"]


def test_an_analyzer_in_an_inner_function_is_refused():
    with pytest.raises(UserCodeError, match=r"outside tf.function"):
        traced(lambda inputs: {"x": tf.function(lambda x: x - tft.mean(x))(inputs["x"])})


@pytest.mark.parametrize(
    "loop",
    [
        lambda x: tf.map_fn(lambda value: value - tft.mean(value), x),
        lambda x: tf.while_loop(lambda i, _: i < 2, lambda i, y: (i + 1, y - tft.mean(y)), (0, x))[1],
        lambda x: tf.cond(tf.size(x) > 2, lambda: x - tft.mean(2 * x), lambda: x),
    ],
)
def test_so_it_is_in_control_flow(loop):
    with pytest.raises(UserCodeError, match=r"outside tf.function"):
        traced(lambda inputs: {"x": loop(inputs["x"])})


def test_an_analyzer_of_all_rows_may_be_asked_for_in_a_branch():
    trace = traced(lambda i: {"x": tf.cond(tf.size(i["x"]) > 2, lambda: i["x"] - tft.mean(i["x"]), lambda: i["x"])})
    assert [len(phase) for phase in phases(trace)] == [1]


def test_integers_of_an_inner_function_are_not_taken_for_an_outputs():
    @tf.function
    def inner(x):
        return tf.cast(tft.apply_buckets(x, [2.0, 5.0]), tf.float32)

    def preprocessing_fn(inputs):
        outputs = {"x": inner(inputs["x"])}
        names = {tensor.name for op in inner.get_concrete_function(inputs["x"]).graph.get_operations()
                 for tensor in op.outputs}  # fmt: skip
        for _ in range(9):
            plain = tf.reshape(inputs["n"], [-1, 2])
            outputs |= {plain.name: plain} if plain.name in names else {}
        assert len(outputs) > 1
        return outputs

    assert traced(preprocessing_fn).categories == {}


@pytest.mark.parametrize("call", [tf.numpy_function, tf.py_function])
def test_python_within_the_graph_is_refused(call):
    def double(x):
        return tf.ensure_shape(call(lambda value: value * 2, [x], tf.float32), [None])

    with pytest.raises(UserCodeError, match=r"calls Python while the graph runs"):
        traced(lambda inputs: {"x": double(inputs["x"])})
    with pytest.raises(UserCodeError, match=r"calls Python while the graph runs"):
        traced(lambda inputs: {"x": tf.function(double)(inputs["x"])})


def test_a_variable_from_outside_is_refused():
    weight = tf.Variable(2.0)
    with pytest.raises(UserCodeError, match=r"no variables"):
        traced(lambda inputs: {"x": inputs["x"] * weight})


def test_analyzers_outside_a_trace_say_so():
    with pytest.raises(UserCodeError, match=r"only inside a preprocessing_fn"):
        tft.mean(tf.constant([1.0]))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda i: tft.bucketize(i["x"], 1), "num_buckets is 1"),
        (lambda i: tft.quantiles(i["x"], 3, 2.0), "epsilon is 2.0"),
        (lambda i: tft.scale_by_min_max(i["x"], 1.0, 0.0), "output_min 1.0"),
        (lambda i: tft.compute_and_apply_vocabulary(i["x"]), "strings or integers, not of float32"),
        (lambda i: tft.compute_and_apply_vocabulary(i["s"], top_k=0), "top_k is 0"),
        (lambda i: tft.compute_and_apply_vocabulary(i["s"], num_oov_buckets=-1), "num_oov_buckets is -1"),
        (lambda i: tft.apply_vocabulary(i["s"], "/no/such/file"), "/no/such/file"),
        (lambda i: tft.apply_vocabulary(i["s"], i["x"]), "tft.vocabulary"),
        (lambda i: tft.mean(i["s"]), "expected numbers, found string"),
        (lambda i: tft.bucketize(i["s"], 2), "expected numbers, found string"),
        (lambda i: tft.bucketize(i["x"], 2, weights=i["s"]), "expected numbers, found string"),
        (lambda i: tft.mean(i["s"], reduce_instance_dims=False), "densify|numbers"),
        (lambda i: tft.sparse_tensor_to_dense_with_shape(i["x"], [None]), "expected a sparse tensor"),
    ],
)
def test_options_out_of_range_are_refused(function, message):
    with pytest.raises(ParameterError, match=message):
        traced(lambda inputs: {"out": function(inputs)})


def test_a_given_file_and_a_vocabulary_of_one_name_are_refused(tmp_path):
    (tmp_path / "v").write_bytes(b"a\n")

    def preprocessing_fn(inputs):
        return {
            "a": tft.apply_vocabulary(inputs["s"], tmp_path / "v"),
            "b": tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="v"),
        }

    with pytest.raises(ParameterError, match=r"two different vocabularies are named 'v'"):
        traced(preprocessing_fn)

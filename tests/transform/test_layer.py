"""The saved transform called eagerly, in a tf.data pipeline, and inside a model behind the session loader."""

import numpy as np
import pytest
import tensorflow as tf

import argosy.transform as tft
from argosy.errors import ArtifactError, DataError, ParameterError

pytestmark = [pytest.mark.tf, pytest.mark.beam]


COLUMNS = {
    "size": ("FLOAT", [1.0, 2.0, 3.0, None]),
    "kind": ("BYTES", [b"a", b"b", b"b", b"c"]),
    "label": ("INT", [0, 1, 0, 1]),
}


@pytest.fixture(scope="module")
def output(module_project):
    def preprocessing_fn(inputs):
        table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [10, 20]), -1)
        return {
            "size": tft.scale_to_z_score(tft.fill_missing(inputs["size"], tft.mean(inputs["size"]))),
            "kind": tft.compute_and_apply_vocabulary(inputs["kind"], num_oov_buckets=1, vocab_filename="kinds"),
            "own": table.lookup(inputs["kind"]),
            "label": inputs["label"],
            "both": tf.cast(inputs["label"], tf.float32) + tft.fill_missing(inputs["size"], 0.0),
        }

    module_project.write(COLUMNS, dense=("kind", "label")).build(preprocessing_fn)
    return tft.TFTransformOutput(str(module_project.root / "graph"))


def raw():
    size = tf.SparseTensor([[0, 0], [2, 0]], tf.constant([1.0, 9.0]), [3, 1])
    return {"size": size, "kind": tf.constant(["b", "zz", "a"])}


EXPECTED = {"size": [-np.sqrt(2.0), 0.0, 7 * np.sqrt(2.0)], "kind": [0, 3, 2], "own": [20, -1, 10]}


def check(found):
    assert sorted(found) == sorted(EXPECTED)
    for name, expected in EXPECTED.items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-6)


def test_outputs_that_depend_on_an_absent_feature_are_left_out(output):
    check(output.transform_raw_features(raw()))
    assert sorted(output.transform_raw_features({"label": [1, 0]})) == ["label"]
    with pytest.raises(ParameterError, match=r"raw features missing: label"):
        output.transform_raw_features(raw(), drop_unused_features=False)


def test_arrays_and_ragged_tensors_will_do(output):
    size = tf.ragged.constant([[1.0], [], [9.0]])
    check(output.transform_raw_features({"size": size, "kind": np.array([b"b", b"zz", b"a"], object)}))


def test_features_that_do_not_fit_are_refused(output):
    with pytest.raises(DataError, match=r"'knid' is not an input .*did you mean 'kind'"):
        output.transform_raw_features({"knid": tf.constant(["a"])})
    with pytest.raises(DataError, match=r"'size': expected SparseTensorSpec.*found"):
        output.transform_raw_features({"size": tf.constant([1.0])})


def test_it_maps_a_dataset(output):
    layer = output.transform_features_layer()
    assert layer is output.transform_features_layer()
    dataset = tf.data.Dataset.from_tensors(raw()).map(layer)
    check({name: tensor.numpy() for name, tensor in next(iter(dataset)).items()})


def test_it_is_served_within_a_model_through_the_session_loader(output, tmp_path):
    from argosy.saved_model.session import load_session_model

    class Served(tf.Module):
        def __init__(self):
            super().__init__()
            self.layer = output.transform_features_layer()

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def serve(self, examples):
            spec = output.raw_feature_spec()
            del spec["label"]
            return self.layer(tf.io.parse_example(examples, spec))

    served = Served()
    tf.saved_model.save(served, str(tmp_path / "model"), signatures={"serving_default": served.serve})
    model = load_session_model(str(tmp_path / "model"))
    examples = [
        tf.train.Example(features=tf.train.Features(feature={
            "kind": tf.train.Feature(bytes_list=tf.train.BytesList(value=[kind])),
            **({} if size is None else {"size": tf.train.Feature(float_list=tf.train.FloatList(value=[size]))}),
        })).SerializeToString()
        for kind, size in ((b"b", 1.0), (b"zz", None), (b"a", 9.0))
    ]  # fmt: skip
    (name,) = model.signatures["serving_default"].inputs
    check(model.run("serving_default", {name: np.array(examples, object)}))
    model.close()


def test_specs_of_raw_and_transformed_rows(output):
    assert output.raw_feature_spec() == {
        "size": tf.io.VarLenFeature(tf.float32),
        "kind": tf.io.FixedLenFeature([], tf.string),
        "label": tf.io.FixedLenFeature([], tf.int64),
    }
    assert {name: spec.dtype.name for name, spec in output.transformed_feature_spec().items()} == {
        "both": "float32", "kind": "int64", "label": "int64", "own": "int64", "size": "float32",
    }  # fmt: skip


def test_what_is_not_there_is_an_error(output, tmp_path):
    with pytest.raises(ArtifactError, match=r"no transform_fn/saved_model.pb"):
        tft.TFTransformOutput(str(tmp_path))
    with pytest.raises(ParameterError, match=r"no vocabulary 'kind': did you mean 'kinds'"):
        output.vocabulary_by_name("kind")
    with pytest.raises(ParameterError, match=r"neither bucketized nor"):
        output.num_buckets_for_transformed_feature("size")
    assert output.vocabulary_file_by_name("kind") is None

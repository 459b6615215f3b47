"""Analyzers of analyzers: as many passes over the data as they are deep."""

import numpy as np
import pytest
import tensorflow as tf

import argosy.transform as tft

pytestmark = [pytest.mark.tf, pytest.mark.beam]


RNG = np.random.default_rng(7)
X = RNG.gamma(2.0, 3.0, 500).astype(np.float32)
COLUMNS = {
    "x": ("FLOAT", X.tolist()),
    "kind": ("BYTES", RNG.choice([b"a", b"b", b"c"], 500, p=[0.6, 0.3, 0.1]).tolist()),
}


def test_the_z_score_of_a_bucketized_vocabulary_mapped_column(project):
    def preprocessing_fn(inputs):
        bucket = tft.bucketize(inputs["x"], 4)
        token = tft.compute_and_apply_vocabulary(tf.strings.as_string(bucket) + inputs["kind"])
        return {"z": tft.scale_to_z_score(token)}

    outputs, built = project.write(COLUMNS, dense=("x", "kind")).build(preprocessing_fn)
    assert built.phases == 3
    assert built.rows == {"train": 500}

    boundaries = np.sort(X)[[125, 250, 375]]
    bucket = np.searchsorted(boundaries, X, side="right")
    tokens = [str(b).encode() + k for b, k in zip(bucket, COLUMNS["kind"][1], strict=True)]
    order = sorted(set(tokens), key=lambda token: (tokens.count(token), token), reverse=True)
    number = np.array([order.index(token) for token in tokens])
    np.testing.assert_allclose(outputs["z"], (number - number.mean()) / number.std(), rtol=1e-5, atol=1e-6)


def test_of_deeper_chains_each_link_is_a_pass(project):
    def preprocessing_fn(inputs):
        x = inputs["x"]
        for _ in range(4):
            x = tft.scale_to_0_1(x) ** 2
        return {"x": x, "other": tft.scale_to_z_score(inputs["x"])}

    outputs, built = project.write(COLUMNS, dense=("x",)).build(preprocessing_fn)
    assert built.phases == 4
    assert float(tf.reduce_max(outputs["x"])) == 1.0
    assert built.columns == ["x"]


def test_analyzers_that_only_other_analyzers_use_run_too(project):
    def preprocessing_fn(inputs):
        x = inputs["x"]
        mean = tft.mean(x)
        below, above = tft.min(x - mean), tft.max(x * mean)
        return {"x": x * tft.sum(x * below + above)}

    outputs, built = project.write({"x": ("FLOAT", [1.0, 2.0, 6.0])}, dense=("x",)).build(preprocessing_fn)
    assert built.phases == 3
    total = sum(x * -2.0 + 18.0 for x in (1.0, 2.0, 6.0))
    assert outputs["x"].numpy().tolist() == [total, 2 * total, 6 * total]


def test_the_largest_integers_keep_their_sign(project):
    def preprocessing_fn(inputs):
        rows = [tf.shape(inputs["n"])[0]]
        return {"most": tf.fill(rows, tft.max(inputs["n"])), "least": tf.fill(rows, tft.min(inputs["n"]))}

    outputs, _ = project.write({"n": ("INT", [2**63 - 1, -(2**63)])}, dense=("n",)).build(preprocessing_fn)
    assert outputs["most"].numpy().tolist() == [2**63 - 1] * 2
    assert outputs["least"].numpy().tolist() == [-(2**63)] * 2


def test_of_no_row_at_all_there_is_still_a_graph(project):
    def preprocessing_fn(inputs):
        filled = tft.fill_missing(inputs["x"], tft.mean(inputs["x"]))
        return {
            "z": tft.scale_to_z_score(filled),
            "bucket": tft.bucketize(filled, 3),
            "token": tft.compute_and_apply_vocabulary(inputs["kind"]),
            "least": tft.fill_missing(inputs["n"], tft.min(inputs["n"])),
            "pair": tft.scale_to_0_1(tf.stack([filled, filled], axis=1), elementwise=True),
        }

    columns: dict = {"x": ("FLOAT", []), "kind": ("BYTES", []), "n": ("INT", [])}
    _, built = project.write(columns, dense=("kind",)).build(preprocessing_fn)
    assert built.rows == {"train": 0}
    outputs = tft.TFTransformOutput(str(project.root / "graph")).transform_raw_features({
        "x": tf.sparse.from_dense([[2.0]]), "kind": ["a"], "n": tf.sparse.from_dense(tf.zeros([1, 1], tf.int64)),
    })  # fmt: skip
    assert {name: value.numpy().tolist() for name, value in outputs.items() if name != "pair"} == {
        "z": [2.0], "bucket": [0], "token": [-1], "least": [2**63 - 1],
    }  # fmt: skip
    np.testing.assert_allclose(outputs["pair"], [[1 / (1 + np.exp(-2.0))] * 2], rtol=1e-6)


def test_names_may_have_any_character(project):
    names = ("bill length (mm)", "größe/x:0", "日本", "input_0")
    project.write({name: ("FLOAT", [1.0, 3.0]) for name in names}, dense=names)
    outputs, _ = project.build(lambda inputs: {f"{name}!": tft.scale_to_z_score(x) for name, x in inputs.items()})
    assert {name: value.numpy().tolist() for name, value in outputs.items()} == {f"{n}!": [-1.0, 1.0] for n in names}


def test_control_flow_and_tables_of_the_users_own_come_along(project):
    constants = tf.constant([float(i) for i in range(100)])

    def preprocessing_fn(inputs):
        table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [5, 6]), -1)
        bucket = tft.bucketize(inputs["x"], 4)
        return {
            "mapped": tf.map_fn(lambda x: tf.cond(x > 5, lambda: x * 2, lambda: x), inputs["x"]),
            "table": tft.scale_to_0_1(table.lookup(inputs["kind"])),
            "constant": tf.gather(constants, bucket),
        }

    outputs, _ = project.write(COLUMNS, dense=("x", "kind")).build(preprocessing_fn)
    np.testing.assert_allclose(outputs["mapped"], np.where(X > 5, X * 2, X))
    expected = {b"a": 6 / 7, b"b": 1.0, b"c": 0.0}
    np.testing.assert_allclose(outputs["table"], [expected[kind] for kind in COLUMNS["kind"][1]], rtol=1e-6)
    assert set(outputs["constant"].numpy()) == {0.0, 1.0, 2.0, 3.0}

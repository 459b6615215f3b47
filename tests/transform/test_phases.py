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

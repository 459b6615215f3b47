"""What mappers and analyzers compute, against numpy on the same rows, through Beam and the saved graph."""

import numpy as np
import pytest
import tensorflow as tf

import argosy.transform as tft

pytestmark = [pytest.mark.tf, pytest.mark.beam]


NAN = float("nan")
X = np.array([1.0, 2.0, 2.5, NAN, 10.0, -3.0], np.float32)
SPARSE = [4, None, [1, 7], 4, [], -2]
WORDS = [b"b", b"a", b"b", b"", b"c\nd", b"e"]
COLUMNS = {
    "x": ("FLOAT", X.tolist()),
    "same": ("FLOAT", [3.0] * 6),
    "none": ("FLOAT", [None] * 6),
    "n": ("INT", SPARSE),
    "word": ("BYTES", WORDS),
    "age": ("FLOAT", [1.0, None, 3.0, NAN, 5.0, None]),
    "sex": ("BYTES", [b"f", None, b"m", b"m", None, b"f"]),
}
DENSE = ("x", "same", "word")


@pytest.fixture(scope="module")
def built(module_project, tmp_path_factory):
    def preprocessing_fn(inputs):
        x, pair = inputs["x"], tf.stack([inputs["x"], inputs["same"]], axis=1)
        given = tmp_path_factory.mktemp("given") / "given.txt"
        given.write_bytes(b"e\na\n")

        def repeat(value):
            return tf.fill([tf.shape(x)[0]], value)

        return {
            "z": tft.scale_to_z_score(x),
            "z_same": tft.scale_to_z_score(inputs["same"]),
            "z_pair": tft.scale_to_z_score(pair, elementwise=True),
            "z_sparse": tft.scale_to_z_score(inputs["n"]),
            "z_none": tft.scale_to_z_score(tft.fill_missing(inputs["none"], tft.mean(inputs["none"]))),
            "unit": tft.scale_to_0_1(x),
            "unit_same": tft.scale_to_0_1(inputs["same"]),
            "range_none": tft.scale_by_min_max(tft.fill_missing(inputs["none"], 3.0), -1.0, 1.0),
            "range": tft.scale_by_min_max(x, -1.0, 3.0),
            "bucket": tft.bucketize(x, 3),
            "bucket_pair": tft.bucketize(pair, 3, elementwise=True),
            "bucket_given": tft.apply_buckets(x, [[2.0, 2.5]]),
            "weighted": tft.bucketize(x, 2, weights=tf.where(x > 5, 100.0, 1.0)),
            "ragged": tft.scale_to_0_1(tf.RaggedTensor.from_sparse(inputs["n"])),
            "word": tft.compute_and_apply_vocabulary(inputs["word"]),
            "word_oov": tft.compute_and_apply_vocabulary(inputs["word"], num_oov_buckets=2, vocab_filename="oov"),
            "word_top": tft.compute_and_apply_vocabulary(inputs["word"], top_k=1, default_value=7),
            "word_given": tft.apply_vocabulary(inputs["word"], str(given)),
            "n": tft.compute_and_apply_vocabulary(inputs["n"]),
            "age": tft.fill_missing(inputs["age"], tft.mean(inputs["age"])),
            "sex": tft.fill_missing(inputs["sex"], ""),
            "wide": tft.sparse_tensor_to_dense_with_shape(inputs["n"], [None, 3], -9),
            "min": repeat(tft.min(x)), "max": repeat(tft.max(x)), "sum": repeat(tft.sum(inputs["n"])),
            "size": repeat(tft.size(x)), "mean": repeat(tft.mean(x)), "var": repeat(tft.var(x)),
            "least": repeat(tft.min(inputs["n"])),
            "means": tf.zeros_like(pair) + tft.mean(pair, reduce_instance_dims=False),
            "quantiles": tf.zeros_like(pair) + tft.quantiles(x, 3, 0.01),
        }  # fmt: skip

    tensors, built = module_project.write(COLUMNS, dense=DENSE).build(preprocessing_fn)
    values = {n: (t.values if isinstance(t, tf.SparseTensor) else t).numpy() for n, t in tensors.items()}
    return values, tft.TFTransformOutput(str(module_project.root / "graph")), built.phases


@pytest.fixture(scope="module")
def values(built):
    return built[0]


def close(found, expected):
    np.testing.assert_allclose(found, np.asarray(expected, np.float64), rtol=1e-6, atol=1e-6)


SEEN = X[~np.isnan(X)].astype(np.float64)
NUMBERS = np.array([4, 1, 7, 4, -2], np.float64)


def test_z_score_uses_the_biased_variance_and_leaves_nan_where_it_is(values):
    close(values["z"], (X - SEEN.mean()) / SEEN.std())


def test_z_score_of_one_value_is_zero(values):
    close(values["z_same"], np.zeros(6))
    close(values["z_none"], np.zeros(6))


def test_z_score_by_element(values):
    close(values["z_pair"], np.stack([(X - SEEN.mean()) / SEEN.std(), np.zeros(6)], axis=1))


def test_z_score_of_a_sparse_tensor_is_of_what_is_there(values):
    close(values["z_sparse"], (NUMBERS - NUMBERS.mean()) / NUMBERS.std())


def test_one_nan_does_not_spoil_the_extremes(values):
    share = (X - SEEN.min()) / (SEEN.max() - SEEN.min())
    close(values["unit"], share)
    close(values["range"], share * 4 - 1)


def test_equal_extremes_and_no_value_at_all_give_the_sigmoid(values):
    close(values["unit_same"], np.full(6, 1 / (1 + np.exp(-3.0))))
    close(values["range_none"], np.full(6, 2 / (1 + np.exp(-3.0)) - 1))


def test_buckets_are_equally_filled_and_nan_is_in_the_last(values):
    assert values["bucket"].tolist() == [1, 1, 2, 2, 2, 0]
    assert values["bucket_pair"][:, 0].tolist() == [1, 1, 2, 2, 2, 0]
    assert values["bucket_given"].tolist() == [0, 1, 2, 2, 2, 0]


def test_weights_move_the_boundaries(values):
    assert values["weighted"].tolist() == [0, 0, 0, 1, 1, 0]


def test_ragged_tensors_will_do(values):
    close(values["ragged"], (NUMBERS + 2) / 9)


def test_vocabularies(values):
    assert values["word"].tolist() == [0, 2, 0, -1, -1, 1]
    assert values["word_oov"].tolist()[:3] == [0, 2, 0]
    assert set(values["word_oov"].tolist()[3:5]) <= {3, 4}
    assert values["word_top"].tolist() == [0, 7, 0, 7, 7, 7]
    assert values["word_given"].tolist() == [-1, 1, -1, -1, -1, 0]
    assert values["n"].tolist() == [0, 2, 1, 0, 3]


def test_missing_values_are_filled(values):
    close(values["age"], [1, 3, 3, 3, 5, 3])
    assert values["sex"].tolist() == [b"f", b"", b"m", b"m", b"", b"f"]
    assert values["wide"].tolist() == [[4, -9, -9], [-9] * 3, [1, 7, -9], [4, -9, -9], [-9] * 3, [-2, -9, -9]]


def test_analyzers_agree_with_numpy(values):
    for name, expected in {
        "min": SEEN.min(), "max": SEEN.max(), "mean": SEEN.mean(), "var": SEEN.var(), "size": 6, "sum": 14, "least": -2,
    }.items():  # fmt: skip
        close(values[name], np.full(6, expected))
    close(values["means"][0], [SEEN.mean(), 3.0])
    close(values["quantiles"][0], [1.0, 2.5])


def test_integers_stay_integers(values):
    assert [values[name].dtype for name in ("size", "sum", "least")] == [np.int64] * 3


def test_all_of_it_takes_two_passes(built):
    assert built[2] == 2


def test_the_schema_says_which_integers_categories_are(built):
    domains = {f.name: f.domain for f in built[1].transformed_metadata.schema.features if f.domain}
    assert {name: (domain.min, domain.max) for name, domain in domains.items()} == {
        "weighted": (0, 1),
        "bucket": (0, 2), "bucket_pair": (0, 2), "bucket_given": (0, 2), "word": (-1, 2), "word_oov": (0, 4),
        "word_top": (0, 7), "word_given": (-1, 1), "n": (-1, 3),
    }  # fmt: skip
    assert all(domain.is_categorical for domain in domains.values())


def test_the_output_knows_vocabularies_by_name(built):
    output = built[1]
    assert output.vocabulary_by_name("oov") == [b"b", b"e", b"a"]
    assert output.vocabulary_size_by_name("oov") == 3
    assert output.num_buckets_for_transformed_feature("word_oov") == 5

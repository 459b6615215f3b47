"""One preprocessing_fn, run by us and by TensorFlow Transform, only its import changed: the same transformed rows."""

import numpy as np
import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam, pytest.mark.tf]

CODE = """
import tensorflow as tf
import {module} as tft


def preprocessing_fn(inputs):
    number, whole, pair = inputs["number"], inputs["whole"], inputs["pair"]
    gaps, word, bag = inputs["gaps"], inputs["word"], inputs["bag"]
    outputs = {{
        "z_score": tft.scale_to_z_score(number),
        "z_score_of_whole": tft.scale_to_z_score(whole),
        "z_score_by_element": tft.scale_to_z_score(pair, elementwise=True),
        "z_score_of_gaps": tft.scale_to_z_score(gaps),
        "z_score_of_constant": tft.scale_to_z_score(inputs["constant"]),
        "to_0_1": tft.scale_to_0_1(number),
        "to_0_1_of_constant": tft.scale_to_0_1(inputs["constant"]),
        "min_max": tft.scale_by_min_max(whole, -1.0, 3.0),
        "min_max_by_element": tft.scale_by_min_max(pair, elementwise=True),
        "statistics": tf.cast(number, tf.float32) * 0 + tf.stack([
            tft.mean(number), tft.var(number), tft.min(number), tft.max(number),
            tf.cast(tft.size(gaps), tf.float32), tf.cast(tft.sum(whole), tf.float32),
        ]),
        "bucket": tft.bucketize(number, num_buckets=4),
        "bucket_of_whole": tft.bucketize(whole, num_buckets=10),
        "bucket_of_gaps": tft.bucketize(gaps, num_buckets=3),
        "given_buckets": tft.apply_buckets(number, tf.constant([[-1.0, 0.0, 0.5]])),
        "word": tft.compute_and_apply_vocabulary(word),
        "word_top": tft.compute_and_apply_vocabulary(word, top_k=3, num_oov_buckets=2),
        "word_often": tft.compute_and_apply_vocabulary(word, frequency_threshold=60, default_value=-7),
        "bag": tft.compute_and_apply_vocabulary(bag, num_oov_buckets=1, vocab_filename="bag"),
        "word_by_bags": tft.apply_vocabulary(word, tft.vocabulary(bag, vocab_filename="bags")),
        "digit": tft.compute_and_apply_vocabulary(inputs["digit"]),
        "passed": tf.strings.upper(word),
    }}
    # The z-score of a bucketized, vocabulary-mapped column: three phases.
    outputs["in_phases"] = tft.scale_to_z_score(
        tft.bucketize(tf.cast(outputs["word"], tf.float32) + outputs["z_score"], num_buckets=5)
    )
    return outputs
"""

CATEGORIES = {"bucket", "bucket_of_whole", "bucket_of_gaps", "given_buckets", "word", "word_top", "word_often", "bag",
              "word_by_bags", "digit"}  # fmt: skip


def columns(rows=400):
    random = np.random.default_rng(5)
    words = [b"a", b"b", b"c", b"d", b"e", b"two words", b"\xc3\xa5"]
    return {
        "number": ("FLOAT", random.normal(size=rows).astype(np.float32).tolist()),
        "whole": ("INT", random.integers(-1000, 1000, rows).tolist()),
        "pair": ("FLOAT", random.normal([0, 100], [1, 20], (rows, 2)).astype(np.float32).tolist()),
        "gaps": ("FLOAT", [None if i % 4 == 0 else float(i) for i in range(rows)]),
        "constant": ("FLOAT", [2.5] * rows),
        "word": ("BYTES", [words[i] for i in random.integers(0, len(words), rows)]),
        "bag": ("BYTES", [[words[j] for j in random.integers(0, 5, i % 4)] for i in range(rows)]),
        "digit": ("INT", random.integers(0, 6, rows).tolist()),
    }


@pytest.fixture(scope="module")
def graphs(peer, rows_of, written, tmp_path_factory):
    """{"ours", "theirs": {output: values}}, both graphs applied by TFT to the same rows."""
    from argosy.artifacts import Examples, Input, Output, Schema, TransformGraph
    from argosy.data_validation import infer_schema, read_statistics
    from argosy.schema import write_schema
    from argosy.transform.executor import transform

    examples, statistics = written(rows_of(columns()))
    write_schema(infer_schema(read_statistics(statistics, "train")), statistics)
    folder = tmp_path_factory.mktemp("transform")
    module = folder / "preprocessing.py"
    module.write_text(CODE.format(module="argosy.transform"))
    for name in ("graph", "rows"):
        (folder / name).mkdir()
    transform(
        Input[Examples](uri="", path=examples),
        Input[Schema](uri="", path=statistics),
        Output[TransformGraph](uri="", path=str(folder / "graph")),
        Output[Examples](uri="", path=str(folder / "rows")),
        module_file=str(module),
        materialize=False,
    )
    return peer(
        "make_transform",
        code=CODE.format(module="tensorflow_transform"),
        files=f"{examples}/Split-train/*",
        schema=f"{statistics}/schema.pbtxt",
        ours=str(folder / "graph"),
    )


def test_both_have_the_same_outputs_and_domains(graphs):
    assert set(graphs["ours"]) == set(graphs["theirs"]) > CATEGORIES
    assert graphs["ours"]["domains"] == graphs["theirs"]["domains"]
    assert set(graphs["ours"]["domains"]) == CATEGORIES


def test_numbers_agree(graphs):
    for name in set(graphs["ours"]) - CATEGORIES - {"domains", "passed"}:
        ours, theirs = (np.array(graphs[side][name]) for side in ("ours", "theirs"))
        assert np.unique(ours).size > 3 or "constant" in name or name in ("statistics", "in_phases")
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6, err_msg=name)


def test_categories_and_strings_are_equal(graphs):
    for name in CATEGORIES | {"passed"}:
        assert graphs["ours"][name] == graphs["theirs"][name], name

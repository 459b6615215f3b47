"""Rows and models whose answers are known, so that metrics can be compared with other libraries'."""

import numpy as np
import pyarrow as pa
import pytest

from argosy.examples import ExamplesWriter

SPECIES = ("Adelie", "Chinstrap", "Gentoo")


@pytest.fixture(scope="session")
def echo_model(tmp_path_factory):
    """Makes SavedModels whose `probabilities` [n, columns] are the feature `p` of each row."""
    import tensorflow as tf

    made = {}

    def make(columns, classes=(), feature="p"):
        key = (columns, tuple(classes), feature)
        if key not in made:
            made[key] = _export(tf, str(tmp_path_factory.mktemp("model")), columns, classes, feature)
        return made[key]

    return make


def _export(tf, path, columns, classes, feature):
    def serve(examples):
        parsed = tf.io.parse_example(examples, {feature: tf.io.FixedLenFeature([columns], tf.float32)})
        outputs = {"probabilities": parsed[feature]}
        if classes:
            outputs["classes"] = tf.tile(tf.constant([list(classes)]), [tf.shape(examples)[0], 1])
        return outputs

    module = tf.Module()
    module.serve = tf.function(serve, input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    tf.saved_model.save(module, path, signatures={"serving_default": module.serve})
    return path


@pytest.fixture(scope="session")
def write_rows():
    """Writes columns of Python lists as a split."""

    def write(path, columns, split="eval"):
        arrays = {name: pa.array([v if v is None or isinstance(v, list) else [v] for v in values])
                  for name, values in columns.items()}  # fmt: skip
        arrays = {name: array.cast(_list_type(array.type)) for name, array in arrays.items()}
        with ExamplesWriter(str(path), split) as writer:
            writer.write(pa.RecordBatch.from_pydict(arrays))
        return str(path)

    return write


def _list_type(kind):
    if pa.types.is_null(kind):
        return kind
    value = kind.value_type
    if pa.types.is_floating(value):
        return pa.list_(pa.float32())
    return pa.list_(pa.int64() if pa.types.is_integer(value) else pa.binary())


@pytest.fixture(scope="session")
def penguins():
    """Columns of 300 made-up rows: label, three probabilities, island, sex (some missing), year, weight."""
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 3, 300)
    scores = rng.normal(size=(300, 3)) + 1.5 * np.eye(3)[labels]
    probabilities = (np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)).astype(np.float32)
    return {
        "species": [SPECIES[label] if i % 30 else None for i, label in enumerate(labels)],
        "p": probabilities.tolist(),
        "island": [("Biscoe", "Dream", "Torgersen")[i] for i in rng.integers(0, 3, 300)],
        "sex": [(None, "male", "female")[i] for i in rng.integers(0, 3, 300)],
        "year": [int(y) for y in rng.integers(2007, 2010, 300)],
        "weight": [float(w) for w in rng.uniform(0.5, 2.0, 300).astype(np.float32)],
    }

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from argosy.errors import ArtifactError, ParameterError, SavedModelCallError, UserCodeError
from argosy.saved_model import feature_spec, load_session_model, read_golden
from argosy.schema import Feature, Presence, Schema, StringDomain, ValueCount, write_schema
from argosy.training import DataAccessor, FnArgs, export_model

pytestmark = pytest.mark.tf

AT_MOST_ONE = (ValueCount(min=1, max=1),)
SCHEMA = Schema(
    features=(
        Feature(name="species", type="BYTES", shape=(1,)),
        Feature(name="island", type="BYTES", shape=(1,)),
        Feature(name="bill", type="FLOAT", value_counts=AT_MOST_ONE),
        Feature(name="mass", type="INT", value_counts=AT_MOST_ONE),
        Feature(name="sex", type="BYTES", value_counts=AT_MOST_ONE, domain=StringDomain(values=("f", "m"))),
        Feature(name="flipper length", type="INT", shape=(1,)),
        Feature(name="class", type="FLOAT", shape=()),
        Feature(name="place", type="FLOAT", shape=(2,)),
        Feature(name="tags", type="BYTES"),
        Feature(name="maybe", type="INT", shape=(1,), presence=Presence(min_fraction=0.5)),
    )
)
SERVED = tuple(feature for feature in SCHEMA.features if feature.name != "species")
CLASSES = ["Adelie", "Chinstrap", b"Gentoo"]


class Graph(tf.Module):
    """What a transform graph is to the export: a table, a number, and raw features in, dense ones out."""

    def __init__(self):
        super().__init__()
        keys = tf.lookup.KeyValueTensorInitializer(["f", "m", "Dream", "x"], tf.range(1, 5, dtype=tf.int64))
        self.table = tf.lookup.StaticHashTable(keys, 0)
        self.mean = tf.Variable(40.0)

    def transform_raw_features(self, raw):
        mass = tf.cast(dense(raw["mass"], 4000), tf.float32) / 4000
        tags = tf.cast(self.table.lookup(dense(raw["tags"], "")), tf.float32)
        return {
            "bill": dense(raw["bill"], 0.0) - self.mean,
            "mass": mass,
            "sex": tf.cast(self.table.lookup(dense(raw["sex"], "")), tf.float32),
            "island": tf.cast(self.table.lookup(raw["island"]), tf.float32),
            "flipper": tf.cast(raw["flipper length"], tf.float32) / 200,
            "class": raw["class"][:, tf.newaxis],
            "place": tf.reduce_sum(raw["place"], axis=1, keepdims=True),
            "tags": tf.reduce_sum(tags, axis=1, keepdims=True),
            "maybe": tf.cast(dense(raw["maybe"], -1), tf.float32),
            "unused": mass,
        }


def dense(sparse, default):
    width = tf.maximum(sparse.dense_shape[1], 1)
    wide = tf.SparseTensor(sparse.indices, sparse.values, tf.stack([sparse.dense_shape[0], width]))
    return tf.sparse.to_dense(wide, default)


def keras_model(seed=0, units=3):
    import keras

    keras.utils.set_random_seed(seed)
    names = ("bill", "mass", "sex", "island", "flipper", "class", "place", "tags", "maybe")
    inputs = {name: keras.Input([1], name=name) for name in names}
    hidden = keras.layers.Dense(8, activation="relu")(keras.layers.Concatenate()(list(inputs.values())))
    hidden = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(hidden))
    return keras.Model(inputs, keras.layers.Dense(units, activation="softmax")(hidden))


def row(rng, missing=0.3):
    """A row as the columns signature takes it."""
    lacks = lambda value, empty: empty if rng.random() < missing else value  # noqa: E731
    return {
        "island": rng.choice(["Dream", "Biscoe", "Törgersen"]),
        "bill": lacks(float(np.float32(rng.gauss(40, 5))), math.nan),
        "mass": lacks(rng.randrange(2000, 6000), math.nan),
        "sex": lacks(rng.choice("fm"), ""),
        "flipper length": rng.randrange(150, 250),
        "class": float(np.float32(rng.random())),
        "place": [0.5, float(rng.randrange(9))],
        "tags": rng.sample(["x", "f", "q"], rng.randrange(4)),
        "maybe": lacks(rng.randrange(3), math.nan),
    }


def to_example(values):
    example = tf.train.Example()
    for feature in SERVED:
        items = [v for v in np.ravel(values[feature.name]).tolist() if v not in ("",) and v == v]
        slot = example.features.feature[feature.name]
        if feature.type == "BYTES":
            slot.bytes_list.value.extend(item.encode() for item in items)
        elif feature.type == "INT":
            slot.int64_list.value.extend(int(item) for item in items)
        else:
            slot.float_list.value.extend(items)
    example.features.feature["species"].bytes_list.value.append(b"Adelie")
    return example.SerializeToString()


def to_columns(rows):
    width = max(len(values["tags"]) for values in rows)
    columns: dict = {name: [values[name] for values in rows] for name in rows[0]}
    columns["tags"] = np.array([values["tags"] + [""] * (width - len(values["tags"])) for values in rows], object)
    return columns


def write_rows(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path), tf.io.TFRecordOptions("GZIP")) as writer:
        for record in records:
            writer.write(record)


def fn_args(tmp_path, records):
    write_rows(tmp_path / "Split-eval" / "data-00000-of-00001.gz", records)
    write_schema(SCHEMA, str(tmp_path / "schema"))
    return FnArgs(
        working_dir=str(tmp_path),
        train_files=[],
        eval_files=[f"{tmp_path}/Split-eval/*"],
        train_steps=None,
        eval_steps=None,
        schema_path=str(tmp_path / "schema" / "schema.pbtxt"),
        transform_graph_path="",
        data_accessor=DataAccessor(tf_dataset_factory=print, record_batch_factory=print),
        serving_model_dir=str(tmp_path / "model" / "Format-Serving"),
        eval_model_dir="",
        model_run_dir="",
    )


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """(rows, what the Keras model gave for them in memory, the loaded export, its folder)."""
    rng = random.Random(3)
    rows = [row(rng) for _ in range(60)]
    assert sum(math.isnan(values["mass"]) for values in rows) > 5
    args = fn_args(tmp_path_factory.mktemp("export"), [to_example(values) for values in rows])
    model, graph = keras_model(), Graph()
    model.compile(loss="mse")
    features = graph.transform_raw_features(parse(rows))
    features.pop("unused")
    model.fit(features, np.full([60, 3], 1 / 3), epochs=1, verbose=0)
    in_memory = model(features, training=False).numpy()
    export_model(model, args, label_key="species", transform_output=graph, classes=CLASSES)
    loaded = load_session_model(args.serving_model_dir)
    yield rows, in_memory, loaded, Path(args.serving_model_dir)
    loaded.close()


def parse(rows):
    return tf.io.parse_example([to_example(values) for values in rows], feature_spec(SERVED))


def test_every_row_by_both_signatures_as_in_memory(exported):
    rows, in_memory, loaded, _ = exported
    examples = loaded.run("serving_default", {"examples": [to_example(values) for values in rows]})
    columns = loaded.run("columns", to_columns(rows))
    for answer in (examples, columns):
        np.testing.assert_allclose(answer["probabilities"], in_memory, atol=1e-5)
        assert answer["classes"].tolist() == [[b"Adelie", b"Chinstrap", b"Gentoo"]] * len(rows)


def test_row_by_row_too(exported):
    rows, in_memory, loaded, _ = exported
    for values, expected in zip(rows[:20], in_memory, strict=False):
        answer = loaded.run("columns", to_columns([values]))
        np.testing.assert_allclose(answer["probabilities"], expected[None], atol=1e-5)


def test_the_columns_have_the_raw_names_and_types(exported):
    inputs = exported[2].signatures["columns"].inputs
    assert {name: (info.dtype, info.shape) for name, info in inputs.items()} == {
        "island": ("string", (None,)),
        "bill": ("float32", (None,)),
        "mass": ("float64", (None,)),
        "sex": ("string", (None,)),
        "flipper length": ("int64", (None,)),
        "class": ("float32", (None,)),
        "place": ("float32", (None, 2)),
        "tags": ("string", (None, None)),
        "maybe": ("float64", (None,)),
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [({"island": [""]}, "column island"), ({"mass": [1.5]}, "column mass"), ({"class": [math.nan]}, "column class")],
)
def test_what_a_feature_cannot_hold_is_refused(exported, change, words):
    rows, _, loaded, _ = exported
    with pytest.raises(SavedModelCallError, match=words) as caught:
        loaded.run("columns", {**to_columns(rows[:1]), **change})
    assert caught.value.code == "INVALID_ARGUMENT"


def test_no_rows_give_no_rows(exported):
    rows, _, loaded, _ = exported
    none = {name: np.array(value)[:0].reshape(0, *np.shape(value)[1:]) for name, value in to_columns(rows).items()}
    none = {name: array.astype(loaded.signatures["columns"].inputs[name].numpy_dtype) for name, array in none.items()}
    assert loaded.run("columns", none)["probabilities"].shape == (0, 3)
    assert loaded.run("serving_default", {"examples": []})["probabilities"].shape == (0, 3)


def test_golden_requests_are_the_eval_rows_and_one_with_all_missing(exported):
    rows, in_memory, _, directory = exported
    cases = {case.signature: case for case in read_golden(str(directory.parent))}
    for case in cases.values():
        assert case.source == "in_memory"
        np.testing.assert_array_equal(np.array(case.outputs["probabilities"], np.float32)[:-1], in_memory)
    assert len(cases["serving_default"].inputs["examples"]) == len(rows) + 1
    last = {name: value[-1] for name, value in cases["columns"].inputs.items()}
    assert last["sex"] == ""
    assert math.isnan(last["bill"])
    assert math.isnan(last["mass"])


def test_tf_serving_is_given_the_golden_requests_to_warm_up_with(exported):
    from tensorflow_serving.apis import prediction_log_pb2

    _, in_memory, loaded, directory = exported
    path = str(directory / "assets.extra" / "tf_serving_warmup_requests")
    for record in tf.data.TFRecordDataset(path).as_numpy_iterator():
        request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        feeds = {name: tf.make_ndarray(proto) for name, proto in request.inputs.items()}
        answer = loaded.run(request.model_spec.signature_name, feeds)
        np.testing.assert_allclose(answer["probabilities"][:-1], in_memory, atol=1e-5)


def test_values_that_a_column_cannot_express_are_left_out_of_its_golden_request(tmp_path):
    rows = [row(random.Random(1), missing=0) for _ in range(3)]
    records = [to_example(values) for values in rows]
    example = tf.train.Example.FromString(to_example(rows[1]))
    example.features.feature["island"].bytes_list.value[:] = [b""]
    records[1] = example.SerializeToString()
    args = fn_args(tmp_path, records)
    export_model(keras_model(), args, label_key="species", transform_output=Graph(), classes=CLASSES)
    cases = {case.signature: case for case in read_golden(args.serving_model_dir)}
    assert len(cases["serving_default"].inputs["examples"]) == 4
    assert len(cases["columns"].inputs["island"]) == 3


def test_no_golden_request_without_rows_is_made(tmp_path):
    example = tf.train.Example()
    example.features.feature["island"].bytes_list.value.append(b"")
    args = fn_args(tmp_path, [example.SerializeToString()])
    export_model(lambda raw: tf.strings.length(raw["island"]), args, label_key="species", feature_keys=["island"])
    (case,) = read_golden(args.serving_model_dir)
    assert (case.signature, len(case.inputs["examples"])) == ("serving_default", 2)
    assert load_session_model(args.serving_model_dir).run("columns", {"island": ["a"]})["outputs"].tolist() == [[1]]


def test_rows_that_the_model_has_no_number_for_are_left_out_of_the_golden_requests(tmp_path):
    records = [to_example(row(random.Random(1), missing=0)), to_example(row(random.Random(2), missing=1))]
    args = fn_args(tmp_path, records)
    export_model(lambda raw: dense(raw["bill"], math.nan), args, label_key="species")
    (case,) = [case for case in read_golden(args.serving_model_dir) if case.signature == "serving_default"]
    assert len(case.inputs["examples"]) == 1
    args = fn_args(tmp_path / "other", records[1:])
    with pytest.raises(UserCodeError, match="answers NaN to all 2"):
        export_model(lambda raw: dense(raw["bill"], math.nan), args, label_key="species")


def test_transformed_eval_files_give_made_up_golden_requests(tmp_path):
    example = tf.train.Example()
    example.features.feature["island"].int64_list.value.append(1)
    args = fn_args(tmp_path, [example.SerializeToString()])
    export_model(keras_model(), args, label_key=["species"], transform_output=Graph(), classes=CLASSES)
    columns = next(case for case in read_golden(args.serving_model_dir) if case.signature == "columns")
    assert set(columns.inputs["sex"][:-1]) == {"f", "m"}
    assert columns.inputs["sex"][-1] == ""
    assert len({tuple(answer) for answer in columns.outputs["probabilities"]}) > 4


def test_no_row_of_the_data_goes_with_the_model_if_so_wished(tmp_path):
    args = fn_args(tmp_path, [to_example({**row(random.Random(1)), "island": "secret"})])
    export_model(keras_model(), args, label_key="species", transform_output=Graph(), eval_rows=0)
    cases = read_golden(args.serving_model_dir)
    assert "secret" not in cases[1].inputs["island"]
    assert len(cases[1].inputs["island"]) == 17


def test_models_without_a_transform_or_classes(tmp_path):
    rng = random.Random(2)
    args = fn_args(tmp_path, [to_example(row(rng)) for _ in range(5)])

    class Double(tf.Module):
        def __init__(self):
            super().__init__()
            self.scale = tf.Variable(2.0)

        def __call__(self, raw):
            return self.scale * raw["class"]

    export_model(Double(), args, label_key="species", feature_keys=["class"])
    loaded = load_session_model(args.serving_model_dir)
    assert loaded.run("columns", {"class": [2.0, 3.0]})["outputs"].tolist() == [4.0, 6.0]


def test_string_lookup_layers_keep_their_tables(tmp_path):
    import keras

    rng = random.Random(2)
    args = fn_args(tmp_path, [to_example(row(rng)) for _ in range(5)])
    given = keras.Input([1], name="island", dtype="string")
    index = keras.layers.StringLookup(vocabulary=["Dream", "Biscoe"], output_mode="one_hot")(given)
    model = keras.Model({"island": given}, keras.layers.Dense(2)(index))
    export_model(model, args, label_key="species", feature_keys=["island"])
    loaded = load_session_model(args.serving_model_dir)
    expected = model({"island": tf.constant([["Dream"], ["?"]])}).numpy()
    np.testing.assert_allclose(loaded.run("columns", {"island": ["Dream", "?"]})["outputs"], expected, atol=1e-6)


def test_a_model_that_answers_otherwise_once_saved_is_refused(tmp_path):
    args = fn_args(tmp_path, [to_example(row(random.Random(2)))])
    graph = Graph()

    def model(features):
        return features["bill"] if tf.executing_eagerly() else features["bill"] + 1.0

    with pytest.raises(ArtifactError, match="does not answer as the model did in memory"):
        export_model(model, args, label_key="species", transform_output=graph)


def test_user_errors_are_named(tmp_path):
    args = fn_args(tmp_path, [to_example(row(random.Random(2)))])
    graph = Graph()
    with pytest.raises(ParameterError, match="did you mean 'species'"):
        export_model(keras_model(), args, label_key="specis", transform_output=graph)
    with pytest.raises(UserCodeError, match=r"has to have the shape \[batch, 2\]; found the shape \(\d+, 3\)"):
        export_model(keras_model(), args, label_key="species", transform_output=graph, classes=["a", "b"])
    with pytest.raises(UserCodeError, match="cannot be called on raw rows"):
        export_model(lambda features: features["nothing"], args, label_key="species", transform_output=graph)
    with pytest.raises(UserCodeError, match=r"output is a tuple of 2; .* a dict of them"):
        export_model(lambda features: (features["bill"], features["mass"]), args, label_key="species")
    loose = tf.Variable(2.0)
    with pytest.raises(UserCodeError, match="cannot be saved as a graph: AssertionError"):
        export_model(lambda features: features["bill"] * loose, args, label_key="species", transform_output=graph)
    with pytest.raises(UserCodeError, match=r"cannot be saved as a graph: .*"):
        export_model(lambda features: features["bill"].numpy(), args, label_key="species", transform_output=graph)
    assert not Path(args.serving_model_dir, "saved_model.pb").exists()


def test_golden_file_is_strictly_ascii_json(exported):
    body = (exported[3] / "assets.extra" / "golden.json").read_bytes()
    assert body.isascii()
    assert {case["signature"] for case in json.loads(body)["cases"]} == {"serving_default", "columns"}

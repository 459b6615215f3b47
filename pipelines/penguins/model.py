"""The model: a small Keras network on the features of `preprocessing.py`."""

import keras
import tensorflow as tf

import argosy.transform as tft
from argosy.schema import read_schema
from argosy.training import FnArgs, TensorFlowDatasetOptions, export_model

LABEL = "species"
MEASUREMENTS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
CATEGORIES = ("island", "sex_and_mass")
RAW_FEATURES = (*MEASUREMENTS, "island", "sex")
BATCH_SIZE = 32


def run_fn(fn_args: FnArgs) -> dict[str, float]:
    """Trains on the train split, exports the model with the transform graph in it, returns how it does on both."""
    graph = tft.TFTransformOutput(fn_args.transform_graph_path)
    model = build_model(graph)
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        rows(fn_args.train_files, fn_args, graph, num_epochs=None),
        steps_per_epoch=fn_args.train_steps or 400,
        shuffle=False,
        verbose=2,
    )
    eval_rows = rows(fn_args.eval_files, fn_args, graph, num_epochs=1)
    eval_steps = fn_args.eval_steps or sum(1 for _ in eval_rows)  # Keras warns of an end that it is not told of
    evaluation = model.evaluate(eval_rows, steps=eval_steps, return_dict=True, verbose=2)
    export_model(
        model,
        fn_args,
        transform_output=graph,
        label_key=LABEL,
        classes=graph.vocabulary_by_name(LABEL),
        feature_keys=RAW_FEATURES,
    )
    training = {name: values[-1] for name, values in history.history.items()}
    return {**training, **{f"eval_{name}": value for name, value in evaluation.items()}}


def build_model(graph: tft.TFTransformOutput) -> keras.Model:
    """Returns an untrained network: measurements as they are, categories as one-hot, one probability a species."""
    inputs = {name: keras.Input([1], name=name) for name in MEASUREMENTS}
    inputs |= {name: keras.Input([1], name=name, dtype="int64") for name in CATEGORIES}
    one_hot = [
        keras.layers.CategoryEncoding(graph.num_buckets_for_transformed_feature(name), "one_hot")(inputs[name])
        for name in CATEGORIES
    ]
    hidden = keras.layers.Concatenate()([*(inputs[name] for name in MEASUREMENTS), *one_hot])
    hidden = keras.layers.Dense(16, activation="relu")(hidden)
    species = graph.vocabulary_size_by_name(LABEL)
    return keras.Model(inputs, keras.layers.Dense(species, activation="softmax")(hidden))


def rows(files: list[str], fn_args: FnArgs, graph: tft.TFTransformOutput, *, num_epochs: int | None) -> tf.data.Dataset:
    """Returns batches (features, label) of raw rows put through the transform graph."""
    options = TensorFlowDatasetOptions(batch_size=BATCH_SIZE, num_epochs=num_epochs, shuffle=num_epochs is None)
    raw = fn_args.data_accessor.tf_dataset_factory(files, options, read_schema(fn_args.schema_path))

    def split(features: dict) -> tuple[dict, tf.Tensor]:
        transformed = graph.transform_raw_features(features)
        return transformed, transformed.pop(LABEL)

    return raw.map(split)

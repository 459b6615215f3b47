"""A trained model on its way out: a SavedModel that takes raw rows, with golden requests, checked as it will run."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from argosy.errors import ParameterError, UserCodeError, did_you_mean, located
from argosy.saved_model.check import check_session_loadable
from argosy.saved_model.golden import write_golden
from argosy.saved_model.parsing import feature_spec
from argosy.saved_model.rename import rename_inputs
from argosy.saved_model.warmup import write_warmup
from argosy.schema import Feature, Schema, read_schema
from argosy.training.fn_args import FnArgs
from argosy.training.golden_answers import COLUMNS_SIGNATURE, EXAMPLES_SIGNATURE, GOLDEN_ROWS, golden_answers
from argosy.training.golden_rows import golden_rows
from argosy.training.prediction import MODEL_ERRORS, Prediction, prediction
from argosy.training.raw_columns import column_arguments, column_tensor_spec, parsed_from_column

_log = logging.getLogger("argosy.training")


def export_model(
    model: Any,
    fn_args: FnArgs,
    *,
    label_key: str | Sequence[str],
    transform_output: Any = None,
    classes: Sequence[str | bytes] | None = None,
    feature_keys: Sequence[str] | None = None,
    eval_rows: int = GOLDEN_ROWS,
) -> str:
    """Saves the model so that it takes raw rows, checks it as TF Serving would run it, and returns its folder.

    Signatures: `serving_default` takes serialized tf.Examples, [batch] strings named `examples`; `columns` takes each
    raw feature by its name (see `raw_columns`). Both give what the model gives: a dict under its own names, a single
    tensor as `outputs`, or, where `classes` are given, as `probabilities` [batch, classes], beside `classes`
    [batch, classes], the label that each probability is for.

    The first eval rows, and a row with everything missing that may be, become golden requests: what the model in
    memory answers is written to `golden.json` beside `serving_model_dir` and, with TF Serving's warm-up requests, into
    its `assets.extra/`. The saved model has to give the same to 1e-5.

    Args:
        model: A Keras model, or any function of a dict of tensors.
        fn_args: What run_fn was given; schema_path, eval_files and serving_model_dir are used.
        label_key: The feature, or features, that a client does not send.
        transform_output: Has transform_raw_features(raw), as argosy.transform.TFTransformOutput; None: the model takes
            the parsed features as they are.
        classes: The labels in the order of the model's probabilities.
        feature_keys: The raw features that the model needs; None: all but the label.
        eval_rows: How many eval rows become golden requests. They go wherever the model goes: with 0 no row of the data
            does, and the requests are made up from the schema.

    Raises:
        ParameterError: There is no schema, or a key names no feature.
        UserCodeError: The model fails on raw rows, its output does not fit `classes`, or no graph can be made of it.
        ArtifactError: The saved model does not load, or does not answer as the model in memory.
    """
    if not fn_args.schema_path:
        raise ParameterError("export_model needs the raw rows' schema; give the trainer its input `schema`")
    schema = read_schema(fn_args.schema_path)
    labels = (label_key,) if isinstance(label_key, str) else tuple(label_key)
    features = _served_features(schema, labels, feature_keys)
    predict = prediction(model, transform_output, classes)
    rows = golden_rows(fn_args.eval_files, eval_rows, schema, features)
    cases = golden_answers(predict, features, rows)
    _save(model, transform_output, predict, features, fn_args.serving_model_dir)
    write_golden(str(Path(fn_args.serving_model_dir).parent), cases)
    write_golden(f"{fn_args.serving_model_dir}/assets.extra", cases)
    write_warmup(fn_args.serving_model_dir, cases)
    with located(model="as saved"):
        check_session_loadable(fn_args.serving_model_dir)
    _log.info("exported %s; it answers %d golden rows as the model in memory", fn_args.serving_model_dir, len(rows))
    return fn_args.serving_model_dir


def _served_features(schema: Schema, labels: tuple[str, ...], keys: Sequence[str] | None) -> tuple[Feature, ...]:
    for name in (*labels, *(keys or ())):
        if name not in schema.names():
            raise ParameterError(
                f"export_model: the schema has no feature {name!r}; {did_you_mean(name, schema.names())}"
            )
    return tuple(
        feature
        for feature in schema.features
        if feature.is_live and feature.name not in labels and (keys is None or feature.name in keys)
    )


def _save(
    model: Any, transform_output: Any, predict: Prediction, features: tuple[Feature, ...], directory: str
) -> None:
    arguments = column_arguments(features)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve_examples(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return predict(tf.io.parse_example(examples, feature_spec(features)))

    @tf.function
    def serve_columns(**columns: tf.Tensor) -> dict[str, tf.Tensor]:
        return predict({f.name: parsed_from_column(f, columns[arguments[f.name]]) for f in features})

    specs = {arguments[f.name]: column_tensor_spec(f, arguments[f.name]) for f in features}
    try:
        columns = serve_columns.get_concrete_function(**specs)
        signatures = {EXAMPLES_SIGNATURE: serve_examples, COLUMNS_SIGNATURE: columns}
        tf.saved_model.save(_tracked(model, transform_output), directory, signatures=signatures)
    except MODEL_ERRORS as error:
        raise UserCodeError(
            f"the model works in memory but cannot be saved as a graph: {type(error).__name__}: {error}; it has to be "
            "TensorFlow code for any number of rows, and a Keras model or tf.Module that owns its variables"
        ) from error
    renamed = {argument: name for name, argument in arguments.items() if argument != name}
    if renamed:
        rename_inputs(directory, COLUMNS_SIGNATURE, renamed)


def _tracked(model: Any, transform_output: Any) -> tf.Module:
    """Returns the module that owns every variable and table of the graph.

    A Keras 3 model alone is not enough: its variables would be missing when the graph runs in a session.
    """
    module = tf.Module()
    owners = [model, transform_output, *getattr(transform_output, "__dict__", {}).values()]
    module.owners = [owner for owner in owners if isinstance(owner, tf.__internal__.tracking.Trackable)]
    module.weights = [v if isinstance(v, tf.Variable) else v.value for v in getattr(model, "variables", ())]
    return module

"""What the model in memory answers to golden rows, in the form of either signature."""

import logging
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from argosy.errors import UserCodeError
from argosy.saved_model.golden import GoldenCase, to_json
from argosy.saved_model.parsing import feature_spec
from argosy.schema import Feature
from argosy.training.prediction import MODEL_ERRORS, Prediction
from argosy.training.raw_columns import column_from_parsed, expressible, parsed_from_column

EXAMPLES_SIGNATURE = "serving_default"
COLUMNS_SIGNATURE = "columns"
GOLDEN_ROWS = 256
_log = logging.getLogger("argosy.training")


def golden_answers(predict: Prediction, features: tuple[Feature, ...], rows: list[bytes]) -> list[GoldenCase]:
    """Returns what the model in memory answers to the rows, in the form of either signature that can express them."""
    rows = _with_numbers(rows, _predict_rows(predict, features, rows))
    parsed = tf.io.parse_example(rows, feature_spec(features))
    examples = {"examples": np.array(rows, object)}
    cases = [_case(EXAMPLES_SIGNATURE, examples, _predict_rows(predict, features, rows))]
    usable = np.logical_and.reduce([expressible(f, parsed[f.name], len(rows)) for f in features])
    if not usable.any():
        _log.warning("no golden row can be asked as columns (NaN or '' where a value has to be): none is")
        return cases
    kept = tf.io.parse_example(np.array(rows, object)[usable], feature_spec(features))
    columns = {feature.name: column_from_parsed(feature, kept[feature.name]) for feature in features}
    raw = {feature.name: parsed_from_column(feature, tf.constant(columns[feature.name])) for feature in features}
    return [*cases, _case(COLUMNS_SIGNATURE, columns, predict(raw))]


def _predict_rows(predict: Prediction, features: tuple[Feature, ...], rows: list[bytes]) -> dict[str, tf.Tensor]:
    spec = feature_spec(features)
    try:
        return predict(tf.io.parse_example(rows, spec))
    except MODEL_ERRORS as error:
        raise UserCodeError(
            f"the model cannot be called on raw rows: {type(error).__name__}: {error}; export_model calls "
            f"transform_raw_features on {sorted(spec)}, then the model on what comes out"
        ) from error


def _with_numbers(rows: list[bytes], outputs: Mapping[str, tf.Tensor]) -> list[bytes]:
    """Returns the rows that no output is NaN for: graph optimisers do not keep NaN, so it cannot be compared."""
    fine = np.ones(len(rows), bool)
    for tensor in outputs.values():
        if tensor.dtype.is_floating and tensor.shape.rank and tensor.shape[0] == len(rows):
            fine &= ~np.isnan(tensor.numpy()).reshape(len(rows), -1).any(axis=1)
    if not fine.any():
        raise UserCodeError(f"the model answers NaN to all {len(rows)} golden rows; what is it trained on?")
    if not fine.all():
        _log.warning("the model answers NaN to %d of %d golden rows; they are left out", (~fine).sum(), len(rows))
    return [row for row, is_fine in zip(rows, fine, strict=True) if is_fine]


def _case(signature: str, inputs: Mapping[str, np.ndarray], outputs: Mapping[str, tf.Tensor]) -> GoldenCase:
    return GoldenCase(
        signature=signature,
        inputs={name: to_json(array) for name, array in inputs.items()},
        outputs={name: to_json(tensor.numpy()) for name, tensor in outputs.items()},
        source="in_memory",
    )

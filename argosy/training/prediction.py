"""From parsed raw features to a model's named outputs: one function, run in memory and traced into the saved graph."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from argosy.errors import UserCodeError

Prediction = Callable[[Mapping[str, Any]], dict[str, tf.Tensor]]

MODEL_ERRORS = (AssertionError, AttributeError, LookupError, TypeError, ValueError, tf.errors.OpError)
"""What TensorFlow and Keras raise when a model cannot be called, traced or saved."""


def prediction(model: Any, transform_output: Any, classes: Sequence[str | bytes] | None) -> Prediction:
    """Returns the function from parsed raw features to named outputs; the same in memory and in the saved graph."""

    def predict(raw: Mapping[str, Any]) -> dict[str, tf.Tensor]:
        features = transform_output.transform_raw_features(dict(raw)) if transform_output is not None else dict(raw)
        outputs = _call(model, features)
        if isinstance(outputs, (list, tuple)):
            raise UserCodeError(
                f"the model's output is a {type(outputs).__name__} of {len(outputs)}; a served output needs a name, so "
                "let the model return one tensor, or a dict of them"
            )
        if isinstance(outputs, Mapping):
            named = {str(name): tf.convert_to_tensor(tensor) for name, tensor in outputs.items()}
        else:
            named = {"outputs" if classes is None else "probabilities": tf.convert_to_tensor(outputs)}
        return named if classes is None else {**named, "classes": _class_names(named, classes)}

    return predict


def _call(model: Any, features: dict[str, Any]) -> Any:
    names = [tensor.name for tensor in getattr(model, "inputs", None) or []]
    if names and all(name in features for name in names):
        features = {name: features[name] for name in names}
    return model(features, training=False) if _is_keras(model) else model(features)


def _is_keras(model: Any) -> bool:
    return any(cls.__module__.split(".")[0] in ("keras", "tf_keras") for cls in type(model).__mro__)


def _class_names(outputs: Mapping[str, tf.Tensor], classes: Sequence[str | bytes]) -> tf.Tensor:
    scores = outputs.get("probabilities")
    if scores is None or scores.shape.rank != 2 or scores.shape[1] != len(classes):
        found = "nothing of that name" if scores is None else f"the shape {scores.shape}"
        raise UserCodeError(
            f"export_model was given {len(classes)} classes, so the model's output `probabilities` has to have "
            f"the shape [batch, {len(classes)}]; found {found}"
        )
    names = tf.constant([name.encode() if isinstance(name, str) else name for name in classes])
    return tf.tile(names[tf.newaxis, :], [tf.shape(scores)[0], 1])

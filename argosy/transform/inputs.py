"""What preprocessing_fn is given: one tensor a feature of the schema.

A feature of fixed shape that is never missing is a dense tensor, `[batch, *shape]`; every other one is a sparse tensor,
`[batch, values of the longest row]`, as in TensorFlow Transform.
"""

from typing import Any

import tensorflow as tf

from argosy.errors import DataError
from argosy.schema.spec import Feature, Schema

Spec = Any
"""A tf.TensorSpec or tf.SparseTensorSpec."""

DTYPES = {"BYTES": tf.string, "INT": tf.int64, "FLOAT": tf.float32}


def input_specs(schema: Schema) -> dict[str, Spec]:
    """Returns the type and shape of each live feature's tensor, by the feature's name.

    Raises:
        DataError: The schema has no feature, or one of a type that no tensor has.
    """
    features = [feature for feature in schema.features if feature.is_live]
    if not features:
        raise DataError("the schema has no feature; run SchemaGen on data with columns")
    return {feature.name: _spec(feature) for feature in features}


def feature_spec(schema: Schema) -> dict[str, Any]:
    """Returns how `tf.io.parse_example` reads rows of the schema: FixedLenFeature or VarLenFeature by name."""
    specs = input_specs(schema)
    return {
        name: tf.io.FixedLenFeature(spec.shape[1:].as_list(), spec.dtype)
        if isinstance(spec, tf.TensorSpec)
        else tf.io.VarLenFeature(spec.dtype)
        for name, spec in specs.items()
    }


def _spec(feature: Feature) -> Spec:
    if feature.type not in DTYPES:
        raise DataError(
            f"feature {feature.name!r}: type {feature.type} in the schema; Transform reads {', '.join(DTYPES)}. "
            "Set its type, or mark the feature DEPRECATED"
        )
    if is_dense(feature):
        return tf.TensorSpec([None, *(feature.shape or ())], DTYPES[feature.type])
    return tf.SparseTensorSpec([None, None], DTYPES[feature.type])


def is_dense(feature: Feature) -> bool:
    """Whether every row has a value of one shape.

    >>> is_dense(Feature(name="age", type="INT", shape=(1,))), is_dense(Feature(name="tags", type="BYTES"))
    (True, False)
    """
    may_miss = feature.presence is not None and (feature.presence.min_fraction or 1.0) < 1.0
    return feature.shape is not None and not may_miss

"""Raw rows as named columns: what the signature `columns` takes, and how it becomes what parsing a tf.Example gives.

| feature in the schema | column |
|---|---|
| one value, in every row | [batch] |
| shape (k, ...), in every row | [batch, k, ...] |
| at most one value | [batch] |
| several values, or none | [batch, any], filled up at the right |

A missing value is NaN or an empty string. An integer feature that may be missing has a float64 column: whole numbers or
NaN. A feature that is in every row may not be missing: such a call is refused, as it is with tf.Examples.
"""

import itertools
import keyword
import math
import re
from typing import Any

import numpy as np
import tensorflow as tf

from argosy.saved_model.parsing import feature_spec, is_dense
from argosy.schema import Feature


def column_arguments(features: tuple[Feature, ...]) -> dict[str, str]:
    """Returns, by feature name, a name that a traced function's argument can have: the same wherever it can.

    >>> column_arguments((Feature(name="age"), Feature(name="bill length"), Feature(name="class")))
    {'age': 'age', 'bill length': 'column_1', 'class': 'column_2'}
    """
    taken = {feature.name for feature in features}
    free = (name for name in map("column_{}".format, itertools.count()) if name not in taken)
    arguments = {}
    for feature in features:
        spare = next(free)
        arguments[feature.name] = feature.name if _is_argument(feature.name) else spare
    return arguments


def column_tensor_spec(feature: Feature, argument: str) -> tf.TensorSpec:
    """Returns the type and shape of the feature's column; `argument` names it in the graph."""
    fixed = feature.shape if is_dense(feature) else None
    sizes = () if is_single(feature) else fixed or (None,)
    return tf.TensorSpec([None, *sizes], _dtype(feature), name=argument)


def parsed_from_column(feature: Feature, column: tf.Tensor) -> Any:
    """Returns what `tf.io.parse_example` would give for the same rows; works in graphs and eagerly."""
    present = _present(column)
    if not is_dense(feature):
        return _sparse(feature, column[:, tf.newaxis] if is_single(feature) else column)
    required = f"column {feature.name}: this feature may not be missing (NaN, or an empty string)"
    with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(present), [required])]):
        return tf.reshape(column, [-1, *(feature.shape or ())])


def column_from_parsed(feature: Feature, parsed: Any) -> np.ndarray:
    """Returns the column that says the same as a parsed feature, for rows that a column can express."""
    if isinstance(parsed, tf.SparseTensor):
        values = tf.cast(parsed.values, _dtype(feature)) if feature.type == "INT" else parsed.values
        missing = "" if feature.type == "BYTES" else math.nan
        width = tf.maximum(parsed.dense_shape[1], 1)
        shape = tf.stack([parsed.dense_shape[0], width])
        dense = tf.sparse.to_dense(tf.SparseTensor(parsed.indices, values, shape), tf.constant(missing, values.dtype))
        return (dense[:, 0] if is_single(feature) else dense).numpy()
    return (tf.reshape(parsed, [-1]) if is_single(feature) else parsed).numpy()


def expressible(feature: Feature, parsed: Any, rows: int) -> np.ndarray:
    """Returns which rows [rows] a column can express: not those whose present value is a NaN or an empty string."""
    values, where = (parsed.values, parsed.indices[:, 0]) if isinstance(parsed, tf.SparseTensor) else (parsed, None)
    odd = ~_present(values).numpy()
    if where is None:
        return ~odd.reshape(rows, -1).any(axis=1)
    result = np.ones(rows, bool)
    result[where.numpy()[odd]] = False
    if is_single(feature):
        result &= np.bincount(where.numpy(), minlength=rows) <= 1
    return result


def is_single(feature: Feature) -> bool:
    """Whether a row has at most one value of the feature."""
    if feature.shape is not None:
        return feature.shape in ((), (1,))
    return feature.value_count is not None and feature.value_count.max == 1


def _is_argument(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None and not keyword.iskeyword(name) and name != "self"


def _dtype(feature: Feature) -> tf.DType:
    if feature.type == "INT" and not is_dense(feature):
        return tf.float64
    return feature_spec([feature])[feature.name].dtype


def _present(values: tf.Tensor) -> tf.Tensor:
    if values.dtype == tf.string:
        return tf.not_equal(values, "")
    return tf.logical_not(tf.math.is_nan(values)) if values.dtype.is_floating else tf.ones_like(values, tf.bool)


def _sparse(feature: Feature, column: tf.Tensor) -> tf.SparseTensor:
    present = _present(column)
    position = tf.cumsum(tf.cast(present, tf.int64), axis=1, exclusive=True)
    row = tf.where(present)[:, :1]
    values = tf.boolean_mask(column, present)
    if feature.type == "INT":
        values = _whole(feature, values)
    width = tf.reduce_max(tf.reduce_sum(tf.cast(present, tf.int64), axis=1, keepdims=True), axis=0)
    # The maximum of no rows is the smallest integer.
    shape = tf.concat([tf.shape(column, tf.int64)[:1], tf.maximum(width, 0)], axis=0)
    return tf.SparseTensor(tf.concat([row, tf.boolean_mask(position, present)[:, tf.newaxis]], axis=1), values, shape)


def _whole(feature: Feature, values: tf.Tensor) -> tf.Tensor:
    message = f"column {feature.name}: this feature holds whole numbers, found"
    is_whole = tf.reduce_all(tf.equal(values, tf.floor(values)))
    with tf.control_dependencies([tf.debugging.Assert(is_whole, [message, values])]):
        return tf.cast(values, tf.int64)

"""Missing values: from sparse tensors to dense ones."""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from argosy.errors import ParameterError


def fill_missing(x: Any, default: Any) -> tf.Tensor:
    """Returns a dense `[batch]` tensor of single values, the default where a row has none.

    In floats, NaN counts as missing. A dense tensor comes back in its own shape. A row with several values fails when
    the graph runs: use `sparse_tensor_to_dense_with_shape` for those.

        tft.fill_missing(inputs["age"], tft.mean(inputs["age"]))
        tft.fill_missing(inputs["sex"], "")

    Args:
        x: A sparse tensor `[batch, at most 1]`, or a dense tensor.
        default: A number, a string, or a scalar tensor such as an analyzer's result.
    """
    if isinstance(x, tf.RaggedTensor):
        x = x.to_sparse()
    default = _scalar(default, x.dtype)
    dense = x
    if isinstance(x, tf.SparseTensor):
        single = tf.SparseTensor(x.indices, x.values, tf.stack([x.dense_shape[0], tf.constant(1, tf.int64)]))
        dense = tf.squeeze(tf.sparse.to_dense(single, default_value=default), axis=1)
        dense.set_shape([None])
    return tf.where(tf.math.is_nan(dense), default, dense) if x.dtype.is_floating else dense


def sparse_tensor_to_dense_with_shape(
    x: tf.SparseTensor, shape: Iterable[int | None], default_value: Any = 0
) -> tf.Tensor:
    """Returns a dense tensor of that shape, None standing for x's own size, the default where x has no value.

    Raises:
        ParameterError: x is no sparse tensor.
    """
    if not isinstance(x, tf.SparseTensor):
        raise ParameterError(f"expected a sparse tensor, found a {type(x).__name__}; a dense one has no missing places")
    sizes = list(tf.TensorShape(shape))
    full = tf.stack([x.dense_shape[i] if size is None else tf.constant(size, tf.int64) for i, size in enumerate(sizes)])
    dense = tf.sparse.to_dense(
        tf.SparseTensor(x.indices, x.values, full), default_value=_scalar(default_value, x.dtype)
    )
    dense.set_shape(sizes)
    return dense


def _scalar(value: Any, dtype: Any) -> tf.Tensor:
    if isinstance(value, tf.Tensor):
        return value if value.dtype == dtype else tf.cast(value, dtype)
    if dtype == tf.string and not isinstance(value, (str, bytes)):
        value = "" if value == 0 else str(value)
    return tf.constant(value, dtype)

"""Analyzers: what preprocessing_fn learns from all rows. Each returns a tensor that is fixed before training.

NaN is left out of every analyzer, min and max included; values missing from a sparse tensor are not seen. Sums,
extremes and moments are computed in float64, so integers beyond 2**53 are rounded.
"""

from typing import Any

import tensorflow as tf

from argosy.errors import ParameterError
from argosy.transform.analyses import MomentsAnalysis, QuantilesAnalysis, VocabularyAnalysis
from argosy.transform.recorder import Analyzer, current
from argosy.transform.vocabulary_file import file_name

Numeric = Any
"""A tf.Tensor, tf.SparseTensor or tf.RaggedTensor of numbers."""


def min(x: Numeric, reduce_instance_dims: bool = True) -> tf.Tensor:  # noqa: A001
    """Returns the smallest value, of x's type: a scalar, or `[*row]` if only the batch is reduced.

    Of no value at all, the largest number of the type.
    """
    return _extreme(x, "minimum", reduce_instance_dims)


def max(x: Numeric, reduce_instance_dims: bool = True) -> tf.Tensor:  # noqa: A001
    """Returns the largest value, of x's type: a scalar, or `[*row]` if only the batch is reduced.

    Of no value at all, the smallest number of the type.
    """
    return _extreme(x, "maximum", reduce_instance_dims)


def sum(x: Numeric, reduce_instance_dims: bool = True) -> tf.Tensor:  # noqa: A001
    """Returns the sum, int64 for integers and float32 for floats; 0 of no value at all."""
    dtype = tf.int64 if values_of(x).dtype.is_integer else tf.float32
    return moment(x, "total", dtype, reduce_instance_dims)


def size(x: Numeric, reduce_instance_dims: bool = True) -> tf.Tensor:
    """Returns how many values there are, NaN counted, as int64."""
    return moment(x, "size", tf.int64, reduce_instance_dims)


def mean(x: Numeric, reduce_instance_dims: bool = True, output_dtype: Any = None) -> tf.Tensor:
    """Returns the mean as float32 unless another type is given; 0 of no value at all."""
    return moment(x, "mean", output_dtype or tf.float32, reduce_instance_dims)


def var(x: Numeric, reduce_instance_dims: bool = True, output_dtype: Any = None) -> tf.Tensor:
    """Returns the biased variance (divided by the count) as float32 unless another type is given; 0 of no value."""
    return moment(x, "variance", output_dtype or tf.float32, reduce_instance_dims)


def quantiles(
    x: Numeric,
    num_buckets: int,
    epsilon: float,
    weights: tf.Tensor | None = None,
    reduce_instance_dims: bool = True,
) -> tf.Tensor:
    """Returns the inner boundaries of equally filled buckets as float32, ascending: `[1, num_buckets - 1]`.

    Args:
        x: Numbers.
        num_buckets: At least 2.
        epsilon: The bound of the error in rank, as a fraction of the count, between 0 and 1.
        weights: Like x: how much each value counts.
        reduce_instance_dims: False gives boundaries of each element of a row, `[elements, num_buckets - 1]`.

    Raises:
        ParameterError: num_buckets or epsilon is out of its range.
    """
    if num_buckets < 2:
        raise ParameterError(f"num_buckets is {num_buckets}; at least 2 buckets are needed")
    if not 0 < epsilon < 1:
        raise ParameterError(f"epsilon is {epsilon}; give a number between 0 and 1")
    if not reduce_instance_dims:
        columns = tf.reshape(x, [-1, _row_size(x)])
        parts = [quantiles(columns[:, i], num_buckets, epsilon, weights) for i in range(columns.shape[1])]
        return tf.concat(parts, axis=0)
    tensors = tuple(_numbers(part) for part in ((x,) if weights is None else (x, weights)))
    analyzer = current().analyzer(QuantilesAnalysis(num_buckets=num_buckets, epsilon=epsilon), *tensors)
    return current().result(analyzer, "boundaries", tf.float32, [1, num_buckets - 1])


def vocabulary(
    x: Any,
    *,
    top_k: int | None = None,
    frequency_threshold: int | None = None,
    vocab_filename: str | None = None,
) -> tf.Tensor:
    """Returns the (later) path of a file of x's distinct values, most frequent first, for `apply_vocabulary`.

    Args:
        x: Strings or integers.
        top_k: Keep only so many.
        frequency_threshold: Keep only what occurs at least so often.
        vocab_filename: The file's name in the graph; numbered if not given.

    Raises:
        ParameterError: An option is out of its range, or two vocabularies have one name.
    """
    values = values_of(x)
    if values.dtype != tf.string and not values.dtype.is_integer:
        raise ParameterError(f"a vocabulary is made of strings or integers, not of {values.dtype.name}")
    if top_k is not None and top_k < 1:
        raise ParameterError(f"top_k is {top_k}; give at least 1, or None to keep all")
    if frequency_threshold is not None and frequency_threshold < 0:
        raise ParameterError(f"frequency_threshold is {frequency_threshold}; give 0 or more")
    recorder = current()
    filename = file_name(vocab_filename) if vocab_filename else recorder.free_file_name()
    analysis = VocabularyAnalysis(filename=filename, top_k=top_k, frequency_threshold=frequency_threshold or 0)
    analyzer = recorder.analyzer(analysis, values)
    recorder.claim_file(filename, analyzer.name)
    return recorder.result(analyzer, "file", tf.string)


def moment(x: Numeric, field: str, dtype: Any, reduce_instance_dims: bool) -> tf.Tensor:
    """Returns a field of the moments of x: a scalar, or of a row's shape."""
    values = _numbers(x)
    shape = () if reduce_instance_dims else _row_shape(x)
    analyzer: Analyzer = current().analyzer(MomentsAnalysis(per_element=not reduce_instance_dims), values)
    return current().result(analyzer, field, dtype, shape)


def values_of(x: Any) -> tf.Tensor:
    """Returns the values that are there: x itself, or those of a sparse or ragged tensor."""
    if isinstance(x, tf.SparseTensor):
        return x.values
    return x.flat_values if isinstance(x, tf.RaggedTensor) else tf.convert_to_tensor(x)


def _numbers(x: Numeric) -> tf.Tensor:
    values = values_of(x)
    if not (values.dtype.is_integer or values.dtype.is_floating):
        raise ParameterError(f"expected numbers, found {values.dtype.name}; use tf.cast or tf.strings.to_number")
    return values


def _extreme(x: Numeric, field: str, reduce_instance_dims: bool) -> tf.Tensor:
    return moment(x, field, values_of(x).dtype, reduce_instance_dims)


def _row_shape(x: Any) -> tuple[int, ...]:
    if not isinstance(x, tf.Tensor):
        raise ParameterError(
            "rows of a sparse or ragged tensor differ in length; densify it before reducing by element"
        )
    if x.shape.rank is None or None in x.shape[1:]:
        raise ParameterError(f"shape {x.shape} is not fixed; fix it by tf.ensure_shape before reducing by element")
    return tuple(x.shape[1:])


def _row_size(x: Any) -> int:
    return int(tf.TensorShape(_row_shape(x)).num_elements())

"""Mappers: one row out for each row in, scaled or numbered by what analyzers find in all rows.

Dense, sparse and ragged tensors come back in the structure they came in; missing values stay missing. Numbers are
computed in float64 and come back as float32.
"""

import os
from pathlib import Path
from typing import Any

import tensorflow as tf

from argosy.errors import ParameterError
from argosy.transform.analyses import VocabularyAnalysis
from argosy.transform.analyzers import Numeric, moment, quantiles, values_of, vocabulary
from argosy.transform.recorder import Categories, current


def scale_to_z_score(x: Numeric, elementwise: bool = False, output_dtype: Any = None) -> Any:
    """Returns `(x - mean) / sqrt(biased variance)`; x - mean where the variance is 0. NaN stays NaN, unseen by both."""
    mean, variance = (moment(x, field, tf.float64, not elementwise) for field in ("mean", "variance"))
    centred = tf.cast(values_of(x), tf.float64) - mean
    scaled = tf.where(variance > 0, centred / tf.sqrt(tf.where(variance > 0, variance, 1.0)), centred)
    return _like(x, tf.cast(scaled, output_dtype or tf.float32))


def scale_to_0_1(x: Numeric, elementwise: bool = False) -> Any:
    """Returns `(x - min) / (max - min)`, see `scale_by_min_max`."""
    return scale_by_min_max(x, 0.0, 1.0, elementwise)


def scale_by_min_max(x: Numeric, output_min: float = 0.0, output_max: float = 1.0, elementwise: bool = False) -> Any:
    """Returns x moved into `[output_min, output_max]` by its extremes.

    NaN stays NaN and does not count for the extremes. Where they are equal, or no value was seen, sigmoid(x) takes the
    place of `(x - min) / (max - min)`.

    Raises:
        ParameterError: output_min is not below output_max.
    """
    if output_min >= output_max:
        raise ParameterError(f"output_min {output_min} is not below output_max {output_max}")
    low, high = (moment(x, field, tf.float64, not elementwise) for field in ("minimum", "maximum"))
    values = tf.cast(values_of(x), tf.float64)
    spread = tf.where(low < high, high - low, 1.0)
    share = tf.where(low < high, (values - low) / spread, tf.sigmoid(values))
    return _like(x, tf.cast(share * (output_max - output_min) + output_min, tf.float32))


def bucketize(
    x: Numeric,
    num_buckets: int,
    epsilon: float | None = None,
    weights: tf.Tensor | None = None,
    elementwise: bool = False,
) -> Any:
    """Returns the number, 0 to num_buckets - 1, of the equally filled bucket that each value is in, as int64.

    Args:
        x: Numbers.
        num_buckets: At least 2.
        epsilon: The bound of the error in rank; 0.01, or 1 / num_buckets if that is smaller.
        weights: Like x: how much each value counts.
        elementwise: Whether each element of a row has its own boundaries.
    """
    if epsilon is None:
        epsilon = 0.01 if num_buckets <= 100 else 1.0 / num_buckets
    if not elementwise:
        return apply_buckets(x, quantiles(x, num_buckets, epsilon, weights))
    boundaries = quantiles(x, num_buckets, epsilon, weights, reduce_instance_dims=False)
    columns = tf.unstack(tf.reshape(x, [-1, boundaries.shape[0]]), axis=1)
    parts = [_bucket(column, boundaries[i]) for i, column in enumerate(columns)]
    result = tf.reshape(tf.stack(parts, axis=1), tf.shape(x))
    result.set_shape(x.shape)
    current().set_categories(result, Categories(minimum=0, maximum=num_buckets - 1))
    return result


def apply_buckets(x: Numeric, bucket_boundaries: Any) -> Any:
    """Returns how many boundaries are at or below each value, as int64; NaN is in the last bucket.

    Args:
        x: Numbers.
        bucket_boundaries: Ascending, `[1, n]` or `[n]`.
    """
    boundaries = tf.reshape(tf.cast(tf.convert_to_tensor(bucket_boundaries), tf.float32), [-1])
    result = _like(x, _bucket(values_of(x), boundaries))
    known = tf.convert_to_tensor(bucket_boundaries).shape.num_elements()
    if known is not None:
        current().set_categories(result, Categories(minimum=0, maximum=known))
    return result


def compute_and_apply_vocabulary(
    x: Any,
    *,
    default_value: int = -1,
    top_k: int | None = None,
    frequency_threshold: int | None = None,
    num_oov_buckets: int = 0,
    vocab_filename: str | None = None,
) -> Any:
    """Returns the rank of each value among all values by frequency, 0 the most frequent, as int64.

    Options as of `vocabulary` and `apply_vocabulary`.
    """
    file = vocabulary(x, top_k=top_k, frequency_threshold=frequency_threshold, vocab_filename=vocab_filename)
    return apply_vocabulary(x, file, default_value=default_value, num_oov_buckets=num_oov_buckets)


def apply_vocabulary(
    x: Any, deferred_vocab_filename_tensor: Any, *, default_value: int = -1, num_oov_buckets: int = 0
) -> Any:
    """Returns the line number, from 0, of each value in a vocabulary, as int64.

    Args:
        x: Strings or integers.
        deferred_vocab_filename_tensor: What `vocabulary` returned, or the path of a file with one token a line.
        default_value: For values that are not in it.
        num_oov_buckets: If above 0, values that are not in it get one of so many numbers after the last, by hash.

    Raises:
        ParameterError: An option is out of its range, or the vocabulary is neither of the two.
    """
    if num_oov_buckets < 0:
        raise ParameterError(f"num_oov_buckets is {num_oov_buckets}; give 0 or more")
    values = values_of(x)
    if values.dtype != tf.string:
        if not values.dtype.is_integer:
            raise ParameterError(f"a vocabulary numbers strings or integers, not {values.dtype.name}")
        values = tf.cast(values, tf.int64)
    table, size, categories = _table(deferred_vocab_filename_tensor, values.dtype)
    unknown = tf.constant(-1 if num_oov_buckets else default_value, tf.int64)
    found = tf.raw_ops.LookupTableFindV2(table_handle=table, keys=values, default_value=unknown)
    found.set_shape(values.shape)
    if num_oov_buckets:
        text = values if values.dtype == tf.string else tf.strings.as_string(values)
        hashed = tf.strings.to_hash_bucket_fast(text, num_oov_buckets) + size
        found = tf.where(found < 0, hashed, found)
        categories = Categories(
            minimum=0, maximum=categories.maximum + num_oov_buckets, vocabulary=categories.vocabulary,
            beyond=num_oov_buckets - 1,
        )  # fmt: skip
    else:
        categories = Categories(
            minimum=default_value if default_value < 0 else 0,
            maximum=max(categories.maximum, default_value),
            vocabulary=categories.vocabulary,
            beyond=-1,
        )
    result = _like(x, found)
    current().set_categories(result, categories)
    return result


def _table(file: Any, dtype: Any) -> tuple[tf.Tensor, tf.Tensor, Categories]:
    """Returns the table's handle, its size and the integers that it gives."""
    recorder = current()
    if isinstance(file, (str, os.PathLike)):
        return _table_of_file(os.fspath(file), dtype)
    analyzer = recorder.analyzer_of(file)
    if analyzer is None or not isinstance(analyzer.analysis, VocabularyAnalysis):
        raise ParameterError(
            "deferred_vocab_filename_tensor is neither what tft.vocabulary returned nor a path; "
            "call tft.vocabulary(x) and hand its result on as it is"
        )
    handle = recorder.result(analyzer, f"table_{dtype.name}", tf.resource)
    size = recorder.result(analyzer, "size", tf.int64)
    return handle, size, Categories(minimum=0, maximum=0, vocabulary=analyzer.name)


def _table_of_file(path: str, dtype: Any) -> tuple[tf.Tensor, tf.Tensor, Categories]:
    try:
        with tf.io.gfile.GFile(path, "rb") as lines:
            size = len(lines.read().splitlines())
    except tf.errors.OpError as error:
        raise ParameterError(f"vocabulary file {path}: {error.message}") from error
    current().claim_file(Path(path).name, Path(path))
    initializer = tf.lookup.TextFileInitializer(
        path, dtype, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
    )
    table = tf.lookup.StaticHashTable(initializer, -1)
    return tf.identity(table.resource_handle), tf.constant(size, tf.int64), Categories(minimum=0, maximum=size - 1)


def _bucket(values: tf.Tensor, boundaries: tf.Tensor) -> tf.Tensor:
    flat = tf.reshape(tf.cast(values, tf.float32), [-1])
    index = tf.searchsorted(boundaries, flat, side="right", out_type=tf.int64)
    last = tf.size(boundaries, out_type=tf.int64)
    return tf.reshape(tf.where(tf.math.is_nan(flat), last, index), tf.shape(values))


def _like(x: Any, values: tf.Tensor) -> Any:
    """Returns the values in x's structure."""
    if isinstance(x, tf.SparseTensor):
        return tf.SparseTensor(x.indices, values, x.dense_shape)
    if isinstance(x, tf.RaggedTensor):
        return x.with_flat_values(values)
    values.set_shape(x.shape)
    return values

"""A chunk of rows as arrays, and a batch of it as the tensors that `tf.io.parse_example` would give.

Of each feature a chunk has, in this order: its values one after the other, numbers or, for text, the distinct values
and which of them each is; and, where rows differ in their number of values, where each row's begin and the last one's
end.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from argosy.errors import DataError
from argosy.saved_model.parsing import is_dense
from argosy.schema import Feature

_DTYPES = {"INT": tf.int64, "FLOAT": tf.float32}


def chunk_signature(features: Sequence[Feature]) -> tuple[tf.TensorSpec, ...]:
    """Returns the types of a chunk's arrays, of any length; the first is the number of rows."""
    specs = [tf.TensorSpec([], tf.int64)]
    for feature in features:
        text = [tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int32)]
        specs += text if feature.type == "BYTES" else [tf.TensorSpec([None], _DTYPES[feature.type])]
        specs += [] if is_dense(feature) else [tf.TensorSpec([None], tf.int64)]
    return tuple(specs)


def chunk_arrays(chunk: pa.RecordBatch, features: Sequence[Feature]) -> tuple[Any, ...]:
    """Returns the arrays of a chunk that has the features' columns, in their order.

    Raises:
        DataError: A row has not as many values as the schema's shape says.
    """
    arrays: list[Any] = [np.int64(chunk.num_rows)]
    for feature, column in zip(features, chunk.columns, strict=True):
        values = column.flatten()
        if values.null_count:
            raise DataError(f"feature {feature.name!r} has a null inside a list; write it without")
        if feature.type == "BYTES":
            encoded = values.dictionary_encode()
            arrays += [encoded.dictionary.to_numpy(zero_copy_only=False), encoded.indices.to_numpy()]
        else:
            arrays.append(values.to_numpy())
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
        if not is_dense(feature):
            arrays.append(np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]))
        elif (lengths != _size(feature)).any():
            raise DataError(
                f"feature {feature.name!r}: the schema says that every row has {_size(feature)} value(s), one has "
                f"{lengths[(lengths != _size(feature)).argmax()]}; correct its shape or presence in the schema"
            )
    return tuple(arrays)


def batch_tensors(arrays: Sequence[tf.Tensor], features: Sequence[Feature], start: Any, stop: Any) -> dict[str, Any]:
    """Returns the rows from `start` to before `stop` of a chunk's arrays, as tensors by feature."""
    rest = iter(arrays[1:])
    return {feature.name: _tensor(feature, rest, start, stop) for feature in features}


def _tensor(feature: Feature, arrays: Iterator[tf.Tensor], start: Any, stop: Any) -> Any:
    values = next(arrays)
    codes = next(arrays) if feature.type == "BYTES" else None
    if is_dense(feature):
        size = _size(feature)
        return tf.reshape(_taken(values, codes, start * size, stop * size), [-1, *(feature.shape or ())])
    splits = next(arrays)[start : stop + 1]
    taken = _taken(values, codes, splits[0], splits[-1])
    return tf.RaggedTensor.from_row_splits(taken, splits - splits[0], validate=False).to_sparse()


def _taken(values: tf.Tensor, codes: tf.Tensor | None, first: Any, end: Any) -> tf.Tensor:
    return values[first:end] if codes is None else tf.gather(values, codes[first:end])


def _size(feature: Feature) -> int:
    return int(np.prod(feature.shape or (), dtype=np.int64))

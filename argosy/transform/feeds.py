"""Rows to tensors and back: `pyarrow.RecordBatch` of lists <-> dense and sparse tensors, without a loop over rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from argosy.errors import DataError, UserCodeError
from argosy.transform.inputs import Spec

_ARROW_TYPES = {tf.string: pa.binary(), tf.int64: pa.int64(), tf.float32: pa.float32()}
_FEW_DISTINCT = 0.5
"""Below this share of distinct strings, a gather from the distinct ones beats making a string a row."""


def to_tensors(batch: pa.RecordBatch, specs: Mapping[str, Spec]) -> dict[str, Any]:
    """Returns a tensor for each spec.

    Raises:
        DataError: A column is of another type than its spec, or a fixed shape is not kept; the message names it.
    """
    return {name: _to_tensor(name, _column(batch, name, spec), spec) for name, spec in specs.items()}


def to_batch(tensors: Mapping[str, Any], rows: int) -> pa.RecordBatch:
    """Returns the rows of the tensors; a row of a sparse tensor that has no value is missing.

    Raises:
        UserCodeError: A tensor has not one row per input row, or a sparse one leaves gaps; the message names it.
    """
    names = list(tensors)
    return pa.RecordBatch.from_arrays([_to_column(name, tensors[name], rows) for name in names], names=names)


def _column(batch: pa.RecordBatch, name: str, spec: Spec) -> pa.ListArray:
    kind = pa.list_(_ARROW_TYPES[spec.dtype])
    index = batch.schema.get_field_index(name)
    column = batch.column(index) if index >= 0 else pa.nulls(batch.num_rows)
    if pa.types.is_null(column.type):
        return pa.nulls(batch.num_rows, kind)
    if column.type != kind:
        raise DataError(
            f"feature {name!r}: the rows hold {column.type}, the schema says {kind}; make the schema from these data, "
            "or mend the data"
        )
    return column


def _to_tensor(name: str, column: pa.ListArray, spec: Spec) -> Any:
    lengths = pc.fill_null(column.value_lengths(), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    values = _values(column.flatten())
    if isinstance(spec, tf.SparseTensorSpec):
        return tf.SparseTensor(_places(lengths), values, [len(lengths), int(lengths.max(initial=0))])
    size = int(np.prod(spec.shape[1:], dtype=np.int64))
    odd = np.flatnonzero(lengths != size)
    if len(odd):
        raise DataError(
            f"feature {name!r}: the schema says that every row has {size} value(s), row {odd[0]} of a batch has "
            f"{lengths[odd[0]]}. Correct its shape or presence in the schema (without a shape it may be missing)"
        )
    return tf.reshape(values, [len(lengths), *spec.shape[1:]])


def _values(values: pa.Array) -> tf.Tensor:
    if not pa.types.is_binary(values.type):
        return tf.constant(values.to_numpy(zero_copy_only=False))
    encoded = values.dictionary_encode()
    if len(encoded.dictionary) > _FEW_DISTINCT * len(values) or not len(values):
        return tf.constant(values.to_numpy(zero_copy_only=False), tf.string)
    distinct = tf.constant(encoded.dictionary.to_numpy(zero_copy_only=False), tf.string)
    return tf.gather(distinct, encoded.indices.to_numpy())


def _places(lengths: np.ndarray) -> np.ndarray:
    """Returns the (row, position) of every value, [values, 2]."""
    rows = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.stack([rows, np.arange(len(rows)) - starts], axis=1)


def _to_column(name: str, tensor: Any, rows: int) -> pa.ListArray:
    found = int(tensor.dense_shape[0]) if isinstance(tensor, tf.SparseTensor) else tensor.shape[0]
    if found != rows:
        raise UserCodeError(
            f"output {name!r} has {found} rows for {rows} input rows; an output has one row per input row, in order"
        )
    if isinstance(tensor, tf.SparseTensor):
        return _sparse_column(name, tensor, rows)
    kind = _ARROW_TYPES[tensor.dtype]
    values = pa.array(tensor.numpy().reshape(-1), kind)
    size = int(np.prod(tensor.shape[1:], dtype=np.int64))
    return pa.ListArray.from_arrays(np.arange(rows + 1, dtype=np.int32) * size, values)


def _sparse_column(name: str, tensor: tf.SparseTensor, rows: int) -> pa.ListArray:
    places = tensor.indices.numpy()
    lengths = np.bincount(places[:, 0], minlength=rows) if len(places) else np.zeros(rows, np.int64)
    if not np.array_equal(places, _places(lengths)):
        raise UserCodeError(
            f"output {name!r} is a sparse tensor with gaps in its rows; a tf.Example holds values without "
            "gaps, in order"
        )
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    missing = pa.array(lengths == 0)
    values = pa.array(tensor.values.numpy(), _ARROW_TYPES[tensor.dtype])
    return pa.ListArray.from_arrays(offsets, values, mask=missing)

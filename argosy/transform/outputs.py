"""What preprocessing_fn returned, checked and brought to the three types that a tf.Example can hold."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from argosy.errors import UserCodeError

_INTEGERS = (tf.bool, tf.int8, tf.int16, tf.int32, tf.uint8, tf.uint16, tf.uint32)
_FLOATS = (tf.float16, tf.bfloat16, tf.float64)


def checked_outputs(returned: Any, graph: Any) -> dict[str, Any]:
    """Returns the outputs by name; smaller integers and bool as int64, other floats as float32, ragged as sparse.

    Raises:
        UserCodeError: It is no dict of tensors, or an output is not one row per input row; the message names it.
    """
    if not isinstance(returned, Mapping):
        raise UserCodeError(
            f"preprocessing_fn returned {_kind(returned)}; it has to return a dict of feature name -> tensor"
        )
    if not returned:
        raise UserCodeError("preprocessing_fn returned an empty dict; return at least one feature")
    return {_name(name): _checked(name, value, graph) for name, value in sorted(returned.items(), key=str)}


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise UserCodeError(f"preprocessing_fn returned a feature named {name!r}; names are non-empty strings")
    return name


def _checked(name: str, value: Any, graph: Any) -> Any:
    if isinstance(value, tf.RaggedTensor):
        value = value.to_sparse()
    if not isinstance(value, (tf.Tensor, tf.SparseTensor)):
        raise UserCodeError(
            f"output {name!r} is {_kind(value)}; return a tf.Tensor, tf.SparseTensor or tf.RaggedTensor"
        )
    tensor = value.values if isinstance(value, tf.SparseTensor) else value
    if getattr(tensor, "graph", None) is not graph:
        raise UserCodeError(f"output {name!r} does not depend on the inputs: it was made outside preprocessing_fn")
    _check_shape(name, value)
    return _converted(name, value)


def _check_shape(name: str, value: Any) -> None:
    shape = value.shape
    if isinstance(value, tf.SparseTensor):
        if shape.rank != 2:
            raise UserCodeError(f"output {name!r} is a sparse tensor of rank {shape.rank}; return one of rank 2")
        return
    if shape.rank is None:
        raise UserCodeError(f"output {name!r} has no known rank; fix it by tf.ensure_shape or tf.reshape")
    if shape.rank == 0:
        raise UserCodeError(
            f"output {name!r} is a scalar; an output has one row per input row. To add a number to every row, "
            "use tf.fill([tf.shape(x)[0]], number)"
        )
    if shape[0] is not None:
        raise UserCodeError(
            f"output {name!r} has shape {tuple(shape)}: its first dimension is always {shape[0]}, not the batch; "
            "an output has one row per input row"
        )
    if None in shape[1:]:
        raise UserCodeError(
            f"output {name!r} has shape {tuple(shape)}: all dimensions but the first must be known; "
            "fix them by tf.ensure_shape or tf.reshape, or return a sparse tensor"
        )


def _converted(name: str, value: Any) -> Any:
    if value.dtype in (tf.string, tf.int64, tf.float32):
        return value
    if value.dtype in _INTEGERS:
        return tf.cast(value, tf.int64)
    if value.dtype in _FLOATS:
        return tf.cast(value, tf.float32)
    raise UserCodeError(
        f"output {name!r} is of type {value.dtype.name}; cast it to tf.string, tf.int64 or tf.float32 by tf.cast"
    )


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"

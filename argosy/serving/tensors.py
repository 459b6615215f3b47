"""TensorProto messages to arrays and back."""

from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

from argosy.serving.json_output import as_array
from argosy.serving.status import invalid

_FIELDS = {
    "float32": "float_val", "float64": "double_val", "int8": "int_val", "int16": "int_val", "int32": "int_val",
    "uint8": "int_val", "uint16": "int_val", "int64": "int64_val", "bool": "bool_val", "uint32": "uint32_val",
    "uint64": "uint64_val",
}  # fmt: skip


def from_proto(name: str, proto: Any) -> np.ndarray:
    """Returns the array in a message, of either encoding; strings as bytes.

    Raises:
        CallError: INVALID_ARGUMENT: its values do not fill its shape.
    """
    try:
        return np.asarray(tf.make_ndarray(proto))
    except (TypeError, ValueError) as error:
        raise invalid(f"input {name}: not a valid tensor: {error}") from error


def to_proto(value: Any) -> Any:
    """Returns the message of an output, its values in the typed fields, as TF Serving sends them."""
    array = as_array(value)
    field = _FIELDS.get(array.dtype.name)
    if field is None:
        return tf.make_tensor_proto(array, tf.string if array.dtype.kind in "OSU" else None)
    proto = tensor_pb2.TensorProto(dtype=tf.as_dtype(array.dtype).as_datatype_enum)
    proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add().size = size
    getattr(proto, field).extend(array.ravel().tolist())
    return proto

"""A saved transform graph, called on rows."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import tensorflow as tf

from argosy.errors import UserCodeError
from argosy.transform.feeds import to_tensors


def load_graph(directory: str) -> Callable[[pa.RecordBatch], dict[str, Any]]:
    """Returns the function of a SavedModel of ours, from raw rows to tensors by name.

    The function raises DataError where rows do not fit the schema and UserCodeError where the user's own ops fail.
    """
    model = tf.saved_model.load(directory)
    function = model.transform_fn
    specs = function.structured_input_signature[0][0]

    def call(batch: pa.RecordBatch) -> dict[str, Any]:
        tensors = to_tensors(batch, specs)
        try:
            outputs: dict[str, Any] = function(tensors)
        except tf.errors.OpError as error:
            raise UserCodeError(
                f"preprocessing_fn failed on a batch of {batch.num_rows} rows: {error.message}"
            ) from error
        return outputs

    call.model = model  # type: ignore[attr-defined]
    return call

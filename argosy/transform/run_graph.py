"""A saved transform graph, called on rows."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import tensorflow as tf

from argosy.errors import UserCodeError
from argosy.transform.feeds import to_tensors
from argosy.transform.layer import TransformFeaturesLayer


def load_graph(directory: str, features: Sequence[str] | None = None) -> Callable[[pa.RecordBatch], dict[str, Any]]:
    """Returns the function of a SavedModel of ours, from raw rows to tensors by name.

    With `features` it reads only those, and gives the outputs that they suffice for.

    The function raises DataError where rows do not fit the schema and UserCodeError where the user's own ops fail.
    """
    layer = TransformFeaturesLayer(directory)
    specs = {name: spec for name, spec in layer.input_specs.items() if features is None or name in features}

    def call(batch: pa.RecordBatch) -> dict[str, Any]:
        tensors = to_tensors(batch, specs)
        try:
            return layer(tensors)
        except tf.errors.OpError as error:
            raise UserCodeError(
                f"preprocessing_fn failed on a batch of {batch.num_rows} rows: {error.message}"
            ) from error

    return call

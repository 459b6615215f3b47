"""TensorFlow's errors as one error of ours that carries the canonical status name."""

import contextlib
from collections.abc import Iterator

import tensorflow as tf

from argosy.errors import SavedModelCallError

STATUS_NAMES = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip
"""The canonical status names by their number, as gRPC and TensorFlow count them."""


@contextlib.contextmanager
def call_errors() -> Iterator[None]:
    """Turns what the runtime raises into SavedModelCallError; a value that no tensor can hold is INVALID_ARGUMENT."""
    try:
        yield
    except tf.errors.OpError as error:
        raise SavedModelCallError(str(error.message), code=STATUS_NAMES[error.error_code]) from error
    except (TypeError, ValueError, OverflowError) as error:
        raise SavedModelCallError(str(error), code="INVALID_ARGUMENT") from error

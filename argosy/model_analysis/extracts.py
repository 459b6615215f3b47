"""Extracts: what is known of a batch of rows, a dict that each extractor adds to.

    record batch -> features -> labels -> example_weights -> predictions -> slice_keys

A value under a key has one entry per row of the batch. Keys that begin with an underscore are between stages only.
"""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Extracts = dict[str, Any]

ARROW_RECORD_BATCH = "arrow_record_batch"
"""The rows as they were read: a RecordBatch of list columns."""

INPUT = "input"
"""The rows as serialized tf.Examples: a binary array."""

FEATURES = "features"
"""Feature name -> list column."""

LABELS = "labels"
"""Model name -> label values, a numpy array [n] of numbers, NaN for none, or of objects, None for none."""

EXAMPLE_WEIGHTS = "example_weights"
"""Model name -> weights [n]; a model without a weight key has no entry."""

PREDICTIONS = "predictions"
"""Model name -> `Predictions`."""

SLICE_KEYS = "slice_keys"
"""Slice key -> the numbers of the rows in it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Predictions:
    """What a model said of some rows.

    Attributes:
        scores: [n, columns]: one column for a binary or a regression model, else one for each class.
        classes: The names of the classes, in the order of the columns; empty when the model names none.
    """

    scores: Floats
    classes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scored:
    """Rows ready to be measured.

    Attributes:
        labels: Class numbers (-1: a class that the model does not know), or target values, [n].
        scores: [n, columns].
        weights: [n].
    """

    labels: Floats
    scores: Floats
    weights: Floats

    def take(self, rows: NDArray[np.int64]) -> "Scored":
        """Returns some of the rows."""
        return Scored(labels=self.labels[rows], scores=self.scores[rows], weights=self.weights[rows])

    def unweighted(self) -> "Scored":
        """Returns the rows with weight 1 each."""
        return dataclasses.replace(self, weights=np.ones(len(self.labels)))


def batch_size(extracts: Extracts) -> int:
    """Returns how many rows the batch has."""
    return int(extracts[ARROW_RECORD_BATCH].num_rows)

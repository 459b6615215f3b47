"""A batch as the accumulators of statistics see it: its columns and the weights of its rows."""

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from argosy.data_validation.statistics.column import Column, columns_of
from argosy.errors import DataError, did_you_mean

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows.

    Attributes:
        rows: How many.
        columns: Every feature, those within others too.
        weights: By the name of a weight feature the weight of each row, [rows].
    """

    rows: int
    columns: tuple[Column, ...]
    weights: Mapping[str, Floats]

    def column(self, path: tuple[str, ...]) -> Column | None:
        """Returns a feature; None when the batch does not have it."""
        return next((column for column in self.columns if column.path == path), None)


def batch_of(batch: pa.RecordBatch, weight_features: Iterable[str]) -> Batch:
    """Returns the view of a batch.

    Raises:
        DataError: A column is of a type that is no feature's, or a row has not exactly one weight of at least 0.
    """
    columns = tuple(columns_of(batch))
    by_name = {column.path[0]: column for column in columns if len(column.path) == 1}
    weights = {name: _weights(name, by_name, batch.num_rows) for name in weight_features}
    return Batch(rows=batch.num_rows, columns=columns, weights=weights)


def _weights(name: str, columns: Mapping[str, Column], rows: int) -> Floats:
    if name not in columns:
        raise DataError(f"weight feature {name!r} is not in the rows: {did_you_mean(name, columns)}")
    column = columns[name]
    if column.type not in ("INT", "FLOAT"):
        raise DataError(f"weight feature {name!r} is {column.type or 'missing in every row'}; weights are numbers")
    owners = column.rows_of_values()
    if not np.array_equal(owners, np.arange(rows)):
        bad = int((np.bincount(owners, minlength=rows) != 1).sum())
        raise DataError(
            f"weight feature {name!r}: {bad} of {rows} rows do not have exactly one value; every row needs one"
        )
    weights = column.numbers().astype(np.float64)
    if not (weights >= 0).all() or not np.isfinite(weights).all():
        raise DataError(f"weight feature {name!r} has a value that is negative, infinite or no number")
    return weights

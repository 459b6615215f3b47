"""What a full pass over the data computes: three kinds of analysis, each an accumulator and what its result means.

An analysis is the option set of an analyzer; equal analyses of the same tensors are one analyzer.
"""

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa

from argosy.accumulate.moments import Moments
from argosy.accumulate.quantiles import Quantiles
from argosy.accumulate.value_counts import ValueCounts
from argosy.errors import UserCodeError


@dataclasses.dataclass(frozen=True, kw_only=True)
class MomentsAnalysis:
    """Count, sum, mean, variance and extremes of a tensor; NaN is left out of all of them.

    Attributes:
        per_element: Over the batch dimension only, so that results have the shape of one row.
    """

    per_element: bool = False

    kind = "moments"

    def accumulator(self) -> Moments:
        return Moments()

    def select(self, arrays: list[np.ndarray]) -> np.ndarray | None:
        """Returns the batch as `[n]`, or `[n, elements of a row]`."""
        (values,) = arrays
        if not self.per_element:
            return values.reshape(-1)
        return values.reshape(len(values), -1) if len(values) else None

    def values(self, result: Any, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Returns each field, of that shape. Of no value at all, mean, variance and sum are 0."""
        nothing = np.asarray(result.count) == 0
        fields = {
            "minimum": result.minimum,
            "maximum": result.maximum,
            "mean": np.where(nothing, 0.0, result.mean),
            "variance": np.where(nothing, 0.0, result.variance),
            "total": result.total,
            "size": np.asarray(result.count) + np.asarray(result.nans),
        }
        return {name: _shaped(value, shape) for name, value in fields.items()}


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuantilesAnalysis:
    """The boundaries that cut a tensor's values into equally filled buckets.

    Attributes:
        num_buckets: How many.
        epsilon: The bound of the error in rank, as a fraction of the count.
    """

    num_buckets: int
    epsilon: float

    kind = "quantiles"

    def accumulator(self) -> Quantiles:
        return Quantiles(epsilon=self.epsilon)

    def select(self, arrays: list[np.ndarray]) -> Any:
        """Returns the batch as `[n]`, or as such values with their weights.

        Raises:
            UserCodeError: There is not one weight for each value.
        """
        values, *weights = (array.reshape(-1) for array in arrays)
        if weights and len(weights[0]) != len(values):
            raise UserCodeError(
                f"quantiles of {len(values)} values were given {len(weights[0])} weights; weights have x's shape"
            )
        return (values, weights[0]) if weights else values

    def values(self, result: Any, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Returns `boundaries`, `[1, num_buckets - 1]`; of no value at all, infinities: everything is in bucket 0."""
        boundaries = result.boundaries(self.num_buckets)[1:-1].reshape(shape)
        return {"boundaries": np.where(np.isnan(boundaries), np.inf, boundaries)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class VocabularyAnalysis:
    """The distinct values of a tensor, the most frequent first, of equally frequent ones the larger first.

    Attributes:
        filename: The vocabulary's own name: that of its file in the graph.
        top_k: Keep this many, or all.
        frequency_threshold: Drop what occurs less often.
    """

    filename: str
    top_k: int | None = None
    frequency_threshold: int = 0

    kind = "vocabulary"

    def accumulator(self) -> ValueCounts:
        return ValueCounts()

    def select(self, arrays: list[np.ndarray]) -> pa.Array:
        """Returns the batch as a flat Arrow array of binary or int64."""
        values = arrays[0].reshape(-1)
        return pa.array(values, pa.binary() if values.dtype == object else pa.int64())


Analysis = MomentsAnalysis | QuantilesAnalysis | VocabularyAnalysis


def _shaped(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(value)
    return array.reshape(shape) if array.size == np.prod(shape) else np.broadcast_to(array, shape)

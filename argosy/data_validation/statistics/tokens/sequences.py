"""The sequences of tokens in a column."""

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from argosy.accumulate.distinct_count import Hashes, hashes_of
from argosy.data_validation.statistics.column import Column

Indices = NDArray[np.intp]

_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sequences:
    """The entries of a column that have tokens.

    Attributes:
        total: How many entries are there, those without tokens too.
        values: The distinct tokens, [d].
        codes: Of each token its place among them, [tokens].
        owners: In which sequence each is, ascending, [tokens].
        places: Where in that, from 0, [tokens].
        sizes: How many tokens each sequence has, [sequences].
    """

    total: int
    values: pa.Array
    codes: Indices
    owners: Indices
    places: Indices
    sizes: Indices

    def hashes(self) -> Hashes:
        """Returns a hash of each sequence, the same wherever it is met, [sequences]."""
        if not len(self.sizes):
            return np.empty(0, np.uint64)
        places = (self.places.astype(np.uint64) * _SPREAD) | np.uint64(1)
        return np.add.reduceat(hashes_of(self.values)[self.codes] * places, np.cumsum(self.sizes) - self.sizes)

    def summed(self, by_value: np.ndarray) -> NDArray[Any]:
        """Returns for each sequence the sum of what its tokens are worth, [sequences]; `by_value` is [d]."""
        return np.bincount(self.owners, by_value[self.codes].astype(np.float64), minlength=len(self.sizes))

    def tokens_of(self, sequence: int) -> list[int]:
        """Returns the codes of a sequence's tokens, in order."""
        start, end = np.searchsorted(self.owners, [sequence, sequence + 1])
        return [int(code) for code in self.codes[start:end]]


def sequences_of(column: Column) -> Sequences:
    """Returns the sequences of a column of integers or strings; of lists of lists, an entry's innermost values are one.

    >>> found = sequences_of(Column(path=("x",), type="INT", array=pa.array([[7, 8, 7], None, [], [8]])))
    >>> found.total, found.values.to_pylist(), found.codes.tolist(), found.owners.tolist(), found.places.tolist()
    (3, [7, 8], [0, 1, 0, 1], [0, 0, 0, 1], [0, 1, 2, 0])
    """
    coded = column.coded()
    codes, used = _dense(coded.indices.to_numpy(), len(coded.dictionary))
    rows = dataclasses.replace(column, rows=None).rows_of_values()
    owners, _ = _dense(rows, len(column.array))
    sizes = np.bincount(owners)
    starts = np.cumsum(sizes) - sizes
    return Sequences(
        total=len(column.array) - column.array.null_count,
        values=coded.dictionary.take(pa.array(used)),
        codes=codes,
        owners=owners,
        places=np.arange(len(codes)) - starts[owners],
        sizes=sizes,
    )


def _dense(numbers: np.ndarray, size: int) -> tuple[Indices, Indices]:
    """Returns the numbers, below `size`, as places among those that occur, and these."""
    used = np.flatnonzero(np.bincount(numbers, minlength=size))
    places = np.zeros(size, np.intp)
    places[used] = np.arange(len(used))
    return places[numbers], used

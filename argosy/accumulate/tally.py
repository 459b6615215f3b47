"""How often each value of a batch occurs: what the other accumulators add up, value by value instead of row by row."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_NARROW = 1 << 16


def tally_numbers(values: np.ndarray) -> tuple[Floats, Floats]:
    """Returns the distinct numbers, ascending, and how often each occurs; NaN, where there is any, is the last.

    >>> tally_numbers(np.array([2, 1, 2]))
    (array([1., 2.]), array([1., 2.]))
    """
    if not len(values):
        return np.empty(0), np.empty(0)
    if values.dtype.kind in "iu":
        low, high = int(values.min()), int(values.max())
        if high - low < _NARROW:
            counts = np.bincount(values - low)
            found = np.flatnonzero(counts)
            return (found + low).astype(np.float64), counts[found].astype(np.float64)
    ordered = np.sort(values)
    whole = len(ordered) if values.dtype.kind != "f" else int(np.searchsorted(ordered, np.nan))
    starts = run_starts(ordered[:whole])
    lengths = np.diff(starts, append=whole).astype(np.float64)
    distinct = ordered[starts].astype(np.float64)
    if whole < len(ordered):
        return np.append(distinct, np.nan), np.append(lengths, len(ordered) - whole)
    return distinct, lengths


def tally_weights(values: np.ndarray, weights: np.ndarray) -> tuple[Floats, Floats]:
    """Returns the distinct numbers, ascending, and the sum of the weights of each; NaN and weights of 0 are left out.

    >>> tally_weights(np.array([2.0, 1.0, 2.0]), np.array([0.5, 1.0, 1.0]))
    (array([1., 2.]), array([1. , 1.5]))
    """
    keep = ~np.isnan(values) & (weights > 0)
    values, weights = np.asarray(values, np.float64)[keep], np.asarray(weights, np.float64)[keep]
    order = np.argsort(values)
    ordered = values[order]
    starts = run_starts(ordered)
    return ordered[starts], np.add.reduceat(weights[order], starts) if len(starts) else weights


def tally_values(values: pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    """Returns the distinct values of an array without nulls, in order of appearance, and how often each occurs.

    >>> values, counts = tally_values(pa.array(["b", "a", "b"]))
    >>> values.to_pylist(), counts.tolist()
    (['b', 'a'], [2, 1])
    """
    counted = values.value_counts()
    return counted.field("values"), counted.field("counts").to_numpy()


def tally_codes(coded: pa.DictionaryArray, weights: Floats | None = None) -> tuple[pa.Array, np.ndarray]:
    """Returns the values of a dictionary array without nulls, and how often each occurs or what its places weigh.

    >>> values, counts = tally_codes(pa.array(["b", "a", "b"]).dictionary_encode())
    >>> values.to_pylist(), counts.tolist()
    (['b', 'a'], [2, 1])
    """
    codes, size = coded.indices.to_numpy(), len(coded.dictionary)
    counts = np.bincount(codes, minlength=size)
    sums = counts if weights is None else np.bincount(codes, weights, minlength=size)
    if counts.all():
        return coded.dictionary, sums
    found = np.flatnonzero(counts)
    return coded.dictionary.take(pa.array(found)), sums[found]


def run_starts(ordered: np.ndarray) -> NDArray[np.intp]:
    """Returns where a run of equal values starts in an ordered array."""
    if not len(ordered):
        return np.empty(0, np.intp)
    changes: Any = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    return np.flatnonzero(changes)

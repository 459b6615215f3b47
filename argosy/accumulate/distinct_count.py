"""How many values differ, within a stated error and in bounded memory."""

import dataclasses
import hashlib
import math

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class DistinctCountResult:
    """How many values differ.

    Attributes:
        count: Whole below the sketch's size, an estimate above.
        error: The relative standard error of the estimate; 0 where the count is exact.
    """

    count: float
    error: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class DistinctCount:
    """Accumulates arrays of binary, strings or integers; the state is the `size` smallest hashes, ascending.

    If the k-th smallest of n hashes, spread evenly over [0, 1), is h, then n is about (k - 1) / h, with a relative
    standard error of 1 / sqrt(k - 2): Bar-Yossef et al., "Counting Distinct Elements in a Data Stream" (2002). The
    state depends only on the set of values seen: neither on their order nor on how they were divided.

    >>> distinct = DistinctCount()
    >>> distinct.result(distinct.add(distinct.empty(), pa.array([b"a", b"b", b"a"])))
    DistinctCountResult(count=2, error=0.0)

    Attributes:
        size: How many hashes are kept.
    """

    size: int = 1 << 14

    def empty(self) -> Hashes:
        return np.empty(0, np.uint64)

    def add(self, state: Hashes, batch: pa.Array) -> Hashes:
        return self.merge(state, hashes_of(batch))

    def merge(self, state: Hashes, other: Hashes) -> Hashes:
        if len(state) == self.size:
            other = other[other < state[-1]]
        return np.unique(np.concatenate([state, other]))[: self.size]

    def result(self, state: Hashes) -> DistinctCountResult:
        if len(state) < self.size:
            return DistinctCountResult(count=len(state), error=0.0)
        share = (float(state[-1]) + 1.0) / 2.0**64
        return DistinctCountResult(count=(self.size - 1) / share, error=1.0 / math.sqrt(self.size - 2))


def hashes_of(values: pa.Array) -> Hashes:
    """Returns a hash of each value, the same wherever it is met, spread evenly over 64 bits, [n]."""
    if pa.types.is_string(values.type):
        values = values.cast(pa.binary())
    pieces = values.to_pylist()
    if not pa.types.is_binary(values.type):
        pieces = [repr(value).encode() for value in pieces]
    digests = b"".join(hashlib.blake2b(piece, digest_size=8).digest() for piece in pieces)
    return np.frombuffer(digests, "<u8").astype(np.uint64)

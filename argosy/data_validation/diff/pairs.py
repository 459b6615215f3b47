"""Pairs of rows with equal keys, compared column by column."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from argosy.data_validation.diff.keys import rounded
from argosy.data_validation.diff.spec import MatchStats

Rows = NDArray[np.int64]
Codes = NDArray[np.int8]

NEITHER, MATCH, BASE_ONLY, TEST_ONLY, MISMATCH = range(5)
"""How a feature of two rows compares; NEITHER: it has no value on either side, of which one has no such column."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Compared:
    """How one feature compares in each pair: `codes` `[pairs]`; and in how many of them either side has a value."""

    codes: Codes
    base_count: int
    test_count: int


def match(base: pa.Array, test: pa.Array, *, with_duplicates: bool) -> tuple[Rows, Rows, MatchStats]:
    """Returns the rows of each side that make pairs, `[pairs]` each, and how many of what there are.

    Args:
        base: The keys of the rows of the base.
        test: Of the test.
        with_duplicates: Whether keys that several rows of a side have make pairs, each with each.
    """
    encoded = pa.concat_arrays([base, test]).dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    ours, theirs = codes[: len(base)], codes[len(base) :]
    count = len(encoded.dictionary)
    base_counts, test_counts = np.bincount(ours, minlength=count), np.bincount(theirs, minlength=count)
    stats = MatchStats(
        base_with_id_count=len(base),
        test_with_id_count=len(test),
        identifiers_count=count,
        ids_missing_in_base_count=int((base_counts == 0).sum()),
        ids_missing_in_test_count=int((test_counts == 0).sum()),
        matching_pairs_count=int(base_counts @ test_counts),
        duplicate_id_count=int(((base_counts > 1) | (test_counts > 1)).sum()),
    )
    if not with_duplicates:
        test_counts = np.where((base_counts == 1) & (test_counts == 1), test_counts, 0)
    # The rows of the test in the order of their codes: those of one code lie side by side.
    order = np.argsort(theirs, kind="stable")
    starts = np.searchsorted(theirs[order], np.arange(count))
    many = test_counts[ours]
    base_rows = np.repeat(np.arange(len(base)), many)
    within = np.arange(len(base_rows)) - np.repeat(np.cumsum(many) - many, many)
    return base_rows, order[starts[ours[base_rows]] + within], stats


def compare(base: pa.Array, test: pa.Array, *, digits: int | None) -> Compared:
    """Returns how two columns compare, row by row."""
    base_there, test_there = _presence(base), _presence(test)
    both = base_there & test_there
    in_both = not (pa.types.is_null(base.type) or pa.types.is_null(test.type))
    # A missing value and an empty list are the same to who writes a key for each feature, as TFX does.
    codes = np.full(len(base), MATCH if in_both else NEITHER, np.int8)
    codes[base_there & ~test_there] = BASE_ONLY
    codes[test_there & ~base_there] = TEST_ONLY
    codes[both] = MISMATCH
    if both.any() and base.type == test.type:
        chosen = pa.array(np.flatnonzero(both))
        equal = _equal(rounded(base.take(chosen), digits), rounded(test.take(chosen), digits))
        codes[np.flatnonzero(both)[equal]] = MATCH
    return Compared(codes=codes, base_count=int(base_there.sum()), test_count=int(test_there.sum()))


def chunks(base_rows: Rows, test_rows: Rows, size: int) -> Iterator[tuple[Rows, Rows]]:
    """Yields pairs, at most `size` at a time."""
    for first in range(0, len(base_rows), size):
        yield base_rows[first : first + size], test_rows[first : first + size]


def _presence(column: pa.Array) -> NDArray[np.bool_]:
    """Returns `[rows]`: whether there is a value."""
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.bool_)
    there: NDArray[np.bool_] = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False) > 0
    return there


def _equal(base: pa.ListArray, test: pa.ListArray) -> NDArray[np.bool_]:
    """Returns which lists are equal; of floats, bit by bit."""
    lengths, others = (pc.list_value_length(side).to_numpy(zero_copy_only=False) for side in (base, test))
    equal: NDArray[np.bool_] = lengths == others
    if not equal.any():
        return equal
    places = np.flatnonzero(equal)
    ours, theirs = (side.take(pa.array(places)).flatten() for side in (base, test))
    differs = _differs(ours, theirs)
    equal[np.repeat(places, lengths[places])[differs]] = False
    return equal


def _differs(ours: pa.Array, theirs: pa.Array) -> Any:
    if pa.types.is_floating(ours.type):
        a, b = (side.to_numpy(zero_copy_only=False).view(np.int32) for side in (ours, theirs))
        return a != b
    return pc.not_equal(ours, theirs).to_numpy(zero_copy_only=False)

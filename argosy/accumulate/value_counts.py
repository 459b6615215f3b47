"""How often each value occurs."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from argosy.accumulate.distinct_count import DistinctCount, Hashes
from argosy.accumulate.tally import tally_values

DISTINCT = DistinctCount()


@dataclasses.dataclass(kw_only=True, slots=True)
class ValueCountsState:
    """What was seen.

    Attributes:
        merged: One row a distinct value.
        pending: Such tables not yet merged.
        size: How many rows `pending` has.
        total: How many values were seen, or their weight.
        error: By how much a count may fall short.
        sketch: Of all values seen; None as long as none was left out.
    """

    merged: pa.Table | None = None
    pending: list[pa.Table] = dataclasses.field(default_factory=list)
    size: int = 0
    total: float = 0
    error: float = 0
    sketch: Hashes | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValueCountsResult:
    """Values by falling count; of equally frequent ones, the larger first (strings by their bytes).

    Attributes:
        values: Distinct values, [n]; of null type when nothing was seen.
        counts: How often each occurs, [n]: whole numbers, or sums of weights where weights were given.
        total: How many values were seen (or their weight), pruned ones too.
        error: By how much a count may fall short, and how frequent a value left out may be: 0 unless the capacity was
            exceeded.
        distinct: How many values differ, those left out too: an estimate once the capacity was exceeded.
        distinct_error: The relative standard error of the estimate; 0 where it is exact.
    """

    values: pa.Array
    counts: NDArray[np.int64] | NDArray[np.float64]
    total: float
    error: float
    distinct: float
    distinct_error: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValueCounts:
    """Accumulates flat arrays without nulls (binary, string or number), or `(values, weights)` with weights [n].

    Exact as long as there are at most `capacity` distinct values. Above, only the most frequent `capacity` are kept
    each time twice as many have gathered, and the result says how much that may have cost.

    >>> counts = ValueCounts()
    >>> result = counts.result(counts.add(counts.empty(), pa.array([b"a", b"b", b"c", b"a"])))
    >>> result.values.to_pylist(), result.counts.tolist()
    ([b'a', b'c', b'b'], [2, 1, 1])

    Attributes:
        capacity: How many distinct values are kept.
    """

    capacity: int = 1_000_000

    def empty(self) -> ValueCountsState:
        return ValueCountsState()

    def add(self, state: ValueCountsState, batch: pa.Array | tuple[pa.Array, np.ndarray]) -> ValueCountsState:
        values, counts = batch if isinstance(batch, tuple) else tally_values(batch)
        if not len(values):
            return state
        if state.sketch is not None:
            state.sketch = DISTINCT.add(state.sketch, values)
        state.total += counts.sum().item()
        state.pending.append(pa.table({"value": values, "count": counts}))
        state.size += len(values)
        return self._settled(state)

    def merge(self, state: ValueCountsState, other: ValueCountsState) -> ValueCountsState:
        if state.sketch is not None or other.sketch is not None:
            state.sketch = DISTINCT.merge(_sketch(state), _sketch(other))
        state.pending.extend(([] if other.merged is None else [other.merged]) + other.pending)
        state.size += other.size + (0 if other.merged is None else other.merged.num_rows)
        state.total += other.total
        state.error += other.error
        return self._settled(state)

    def result(self, state: ValueCountsState) -> ValueCountsResult:
        if state.merged is None and not state.pending:
            return ValueCountsResult(
                values=pa.nulls(0), counts=np.empty(0, np.int64), total=0, error=0, distinct=0, distinct_error=0
            )
        table = _merged(state)
        values, counts = table["value"].combine_chunks(), table["count"].combine_chunks()
        order = _by_count(table)
        differ = None if state.sketch is None else DISTINCT.result(state.sketch)
        return ValueCountsResult(
            values=values.take(order),
            counts=counts.take(order).to_numpy(),
            total=state.total,
            error=state.error,
            distinct=table.num_rows if differ is None else max(differ.count, table.num_rows),
            distinct_error=0.0 if differ is None else differ.error,
        )

    def _settled(self, state: ValueCountsState) -> ValueCountsState:
        held = 0 if state.merged is None else state.merged.num_rows
        if state.size <= max(held, min(self.capacity, 1 << 16)):
            return state
        table = _merged(state)
        if table.num_rows > 2 * self.capacity:
            order = _by_count(table)
            state.sketch = DISTINCT.add(DISTINCT.empty(), table["value"]) if state.sketch is None else state.sketch
            state.error += table["count"][order[self.capacity].as_py()].as_py()
            table = table.take(order[: self.capacity])
        state.merged, state.pending, state.size = table, [], 0
        return state


def _sketch(state: ValueCountsState) -> Hashes:
    """Returns the sketch of all values seen, made now where none was left out so far."""
    if state.sketch is not None:
        return state.sketch
    tables = ([] if state.merged is None else [state.merged]) + state.pending
    return DISTINCT.add(DISTINCT.empty(), pa.concat_tables(tables)["value"]) if tables else DISTINCT.empty()


def _by_count(table: pa.Table) -> pa.Array:
    return pc.sort_indices(table, sort_keys=[("count", "descending"), ("value", "descending")])


def _merged(state: ValueCountsState) -> pa.Table:
    tables = ([] if state.merged is None else [state.merged]) + state.pending
    return _grouped(pa.concat_tables(tables))


def _grouped(table: pa.Table) -> pa.Table:
    grouped = table.group_by("value", use_threads=False).aggregate([("count", "sum")])
    return pa.table({"value": grouped["value"], "count": grouped["count_sum"]})

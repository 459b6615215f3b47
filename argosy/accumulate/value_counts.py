"""How often each value occurs."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclasses.dataclass(kw_only=True, slots=True)
class ValueCountsState:
    """`merged`: one row a distinct value; `pending`: such tables not yet merged, `size` rows in all."""

    merged: pa.Table | None = None
    pending: list[pa.Table] = dataclasses.field(default_factory=list)
    size: int = 0
    total: float = 0
    error: float = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValueCountsResult:
    """Values by falling count; of equally frequent ones, the larger first (strings by their bytes).

    Attributes:
        values: Distinct values, [n]; of null type when nothing was seen.
        counts: How often each occurs, [n]: whole numbers, or sums of weights where weights were given.
        total: How many values were seen (or their weight), pruned ones too.
        error: By how much a count may fall short, and how frequent a value left out may be: 0 unless the capacity was
            exceeded.
    """

    values: pa.Array
    counts: NDArray[np.int64] | NDArray[np.float64]
    total: float
    error: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValueCounts:
    """Accumulates flat arrays without nulls (binary, string or integer), or `(values, weights)` with weights [n].

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
        values, weights = batch if isinstance(batch, tuple) else (batch, None)
        if not len(values):
            return state
        counted = _counted(values, weights)
        state.total += _sum(counted)
        state.pending.append(counted)
        state.size += counted.num_rows
        return self._settled(state)

    def merge(self, state: ValueCountsState, other: ValueCountsState) -> ValueCountsState:
        state.pending.extend(([] if other.merged is None else [other.merged]) + other.pending)
        state.size += other.size + (0 if other.merged is None else other.merged.num_rows)
        state.total += other.total
        state.error += other.error
        return self._settled(state)

    def result(self, state: ValueCountsState) -> ValueCountsResult:
        if state.merged is None and not state.pending:
            return ValueCountsResult(values=pa.nulls(0), counts=np.empty(0, np.int64), total=0, error=0)
        table = _merged(state)
        values, counts = table["value"].combine_chunks(), table["count"].combine_chunks()
        order = pc.sort_indices(table, sort_keys=[("count", "descending"), ("value", "descending")])
        return ValueCountsResult(
            values=values.take(order), counts=counts.take(order).to_numpy(), total=state.total, error=state.error
        )

    def _settled(self, state: ValueCountsState) -> ValueCountsState:
        held = 0 if state.merged is None else state.merged.num_rows
        if state.size <= max(held, 1 << 16):
            return state
        table = _merged(state)
        if table.num_rows > 2 * self.capacity:
            order = pc.sort_indices(table, sort_keys=[("count", "descending"), ("value", "descending")])
            state.error += table["count"][order[self.capacity].as_py()].as_py()
            table = table.take(order[: self.capacity])
        state.merged, state.pending, state.size = table, [], 0
        return state


def _counted(values: pa.Array, weights: np.ndarray | None) -> pa.Table:
    if weights is not None:
        return _grouped(pa.table({"value": values, "count": pa.array(weights, pa.float64())}))
    counts = values.value_counts()
    return pa.table({"value": counts.field("values"), "count": counts.field("counts")})


def _merged(state: ValueCountsState) -> pa.Table:
    tables = ([] if state.merged is None else [state.merged]) + state.pending
    return tables[0] if len(tables) == 1 else _grouped(pa.concat_tables(tables))


def _grouped(table: pa.Table) -> pa.Table:
    grouped = table.group_by("value", use_threads=False).aggregate([("count", "sum")])
    return pa.table({"value": grouped["value"], "count": grouped["count_sum"]})


def _sum(table: pa.Table) -> float:
    total: float = pc.sum(table["count"]).as_py()
    return total

"""The accumulator of all statistics of a dataset: RecordBatches in, DatasetStatistics out, one pass."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping

import pyarrow as pa

from argosy.data_validation.statistics.batch import batch_of
from argosy.data_validation.statistics.column import encode_strings
from argosy.data_validation.statistics.generated import set_up
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.plan import Plan, composing_paths
from argosy.data_validation.statistics.rows import RowsAccumulator, RowsState
from argosy.data_validation.statistics.slices import Rows, check_number, slice_rows
from argosy.data_validation.statistics.spec import DATASET_NAME, DatasetStatistics
from argosy.errors import DataError, did_you_mean

ENOUGH_ROWS, ENOUGH_BYTES = 100_000, 64 << 20
"""What is gathered before it is looked at: much of the cost is by batch, column and slice, not by row."""


@dataclasses.dataclass(kw_only=True, slots=True)
class DatasetState:
    """What was seen; `pending` batches wait to be looked at together. `names` are those of all columns."""

    whole: RowsState = dataclasses.field(default_factory=RowsState)
    slices: dict[str, RowsState] = dataclasses.field(default_factory=dict)
    pending: list[pa.RecordBatch] = dataclasses.field(default_factory=list)
    names: set[str] = dataclasses.field(default_factory=set)
    waiting_rows: int = 0
    waiting_bytes: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatasetAccumulator:
    """Accumulates RecordBatches; features may come and go between batches.

    Attributes:
        options: What is computed, and how much of it is kept.
        plan: What a schema says of how to look at features.
    """

    options: StatisticsOptions = dataclasses.field(default_factory=StatisticsOptions)
    plan: Plan = dataclasses.field(default_factory=Plan)

    def columns(self) -> list[str] | None:
        """Returns the columns that have to be read; None: all."""
        if not self.options.feature_allowlist:
            return None
        wanted = {path[0] for path in self.options.feature_allowlist} | self.options.weight_features()
        wanted |= {name for spec in self.options.slicing for name in spec.features} | {self.options.label_feature}
        if self.options.feature_crosses != "all":
            wanted |= {name for pair in self.options.feature_crosses for name in pair}
        wanted |= {path[0] for path in composing_paths(self.plan)}
        return sorted(wanted - {""})

    def empty(self) -> DatasetState:
        return DatasetState()

    def add(self, state: DatasetState, batch: pa.RecordBatch) -> DatasetState:
        state.pending.append(batch)
        state.names.update(field.name for field in batch.schema if not pa.types.is_null(field.type))
        state.waiting_rows += batch.num_rows
        state.waiting_bytes += batch.nbytes
        return self._settled_when_enough(state)

    def add_sliced(self, state: DatasetState, batch: pa.RecordBatch, slices: Mapping[str, Rows]) -> DatasetState:
        """Returns the state with a batch, looked at now, and its rows in the slices that are given by name."""
        state.names.update(field.name for field in batch.schema if not pa.types.is_null(field.type))
        weights = self.options.weight_features()
        rows = self._rows(state, batch.num_columns, len(slices))
        state.whole = rows.add(state.whole, batch_of(batch, weights))
        for name, index in slices.items():
            part = batch_of(batch.take(pa.array(index)), weights)
            state.slices[name] = rows.add(state.slices.get(name) or rows.empty(), part)
        return state

    def merge(self, state: DatasetState, other: DatasetState) -> DatasetState:
        rows = self._rows(state, 0, len(other.slices))
        state.whole = rows.merge(state.whole, other.whole)
        for name, part in other.slices.items():
            state.slices[name] = rows.merge(state.slices.get(name) or rows.empty(), part)
        check_number(len(state.slices), self.options.slicing)
        state.pending.extend(other.pending)
        state.names |= other.names
        state.waiting_rows += other.waiting_rows
        state.waiting_bytes += other.waiting_bytes
        return self._settled_when_enough(state)

    def result(self, state: DatasetState) -> DatasetStatistics:
        """Returns the statistics; features and slices by name: an order that no sharding can change.

        Raises:
            DataError: No row has a feature to slice by or to cross, or one to cross is no number.
        """
        state = self._settled(state)
        self._check_slices(state)
        self._check_crosses(state)
        rows = self._rows(state, 0, 0)
        slices = (rows.result(part, name=name) for name, part in sorted(state.slices.items()))
        return dataclasses.replace(rows.result(state.whole, name=DATASET_NAME), slices=tuple(slices))

    def _settled_when_enough(self, state: DatasetState) -> DatasetState:
        enough = state.waiting_rows >= ENOUGH_ROWS or state.waiting_bytes >= ENOUGH_BYTES
        return self._settled(state) if enough else state

    def _settled(self, state: DatasetState) -> DatasetState:
        """Returns the state with no batch waiting."""
        pending, state.pending, state.waiting_rows, state.waiting_bytes = state.pending, [], 0, 0
        for joined in _joined(pending):
            batch = encode_strings(joined) if self.options.slicing else joined
            state = self.add_sliced(state, batch, slice_rows(batch, self.options.slicing))
            check_number(len(state.slices), self.options.slicing)
        return state

    def _rows(self, state: DatasetState, columns: int, slices: int) -> RowsAccumulator:
        room = max(len(state.whole.features), columns, 1) * (1 + max(len(state.slices), slices))
        return RowsAccumulator(options=self._ready, plan=self.plan, room=room)

    @functools.cached_property
    def _ready(self) -> StatisticsOptions:
        """The options, with their generators set up: here, as it is the process that computes."""
        set_up(self.options)
        return self.options

    def _check_slices(self, state: DatasetState) -> None:
        for name in sorted({name for spec in self.options.slicing for name in spec.features}):
            if state.whole.rows and name not in state.names:
                raise DataError(f"slices: no row has feature {name!r}; {did_you_mean(name, state.names)}")

    def _check_crosses(self, state: DatasetState) -> None:
        pairs = () if self.options.feature_crosses == "all" else self.options.feature_crosses
        for name in sorted({name for pair in pairs for name in pair}):
            if state.whole.rows and name not in state.names:
                raise DataError(f"feature_crosses: no row has feature {name!r}; {did_you_mean(name, state.names)}")
            found = state.whole.features.get((name,))
            if found is not None and found.type not in ("", "INT", "FLOAT"):
                raise DataError(f"feature_crosses: feature {name!r} is {found.type}; covariance is of numbers")


def _joined(batches: Iterable[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Returns the batches, those of the same columns as one."""
    alike: dict[tuple[tuple[str, pa.DataType], ...], list[pa.RecordBatch]] = {}
    for batch in batches:
        alike.setdefault(tuple(zip(batch.schema.names, batch.schema.types, strict=True)), []).append(batch)
    found: list[pa.RecordBatch] = []
    for group in alike.values():
        plain = [batch.replace_schema_metadata() for batch in group]
        # A table without rows has no batches; the first then still tells the columns.
        found += plain if len(plain) == 1 else pa.Table.from_batches(plain).combine_chunks().to_batches() or plain[:1]
    return found

"""The accumulator of all statistics of a dataset: RecordBatches in, DatasetStatistics out, one pass."""

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from argosy.accumulate import Moments, Presence, Quantiles, StringLengths, ValueCounts
from argosy.accumulate.presence import PresenceState
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.statistics.summarise import summarise_feature
from argosy.errors import DataError

PRESENCE, MOMENTS, QUANTILES = Presence(), Moments(), Quantiles()
LENGTHS, COUNTS = StringLengths(), ValueCounts()

KINDS: dict[str, tuple[Any, ...]] = {
    "INT": (MOMENTS, QUANTILES),
    "FLOAT": (MOMENTS, QUANTILES),
    "STRING": (LENGTHS, COUNTS),
    "CATEGORY": (LENGTHS, COUNTS),
}
"""Which accumulators the values of a feature of each kind go to. CATEGORY: integers that are categories."""


@dataclasses.dataclass(kw_only=True, slots=True)
class FeatureState:
    """`kind` is empty, and so are `values`, until a batch tells the feature's type."""

    kind: str
    presence: PresenceState
    values: tuple[Any, ...] = ()


@dataclasses.dataclass(kw_only=True, slots=True)
class DatasetState:
    """How many rows were seen, and what of each feature."""

    rows: int = 0
    features: dict[str, FeatureState] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatasetAccumulator:
    """Accumulates RecordBatches; features may come and go between batches.

    Attributes:
        options: How much the result holds.
        categories: Names of INT features that are categories.
    """

    options: StatisticsOptions = dataclasses.field(default_factory=StatisticsOptions)
    categories: frozenset[str] = frozenset()

    def empty(self) -> DatasetState:
        return DatasetState()

    def add(self, state: DatasetState, batch: pa.RecordBatch) -> DatasetState:
        state.rows += batch.num_rows
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            feature = state.features.get(name) or FeatureState(kind="", presence=PRESENCE.empty())
            state.features[name] = self._added(name, feature, column)
        return state

    def merge(self, state: DatasetState, other: DatasetState) -> DatasetState:
        state.rows += other.rows
        for name, feature in other.features.items():
            mine = state.features.get(name) or FeatureState(kind="", presence=PRESENCE.empty())
            state.features[name] = _merged(name, mine, feature)
        return state

    def result(self, state: DatasetState) -> DatasetStatistics:
        """Returns the statistics, features by name: an order that no sharding can change."""
        features = (
            summarise_feature(
                name,
                feature.kind,
                presence=PRESENCE.result(feature.presence),
                values=_results(feature),
                rows=state.rows,
                options=self.options,
            )
            for name, feature in sorted(state.features.items())
        )
        return DatasetStatistics(num_examples=state.rows, features=tuple(features))

    def _added(self, name: str, feature: FeatureState, column: pa.Array) -> FeatureState:
        feature.presence = PRESENCE.add(feature.presence, column)
        kind = _kind(name, column.type, self.categories)
        if not kind:
            return feature
        feature.kind, feature.values = _started(feature, kind)
        _refuse_mixture(name, feature.kind, kind)
        values = _values(kind, column)
        feature.values = tuple(
            part.add(state, values[index])
            for index, (part, state) in enumerate(zip(KINDS[kind], feature.values, strict=True))
        )
        return feature


def _merged(name: str, mine: FeatureState, other: FeatureState) -> FeatureState:
    presence = PRESENCE.merge(mine.presence, other.presence)
    if not other.kind:
        return FeatureState(kind=mine.kind, presence=presence, values=mine.values)
    kind, values = _started(mine, other.kind)
    _refuse_mixture(name, kind, other.kind)
    values = tuple(part.merge(a, b) for part, a, b in zip(KINDS[kind], values, other.values, strict=True))
    return FeatureState(kind=kind, presence=presence, values=values)


def _started(feature: FeatureState, kind: str) -> tuple[str, tuple[Any, ...]]:
    """Returns the feature's kind and values: the empty ones of the given kind where it has none yet."""
    return (feature.kind, feature.values) if feature.kind else (kind, tuple(part.empty() for part in KINDS[kind]))


def _results(feature: FeatureState) -> tuple[Any, ...]:
    return tuple(part.result(state) for part, state in zip(KINDS.get(feature.kind, ()), feature.values, strict=True))


def _refuse_mixture(name: str, known: str, found: str) -> None:
    if known != found:
        raise DataError(
            f"feature {name!r} is {known} in some rows and {found} in others; "
            "give all rows of a feature one type where the examples are written"
        )


def _kind(name: str, column: pa.DataType, categories: frozenset[str]) -> str:
    if pa.types.is_null(column):
        return ""
    value = column.value_type
    if pa.types.is_integer(value):
        return "CATEGORY" if name in categories else "INT"
    if pa.types.is_floating(value):
        return "FLOAT"
    if pa.types.is_binary(value) or pa.types.is_string(value) or pa.types.is_large_binary(value):
        return "STRING"
    return "" if pa.types.is_null(value) else _refuse_type(name, column)


def _refuse_type(name: str, column: pa.DataType) -> str:
    raise DataError(f"feature {name!r} has Arrow type {column}; rows hold lists of int64, float32 or binary")


def _values(kind: str, column: pa.Array) -> tuple[Any, Any]:
    """Returns what goes to the two accumulators of the kind."""
    flat = column.flatten()
    if flat.null_count:
        flat = flat.drop_null()
    if kind == "CATEGORY":
        return pc.cast(pc.cast(flat, pa.string()), pa.binary()), flat
    if kind == "STRING":
        flat = flat if pa.types.is_binary(flat.type) else flat.cast(pa.binary())
        return flat, flat
    numbers = flat.to_numpy(zero_copy_only=False).astype(np.float64)
    return numbers, numbers

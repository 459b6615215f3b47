"""Statistics of features that a schema composes of others: sparse features, and values with weights of their own.

They say in how many rows a part is missing while another is there, and how far the lengths of two parts differ.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from argosy.accumulate.presence import is_list
from argosy.data_validation.statistics.batch import Batch
from argosy.data_validation.statistics.plan import Path, Plan
from argosy.data_validation.statistics.spec import (
    CommonStatistics,
    CustomStatistic,
    FeatureStatistics,
    ValueFrequency,
)

Lengths = NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """What is known of one part: its absences, and its lengths less those of the value; None: no row has any part."""

    missing: int = 0
    smallest: int | None = None
    largest: int | None = None


State = dict[tuple[str, Path, Path], Part]
"""By "sparse" or "weighted", the path of the composed feature and that of its part."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ComposedFeatures:
    """Accumulates batches; the result is one FeatureStatistics a composed feature, of custom statistics alone."""

    plan: Plan

    def empty(self) -> State:
        return {}

    def add(self, state: State, batch: Batch) -> State:
        found = {}
        for kind, name, value, others in self._composed():
            lengths = {path: _lengths(batch, path) for path in (value, *others)}
            there = np.any([length >= 0 for length in lengths.values()], axis=0)
            for path, length in lengths.items():
                differences = (np.maximum(length, 0) - np.maximum(lengths[value], 0))[there]
                found[kind, name, path] = Part(
                    missing=int((there & (length < 0)).sum()),
                    smallest=int(differences.min()) if len(differences) else None,
                    largest=int(differences.max()) if len(differences) else None,
                )
        return self.merge(state, found)

    def merge(self, state: State, other: State) -> State:
        return {key: _merged(state.get(key, Part()), other.get(key, Part())) for key in state.keys() | other.keys()}

    def result(self, state: State) -> list[FeatureStatistics]:
        found = []
        for kind, name, value, others in self._composed():
            parts = {path: state.get((kind, name, path), Part()) for path in (value, *others)}
            custom = _sparse(parts, value, others) if kind == "sparse" else _weighted(parts, value, others[0])
            found.append(FeatureStatistics(path=name, type="INT", common=CommonStatistics(), custom_stats=custom))
        return found

    def _composed(self) -> Iterator[tuple[str, Path, Path, tuple[Path, ...]]]:
        """Yields kind and path of each composed feature, the path of its values and those of its other parts."""
        for parent, sparse in self.plan.sparse:
            indices = tuple((*parent, name) for name in sorted(sparse.index_features))
            yield "sparse", (*parent, sparse.name), (*parent, sparse.value_feature), indices
        for weighted in self.plan.weighted:
            yield "weighted", (weighted.name,), weighted.feature, (weighted.weight_feature,)


def _lengths(batch: Batch, path: Path) -> Lengths:
    """Returns the number of values of each entry, -1 where it is missing."""
    column = batch.column(path)
    if column is None or not column.type:
        parent = batch.column(path[:-1])
        return np.full(batch.rows if parent is None else len(parent.values()), -1)
    if not is_list(column.array.type):
        return np.where(column.array.is_valid().to_numpy(zero_copy_only=False), 1, -1)
    return np.asarray(pc.fill_null(pc.list_value_length(column.array), -1).to_numpy(), np.int64)


def _merged(left: Part, right: Part) -> Part:
    smallest = [part.smallest for part in (left, right) if part.smallest is not None]
    largest = [part.largest for part in (left, right) if part.largest is not None]
    return Part(
        missing=left.missing + right.missing, smallest=min(smallest, default=None), largest=max(largest, default=None)
    )


def _sparse(parts: dict[Path, Part], value: Path, indices: tuple[Path, ...]) -> tuple[CustomStatistic, ...]:
    def by_index(field: str) -> tuple[ValueFrequency, ...]:
        return tuple(
            ValueFrequency(value=path[-1], frequency=float(getattr(parts[path], field) or 0)) for path in indices
        )

    return (
        CustomStatistic(name="missing_value", value=float(parts[value].missing)),
        CustomStatistic(name="missing_index", value=by_index("missing")),
        CustomStatistic(name="max_length_diff", value=by_index("largest")),
        CustomStatistic(name="min_length_diff", value=by_index("smallest")),
    )


def _weighted(parts: dict[Path, Part], value: Path, weight: Path) -> tuple[CustomStatistic, ...]:
    return (
        CustomStatistic(name="missing_weight", value=float(parts[weight].missing)),
        CustomStatistic(name="missing_value", value=float(parts[value].missing)),
        CustomStatistic(name="min_weight_length_diff", value=float(parts[weight].smallest or 0)),
        CustomStatistic(name="max_weight_length_diff", value=float(parts[weight].largest or 0)),
    )

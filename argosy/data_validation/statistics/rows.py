"""The accumulator of the statistics of some rows: of a dataset, or of a slice of it."""

import dataclasses
from typing import Any

from argosy.data_validation.statistics.batch import Batch
from argosy.data_validation.statistics.composed import ComposedFeatures
from argosy.data_validation.statistics.cross.covariance import Covariances
from argosy.data_validation.statistics.cross.lift import Lift
from argosy.data_validation.statistics.feature import FeatureAccumulator, FeatureState
from argosy.data_validation.statistics.generated import Generated, with_outputs
from argosy.data_validation.statistics.options import Path, StatisticsOptions
from argosy.data_validation.statistics.plan import Plan
from argosy.data_validation.statistics.spec import (
    CommonStatistics,
    CustomStatistic,
    DatasetStatistics,
    FeatureStatistics,
)
from argosy.data_validation.statistics.summarise import summarise_feature


@dataclasses.dataclass(kw_only=True, slots=True)
class RowsState:
    """How many rows were seen, what they weigh by each weight feature, and what of each feature.

    `extras` holds by name the states of what looks at several features at once.
    """

    rows: int = 0
    weights: dict[str, float] = dataclasses.field(default_factory=dict)
    features: dict[Path, FeatureState] = dataclasses.field(default_factory=dict)
    extras: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowsAccumulator:
    """Accumulates batches.

    Attributes:
        options: What is computed, and how much of it is kept.
        plan: What a schema says of how to look at features.
        room: Among how many features the memory for distinct values is shared.
    """

    options: StatisticsOptions
    plan: Plan
    room: int = 1

    def empty(self) -> RowsState:
        return RowsState()

    def add(self, state: RowsState, batch: Batch) -> RowsState:
        state.rows += batch.rows
        for name, weights in batch.weights.items():
            state.weights[name] = state.weights.get(name, 0.0) + float(weights.sum())
        for column in batch.columns:
            if not self.options.allows(column.path):
                continue
            feature = state.features.get(column.path) or FeatureState()
            if self.options.add_default_generators:
                weights_of = batch.weights.get(self.options.weight_of(column.path))
                state.features[column.path] = self._feature(column.path).add(feature, column, weights_of)
            else:
                typed = FeatureState(type=column.type)
                state.features[column.path] = self._feature(column.path).merge(feature, typed)
        for name, extra in self._extras().items():
            held = state.extras[name] if name in state.extras else extra.empty()
            state.extras[name] = extra.add(held, batch)
        return state

    def merge(self, state: RowsState, other: RowsState) -> RowsState:
        state.rows += other.rows
        for name, weight in other.weights.items():
            state.weights[name] = state.weights.get(name, 0.0) + weight
        for path, feature in other.features.items():
            mine = state.features.get(path) or FeatureState()
            state.features[path] = self._feature(path).merge(mine, feature)
        for name, extra in self._extras().items():
            if name in other.extras:
                mine = state.extras[name] if name in state.extras else extra.empty()
                state.extras[name] = extra.merge(mine, other.extras[name])
        return state

    def result(self, state: RowsState, *, name: str) -> DatasetStatistics:
        """Returns the statistics, features by name."""
        extras = {key: extra.result(state.extras[key]) for key, extra in self._extras().items() if key in state.extras}
        features = [self._summary(path, state) for path in sorted(state.features)]
        features = [_with_custom(feature, extras.get("lift", ({}, ()))[0]) for feature in features]
        features = with_outputs([*features, *extras.get("composed", ())], extras.get("generated", ()))
        if not self.options.add_default_generators:
            features = [_undescribed(feature) for feature in features if feature.custom_stats]
        return DatasetStatistics(
            name=name,
            num_examples=state.rows,
            weighted_num_examples=state.weights.get(self.options.weight_feature, 0.0),
            features=tuple(sorted(features, key=lambda feature: feature.path)),
            cross_features=(*extras.get("covariances", ()), *extras.get("lift", ({}, ()))[1]),
        )

    def _summary(self, path: Path, state: RowsState) -> FeatureStatistics:
        feature, accumulator = state.features[path], self._feature(path)
        weight = self.options.weight_of(path)
        parent = state.features.get(path[:-1])
        levels = parent.presence.levels if parent else []
        return summarise_feature(
            accumulator,
            feature,
            entries=levels[-1].total if levels else state.rows,
            weight=(levels[-1].weighted_total if levels else state.weights.get(weight, 0.0)) if weight else None,
        )

    def _feature(self, path: Path) -> FeatureAccumulator:
        return FeatureAccumulator(path=path, options=self.options, plan=self.plan, room=self.room)

    def _extras(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.plan.sparse or self.plan.weighted:
            found["composed"] = ComposedFeatures(plan=self.plan)
        if self.options.feature_crosses:
            found["covariances"] = Covariances(crosses=self.options.feature_crosses)
        if self.options.label_feature:
            found["lift"] = Lift(options=self.options, plan=self.plan)
        if self.options.generators:
            found["generated"] = Generated(options=self.options)
        return found


def _with_custom(feature: FeatureStatistics, more: dict[Path, tuple[CustomStatistic, ...]]) -> FeatureStatistics:
    custom = more.get(feature.path, ())
    return dataclasses.replace(feature, custom_stats=feature.custom_stats + custom) if custom else feature


def _undescribed(feature: FeatureStatistics) -> FeatureStatistics:
    return FeatureStatistics(
        path=feature.path, type=feature.type, common=CommonStatistics(), custom_stats=feature.custom_stats
    )

"""The accumulator of one feature: which accumulators its values go to, and what goes to each."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from argosy.accumulate import Moments, Presence, Quantiles, StringLengths, ValueCounts
from argosy.accumulate.presence import PresenceState
from argosy.accumulate.tally import tally_codes, tally_numbers, tally_weights
from argosy.data_validation.statistics.column import Column
from argosy.data_validation.statistics.long_values import shorten_values
from argosy.data_validation.statistics.options import Path, StatisticsOptions
from argosy.data_validation.statistics.plan import Plan
from argosy.data_validation.statistics.semantics import Semantics
from argosy.data_validation.statistics.tokens.accumulate import Tokens
from argosy.errors import DataError, located

Floats = NDArray[np.float64]

NUMBER_BUDGET, VALUE_BUDGET = 1 << 22, 1 << 23
"""Distinct numbers, and distinct strings, that are kept exactly over all features of a dataset and its slices."""
MOST_NUMBERS, LEAST_NUMBERS = 1 << 16, 1 << 11
MOST_VALUES, LEAST_VALUES, SKETCHED_VALUES = 1 << 20, 1 << 12, 1 << 10

PRESENCE, MOMENTS, LENGTHS = Presence(), Moments(), StringLengths()


@dataclasses.dataclass(kw_only=True, slots=True)
class FeatureState:
    """What was seen of a feature.

    Attributes:
        type: INT, FLOAT, STRING or STRUCT; empty until a batch tells it.
        presence: How many rows have it.
        parts: By name the states of the accumulators of its values.
    """

    type: str = ""
    presence: PresenceState = dataclasses.field(default_factory=PRESENCE.empty)
    parts: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FeatureAccumulator:
    """Accumulates the columns of one feature.

    Attributes:
        path: Of the feature.
        options: How much to keep.
        plan: What the schema says of it.
        room: Among how many features the budget of distinct values is shared.
    """

    path: Path
    options: StatisticsOptions
    plan: Plan
    room: int = 1

    def add(self, state: FeatureState, column: Column, weights: Floats | None) -> FeatureState:
        """Returns the state that has also seen the column; `weights` are those of its entries."""
        entries = weights if weights is None or column.rows is None else weights[column.rows]
        with located(feature=repr(".".join(self.path))):
            state.presence = PRESENCE.add(state.presence, column.array if entries is None else (column.array, entries))
        if not column.type:
            return state
        state.type = self._type(state.type, column.type)
        inputs = self._inputs(column, weights)
        for name, part in self.parts(column.type, weighted=weights is not None).items():
            held = state.parts[name] if name in state.parts else part.empty()
            state.parts[name] = part.add(held, inputs[name])
        return state

    def merge(self, state: FeatureState, other: FeatureState) -> FeatureState:
        """Returns the state that has seen what both have."""
        with located(feature=repr(".".join(self.path))):
            state.presence = PRESENCE.merge(state.presence, other.presence)
        if not other.type:
            return state
        state.type = self._type(state.type, other.type)
        parts = self.parts(other.type, weighted=True)
        for name, theirs in other.parts.items():
            state.parts[name] = parts[name].merge(state.parts.get(name) or parts[name].empty(), theirs)
        return state

    def results(self, state: FeatureState) -> dict[str, Any]:
        """Returns the results of the accumulators of its values, by name."""
        parts = self.parts(state.type, weighted=True)
        return {name: parts[name].result(held) for name, held in state.parts.items()}

    def parts(self, kind: str, *, weighted: bool) -> Mapping[str, Any]:
        """Returns by name the accumulators that values of a type go to."""
        found: dict[str, Any] = {}
        if kind == "STRING" and self.path in self.plan.images:
            found |= {"lengths": LENGTHS, "semantics": Semantics()}
        elif self.counts_values(kind):
            found |= {"lengths": LENGTHS, "counts": self._counts()}
            if weighted:
                found["weighted_counts"] = self._counts()
            if self.path in self.plan.texts:
                found["tokens"] = Tokens(text=self.plan.texts[self.path], options=self.options)
        elif kind in ("INT", "FLOAT"):
            found["moments"] = MOMENTS
            if weighted:
                found["weighted_moments"] = MOMENTS
            if self.options.per_feature_stats_config.includes(self.path):
                found["quantiles"] = self._quantiles()
                if weighted:
                    found["weighted_quantiles"] = self._quantiles()
        if self.options.enable_semantic_domain_stats and kind in ("INT", "STRING") and "semantics" not in found:
            found["semantics"] = Semantics(sample_rate=self.options.semantic_domain_stats_sample_rate)
        return found

    def counts_values(self, kind: str) -> bool:
        """Whether its values are counted one by one, as of strings and of numbers that are categories."""
        return kind == "STRING" or (kind != "" and self.plan.categories.get(self.path) == kind)

    def _type(self, known: str, found: str) -> str:
        if known and known != found:
            raise DataError(
                f"feature {'.'.join(self.path)!r} is {known} in some rows and {found} in others; "
                "give all rows of a feature one type where the examples are written"
            )
        return found

    def _quantiles(self) -> Quantiles:
        size = min(max(NUMBER_BUDGET // self.room, LEAST_NUMBERS), MOST_NUMBERS)
        return Quantiles(epsilon=self.options.epsilon, exact_size=size)

    def _counts(self) -> ValueCounts:
        if self.options.use_sketch_based_topk_uniques:
            return ValueCounts(capacity=SKETCHED_VALUES)
        return ValueCounts(capacity=min(max(VALUE_BUDGET // self.room, LEAST_VALUES), MOST_VALUES))

    def _inputs(self, column: Column, weights: Floats | None) -> dict[str, Any]:
        """Returns by name what goes to each of the accumulators."""
        by_value = None if weights is None else weights[column.rows_of_values()]
        if self.counts_values(column.type):
            return _counted(column, by_value)
        if column.type == "STRUCT":
            return {}
        tally = tally_numbers(column.numbers())
        found: dict[str, Any] = {"moments": tally, "quantiles": tally, "semantics": tally}
        if by_value is not None:
            weighted = tally_weights(column.numbers(), by_value)
            found |= {"weighted_moments": weighted, "weighted_quantiles": weighted}
        return found


def _counted(column: Column, weights: Floats | None) -> dict[str, Any]:
    coded = column.coded()
    distinct, counts = tally_codes(coded)
    found: dict[str, Any]
    if column.type == "STRING":
        found = {"lengths": (distinct, counts), "semantics": (distinct, counts)}
    else:
        found = {"lengths": (_texts(distinct), counts), "semantics": tally_numbers(column.numbers())}
    found |= {"counts": (shorten_values(distinct), counts), "tokens": column}
    if weights is not None:
        values, sums = tally_codes(coded, weights)
        found["weighted_counts"] = shorten_values(values), sums
    return found


def _texts(numbers: pa.Array) -> pa.Array:
    return pc.cast(pc.cast(numbers, pa.string()), pa.binary())

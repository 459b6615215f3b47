"""Covariance and correlation of pairs of numeric features."""

import dataclasses
import itertools
import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from argosy.accumulate.pair_moments import PairMoments, PairMomentsState
from argosy.data_validation.statistics.batch import Batch
from argosy.data_validation.statistics.column import Column
from argosy.data_validation.statistics.cross.spec import CrossFeatureStatistics, NumericCrossStatistics
from argosy.errors import DataError

Floats = NDArray[np.float64]
State = dict[tuple[str, ...], PairMomentsState]
"""By the names of the numeric features of a batch."""

MAX_FEATURES = 500
"""More make more pairs than anybody reads."""

PAIRS = PairMoments()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Covariances:
    """Accumulates batches; rows count that have exactly one finite value of both features."""

    crosses: tuple[tuple[str, str], ...] | Literal["all"]

    def empty(self) -> State:
        return {}

    def add(self, state: State, batch: Batch) -> State:
        wanted = {name for pair in self.crosses for name in pair} if self.crosses != "all" else None
        columns = {
            column.path[0]: column
            for column in batch.columns
            if len(column.path) == 1
            and column.type in ("INT", "FLOAT")
            and (wanted is None or column.path[0] in wanted)
        }
        names = tuple(sorted(columns))
        if len(names) > MAX_FEATURES:
            raise DataError(f"feature_crosses: {len(names)} numeric features make too many pairs; list the pairs")
        if names:
            numbers = np.column_stack([_single(columns[name], batch.rows) for name in names])
            state[names] = PAIRS.add(state[names] if names in state else PAIRS.empty(), numbers)
        return state

    def merge(self, state: State, other: State) -> State:
        for names, theirs in other.items():
            state[names] = PAIRS.merge(state[names], theirs) if names in state else theirs
        return state

    def result(self, state: State) -> list[CrossFeatureStatistics]:
        everything = tuple(sorted({name for names in state for name in names}))
        whole = PAIRS.empty()
        for names, part in sorted(state.items()):
            whole = PAIRS.merge(whole, _spread(part, names, everything))
        found = PAIRS.result(whole)
        pairs = itertools.combinations(everything, 2) if self.crosses == "all" else self.crosses
        places = {name: place for place, name in enumerate(everything)}
        return [
            _statistics(pair, *(matrix[places[pair[0]], places[pair[1]]] for matrix in _matrices(found)))
            for pair in pairs
            if set(pair) <= set(everything)
        ]


def _matrices(found: object) -> tuple[Floats, ...]:
    return tuple(getattr(found, name) for name in ("count", "covariance", "correlation"))


def _statistics(pair: tuple[str, str], count: float, covariance: float, correlation: float) -> CrossFeatureStatistics:
    numeric = NumericCrossStatistics(
        covariance=float(covariance), correlation=0.0 if math.isnan(correlation) else float(correlation)
    )
    return CrossFeatureStatistics(
        path_x=(pair[0],), path_y=(pair[1],), count=int(count), numeric=numeric if count else None
    )


def _single(column: Column, rows: int) -> Floats:
    """Returns the value of each row that has one, NaN for the others."""
    owners, numbers = column.rows_of_values(), column.numbers().astype(np.float64)
    found = np.full(rows, np.nan)
    found[owners] = numbers
    found[np.bincount(owners, minlength=rows) != 1] = np.nan
    return found


def _spread(state: PairMomentsState, names: tuple[str, ...], everything: tuple[str, ...]) -> PairMomentsState:
    """Returns the matrices with empty rows and columns for the features that those batches lack."""
    if names == everything:
        return state
    places = np.searchsorted(everything, names)

    def larger(matrix: Floats) -> Floats:
        found = np.zeros((len(everything), len(everything)))
        found[np.ix_(places, places)] = matrix
        return found

    return PairMomentsState(
        **{field.name: larger(getattr(state, field.name)) for field in dataclasses.fields(PairMomentsState)}
    )

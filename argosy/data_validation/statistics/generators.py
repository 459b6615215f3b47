"""What generators of statistics of one's own derive from: TFDV's classes of these names, with the same methods.

Arrays are lists of integers, floats, bytes or structs, one list a row, null where it is missing; one of type null has
no value in any row. Batches come in any number, cut and order. Generators and their accumulators have to be picklable.
"""

import abc
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import pyarrow as pa

from argosy.data_validation.statistics.column import Path
from argosy.errors import ParameterError

State = TypeVar("State")


class StatsGenerator(abc.ABC, Generic[State]):
    """What both kinds of generators have; derive from one of the two."""

    _name = ""

    def __init__(self, name: str = "", schema: Any = None) -> None:
        """Names the generator for messages; no two of a run are called the same. The schema is for its own use."""
        self._name = name
        self._schema = schema

    @property
    def name(self) -> str:
        """What it is called: its class, where it was not told."""
        return self._name or type(self).__name__

    @property
    def schema(self) -> Any:
        """What it was given as a schema."""
        return self._schema

    def setup(self) -> None:
        """Prepares what costs time, once in each process that computes."""

    @abc.abstractmethod
    def create_accumulator(self) -> State:
        """Returns an accumulator that has seen nothing."""

    @abc.abstractmethod
    def merge_accumulators(self, accumulators: Iterable[State]) -> State:
        """Returns one that has seen what all have; may change the first of them, and no other."""

    def compact(self, accumulator: State) -> State:
        """Returns the same in less room; called after each batch, and before `extract_output`."""
        return accumulator

    @abc.abstractmethod
    def extract_output(self, accumulator: State) -> Any:
        """Returns the statistics."""


class CombinerStatsGenerator(StatsGenerator[State]):
    """Computes custom statistics of any features from whole rows.

    `extract_output` returns `{"feature": [CustomStatistic(...)]}`, the path of a feature within others being a tuple of
    names, or a DatasetFeatureStatistics proto whose features have `custom_stats`.
    """

    @abc.abstractmethod
    def add_input(self, accumulator: State, input_record_batch: pa.RecordBatch) -> State:
        """Returns the accumulator that has also seen the rows; may change the one that is given."""


class CombinerFeatureStatsGenerator(StatsGenerator[State]):
    """Computes custom statistics of each feature by itself, with an accumulator for each.

    `extract_output` returns `[CustomStatistic(...)]`, or a FeatureNameStatistics proto with `custom_stats`.
    """

    @abc.abstractmethod
    def add_input(self, accumulator: State, feature_path: Path, feature_array: pa.Array) -> State:
        """Returns the accumulator that has also seen the values; may change the one that is given.

        Args:
            accumulator: Of this feature.
            feature_path: The feature's path, a tuple of names; that of a struct is never given, those within it are.
            feature_array: Its values, a list a row, or of a feature within others a list a value of that.
        """


def check_generators(generators: Iterable[StatsGenerator[Any]]) -> None:
    """Refuses what are no generators, and two of one name.

    Raises:
        ParameterError: There is one of these.
    """
    names: set[str] = set()
    for generator in generators:
        if not isinstance(generator, CombinerStatsGenerator | CombinerFeatureStatsGenerator):
            raise ParameterError(
                f"generators: found {generator!r}; give objects of classes that derive from CombinerStatsGenerator or "
                "CombinerFeatureStatsGenerator of argosy.data_validation"
            )
        if generator.name in names:
            raise ParameterError(f"generators: two are called {generator.name!r}; give each a name of its own")
        names.add(generator.name)

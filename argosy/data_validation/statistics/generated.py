"""The accumulator of the user's own generators: batches in, custom statistics out."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from argosy.accumulate.presence import is_list
from argosy.data_validation.statistics.batch import Batch
from argosy.data_validation.statistics.column import Path
from argosy.data_validation.statistics.convert import from_message
from argosy.data_validation.statistics.generators import CombinerFeatureStatsGenerator
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.spec import (
    CommonStatistics,
    CustomStatistic,
    DatasetStatistics,
    FeatureStatistics,
    Histogram,
    ValueFrequency,
)
from argosy.data_validation.statistics.tokens.spec import NaturalLanguageStatistics
from argosy.errors import UserCodeError

State = dict[tuple[str, Path], Any]
"""The user's accumulators, by the name of the generator and the feature; by () one of whole rows."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Output:
    """What a generator says of a feature."""

    generator: str
    path: Path
    custom_stats: tuple[CustomStatistic, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Generated:
    """Accumulates batches; the result is one Output a generator and feature.

    Attributes:
        options: Which generators, and which features they see.
    """

    options: StatisticsOptions

    def empty(self) -> State:
        return {}

    def add(self, state: State, batch: Batch) -> State:
        allowed = [column for column in batch.columns if self.options.allows(column.path)]
        arrays = {column.path: as_lists(column.array) for column in allowed}
        whole = {path[0]: array for path, array in arrays.items() if len(path) == 1}
        # A batch counts its rows by a column; where none is left they count all the same.
        rows = pa.record_batch(whole or {"none": pa.nulls(batch.rows)}).select(list(whole))
        leaves = [column.path for column in allowed if column.type != "STRUCT"]
        for generator in self.options.generators:
            if isinstance(generator, CombinerFeatureStatsGenerator):
                for path in leaves:
                    self._add(state, generator, path, path, arrays[path])
            else:
                self._add(state, generator, (), rows)
        return state

    def merge(self, state: State, other: State) -> State:
        by_name = {generator.name: generator for generator in self.options.generators}
        for (name, path), theirs in other.items():
            mine = self._held(state, by_name[name], path)
            state[name, path] = _call(by_name[name], path, "merge_accumulators", [mine, theirs])
        return state

    def result(self, state: State) -> tuple[Output, ...]:
        by_name = {generator.name: generator for generator in self.options.generators}
        found: list[Output] = []
        for name, path in sorted(state):
            held = _call(by_name[name], path, "compact", state[name, path])
            found += _outputs(name, path, _call(by_name[name], path, "extract_output", held))
        return tuple(found)

    def _add(self, state: State, generator: Any, path: Path, *inputs: Any) -> None:
        added = _call(generator, path, "add_input", self._held(state, generator, path), *inputs)
        state[generator.name, path] = _call(generator, path, "compact", added)

    def _held(self, state: State, generator: Any, path: Path) -> Any:
        key = generator.name, path
        return state[key] if key in state else _call(generator, path, "create_accumulator")


def set_up(options: StatisticsOptions) -> None:
    """Lets each generator prepare itself.

    Raises:
        UserCodeError: One cannot.
    """
    for generator in options.generators:
        _call(generator, (), "setup")


def with_outputs(features: Iterable[FeatureStatistics], outputs: Iterable[Output]) -> list[FeatureStatistics]:
    """Returns the features with what generators say of them, and those that only generators know.

    Raises:
        UserCodeError: A feature has a custom statistic of that name already.
    """
    by_path = {feature.path: feature for feature in features}
    for output in outputs:
        unknown = FeatureStatistics(path=output.path, type="INT", common=CommonStatistics())
        feature = by_path.get(output.path, unknown)
        for statistic in output.custom_stats:
            if feature.custom(statistic.name) is not None:
                raise UserCodeError(
                    f"{_place(output.generator, output.path)}: the feature has a custom statistic {statistic.name!r} "
                    "already; give this one another name"
                )
            feature = dataclasses.replace(feature, custom_stats=(*feature.custom_stats, statistic))
        by_path[output.path] = feature
    return list(by_path.values())


def as_lists(array: pa.Array) -> pa.Array:
    """Returns a column as lists of values, texts as bytes and truth values as integers; one of nulls as it is.

    >>> as_lists(pa.array(["a", None])).to_pylist()
    [[b'a'], None]
    """
    wanted = _plain(array.type)
    array = array if wanted == array.type else array.cast(wanted)
    if is_list(wanted) or pa.types.is_null(wanted):
        return array
    ends = np.cumsum(np.concatenate([[0], array.is_valid().to_numpy(zero_copy_only=False)]), dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), array.drop_null(), mask=pc.is_null(array))


def _plain(kind: pa.DataType) -> pa.DataType:
    if is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        return pa.binary()
    return pa.int64() if pa.types.is_boolean(kind) else kind


def _outputs(name: str, path: Path, output: Any) -> Iterator[Output]:
    """Yields what `extract_output` returned."""
    place, found = _place(name, path), from_message(output)
    if path:
        given = {path: found if isinstance(found, FeatureStatistics) else output}
    elif isinstance(found, DatasetStatistics) and not found.cross_features:
        given = {feature.path: feature for feature in found.features}
    elif isinstance(output, Mapping):
        given = {_path(place, key): value for key, value in output.items()}
    else:
        raise UserCodeError(
            f"{place}: extract_output returned {_told(output)}; return {{feature: [CustomStatistic(...)]}} or a "
            "DatasetFeatureStatistics proto of features with custom_stats and no more"
        )
    for feature, value in given.items():
        if custom := _custom(_place(name, feature), value):
            yield Output(generator=name, path=feature, custom_stats=custom)


def _path(place: str, key: Any) -> Path:
    path = (key,) if isinstance(key, str) else key
    if not isinstance(path, tuple) or not path or not all(isinstance(name, str) for name in path):
        raise UserCodeError(f"{place}: extract_output has a feature {key!r}; give its name, or a tuple of names")
    return path


def _custom(place: str, value: Any) -> tuple[CustomStatistic, ...]:
    if isinstance(value, FeatureStatistics):
        if not (value.numeric is value.strings is value.binary is None):
            raise UserCodeError(f"{place}: its proto has more than custom_stats; the other statistics are Argosy's")
        return value.custom_stats
    if not isinstance(value, list | tuple) or not all(isinstance(one, CustomStatistic) for one in value):
        raise UserCodeError(
            f"{place}: extract_output returned {_told(value)}; return [CustomStatistic(...)] or a "
            "FeatureNameStatistics proto with custom_stats"
        )
    return tuple(_checked(place, one) for one in value)


def _checked(place: str, one: CustomStatistic) -> CustomStatistic:
    """Returns the statistic, a number of whatever kind as a float."""
    if isinstance(one.value, Real):
        return CustomStatistic(name=one.name, value=float(one.value))
    ranks = isinstance(one.value, tuple) and all(
        isinstance(entry, ValueFrequency) and isinstance(entry.value, str) for entry in one.value
    )
    if not ranks and not isinstance(one.value, str | Histogram | NaturalLanguageStatistics):
        raise UserCodeError(
            f"{place}: custom statistic {one.name!r} is {_told(one.value)}; give a number, a text, a Histogram or a "
            "tuple of ValueFrequency, whose values are texts"
        )
    return one


def _call(generator: Any, path: Path, method: str, *inputs: Any) -> Any:
    """Returns what a method of the user's returns; an exception says which it is, of which generator and feature."""
    try:
        return getattr(generator, method)(*inputs)
    except Exception as error:
        place = _place(generator.name, path)
        raise UserCodeError(f"{place}: {method} raised {type(error).__name__}: {error}") from error


def _place(name: str, path: Path) -> str:
    return f"generator {name!r}, feature {'.'.join(path)!r}" if path else f"generator {name!r}"


def _told(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"

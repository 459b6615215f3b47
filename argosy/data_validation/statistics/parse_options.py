"""StatisticsOptions from the dictionary that a person writes, with TFDV's names and shapes."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

from argosy.data_validation.statistics.options import (
    HistogramChoice,
    LiftOptions,
    Path,
    SlicingSpec,
    StatisticsOptions,
)
from argosy.errors import ParameterError, did_you_mean

ELSEWHERE = {
    "schema": "give the schema as the input of that name",
    "experimental_slice_functions": "use slicing_config: a function cannot travel in a pipeline",
    "slice_functions": "use slicing_config: a function cannot travel in a pipeline",
    "experimental_slice_sqls": "use slicing_config",
    "desired_batch_size": "the size of batches is chosen for you",
    "infer_type_from_schema": "a schema always says the types of a CSV's columns: give true, false or nothing",
    "experimental_result_partitions": "statistics are one file, however large the data",
    "experimental_num_feature_partitions": "all features are looked at in one pass",
}
"""TFDV's options that are none here, and what to do instead."""

ASKS_NOTHING = {
    "infer_type_from_schema": (None, False, True),
    "experimental_result_partitions": (None, 1),
    "experimental_num_feature_partitions": (None, 1),
}
"""Values of TFDV's that ask for nothing else than is done; of the other options here that is None."""


def parse_options(options: Mapping[str, Any]) -> StatisticsOptions:
    """Returns the options of a dictionary, the defaults for what it does not name.

    `slicing_config` has TFDV's shape, `{"slicing_specs": [{"feature_keys": [...], "feature_values": {...}}]}`;
    `slices` is a list of `{feature: [values], or None for all}`.

    >>> parse_options({"num_top_values": 5, "slices": [{"country": None}]}).num_top_values
    5

    Raises:
        ParameterError: An unknown name, or a value that is none of its option's.
    """
    parsed: dict[str, Any] = {}
    for name, value in options.items():
        if name in ELSEWHERE:
            if value in ASKS_NOTHING.get(name, (None,)):
                continue
            raise ParameterError(f"stats_options: {name} is no option here; {ELSEWHERE[name]}")
        if name not in READERS:
            raise ParameterError(f"stats_options has no {name!r}: {did_you_mean(name, READERS)}")
        if value is None:
            continue
        try:
            result = READERS[name](value)
        except ParameterError as error:
            raise ParameterError(f"stats_options: {name} is {value!r}; {error}") from error
        if name in ("slices", "slicing_config"):
            parsed["slicing"] = parsed.get("slicing", ()) + result
        else:
            parsed[name] = result
    return StatisticsOptions(**parsed)


def _whole(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
        if not whole or value < least:
            raise ParameterError(f"give a whole number of at least {least}")
        return int(value)

    return read


def _number(low: float, high: float, *, open_low: bool = True) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not (low < value or (not open_low and low == value)) or not value <= high:
            limit = "" if math.isinf(high) else f" and at most {high:g}"
            raise ParameterError(f"give a number {'above' if open_low else 'of at least'} {low:g}{limit}")
        return float(value)

    return read


FRACTION = _number(0.0, 1.0)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ParameterError("give the name of a feature")
    return value


def _file(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ParameterError("give by the name of a vocabulary the path or URI of its file")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ParameterError("give true or false")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ParameterError("give a list")
    return list(value)


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ParameterError("give a dictionary")
    return value


def _path(value: Any) -> Path:
    """Returns the path of a feature: a name, or a list of names for a feature within features."""
    return (value,) if isinstance(value, str) else tuple(_name(step) for step in _list(value))


def _values(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    values = _list(value)
    if not values or not all(isinstance(one, str | int) and not isinstance(one, bool) for one in values):
        raise ParameterError("give values as a list of strings or integers, or null for every value")
    return tuple(dict.fromkeys(str(one) for one in values))


def _slices(value: Any) -> tuple[SlicingSpec, ...]:
    found = []
    for spec in _list(value):
        features = {name: _values(values) for name, values in _table(spec).items()}
        if features:
            found.append(SlicingSpec(features=features))
    return tuple(found)


def _slicing_config(value: Any) -> tuple[SlicingSpec, ...]:
    specs = _known(value, ("slicing_specs",)).get("slicing_specs", [])
    found = []
    for spec in _list(specs):
        table = _known(spec, ("feature_keys", "feature_values"))
        features: dict[str, tuple[str, ...] | None] = {_name(key): None for key in _list(table.get("feature_keys", []))}
        features |= {name: (str(one),) for name, one in _table(table.get("feature_values", {})).items()}
        if features:
            found.append(SlicingSpec(features=features))
    return tuple(found)


def _known(value: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    table = _table(value)
    for name in table:
        if name not in names:
            raise ParameterError(f"there is no {name!r} in it: {did_you_mean(name, names)}")
    return table


def _lift(value: Any) -> LiftOptions:
    table = dict(_known(value, tuple(field.name for field in dataclasses.fields(LiftOptions))))
    boundaries = tuple(_number(-math.inf, math.inf)(one) for one in _list(table.pop("y_boundaries", [])))
    if list(boundaries) != sorted(set(boundaries)):
        raise ParameterError("y_boundaries have to ascend")
    return LiftOptions(y_boundaries=boundaries, **{name: _whole(0)(one) for name, one in table.items()})


def _crosses(value: Any) -> Any:
    if value == "all":
        return value
    pairs = [tuple(_name(name) for name in _list(pair)) for pair in _list(value)]
    if not all(len(set(pair)) == 2 == len(pair) for pair in pairs):
        raise ParameterError('give a list of pairs of two features, or "all"')
    return tuple(pairs)


def _histogram_choice(value: Any) -> HistogramChoice:
    table = _known(value, ("histogram_paths", "histogram_mode"))
    mode = table.get("histogram_mode", "exclude")
    if mode not in ("include", "exclude"):
        raise ParameterError("histogram_mode is include or exclude")
    return HistogramChoice(
        histogram_paths=tuple(_path(one) for one in _list(table.get("histogram_paths", []))), histogram_mode=mode
    )


READERS: Mapping[str, Callable[[Any], Any]] = {
    "num_top_values": _whole(1),
    "num_rank_histogram_buckets": _whole(1),
    "num_values_histogram_buckets": _whole(1),
    "num_histogram_buckets": _whole(1),
    "num_quantiles_histogram_buckets": _whole(1),
    "frequency_threshold": _whole(1),
    "weighted_frequency_threshold": _number(0.0, math.inf, open_low=False),
    "epsilon": _number(0.0, 0.5),
    "use_sketch_based_topk_uniques": _flag,
    "weight_feature": _name,
    "per_feature_weight_override": lambda value: {(name,): _name(one) for name, one in _table(value).items()},
    "slices": _slices,
    "slicing_config": _slicing_config,
    "sample_rate": FRACTION,
    "sample_rate_by_split": lambda value: {name: FRACTION(one) for name, one in _table(value).items()},
    "sample_seed": _whole(0),
    "feature_allowlist": lambda value: tuple(_path(one) for one in _list(value)),
    "label_feature": _name,
    "lift": _lift,
    "feature_crosses": _crosses,
    "enable_semantic_domain_stats": _flag,
    "semantic_domain_stats_sample_rate": FRACTION,
    "per_feature_stats_config": _histogram_choice,
    "vocab_paths": lambda value: {name: _file(one) for name, one in _table(value).items()},
    "generators": lambda value: tuple(_list(value)),
    "add_default_generators": _flag,
}
"""By the name of an option what reads its value."""

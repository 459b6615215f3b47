"""EvalConfig from YAML or JSON text, and back to JSON."""

import dataclasses
import json
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from argosy.errors import ParameterError, did_you_mean
from argosy.model_analysis.config import (
    ChangeThreshold,
    EvalConfig,
    MetricConfig,
    MetricsSpec,
    MetricThreshold,
)

NOT_SUPPORTED = {
    "cross_slicing_specs", "cross_slice_thresholds", "slice_keys_sql", "query_key", "output_names", "output_weights",
    "label_keys", "prediction_keys", "example_weight_keys", "preprocessing_function_names", "padding_options", "k_list",
    "top_k_list", "compute_confidence_intervals", "confidence_intervals", "disabled_outputs",
}  # fmt: skip
"""TFMA's fields that this version refuses by name, rather than to evaluate something else than was asked for."""

DIRECTIONS = ("LOWER_IS_BETTER", "HIGHER_IS_BETTER")


def parse_eval_config(text: str) -> EvalConfig:
    """Returns the configuration that the YAML or JSON text says.

    Names may be in snake_case or camelCase; a wrapped value (`{value: 0.9}`, `{values: [0, 1]}`) may be written plain.
    An EvalRun, as `eval_config.json` holds it, is read too.

    >>> config = parse_eval_config("{model_specs: [{label_key: species}], slicing_specs: [{feature_keys: [island]}]}")
    >>> config.slicing_specs[0].feature_keys
    ('island',)

    Raises:
        ParameterError: It is not YAML, names an unknown or unsupported field, or has a value of another type.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ParameterError(f"eval_config is neither YAML nor JSON: {str(error).splitlines()[0]}") from error
    if isinstance(document, Mapping) and len({"eval_config", "evalConfig"} & set(document)) == 1:
        document = document.get("eval_config", document.get("evalConfig"))
    config = _dataclass(EvalConfig, document, "eval_config")
    _check(config)
    return config


def eval_config_json(config: EvalConfig) -> dict[str, Any]:
    """Returns the configuration as protobuf's JSON form, with camelCase names and defaults left out."""
    value = _json(config)
    assert isinstance(value, dict)
    return value


def _dataclass(kind: type, value: Any, where: str) -> Any:
    """Returns the dataclass that the mapping stands for; an empty YAML entry is an empty mapping."""
    value = {} if value is None else value
    if kind is MetricConfig and isinstance(value, str):
        value = {"class_name": value}
    if not isinstance(value, Mapping):
        raise ParameterError(f"{where} has to be a mapping, found {type(value).__name__} {value!r}")
    hints = typing.get_type_hints(kind)
    arguments = {}
    for given, part in value.items():
        name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", str(given)).lower()
        if name in NOT_SUPPORTED:
            if not part or part == {"value": False}:
                continue
            raise ParameterError(f"{where}.{given} is a field of TFMA's that this version of Argosy does not support")
        if name not in hints:
            raise ParameterError(f"{where}: unknown field {given!r}; {did_you_mean(name, hints)}")
        arguments[name] = (
            _metric_options(part, where) if name == "config" else _value(hints[name], part, f"{where}.{given}")
        )
    missing = [f.name for f in dataclasses.fields(kind) if _required(f) and f.name not in arguments]
    if missing:
        raise ParameterError(f"{where}: {', '.join(missing)} has to be given")
    return kind(**arguments)


def _value(hint: Any, value: Any, where: str) -> Any:
    """Returns the value as the type that the field is declared to have."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _value(parts[0], value, where)
    if dataclasses.is_dataclass(hint):
        return _dataclass(typing.cast(type, hint), value, where)
    if origin is tuple:
        return tuple(_value(parts[0], part, f"{where}[{i}]") for i, part in enumerate(_sequence(value, where)))
    if origin is dict:
        return {_value(parts[0], k, where): _value(parts[1], v, f"{where}.{k}") for k, v in _mapping(value, where)}
    return _scalar(hint, value, where)


def _scalar(hint: type, value: Any, where: str) -> Any:
    if isinstance(value, Mapping) and set(value) == {"value"}:
        value = value["value"]
    accepts: dict[type, Callable[[Any], bool]] = {
        str: lambda v: isinstance(v, str | int | float) and not isinstance(v, bool),
        bool: lambda v: isinstance(v, bool),
        int: lambda v: not isinstance(v, bool) and re.fullmatch(r"-?\d+", str(v)) is not None,
        float: lambda v: not isinstance(v, bool) and _is_number(v),
    }
    if not accepts[hint](value):
        raise ParameterError(f"{where} has to be {hint.__name__}, found {type(value).__name__} {value!r}")
    return hint(value)


def _is_number(value: Any) -> bool:
    try:
        return not math.isnan(float(value))
    except (TypeError, ValueError):
        return False


def _sequence(value: Any, where: str) -> list[Any]:
    if isinstance(value, Mapping) and set(value) == {"values"}:
        value = value["values"]
    if value is None:
        return []
    if not isinstance(value, list):
        raise ParameterError(f"{where} has to be a list, found {type(value).__name__} {value!r}")
    return value


def _mapping(value: Any, where: str) -> list[tuple[Any, Any]]:
    """Returns the pairs of a mapping, which protobuf's text form writes as a list of {key, value}."""
    if isinstance(value, list) and all(isinstance(part, Mapping) and set(part) == {"key", "value"} for part in value):
        return [(part["key"], part["value"]) for part in value]
    if not isinstance(value, Mapping):
        raise ParameterError(f"{where} has to be a mapping, found {type(value).__name__} {value!r}")
    return list(value.items())


def _metric_options(value: Any, where: str) -> dict[str, Any]:
    if isinstance(value, str):
        text = value.strip()
        try:
            value = json.loads(text if text.startswith("{") else f"{{{text}}}")
        except json.JSONDecodeError as error:
            raise ParameterError(f"{where}.config is not JSON: {error}") from error
    if value is None or isinstance(value, Mapping):
        return dict(value or {})
    raise ParameterError(f"{where}.config has to be a mapping, found {type(value).__name__} {value!r}")


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _check(config: EvalConfig) -> None:
    baselines = [spec for spec in config.model_specs if spec.is_baseline]
    if len(baselines) > 1 or len(config.model_specs) - len(baselines) > 1:
        raise ParameterError("eval_config.model_specs: at most one candidate and one baseline can be evaluated")
    names = [spec.name for spec in config.model_specs]
    if len(set(names)) < len(names) and any(names):
        raise ParameterError(f"eval_config.model_specs: two models have the name {names[0]!r}")
    for index, spec in enumerate(config.metrics_specs):
        where = f"eval_config.metrics_specs[{index}]"
        _check_spec(spec, where)


def _check_spec(spec: MetricsSpec, where: str) -> None:
    if spec.aggregate and sum((spec.aggregate.micro_average, spec.aggregate.macro_average,
                               spec.aggregate.weighted_macro_average)) != 1:  # fmt: skip
        raise ParameterError(f"{where}.aggregate: exactly one of the averages has to be true")
    per_slice = [t for metric in spec.metrics for t in metric.per_slice_thresholds]
    per_slice += [t for listed in spec.per_slice_thresholds.values() for t in listed.thresholds]
    thresholds = [metric.threshold for metric in spec.metrics] + list(spec.thresholds.values())
    for threshold in [*thresholds, *(t.threshold for t in per_slice)]:
        if threshold:
            _check_threshold(threshold, where)


def _check_threshold(threshold: MetricThreshold, where: str) -> None:
    bounds, change = threshold.value_threshold, threshold.change_threshold
    if bounds is None and change is None:
        raise ParameterError(f"{where}: a threshold is empty; give it a value_threshold or a change_threshold")
    low, high = (bounds.lower_bound, bounds.upper_bound) if bounds else (None, None)
    if bounds and low is None and high is None:
        raise ParameterError(f"{where}: value_threshold has no bound; give it `lower_bound`, `upper_bound`, or both")
    if low is not None and high is not None and low > high:
        raise ParameterError(f"{where}: lower_bound {low:g} is above upper_bound {high:g}")
    if change:
        _check_change(change, where)


def _check_change(change: ChangeThreshold, where: str) -> None:
    if change.absolute is None and change.relative is None:
        raise ParameterError(f"{where}: change_threshold has no bound; give it `absolute`, `relative`, or both")
    if change.direction not in DIRECTIONS:
        raise ParameterError(
            f"{where}: change_threshold.direction is {change.direction!r}; {did_you_mean(change.direction, DIRECTIONS)}"
        )


def _json(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = {}
        for field in dataclasses.fields(value):
            part = getattr(value, field.name)
            default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
            if part != default:
                shown[field.name] = _field(field.name, part)
        return {_camel(name): part for name, part in shown.items() if part not in ({}, [], "")}
    if isinstance(value, dict):
        return {str(key): _json(part) for key, part in value.items()}
    return [_json(part) for part in value] if isinstance(value, tuple) else value


def _field(name: str, value: Any) -> Any:
    """Returns a field's JSON; two kinds of field differ between the dataclasses and TFMA's messages."""
    if name == "config":
        return json.dumps(value) if value else ""
    if name == "class_ids":
        return {"values": list(value)}
    return _json(value)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

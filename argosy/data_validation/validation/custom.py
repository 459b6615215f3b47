"""Checks that a user writes: conditions on the statistics of a feature, or on those of two.

The configuration has the shape of TFX's CustomValidationConfig; its conditions are of the language in `expression`:

    {"feature_validations": [{"feature_path": {"step": ["age"]}, "validations": [
        {"expression": "feature.num_stats.mean > 0", "severity": "ERROR", "description": "ages are positive"}]}],
     "feature_pair_validations": [{"feature_test_path": {"step": ["a"]}, "feature_base_path": {"step": ["a"]},
        "validations": [{"expression": "feature_test.num_stats.max <= feature_base.num_stats.max"}]}]}
"""

import ast
import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from argosy.data_validation.config import check_keys, feature_path, list_of
from argosy.data_validation.statistics import convert
from argosy.data_validation.statistics.spec import DATASET_NAME, DatasetStatistics
from argosy.data_validation.validation.expression import UnsetError, evaluate, parse
from argosy.data_validation.validation.spec import Reason, Severity
from argosy.errors import DataError, ParameterError, did_you_mean, located

Graded = tuple[Reason, Severity]

ONE = {"feature": "feature_path"}
PAIR = {"feature_test": "feature_test_path", "feature_base": "feature_base_path"}
"""The names that an expression knows, each with the key of the path to the feature that it stands for."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Condition:
    """What has to be true.

    Attributes:
        text: As it was written.
        tree: As it was parsed.
        severity: Of the anomaly where it is false.
        description: What to say then.
        in_environment: Where it counts; empty: everywhere.
    """

    text: str
    tree: ast.expr
    severity: Severity = "ERROR"
    description: str = ""
    in_environment: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class CustomValidation:
    """Conditions on one feature, or on one of the data and one of the base.

    Attributes:
        paths: By the name that the conditions use, the path of the feature.
        dataset_name: The slice of the data.
        base_dataset_name: The slice of the base.
        conditions: All of them have to be true.
    """

    paths: Mapping[str, tuple[str, ...]]
    conditions: tuple[Condition, ...]
    dataset_name: str = DATASET_NAME
    base_dataset_name: str = DATASET_NAME


def parse_custom_validations(config: Mapping[str, Any]) -> tuple[CustomValidation, ...]:
    """Returns the checks of a configuration.

    Raises:
        ParameterError: A key is unknown or missing, or an expression is none.
    """
    with located(parameter="custom_validation_config"):
        check_keys(config, ("feature_validations", "feature_pair_validations"), "it")
        singles = [_parsed(one, ONE) for one in list_of(config, "feature_validations")]
        return (*singles, *(_parsed(one, PAIR) for one in list_of(config, "feature_pair_validations")))


def check_custom(
    validations: Iterable[CustomValidation],
    statistics: DatasetStatistics,
    *,
    base_statistics: DatasetStatistics | None = None,
    environment: str = "",
) -> list[tuple[tuple[str, ...], Graded]]:
    """Returns what is false, with the path of the feature that it is said of.

    Args:
        validations: What has to be true.
        statistics: The data that are judged, with their slices.
        base_statistics: What `feature_base` is of; None: the same data.
        environment: The one to validate in.

    Raises:
        ParameterError: An expression asks for a field that there is not, or a slice is not there.
    """
    return [
        (next(iter(validation.paths.values())), graded)
        for validation in validations
        for graded in _check(validation, statistics, base_statistics or statistics, environment)
    ]


def _check(
    validation: CustomValidation, statistics: DatasetStatistics, base: DatasetStatistics, environment: str
) -> Iterator[Graded]:
    sides = {"feature_base": base.slice(validation.base_dataset_name)}
    whole = statistics.slice(validation.dataset_name)
    try:
        values = {name: _message(sides.get(name, whole), path) for name, path in validation.paths.items()}
    except DataError as error:
        yield Reason(type="STATS_NOT_AVAILABLE", short="Custom check not possible", description=str(error)), "ERROR"
        return
    for condition in validation.conditions:
        if environment and condition.in_environment and environment not in condition.in_environment:
            continue
        graded = _judged(condition, values)
        if graded is not None:
            yield graded


def _judged(condition: Condition, values: Mapping[str, Any]) -> Graded | None:
    told = f"{condition.description} ({condition.text} is false)" if condition.description else condition.text
    try:
        if evaluate(condition.tree, values):
            return None
    except UnsetError as error:
        message = f"{condition.text} needs {error.what}, which the statistics of this feature do not have."
        return Reason(type="STATS_NOT_AVAILABLE", short="Custom check not possible", description=message), "ERROR"
    said = told if condition.description else f"{condition.text} is false."
    return Reason(type="CUSTOM_VALIDATION", short="Custom check failed", description=said), condition.severity


def _message(dataset: DatasetStatistics, path: tuple[str, ...]) -> Any:
    found = next((feature for feature in dataset.features if feature.path == path), None)
    if found is None:
        known = did_you_mean(".".join(path), dataset.names())
        raise DataError(f"The statistics of {dataset.name} have no feature {'.'.join(path)!r}; {known}.")
    return convert.to_proto(dataclasses.replace(dataset, features=(found,), cross_features=())).features[0]


def _parsed(config: Any, names: Mapping[str, str]) -> CustomValidation:
    slices = ("dataset_name", *(("base_dataset_name",) if names is PAIR else ()))
    needed = (*names.values(), "validations")
    check_keys(config, (*slices, *needed), "a validation of features", needed=needed)
    return CustomValidation(
        paths={name: feature_path(config[key], key) for name, key in names.items()},
        conditions=tuple(_condition(one, tuple(names)) for one in list_of(config, "validations")),
        **{name: _text(config, name) for name in slices if config.get(name)},
    )


def _condition(config: Any, names: tuple[str, ...]) -> Condition:
    known = ("expression", "sql_expression", "severity", "description", "in_environment")
    check_keys(config, known, "validations")
    written = [name for name in ("expression", "sql_expression") if name in config]
    if len(written) != 1:
        raise ParameterError("a validation has one `expression` (or, as TFX calls it, `sql_expression`)")
    text = _text(config, written[0])
    severity = config.get("severity", "ERROR")
    if severity not in ("ERROR", "WARNING"):
        raise ParameterError(f"severity is {severity!r}; give ERROR or WARNING")
    return Condition(
        text=text,
        tree=parse(text, names=names, sql=written[0] == "sql_expression"),
        severity=severity,
        description=_text(config, "description") if "description" in config else "",
        in_environment=_names(config, "in_environment"),
    )


def _text(config: Mapping[str, Any], key: str) -> str:
    value = config[key]
    if not isinstance(value, str):
        raise ParameterError(f"{key} is {value!r}; give a text")
    return value


def _names(config: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = list_of(config, key)
    if not all(isinstance(name, str) for name in names):
        raise ParameterError(f"{key} is {names!r}; give a list of names")
    return tuple(names)

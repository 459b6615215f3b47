"""Configurations as dictionaries: keys and values that are checked, with messages that say where."""

from collections.abc import Collection, Mapping
from typing import Any

from argosy.errors import ParameterError, did_you_mean


def check_keys(given: Any, known: Collection[str], where: str, *, needed: Collection[str] = ()) -> None:
    """Passes when it is a dictionary, all of its keys are known, and those that are needed are there.

    Raises:
        ParameterError: It is not.
    """
    if not isinstance(given, dict):
        raise ParameterError(f"{where} is {given!r}; give a dictionary with {', '.join(known)}")
    for key in given:
        if key not in known:
            raise ParameterError(f"{where} has no {key!r}: {did_you_mean(str(key), known)}")
    for key in needed:
        if key not in given:
            raise ParameterError(f"{where}: {key} is missing; found {', '.join(given) or 'nothing'}")


def feature_path(given: Any, where: str) -> tuple[str, ...]:
    """Returns the path of a feature, given by name or as tensorflow_metadata's Path.

    >>> feature_path("age", "path"), feature_path({"step": ["person", "age"]}, "path")
    (('age',), ('person', 'age'))

    Raises:
        ParameterError: It is neither.
    """
    steps = given.get("step") if isinstance(given, dict) else [given]
    if not isinstance(steps, list) or not steps or not all(isinstance(step, str) for step in steps):
        raise ParameterError(f"{where} is {given!r}; give a name, or {{'step': [...]}}")
    return tuple(steps)


def list_of(given: Mapping[str, Any], key: str) -> list[Any]:
    """Returns the list under a key, an empty one where there is none.

    Raises:
        ParameterError: It is no list.
    """
    value = given.get(key, [])
    if not isinstance(value, list):
        raise ParameterError(f"{key} is {value!r}; give a list")
    return value

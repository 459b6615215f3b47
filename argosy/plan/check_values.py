"""Values that stand in a spec, checked for what they are used for: choices, the items of loops."""

import json
from typing import Any

from argosy.errors import PipelineError
from argosy.plan.spec import Component, ComponentInput, Constant, ParameterItems, ParameterSource, Task
from argosy.plan.values import ParameterType, describe, expected


def check_values(task: Task, component: Component, owner: Component) -> None:
    """Returns if the task's constants are among the declared choices, and what it iterates over can be a list.

    Args:
        task: The task.
        component: What it runs.
        owner: The component whose DAG the task is in.

    Raises:
        PipelineError: A constant is not one of the choices; the items are, or by default would be, no JSON list.
    """
    for name, source in task.parameters.items():
        if name in component.parameters and isinstance(source, Constant) and not source.path:
            _check_choice(name, source.value, component.parameters[name].literals)
    for name, declared in component.parameters.items():
        if declared.default is not None:
            _check_choice(name, declared.default, declared.literals)
    if task.iterator is not None and isinstance(task.iterator.items, ParameterItems):
        _check_items(task.iterator.items.input, task, component, owner)


def _check_choice(name: str, value: Any, choices: tuple[Any, ...]) -> None:
    if choices and value is not None and value not in choices:
        raise PipelineError(f"the parameter {name!r} must be one of {list(choices)}, found {value!r}")


def _check_items(name: str, task: Task, component: Component, owner: Component) -> None:
    source = task.parameters.get(name)
    declared = component.parameters.get(name)
    if declared is not None and declared.type not in (ParameterType.LIST, ParameterType.STRING):
        raise PipelineError(
            f"iterates over {name!r}, which is {expected(declared.type)}; a loop needs a list, or its JSON text"
        )
    value = _known(source, owner) if source is not None else declared.default if declared else None
    if value is None:
        return
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise PipelineError(
                f"iterates over {name!r}, whose items are no JSON: {describe(value)}; write them as a JSON list"
            ) from error
    if not isinstance(value, list):
        raise PipelineError(f"iterates over {name!r}, whose items must be a JSON list, found {describe(value)}")


def _known(source: ParameterSource, owner: Component) -> Any:
    """Returns the value that a source is known to have, by default at least; None where it is not known."""
    if source.path:
        return None
    if isinstance(source, Constant):
        return source.value
    if isinstance(source, ComponentInput) and source.name in owner.parameters:
        return owner.parameters[source.name].default
    return None

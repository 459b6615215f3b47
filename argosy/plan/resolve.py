"""What a runner asks before it starts a task: values of its inputs, its condition, its items. Pure functions.

Errors name the input; whoever runs the task adds its path (`errors.located`).
"""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from argosy.errors import ParameterError, did_you_mean
from argosy.plan.condition import evaluate
from argosy.plan.placeholders import RunContext
from argosy.plan.render import constant_lookup, render_constant
from argosy.plan.scope import Artifacts, Scope, artifacts_of, value_of
from argosy.plan.spec import (
    ArtifactItems,
    Component,
    ComponentInput,
    Constant,
    ImporterExecutor,
    ParameterInput,
    ParameterItems,
    ParameterSource,
    Plan,
    RawItems,
    RetryPolicy,
    RuntimeText,
    Task,
)
from argosy.plan.values import ParameterType, coerce, describe, from_text, from_untyped


@dataclasses.dataclass(frozen=True, kw_only=True)
class Iteration:
    """The inputs of one run of a task's component."""

    parameters: Mapping[str, Any]
    artifacts: Artifacts


def root_parameters(plan: Plan, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values of the pipeline's parameters: arguments over defaults, of their declared types.

    Raises:
        ParameterError: An argument is unknown, missing or of the wrong type.
    """
    declared = plan.root.parameters
    for name in arguments:
        if name not in declared:
            raise ParameterError(
                f"the pipeline {plan.name!r} has no parameter {name!r}; {did_you_mean(name, declared)}"
            )
    given = {name: coerce(value, declared[name].type, name) for name, value in arguments.items() if value is not None}
    return _completed(given, declared)


def resolve_parameters(task: Task, component: Component, scope: Scope, context: RunContext) -> dict[str, Any]:
    """Returns the values of a task's parameters, defaults included, and of what its placeholders read besides.

    A name without a value is missing. For a task with an iterator, so is the input that takes the item.

    Raises:
        ParameterError: A value is of the wrong type, or a required one is missing.
        PipelineError: A placeholder in a constant reads what has no value.
    """
    values: dict[str, Any] = {}
    for name, source in task.parameters.items():
        if not isinstance(source, RuntimeText):
            value = value_of(source, scope)
            if value is not None:
                values[name] = _typed(name, value, source, component)
    lookup = constant_lookup(values, context)
    for name, source in task.parameters.items():
        if isinstance(source, RuntimeText):
            values[name] = _typed(name, render_constant(source.text, lookup), source, component)
    item = task.iterator.item_input if task.iterator else ""
    return _completed(values, {name: spec for name, spec in component.parameters.items() if name != item})


def resolve_artifacts(task: Task, component: Component, scope: Scope) -> dict[str, tuple[Any, ...]]:
    """Returns the artifacts of a task's inputs. An optional input without an artifact is missing.

    Raises:
        ParameterError: A required artifact is missing, or there are several where one is wanted.
    """
    found: dict[str, tuple[Any, ...]] = {}
    for name, source in task.artifacts.items():
        artifacts = artifacts_of(source, scope)
        if artifacts is not None:
            found[name] = tuple(artifacts)
    item = task.iterator.item_input if task.iterator else ""
    for name, spec in component.artifacts.items():
        if name == item:
            continue
        if name not in found and not spec.optional:
            raise ParameterError(f"the input artifact {name!r} is required and has none in this run")
        if name in found and not spec.is_list and len(found[name]) != 1:
            raise ParameterError(f"the input {name!r} takes one artifact, found a list of {len(found[name])}")
    return found


def condition_holds(task: Task, parameters: Mapping[str, Any]) -> bool:
    """Returns whether the task is to run, given the values of its parameters.

    Raises:
        PipelineError: The condition reads what has no value, or compares unlike types.
    """
    return task.condition is None or evaluate(task.condition, parameters)


def iterations(
    task: Task, component: Component, parameters: Mapping[str, Any], artifacts: Artifacts
) -> tuple[Iteration, ...]:
    """Returns the inputs of each run of the task's component: one for each item, or a single one without iterator.

    Raises:
        ParameterError: The items are no list, or an item is not of the declared type.
    """
    iterator = task.iterator
    if iterator is None:
        return (Iteration(parameters=parameters, artifacts=artifacts),)
    name = iterator.item_input
    match iterator.items:
        case ArtifactItems(input=source):
            return tuple(
                Iteration(parameters=parameters, artifacts={**artifacts, name: (item,)})
                for item in artifacts.get(source, ())
            )
        case ParameterItems(input=source):
            items = _items(parameters.get(source), source)
        case RawItems(items=items):
            pass
    declared = component.parameters[name].type
    return tuple(
        Iteration(parameters={**parameters, name: from_untyped(item, declared, name)}, artifacts=artifacts)
        for item in items
    )


def importer_inputs(
    importer: ImporterExecutor, parameters: Mapping[str, Any], context: RunContext
) -> tuple[str, dict[str, Any]]:
    """Returns the URI and the metadata of what an importer registers.

    Raises:
        ParameterError: The URI is no text or empty.
    """
    lookup = constant_lookup(parameters, context)
    match importer.artifact_uri:
        case ComponentInput(name=name):
            uri = parameters.get(name)
        case RuntimeText(text=text):
            uri = render_constant(text, lookup)
        case Constant(value=value):
            uri = value
    if not isinstance(uri, str) or not uri:
        raise ParameterError(f"the importer needs a URI, found {describe(uri)}")
    return uri, render_constant(dict(importer.metadata), lookup)


def retry_wait(policy: RetryPolicy, retry: int) -> float:
    """Returns the seconds to wait before a retry (the first is 0): exponential, each wait capped.

    >>> retry_wait(RetryPolicy(max_retries=3, backoff_seconds=2, backoff_max_seconds=5), 2)
    5.0
    """
    try:
        wait = policy.backoff_seconds * policy.backoff_factor**retry
    except OverflowError:
        # Doubling a thousand times is more than a float holds, and any first wait but none has passed the cap by then.
        return float(policy.backoff_max_seconds) if policy.backoff_seconds else 0.0
    return float(min(wait, policy.backoff_max_seconds))


def _typed(name: str, value: Any, source: ParameterSource, component: Component) -> Any:
    if source.path:
        value = _member(value, source.path, name)
    if name not in component.parameters:
        return value
    declared = component.parameters[name].type
    if source.path:
        return from_untyped(value, declared, name)
    if isinstance(source, RuntimeText) and isinstance(value, str):
        return from_text(value, declared, name)
    return coerce(dict(value) if declared is ParameterType.TASK_FINAL_STATUS else value, declared, name)


def _member(value: Any, path: tuple[str, ...], name: str) -> Any:
    for key in path:
        if isinstance(value, str):
            value = from_text(value, ParameterType.STRUCT, name)
        if not isinstance(value, dict) or key not in value:
            raise ParameterError(f"the input {name!r} takes the member {key!r}, which {describe(value)} does not have")
        value = value[key]
    return value


def _items(value: Any, name: str) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ParameterError(f"the loop over {name!r} needs a list, found {describe(value)}") from error
    if not isinstance(value, list):
        raise ParameterError(f"the loop over {name!r} needs a list, found {describe(value)}")
    return value


def _completed(values: dict[str, Any], declared: Mapping[str, ParameterInput]) -> dict[str, Any]:
    defaults = {name: spec.default for name, spec in declared.items() if spec.default is not None}
    complete = {**defaults, **values}
    for name, spec in declared.items():
        if name not in complete and not spec.optional:
            raise ParameterError(f"the parameter {name!r} is required and has no value")
        if spec.literals and name in complete and complete[name] not in spec.literals:
            raise ParameterError(
                f"the parameter {name!r} must be one of {list(spec.literals)}, found {complete[name]!r}"
            )
    return complete

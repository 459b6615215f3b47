"""A pod's task with its inputs resolved: what the embedded runner's DAG makes of tasks and their sources."""

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from argosy.errors import ParameterError
from argosy.metadata.store import Store
from argosy.plan.placeholders import RunContext
from argosy.plan.read import read_leaf
from argosy.plan.resolve import resolve_artifacts, resolve_parameters
from argosy.plan.scope import Scope
from argosy.plan.spec import Component, ComponentInput, ParameterSource, RuntimeText, Task
from argosy.plan.values import from_untyped
from argosy.runner.call import Call
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.references import from_references


def read_call(task: PodTask, store: Store) -> tuple[Call, RunContext]:
    """Returns the task, ready for a driver, and what the run's placeholders stand for.

    Raises:
        PipelineError: The component is none that Argosy interprets, or a placeholder reads what has no value.
        ParameterError: A value is not of its type, or a required one is missing.
    """
    spec = task.spec
    component = read_leaf(spec["name"], spec["component"], spec["executor"], spec.get("platform"))
    context = _context(task)
    values = {name: _gathered(name, value, task) for name, value in task.inputs.items() if value is not None}
    artifacts = {name: value for name, value in values.items() if name in component.artifacts}
    scope = Scope(
        parameters={
            name: _typed(name, value, component, task) for name, value in values.items() if name not in artifacts
        },
        artifacts={name: from_references(name, _flat(value), store) for name, value in artifacts.items()},
    )
    plain = Task(
        name=context.pipeline_task_name,
        display_name=context.pipeline_task_name,
        component=component.name,
        parameters=_sources(task, scope),
        artifacts={name: ComponentInput(name=name) for name in artifacts},
        cache=task.cache,
        cache_key=task.cache_key,
    )
    call = Call(
        path=tuple(task.task.split("/")),
        task=plain,
        component=component,
        parameters=resolve_parameters(plain, component, scope, context),
        artifacts=resolve_artifacts(plain, component, scope),
    )
    return call, context


def decoded(value: Any, depth: int) -> Any:
    """Returns what Argo gathered from a loop: an element that is a text is the JSON of a value, any other is the value.

    Iterations without a value are left out.

    >>> decoded(['"a"', "null", "1"], 1), decoded([["1", "2"], '["3"]'], 2)
    (['a', 1], [[1, 2], [3]])

    Raises:
        ValueError: A text is no JSON.
    """
    if depth == 0 or not isinstance(value, list):
        return value
    items = [json.loads(item) if isinstance(item, str) else item for item in value]
    return [decoded(item, depth - 1) for item in items if item is not None]


def _gathered(name: str, value: Any, task: PodTask) -> Any:
    depth = task.collected.get(name, 0)
    if depth and not isinstance(value, list):
        raise ParameterError(f"the input {name!r} takes what a loop gathered, found {json.dumps(value)[:60]}")
    try:
        return decoded(value, depth)
    except ValueError as error:
        raise ParameterError(f"the input {name!r} takes JSON texts that a loop gathered: {error}") from error


def _flat(value: Any) -> Any:
    """Artifacts of loops are one list."""
    if isinstance(value, list) and any(isinstance(item, list) for item in value):
        return [one for item in value for one in (_flat(item) if isinstance(item, list) else [item])]
    return value


def _typed(name: str, value: Any, component: Component, task: PodTask) -> Any:
    """What comes out of a list or a struct has no type of its own."""
    if name not in component.parameters or name in task.paths:
        return value
    return from_untyped(value, component.parameters[name].type, name)


def _sources(task: PodTask, scope: Scope) -> Mapping[str, ParameterSource]:
    given = {name: ComponentInput(name=name, path=task.paths.get(name, ())) for name in scope.parameters}
    texts = {name: RuntimeText(text=text, path=task.paths.get(name, ())) for name, text in task.texts.items()}
    return {**given, **texts}


def _context(task: PodTask) -> RunContext:
    name = re.sub(r"\[\d+\]$", "", task.task.split("/")[-1])
    return RunContext(
        pipeline_job_name=task.run,
        pipeline_job_resource_name=task.run,
        pipeline_job_uuid=task.uid,
        pipeline_task_name=name,
        pipeline_task_uuid=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{task.uid}/{task.task}")),
        pipeline_root=task.root,
        pipeline_job_create_time_utc=task.created,
        pipeline_job_schedule_time_utc=task.created,
    )

"""A pod's task with its inputs resolved: what the embedded runner's DAG makes of tasks and their sources."""

import hashlib
import re
from typing import Any

from argosy.metadata.store import Store
from argosy.plan.placeholders import RunContext
from argosy.plan.read import read_leaf
from argosy.plan.resolve import resolve_artifacts, resolve_parameters
from argosy.plan.scope import Scope
from argosy.plan.spec import Component, ComponentInput, Task
from argosy.plan.values import from_untyped
from argosy.runner.call import Call
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.references import from_references


def read_call(task: PodTask, store: Store) -> tuple[Call, RunContext]:
    """Returns the task, ready for a driver, and what the run's placeholders stand for.

    Raises:
        PipelineError: The component is none that Argosy interprets.
        ParameterError: A value is not of its type, or a required one is missing.
    """
    spec = task.spec
    component = read_leaf(spec["name"], spec["component"], spec["executor"], spec.get("platform"))
    context = run_context(task)
    values = {name: value for name, value in task.inputs.items() if value is not None}
    scope = Scope(
        parameters={
            name: _typed(name, value, component) for name, value in values.items() if name not in component.artifacts
        },
        artifacts={
            name: from_references(name, value, store) for name, value in values.items() if name in component.artifacts
        },
    )
    plain = Task(
        name=context.pipeline_task_name,
        display_name=context.pipeline_task_name,
        component=component.name,
        parameters={name: ComponentInput(name=name) for name in scope.parameters},
        artifacts={name: ComponentInput(name=name) for name in scope.artifacts},
        cache=bool(spec.get("cache", False)),
        cache_key=str(spec.get("cache_key", "")),
    )
    call = Call(
        path=tuple(task.task.split("/")),
        task=plain,
        component=component,
        parameters=resolve_parameters(plain, component, scope, context),
        artifacts=resolve_artifacts(plain, component, scope),
    )
    return call, context


def _typed(name: str, value: Any, component: Component) -> Any:
    """What comes out of a list or a struct has no type of its own."""
    if name not in component.parameters:
        return value
    return from_untyped(value, component.parameters[name].type, name)


def run_context(task: PodTask) -> RunContext:
    """Returns what the run's placeholders stand for in the pod's task."""
    name = re.sub(r"\[\d+\]$", "", task.task.split("/")[-1])
    return RunContext(
        pipeline_job_name=task.run,
        pipeline_job_resource_name=task.run,
        pipeline_job_uuid=task.uid,
        pipeline_task_name=name,
        # A UUID's digits in a way that Argo's expressions can make them, too.
        pipeline_task_uuid=hashlib.sha256(f"{task.uid}/{task.task}".encode()).hexdigest()[:32],
        pipeline_root=task.root,
        pipeline_job_create_time_utc=task.created,
        pipeline_job_schedule_time_utc=task.created,
    )

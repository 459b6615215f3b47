"""What the tasks of one DAG can read, and what they put out."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.plan.spec import (
    ArtifactSource,
    Component,
    ComponentInput,
    Constant,
    Dag,
    ParameterSource,
    TaskFinalStatus,
    TaskOutput,
)

Artifacts = Mapping[str, tuple[Any, ...]]
"""Artifacts by input or output name: a tuple of one where it is no list. What an artifact is, the caller decides."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outputs:
    """What a task put out; a name that is missing has no value (its producer was skipped)."""

    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    artifacts: Artifacts = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scope:
    """What the tasks of one DAG can read.

    Attributes:
        parameters: Values of the DAG's own inputs.
        artifacts: Artifacts of the DAG's own inputs.
        outputs: What the DAG's tasks that succeeded put out.
        statuses: How the DAG's tasks ended, as `final_status` makes them.
    """

    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    artifacts: Artifacts = dataclasses.field(default_factory=dict)
    outputs: Mapping[str, Outputs] = dataclasses.field(default_factory=dict)
    statuses: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)


def collect(component: Component, results: Sequence[Outputs]) -> Outputs:
    """Returns what a task with an iterator puts out: lists in the order of the items, without what was skipped.

    Lists of artifacts are flat, as KFP knows no others.
    """
    return Outputs(
        parameters={
            name: [result.parameters[name] for result in results if name in result.parameters]
            for name in component.output_parameters
        },
        artifacts={
            name: tuple(artifact for result in results for artifact in result.artifacts.get(name, ()))
            for name in component.output_artifacts
        },
    )


def dag_outputs(dag: Dag, scope: Scope) -> Outputs:
    """Returns what a DAG puts out once its tasks have ended: for each output, that of the first task that ran."""
    parameters: dict[str, Any] = {}
    artifacts: dict[str, tuple[Any, ...]] = {}
    for name, sources in dag.parameter_outputs.items():
        values = [value for source in sources if (value := value_of(source, scope)) is not None]
        if values:
            parameters[name] = values[0]
    for name, sources in dag.artifact_outputs.items():
        lists = [found for source in sources if (found := artifacts_of(source, scope)) is not None]
        if lists:
            artifacts[name] = tuple(lists[0])
    return Outputs(parameters=parameters, artifacts=artifacts)


def final_status(
    state: str, *, job: str, task: str, error_code: int | None = None, error_message: str | None = None
) -> dict[str, Any]:
    """Returns how a task ended, as an exit handler receives it.

    Args:
        state: SUCCEEDED, FAILED or CANCELLED.
        job: The resource name of the run.
        task: The name of the task that ended.
        error_code: Of a task that failed.
        error_message: Of a task that failed.
    """
    error = {"code": error_code, "message": error_message}
    return {
        "state": state,
        "pipelineJobResourceName": job,
        "pipelineTaskName": task,
        "error": {key: value for key, value in error.items() if value is not None},
    }


def value_of(source: ParameterSource, scope: Scope) -> Any:
    """Returns the value of a source that needs no other input of its task; None where it has none."""
    match source:
        case Constant(value=value):
            return value
        case ComponentInput(name=name):
            return scope.parameters.get(name)
        case TaskOutput(task=task, output=output):
            return scope.outputs.get(task, Outputs()).parameters.get(output)
        case TaskFinalStatus(task=task):
            return scope.statuses.get(task)
    raise ValueError(f"{source} reads other inputs of its task: it is not a value by itself")


def artifacts_of(source: ArtifactSource, scope: Scope) -> tuple[Any, ...] | None:
    """Returns the artifacts of a source; None where it has none."""
    if isinstance(source, ComponentInput):
        return scope.artifacts.get(source.name)
    return scope.outputs.get(source.task, Outputs()).artifacts.get(source.output)

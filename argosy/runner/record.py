"""What of a task goes into the metadata store, before it is stored, and what its process is told."""

import dataclasses
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.metadata.records import Artifact, Context, Event, EventType, Execution, ExecutionState
from argosy.metadata.types import EXECUTION_CACHE, NODE, PIPELINE, PIPELINE_RUN, artifact_type_name
from argosy.plan.executor_input import RuntimeArtifact, build_executor_input
from argosy.plan.spec import Component, ContainerExecutor
from argosy.runner import stored
from argosy.runner.cache import INGREDIENTS, RUN, TASK, UID
from argosy.runner.cache_key import Ingredients, cache_key, ingredients, step_name
from argosy.runner.call import Call, component_name
from argosy.runner.prepared import Prepared

SUFFIXES = {"system.HTML": ".html", "system.Markdown": ".md"}
"""Of outputs that are one file for a person, so that a browser or an editor knows what it opens."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunName:
    """What a run is called in the store.

    Attributes:
        pipeline: Of which pipeline.
        run_id: The run's name.
        uid: Tells runs of the same name apart; empty where no two can have it.
    """

    pipeline: str
    run_id: str
    uid: str = ""

    def node(self, task: str) -> Context:
        """Returns the context of one task over all runs."""
        return Context(type=NODE, name=f"{self.pipeline}.{task}")

    def contexts(self, task: str) -> tuple[Context, Context, Context]:
        """Returns the contexts that TFX gives to each execution: pipeline, run and node."""
        return (
            Context(type=PIPELINE, name=self.pipeline),
            Context(type=PIPELINE_RUN, name=self.run_id),
            self.node(task),
        )

    def properties(self, task: str) -> dict[str, str]:
        """Returns the properties by which an execution is found again."""
        return {TASK: task, RUN: self.run_id, **({UID: self.uid} if self.uid else {})}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Identity:
    """What a task's outputs depend on, and the key made of it."""

    made_of: Ingredients
    key: str


def identify(run: RunName, call: Call, image: Mapping[str, str] = {}) -> Identity:
    """Returns the task's identity; `image` is the digest of its image, where that stands for the code."""
    made_of = ingredients(call.component, container(call.component), declared(call), call.artifacts, image)
    # Without the items' numbers: another order of a loop's items is no reason to run them again.
    node = re.sub(r"\[\d+\]", "", call.name)
    return Identity(made_of=made_of, key=cache_key(run.pipeline, node, made_of, call.task.cache_key))


def record(run: RunName, call: Call, identity: Identity | None, own: Mapping[str, str] = {}) -> Prepared:
    """Returns the task with an execution that is not stored yet; `own` are properties of the runner's."""
    contexts: tuple[Context, ...] = run.contexts(call.name)
    if identity is not None:
        contexts = (*contexts, Context(type=EXECUTION_CACHE, name=identity.key))
        own = {**own, INGREDIENTS: json.dumps(identity.made_of)}
    return Prepared(
        pipeline=run.pipeline,
        task=call.name,
        component=call.component,
        execution=Execution(
            type=step_name(container(call.component)) or component_name(call.component),
            name=str(uuid.uuid4()),
            state=ExecutionState.RUNNING,
            properties={**_parameters(call), **run.properties(call.name), **own},
        ),
        contexts=contexts,
        inputs=[
            (artifact, Event(type=EventType.INPUT, path=(name, index)))
            for name, artifacts in call.artifacts.items()
            for index, artifact in enumerate(artifacts)
        ],
        parameters=call.parameters,
    )


def pending_outputs(prepared: Prepared, folder: str) -> list[tuple[Artifact, Event]]:
    """Returns the outputs, in the order of their declaration, as they will lie in the folder."""
    return [
        (
            Artifact(
                type=artifact_type_name(output.title),
                uri=f"{folder}/{name}{SUFFIXES.get(output.title, '')}",
                properties={
                    "name": name,
                    "pipeline_name": prepared.pipeline,
                    "producer_component": prepared.task,
                },
            ),
            Event(type=EventType.PENDING_OUTPUT, path=(name, 0)),
        )
        for name, output in prepared.component.output_artifacts.items()
    ]


def executor_input(
    prepared: Prepared, artifacts: Mapping[str, Sequence[Artifact]], work: str, paths: Mapping[str, str] = {}
) -> dict[str, Any]:
    """Returns what the task's process is told.

    Args:
        prepared: The task, its outputs allotted.
        artifacts: Its inputs.
        work: The folder for what it says: output parameters and the executor output.
        paths: Of artifacts whose bytes lie elsewhere than at their URI, by URI.
    """
    component = prepared.component
    return build_executor_input(
        component,
        parameters=prepared.parameters,
        artifacts={name: [_runtime(name, one, paths) for one in found] for name, found in artifacts.items()},
        output_artifacts={
            name: RuntimeArtifact(
                uri=prepared.outputs[name].uri,
                name=name,
                title=output.title,
                version=output.version,
                metadata=output.metadata,
                path=paths.get(prepared.outputs[name].uri, ""),
            )
            for name, output in component.output_artifacts.items()
        },
        output_parameter_files={name: f"{work}/outputs/{name}" for name in component.output_parameters},
        output_file=f"{work}/executor_output.json",
    )


def container(component: Component) -> ContainerExecutor:
    """Returns the container of a component that has one."""
    assert isinstance(component.body, ContainerExecutor)
    return component.body


def declared(call: Call) -> dict[str, Any]:
    """Returns the parameters that the component declares."""
    return {name: value for name, value in call.parameters.items() if name in call.component.parameters}


def _runtime(name: str, artifact: Artifact, paths: Mapping[str, str]) -> RuntimeArtifact:
    return RuntimeArtifact(
        uri=artifact.uri,
        name=str(artifact.properties.get("name", name)),
        title=stored.title(artifact),
        version=stored.version(artifact),
        metadata=stored.metadata(artifact),
        path=paths.get(artifact.uri, ""),
    )


def _parameters(call: Call) -> dict[str, Any]:
    return {
        name: value if isinstance(value, int | float | str) else json.dumps(value)
        for name, value in declared(call).items()
        if value is not None
    }

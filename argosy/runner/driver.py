"""The driver: from a task with resolved inputs to a cache hit, or to a registered execution and its output folder."""

import dataclasses
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from argosy import fs
from argosy.errors import PipelineError
from argosy.metadata.records import Artifact, Context, Event, EventType, Execution, ExecutionState
from argosy.metadata.types import EXECUTION_CACHE, artifact_type_name
from argosy.plan.executor_input import RuntimeArtifact, build_executor_input
from argosy.plan.placeholders import RunContext
from argosy.plan.spec import ContainerExecutor
from argosy.runner import stored
from argosy.runner.cache import INGREDIENTS, RUN, TASK, Decision, Question, decide, newest
from argosy.runner.cache_key import cache_key, ingredients, step_name
from argosy.runner.call import Call, Mode, component_name
from argosy.runner.docker_engine import code_of
from argosy.runner.prepared import Prepared
from argosy.runner.session import Session
from argosy.runner.sources import fill_code, fill_sources

SUFFIXES = {"system.HTML": ".html", "system.Markdown": ".md"}
"""Of outputs that are one file for a person, so that a browser or an editor knows what it opens."""


def prepare(session: Session, call: Call, context: RunContext) -> tuple[Prepared, Decision]:
    """Returns the task with its last parameters filled in, and whether earlier outputs are taken instead of running it.

    Raises:
        PipelineError: Earlier outputs have to be taken and there are none, or its image is not there.
    """
    if call.mode is Mode.REUSE:
        return _prepared(session, call, session.contexts(call.name), {}), _reuse(session, call)
    body = _container(call)
    call = dataclasses.replace(call, parameters=_parameters(session, call, body))
    image = code_of(session.engine, body, call.parameters, context)
    made_of = ingredients(call.component, body, _declared(call), call.artifacts, image)
    # Without the items' numbers: another order of a loop's items is no reason to run them again.
    node = re.sub(r"\[\d+\]", "", call.name)
    key = cache_key(session.plan.name, node, made_of, call.task.cache_key)
    contexts = (*session.contexts(call.name), Context(type=EXECUTION_CACHE, name=key))
    prepared = _prepared(session, call, contexts, {INGREDIENTS: json.dumps(made_of)})
    return prepared, decide(session.store, _question(session, call, key, made_of))


def register(session: Session, call: Call, prepared: Prepared) -> Prepared:
    """Returns the task with its execution stored as running and its outputs, under its id, as pending."""
    execution, _ = session.store.put_execution(prepared.execution, prepared.inputs, prepared.contexts)
    session.phase("driver.registered", call.name)
    folder = session.layout.outputs(session.plan.name, call.name, execution.id)
    pending = [
        Artifact(
            type=artifact_type_name(output.title),
            uri=str(folder / (name + SUFFIXES.get(output.title, ""))),
            properties={"name": name, "pipeline_name": session.plan.name, "producer_component": call.name},
        )
        for name, output in call.component.output_artifacts.items()
    ]
    edges = [
        (artifact, Event(type=EventType.PENDING_OUTPUT, path=(name, 0)))
        for name, artifact in zip(call.component.output_artifacts, pending, strict=True)
    ]
    execution, pending = session.store.put_execution(execution, edges, prepared.contexts)
    # The id is new, so what may lie there is of a store that somebody removed.
    fs.remove(str(folder))
    folder.mkdir(parents=True)
    outputs = dict(zip(call.component.output_artifacts, pending, strict=True))
    prepared = dataclasses.replace(prepared, execution=execution, folder=folder, outputs=outputs)
    return dataclasses.replace(prepared, executor_input=_executor_input(session, call, prepared))


def _prepared(session: Session, call: Call, contexts: Sequence[Context], own: Mapping[str, str]) -> Prepared:
    return Prepared(
        task=call.name,
        component=call.component,
        execution=Execution(
            type=step_name(_container(call)) or component_name(call.component),
            name=str(uuid.uuid4()),
            state=ExecutionState.RUNNING,
            properties={**_properties(session, call), **own},
        ),
        contexts=contexts,
        inputs=[
            (artifact, Event(type=EventType.INPUT, path=(name, index)))
            for name, artifacts in call.artifacts.items()
            for index, artifact in enumerate(artifacts)
        ],
        parameters=call.parameters,
    )


def _container(call: Call) -> ContainerExecutor:
    assert isinstance(call.component.body, ContainerExecutor)
    return call.component.body


def _executor_input(session: Session, call: Call, prepared: Prepared) -> dict[str, Any]:
    work = session.layout.work(session.run_id, prepared.execution.id)
    return build_executor_input(
        call.component,
        parameters=prepared.parameters,
        artifacts={name: [_runtime(name, artifact) for artifact in found] for name, found in call.artifacts.items()},
        output_artifacts={
            name: RuntimeArtifact(
                uri=prepared.outputs[name].uri,
                name=name,
                title=output.title,
                version=output.version,
                metadata=output.metadata,
            )
            for name, output in call.component.output_artifacts.items()
        },
        output_parameter_files={name: str(work / "outputs" / name) for name in call.component.output_parameters},
        output_file=str(work / "executor_output.json"),
    )


def _runtime(name: str, artifact: Artifact) -> RuntimeArtifact:
    return RuntimeArtifact(
        uri=artifact.uri,
        name=str(artifact.properties.get("name", name)),
        title=stored.title(artifact),
        version=stored.version(artifact),
        metadata=stored.metadata(artifact),
    )


def _parameters(session: Session, call: Call, body: ContainerExecutor) -> dict[str, Any]:
    step, root = step_name(body), session.layout.root
    parameters = fill_code(step, fill_sources(step, call.parameters, root), root)
    if session.options.beam_args and "beam_pipeline_args" in call.component.parameters:
        given = parameters.get("beam_pipeline_args") or []
        parameters["beam_pipeline_args"] = [*given, *session.options.beam_args]
    return parameters


def _declared(call: Call) -> dict[str, Any]:
    return {name: value for name, value in call.parameters.items() if name in call.component.parameters}


def _properties(session: Session, call: Call) -> dict[str, Any]:
    given = {
        name: value if isinstance(value, int | float | str) else json.dumps(value)
        for name, value in _declared(call).items()
        if value is not None
    }
    folder = session.layout.outputs(session.plan.name, call.name, 0).parent.relative_to(session.layout.root)
    return {**given, TASK: call.name, RUN: session.run_id, "__folder__": str(folder)}


def _question(session: Session, call: Call, key: str, made_of: Mapping[str, Any]) -> Question:
    again = call.mode is Mode.RUN_AGAIN
    forbidden_by = "caching is off (--no-cache)" if session.options.no_cache else "caching is off for this task"
    return Question(
        node=session.node(call.name),
        task=call.name,
        run_id=session.run_id,
        key=key,
        made_of=dict(made_of),
        allowed=call.task.cache and not session.options.no_cache and not again,
        forbidden_by="the run was resumed, and this comes at its end" if again else forbidden_by,
        resumed=session.resumed and not again,
    )


def _reuse(session: Session, call: Call) -> Decision:
    hit = newest(session.store, session.node(call.name))
    if hit is None:
        raise PipelineError(
            f"task {call.name!r} is outside this partial run, and no earlier run left outputs of it to go on from; "
            "run the pipeline without --from"
        )
    run = hit.execution.properties.get(RUN, "?")
    return Decision(hit=hit, reason=f"outside this partial run: its outputs of run {run} are taken")

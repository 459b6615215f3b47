"""The driver: from a task with resolved inputs to a cache hit, or to a registered execution and its output folder."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from argosy import fs
from argosy.errors import PipelineError
from argosy.plan.placeholders import RunContext
from argosy.plan.spec import ContainerExecutor
from argosy.runner.cache import RUN, Decision, Question, decide, newest
from argosy.runner.cache_key import step_name
from argosy.runner.call import Call, Mode
from argosy.runner.docker_engine import code_of
from argosy.runner.prepared import Prepared
from argosy.runner.record import Identity, container, executor_input, identify, pending_outputs, record
from argosy.runner.session import Session
from argosy.runner.sources import fill_code, fill_sources, with_source


def prepare(session: Session, call: Call, context: RunContext) -> tuple[Prepared, Decision]:
    """Returns the task with its last parameters filled in, and whether earlier outputs are taken instead of running it.

    Raises:
        PipelineError: Earlier outputs have to be taken and there are none, or its image is not there.
    """
    if call.mode is Mode.REUSE:
        return record(session.name, call, None, _place(session, call)), _reuse(session, call)
    body = container(call.component)
    call = dataclasses.replace(call, parameters=_parameters(session, call, body))
    image = code_of(session.engine, body, call.parameters, context)
    identity = identify(session.name, call, image)
    prepared = record(session.name, call, identity, _place(session, call))
    decision = decide(session.store, _question(session, call, identity))
    reason = with_source(decision.reason, step_name(body), call.parameters)
    return prepared, dataclasses.replace(decision, reason=reason)


def register(session: Session, call: Call, prepared: Prepared) -> Prepared:
    """Returns the task with its execution stored as running and its outputs, under its id, as pending."""
    execution, _ = session.store.put_execution(prepared.execution, prepared.inputs, prepared.contexts)
    session.phase("driver.registered", call.name)
    folder = session.layout.outputs(session.plan.name, call.name, execution.id)
    edges = pending_outputs(prepared, str(folder))
    execution, pending = session.store.put_execution(execution, edges, prepared.contexts)
    # The id is new, so what may lie there is of a store that somebody removed.
    fs.remove(str(folder))
    folder.mkdir(parents=True)
    outputs = dict(zip(call.component.output_artifacts, pending, strict=True))
    prepared = dataclasses.replace(prepared, execution=execution, folder=folder, outputs=outputs)
    work = str(session.layout.work(session.run_id, execution.id))
    return dataclasses.replace(prepared, executor_input=executor_input(prepared, call.artifacts, work))


def _parameters(session: Session, call: Call, body: ContainerExecutor) -> dict[str, Any]:
    step, root = step_name(body), session.layout.root
    parameters = fill_code(step, fill_sources(step, call.parameters, root), root)
    if session.options.beam_args and "beam_pipeline_args" in call.component.parameters:
        given = parameters.get("beam_pipeline_args") or []
        parameters["beam_pipeline_args"] = [*given, *session.options.beam_args]
    return parameters


def _place(session: Session, call: Call) -> Mapping[str, str]:
    folder = session.layout.outputs(session.plan.name, call.name, 0).parent.relative_to(session.layout.root)
    return {"__folder__": str(folder)}


def _question(session: Session, call: Call, identity: Identity) -> Question:
    again = call.mode is Mode.RUN_AGAIN
    forbidden_by = "caching is off (--no-cache)" if session.options.no_cache else "caching is off for this task"
    return Question(
        node=session.node(call.name),
        task=call.name,
        run_id=session.run_id,
        key=identity.key,
        made_of=identity.made_of,
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

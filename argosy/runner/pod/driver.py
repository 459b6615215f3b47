"""The driver in a pod: whether the task has to run, and its record and places if so."""

import contextlib
import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

from argosy import fs
from argosy.errors import StorageError
from argosy.metadata.records import Artifact, Context, Execution, ExecutionState
from argosy.metadata.store import Store
from argosy.metadata.types import PIPELINE_RUN
from argosy.runner.cache import TASK, UID, Decision, Question, decide
from argosy.runner.cache_key import step_name
from argosy.runner.call import Call
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.places import Places
from argosy.runner.prepared import Prepared
from argosy.runner.publisher import abandon
from argosy.runner.record import RunName, container, identify, pending_outputs, record
from argosy.runner.recovery import unfinished_outputs
from argosy.runner.sources import fill_sources, with_source

log = logging.getLogger("argosy.pod")

NO_STORE = "there is no metadata service, so nothing is remembered"
FINISHED = "finished by an earlier pod of this run"
REASON, POD = "__reason__", "__pod__"


def run_name(task: PodTask) -> RunName:
    """Returns what the run is called in the store."""
    return RunName(pipeline=task.spec["pipeline"], run_id=task.run, uid=task.uid)


def abandon_earlier_pods(store: Store, task: PodTask) -> None:
    """Marks what earlier pods of this task left running as failed, and removes what they may have written.

    Argo starts another pod of a task only when the one before has ended.
    """
    for execution in left_running(store, task.run, task.uid):
        if execution.properties.get(TASK) != task.task:
            continue
        pod = execution.properties.get(POD, "an earlier pod")
        outputs = unfinished_outputs(store, execution)
        discard(outputs)
        error = f"the pod {pod} ended before this task did"
        abandon(store, execution, outputs, state=ExecutionState.FAILED, error=error)
        log.warning("%s; what it left was discarded", error)


def left_running(store: Store, run: str, uid: str) -> list[Execution]:
    """Returns the executions of a run that have not ended, as far as the store has heard."""
    found = store.executions(context=Context(type=PIPELINE_RUN, name=run), state=ExecutionState.RUNNING)
    return [execution for execution in found if execution.properties.get(UID) == uid]


def discard(outputs: Sequence[Artifact]) -> None:
    """Removes what may have been written of outputs that nobody will read."""
    for output in outputs:
        # Who may write but not remove can still go on: the places of each pod are its own.
        with contextlib.suppress(StorageError):
            fs.remove(output.uri)


def prepare(store: Store, task: PodTask, call: Call) -> tuple[Call, Prepared, Decision]:
    """Returns the task with its last parameters filled in, its record, and whether earlier outputs are taken instead.

    Raises:
        DataError: What the task reads from outside is not there.
        StorageError: It cannot be looked at.
    """
    body = container(call.component)
    call = dataclasses.replace(call, parameters=fill_sources(step_name(body), call.parameters, Path("/")))
    run = run_name(task)
    identity = identify(run, call)
    at_end = "it comes after others of the run, however they ended"
    forbidden_by = at_end if task.again else "caching is off for this task"
    question = Question(
        node=run.node(call.name),
        task=call.name,
        run_id=task.run,
        uid=task.uid,
        key=identity.key,
        made_of=identity.made_of,
        allowed=bool(task.metadata) and call.task.cache and not task.again,
        forbidden_by=forbidden_by if task.metadata else NO_STORE,
        resumed=not task.again,
        finished=FINISHED,
    )
    decision = decide(store, question)
    reason = with_source(decision.reason, step_name(body), call.parameters)
    decision = dataclasses.replace(decision, reason=reason)
    own = {REASON: decision.reason, POD: task.pod_name}
    return call, record(run, call, identity, own), decision


def register(store: Store, places: Places, prepared: Prepared) -> Prepared:
    """Returns the task with its execution stored as running and its outputs as pending, after a look at the root.

    Raises:
        StorageError: The root cannot be written, which is better known before hours of work.
    """
    fs.check_writable(places.folder)
    edges = [*prepared.inputs, *pending_outputs(prepared, places.folder)]
    execution, artifacts = store.put_execution(prepared.execution, edges, prepared.contexts)
    pending = artifacts[len(prepared.inputs) :]
    outputs = dict(zip(prepared.component.output_artifacts, pending, strict=True))
    return dataclasses.replace(prepared, execution=execution, outputs=outputs)

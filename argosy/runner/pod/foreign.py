"""A container of the user's, with neither Python nor Argosy in it, between two of ours that share a folder with it.

`stage` is the driver: it leaves the inputs where KFP would show them, `run.sh` with the command, a shell to run that,
and `state.json` for `publish`, which comes after it. Only the last of the three may fail: Argo starts no container
behind one that failed, so `publish` says what went wrong in any of them.
"""

import contextlib
import dataclasses
import json
import logging
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.errors import ArgosyError, InfrastructureError
from argosy.metadata import open_store
from argosy.metadata.records import Artifact, ArtifactState, Context, Execution, ExecutionState
from argosy.runner.attempt import Failure, command_of, last_line
from argosy.runner.cache import Decision
from argosy.runner.call import Call
from argosy.runner.options import OnPhase
from argosy.runner.outcome import Outcome, read_outcome
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.begin import Begun, begin
from argosy.runner.pod.ended import Ended, finish, guarded, ran, recorded, taken
from argosy.runner.pod.executor import tell
from argosy.runner.pod.inputs import read_call
from argosy.runner.pod.places import places_of
from argosy.runner.pod.references import from_references, to_references
from argosy.runner.pod.script import run_script
from argosy.runner.prepared import Prepared
from argosy.runner.publisher import Published
from argosy.runner.record import container
from argosy.runner.report import task_from_json, task_to_json

log = logging.getLogger("argosy.pod")

STATE, SCRIPT, EXIT_CODE, LOG, SHELL = "state.json", "run.sh", "exit_code", "log", "busybox"
NOTHING_TO_RUN = "exit 0\n"
KILLED = 137
"""The exit code of what SIGKILL ended."""


def stage(task: PodTask, on_phase: OnPhase) -> None:
    """Lays out all that the user's container needs, and leaves what `publish` has to know, also of a failure.

    Raises:
        StorageError: The shared folder cannot be written.
        InfrastructureError: The image has no shell to lend.
    """
    began = time.time()
    # The user's container may run as another user than ours.
    os.umask(0)
    task.shared.mkdir(parents=True, exist_ok=True)
    _lend_shell(task.shared)
    ended = guarded(task, lambda: _staged(task, on_phase))
    if ended.staged is None:
        fs.write_bytes(str(task.shared / SCRIPT), NOTHING_TO_RUN.encode())
    if ended.report.error:
        log.error("%s", ended.report.error)
    state = {
        "began": began,
        "report": task_to_json(dataclasses.replace(ended.report, parameters={})),
        "parameters": dict(ended.published.parameters),
        "artifacts": {
            name: to_references(found, remembered=bool(task.metadata))
            for name, found in ended.published.artifacts.items()
        },
        "prepared": None if ended.staged is None else _plain(ended.staged),
    }
    fs.write_bytes(str(task.shared / STATE), json.dumps(state).encode())


def publish(task: PodTask, on_phase: OnPhase) -> Ended:
    """Returns what the task has come to, after publishing what the user's container made.

    Raises:
        InfrastructureError: The first phase left nothing, or the metadata service stays away.
        ArgosyError: What the first phase left, or the container's outputs, cannot be read.
    """
    file = task.shared / STATE
    if not file.exists():
        raise InfrastructureError("the task's first container left nothing; see its log")
    state = json.loads(file.read_bytes())
    report = task_from_json(state["report"])
    with contextlib.closing(open_store(task.metadata)) as store:
        if state["prepared"] is None:
            artifacts = {name: from_references(name, found, store) for name, found in state["artifacts"].items()}
            published = Published(parameters=state["parameters"], artifacts=artifacts)
            return Ended(report=report, published=published, began=state["began"])
        call, context = read_call(task, store)
        prepared = _prepared(state["prepared"], task, call)
        decision = Decision(hit=None, reason=report.reason)
        places = places_of(task)
        begun = Begun(task=task, call=call, context=context, places=places, prepared=prepared, decision=decision)
        on_phase("publisher.begin", task.task)
        ended = finish(store, begun, _outcome(begun))
        on_phase("publisher.published", task.task)
        return dataclasses.replace(ended, began=state["began"])


def _staged(task: PodTask, on_phase: OnPhase) -> Ended:
    with contextlib.closing(open_store(task.metadata)) as store:
        call, context = read_call(task, store)
        begun = begin(store, task, call, context, on_phase)
        if begun.decision.hit is not None:
            return taken(store, begun)
        with recorded(store, begun):
            prepared = tell(begun, follow=False)
            file = begun.places.work / "executor_input.json"
            command, arguments, variables = command_of(
                prepared, context, prepared.executor_input, file, local_path=begun.places.path
            )
            text = run_script(task.task, task.shared, [*command, *arguments], _own(variables, call))
            fs.write_bytes(str(task.shared / SCRIPT), text.encode())
        return Ended(report=ran(begun), staged=prepared)


def _own(variables: Mapping[str, str], call: Call) -> dict[str, str]:
    """Returns the variables that depend on the run; the container has the others already."""
    given = container(call.component).env
    return {name: value for name, value in variables.items() if "{{" in given[name]}


def _lend_shell(folder: Path) -> None:
    shell = shutil.which(SHELL)
    if shell is None:
        raise InfrastructureError(f"this image has no {SHELL} for the user's container; use an image of Argosy's here")
    shutil.copyfile(shell, folder / SHELL)
    (folder / SHELL).chmod(0o755)


def _outcome(begun: Begun) -> Outcome | Failure:
    file, log_file = begun.task.shared / EXIT_CODE, begun.task.shared / LOG
    if not file.exists():
        cause = "its container was killed before the command had ended (out of memory?)"
        return Failure(error=cause, exit_code=KILLED)
    code = int(file.read_text())
    if code != 0:
        last = last_line(log_file).removeprefix("ERROR: ")
        words = _words(code)
        return Failure(error=f"{words}; the last line of its log: {last}" if last else words, exit_code=code)
    try:
        return read_outcome(begun.prepared.component, begun.prepared.executor_input)
    except ArgosyError as error:
        return Failure(error=str(error), exit_code=error.exit_code)


def _words(code: int) -> str:
    """A shell says of a command that a signal ended 128 and the signal's number."""
    if code == KILLED:
        return "killed by signal 9 (out of memory?)"
    return f"killed by signal {code - 128}" if 128 < code < 160 else f"exit code {code}"


def _plain(prepared: Prepared) -> dict[str, Any]:
    return {
        "execution": dataclasses.asdict(prepared.execution),
        "outputs": {name: dataclasses.asdict(artifact) for name, artifact in prepared.outputs.items()},
        "contexts": [[context.type, context.name] for context in prepared.contexts],
        "executor_input": dict(prepared.executor_input),
    }


def _prepared(plain: Mapping[str, Any], task: PodTask, call: Call) -> Prepared:
    """Returns what `_plain` was given. Without a metadata service each container has a store of its own, empty."""
    own = {} if task.metadata else {"id": 0}
    execution = Execution(**{**plain["execution"], "state": ExecutionState(plain["execution"]["state"]), **own})
    outputs = {
        name: Artifact(**{**artifact, "state": ArtifactState(artifact["state"]), **own})
        for name, artifact in plain["outputs"].items()
    }
    return Prepared(
        pipeline=task.spec["pipeline"],
        task=call.name,
        component=call.component,
        execution=execution,
        contexts=[Context(type=kind, name=name) for kind, name in plain["contexts"]],
        inputs=[],
        parameters=call.parameters,
        outputs=outputs,
        executor_input=plain["executor_input"],
    )

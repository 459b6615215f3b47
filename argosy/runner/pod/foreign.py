"""A container of the user's, with neither Python nor Argosy in it, beside one of ours that shares a folder with it.

Ours is the driver first: it leaves the inputs where KFP would show them, `run.sh` with the command, and `state.json` as
the sign to begin. It waits for the command's end, or for that of its container, and publishes what came of it.
"""

import contextlib
import dataclasses
import json
import logging
import os
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from argosy import fs
from argosy.errors import ArgosyError
from argosy.metadata import open_store
from argosy.runner.attempt import Failure, command_of, last_line
from argosy.runner.call import Call
from argosy.runner.options import OnPhase
from argosy.runner.outcome import Outcome, read_outcome
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.begin import Begun, begin
from argosy.runner.pod.ended import Ended, finish, recorded, taken
from argosy.runner.pod.executor import CANCELED, GRACE_SECONDS, tell
from argosy.runner.pod.inputs import read_call
from argosy.runner.pod.memory import out_of_memory
from argosy.runner.pod.script import run_script
from argosy.runner.record import container

log = logging.getLogger("argosy.pod")

STATE, SCRIPT = "state.json", "run.sh"
EXIT_CODE, LOG, MEMORY, TIMED_OUT, ALIVE = "exit_code", "log", "memory", "timed_out", "alive"
NOTHING_TO_RUN = "exit 0\n"
POLL_SECONDS = 0.2
SIGNAL_SECONDS = 3.0
"""Argo's part in a container looks every two seconds whether it is to end."""
KILLED, TERMINATED = 137, 143
"""The exit codes of what SIGKILL and SIGTERM ended."""


def around(task: PodTask, on_phase: OnPhase, stop: threading.Event) -> Ended:
    """Returns what the task has come to, the user's container having run its command.

    Raises:
        ArgosyError: The task cannot be begun, or the metadata service stays away.
    """
    # The user's container may run as another user than ours.
    os.umask(0)
    task.shared.mkdir(parents=True, exist_ok=True)
    with _released(task), contextlib.closing(open_store(task.metadata)) as store:
        call, context = read_call(task, store)
        begun = begin(store, task, call, context, on_phase)
        if begun.decision.hit is not None:
            return taken(store, begun)
        with recorded(store, begun):
            begun = dataclasses.replace(begun, prepared=tell(begun, follow=False))
            with _alive(task) as is_gone:
                _release(task, _script(begun))
                on_phase("executor.begin", task.task)
                outcome = _outcome(begun, stop, is_gone)
                on_phase("executor.end", task.task)
        on_phase("publisher.begin", task.task)
        ended = finish(store, begun, outcome)
        on_phase("publisher.published", task.task)
        return ended


@contextlib.contextmanager
def _released(task: PodTask) -> Iterator[None]:
    """Lets the user's container go after the body, where it has been given nothing to do."""
    try:
        yield
    finally:
        if not (task.shared / STATE).exists():
            _release(task, NOTHING_TO_RUN)


def _release(task: PodTask, script: str) -> None:
    fs.write_bytes(str(task.shared / SCRIPT), script.encode())
    fs.write_bytes(str(task.shared / STATE), json.dumps({"task": task.task, "run": task.run}).encode())


def _script(begun: Begun) -> str:
    file = begun.places.work / "executor_input.json"
    command, arguments, variables = command_of(
        begun.prepared, begun.context, begun.prepared.executor_input, file, local_path=begun.places.path
    )
    return run_script(
        begun.task.task,
        begun.task.shared,
        [*command, *arguments],
        _own(variables, begun.call),
        timeout_seconds=container(begun.call.component).timeout_seconds,
    )


def _own(variables: Mapping[str, str], call: Call) -> dict[str, str]:
    """Returns the variables that depend on the run; the container has the others already."""
    given = container(call.component).env
    return {name: value for name, value in variables.items() if "{{" in given[name]}


@contextlib.contextmanager
def _alive(task: PodTask) -> Iterator[Callable[[float], bool]]:
    """Gives a function that waits at most so many seconds for the end of the script, and says whether it has come.

    The script holds the other end of a pipe, and whatever ends it, the kernel closes that.
    """
    pipe = task.shared / ALIVE
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    poll = select.poll()
    # Nothing but that the last writer is gone; not that none has come, an image may take its time.
    poll.register(reader, 0)
    try:
        yield lambda seconds: bool(poll.poll(seconds * 1000))
    finally:
        os.close(reader)


def _await_end(task: PodTask, stop: threading.Event, is_gone: Callable[[float], bool]) -> None:
    """Returns once the user's command has ended, or its container is gone."""
    end, deadline = task.shared / EXIT_CODE, float("inf")
    while not end.exists() and time.monotonic() < deadline and not is_gone(POLL_SECONDS):
        if stop.is_set():
            # The user's container was told to end as well, and may need a while.
            deadline = min(deadline, time.monotonic() + GRACE_SECONDS)


def _outcome(begun: Begun, stop: threading.Event, is_gone: Callable[[float], bool]) -> Outcome | Failure:
    shared = begun.task.shared
    _await_end(begun.task, stop, is_gone)
    code = int((shared / EXIT_CODE).read_text()) if (shared / EXIT_CODE).exists() else None
    if code == TERMINATED:
        # Each container is told to end by itself, and whose word comes first is a matter of luck.
        stop.wait(SIGNAL_SECONDS)
    if stop.is_set() and code != 0:
        return Failure(error=CANCELED, exit_code=code, canceled=True)
    if code is None:
        cause = "its container was killed before the command had ended (out of memory?)"
        return Failure(error=cause, exit_code=KILLED)
    if (shared / TIMED_OUT).exists():
        limit = container(begun.call.component).timeout_seconds
        return Failure(error=f"timed out after {limit:g} s", exit_code=code or 143)
    if code != 0:
        last = last_line(shared / LOG).removeprefix("ERROR: ")
        words = out_of_memory() if code == KILLED and (shared / MEMORY).exists() else _words(code)
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

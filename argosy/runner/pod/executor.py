"""The executor in a pod: a step in a child process, so that whatever ends it leaves somebody who can say so."""

import contextlib
import dataclasses
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from argosy.errors import ArgosyError, UserError
from argosy.runner import executor_subprocess
from argosy.runner.attempt import ENDED_EARLY, Failure, cause, command_of, ended_early
from argosy.runner.executor_subprocess import Ended, Job, local_command
from argosy.runner.outcome import Outcome, read_outcome
from argosy.runner.pod.begin import Begun
from argosy.runner.pod.fetching import fetch_inputs
from argosy.runner.pod.memory import killed_for_memory
from argosy.runner.pod.places import Places, is_staged
from argosy.runner.prepared import Prepared
from argosy.runner.record import container, executor_input
from argosy.runner.watchdog import Watchdog

GRACE_SECONDS = 20.0
"""Kubernetes gives a pod 30 s after SIGTERM; what is left is for saying how the task ended."""
POLL_SECONDS = 0.2
BLOCK = 1 << 16
CANCELED = "the pod was told to end (SIGTERM) before the task had ended"


def execute(begun: Begun, stop: threading.Event) -> Outcome | Failure:
    """Returns the outputs of a step's process, or why there are none; its log goes to this process's stdout."""
    try:
        prepared = tell(begun)
        job = _job(begun, prepared)
        with killed_for_memory() as memory, following(job.log, sys.stdout.buffer), Watchdog() as watchdog:
            ended = executor_subprocess.run(job, stop, watchdog)
        if ended.exit_code == -9 and not ended.canceled and (limit := memory()):
            ended = dataclasses.replace(ended, cause=limit)
        return outcome_of(prepared, ended, job)
    except ArgosyError as error:
        return Failure(error=str(error), exit_code=error.exit_code)


def outcome_of(prepared: Prepared, ended: Ended, job: Job) -> Outcome | Failure:
    """Returns what a process that has ended says it made, or why it made nothing.

    Raises:
        ArgosyError: What it says is malformed.
    """
    if ended.canceled:
        return Failure(error=CANCELED, exit_code=ended.exit_code, canceled=True)
    if ended.timed_out or ended.exit_code != 0:
        return Failure(error=cause(ended, job), exit_code=ended.exit_code)
    if ended_early(prepared):
        return Failure(error=ENDED_EARLY, exit_code=UserError.exit_code)
    return read_outcome(prepared.component, prepared.executor_input)


def tell(begun: Begun, *, follow: bool = True) -> Prepared:
    """Returns the task with what its process is told: its inputs are here, and the folders of its outputs.

    Raises:
        ArtifactError: An input is not there, or a pointer that is followed points to nothing.
        StorageError: One cannot be read, or is no longer what its producer published.
    """
    prepared, places = begun.prepared, begun.places
    paths = fetch_inputs(begun.call.artifacts, places, follow=follow)
    paths |= {one.uri: places.path(one.uri) for one in prepared.outputs.values() if is_staged(one.uri)}
    told = executor_input(prepared, begun.call.artifacts, str(places.work), paths if follow else {})
    prepared = dataclasses.replace(prepared, executor_input=told)
    _make_folders(prepared, places)
    return prepared


def _make_folders(prepared: Prepared, places: Places) -> None:
    outputs = prepared.executor_input.get("outputs", {})
    files = [output["outputFile"] for output in outputs.get("parameters", {}).values()]
    files += [places.path(artifact.uri) for artifact in prepared.outputs.values()]
    for file in (*files, outputs["outputFile"]):
        Path(file).parent.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def following(log: Path, stream: BinaryIO) -> Iterator[None]:
    """Copies what is written to the file to the stream, for as long as the body runs and then to its end."""
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    done = threading.Event()

    def follow() -> None:
        with log.open("rb") as file:
            last = False
            while not last:
                last = done.wait(POLL_SECONDS)
                while block := file.read(BLOCK):
                    stream.write(block)
                    stream.flush()

    thread = threading.Thread(target=follow, name="argosy-log", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _job(begun: Begun, prepared: Prepared) -> Job:
    places = begun.places
    file = places.work / "executor_input.json"
    command, args, env = command_of(prepared, begun.context, prepared.executor_input, file, local_path=places.path)
    return Job(
        command=local_command(command, args),
        env=env,
        cwd=places.work,
        log=places.work / "log",
        timeout_seconds=container(prepared.component).timeout_seconds,
        grace_seconds=GRACE_SECONDS,
    )

"""The executor that runs a task's command as a process group on this machine, its output in a log file."""

import contextlib
import dataclasses
import errno
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from argosy.errors import InfrastructureError, ParameterError, PipelineError
from argosy.plan.spec import ContainerExecutor
from argosy.runner import child
from argosy.runner.watchdog import Watchdog

POLL_SECONDS = 0.1
ARGUMENT_LIMIT = 100_000
"""Linux takes at most 131,071 bytes as one argument; a longer ExecutorInput goes by file."""
LIGHTWEIGHT = "kfp.dsl.executor_main"
ENTRY_POINT = "argosy.run"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """A command, ready to start.

    Attributes:
        command: The program and its arguments.
        env: Variables on top of the runner's own.
        cwd: Where it runs.
        log: The file that takes its output, after what is there already.
        timeout_seconds: How long it may take; None for no limit.
        grace_seconds: Between SIGTERM and SIGKILL.
    """

    command: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    timeout_seconds: float | None = None
    grace_seconds: float = 5.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ended:
    """How a process ended: its exit code (minus the signal that ended it), or why it was ended.

    `cause` is what the executor knows of a failure that the process itself could not say.
    """

    exit_code: int
    timed_out: bool = False
    canceled: bool = False
    cause: str = ""


def require_runnable(task: str, executor: ContainerExecutor) -> None:
    """Returns if this executor can run the image's command without the image.

    Raises:
        PipelineError: The image is a foreign one.
    """
    if executor.image.startswith("argosy/") or "/argosy/" in executor.image or is_argosy(executor):
        return
    if not any(LIGHTWEIGHT in part for part in executor.command):
        raise PipelineError(
            f"task {task!r}: the image {executor.image!r} is neither Argosy's nor a lightweight Python component, so "
            "it cannot run without a container engine; use the docker executor, or submit the pipeline to a cluster"
        )


def is_argosy(executor: ContainerExecutor) -> bool:
    """Whether the command is Argosy's own entry point."""
    return ENTRY_POINT in executor.command


def local_command(command: Sequence[str], args: Sequence[str]) -> list[str]:
    """Returns the command as it runs here: this Python in place of the image's, without installing packages.

    >>> local_command(["sh", "-c", "pip install kfp && $0 $@", "sh", "-ec", "python3 -m kfp.dsl.executor_main"], [])
    ['sh', '-ec', 'python3 -m kfp.dsl.executor_main']
    """
    parts = list(command)
    lightweight = next((index for index, part in enumerate(parts) if LIGHTWEIGHT in part), None)
    if lightweight is not None and lightweight >= 2 and parts[lightweight - 2] == "sh":
        parts = parts[lightweight - 2 :]
    if parts and parts[0] in ("python", "python3"):
        parts[0] = sys.executable
    return [*parts, *args]


def run(job: Job, stop: threading.Event, watchdog: Watchdog) -> Ended:
    """Runs the job to its end, and ends its whole process group when it takes too long or `stop` is set.

    What is left of the group when the command itself has ended is killed: nothing writes after this returns.
    The watchdog kills the group should this process die.

    Raises:
        ParameterError: No program can be given such a command line: it is too long, or has a NUL character.
        InfrastructureError: The machine cannot start another process.
    """
    process = _started(job)
    descriptor = os.pidfd_open(process.pid)
    try:
        with watchdog.guarding(process.pid):
            try:
                ended = _watch(process, descriptor, job, stop)
            finally:
                # Not reaped yet, so its number cannot have passed to another group.
                _signal(process, signal.SIGKILL)
    finally:
        os.close(descriptor)
        code = process.wait()
    return dataclasses.replace(ended, exit_code=code)


def _started(job: Job) -> subprocess.Popen[bytes]:
    job.log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with job.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(child.__file__), str(os.getpid()), *job.command],
                env={**os.environ, **_environment(), **job.env},
                cwd=job.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except ValueError as error:
        raise ParameterError(f"the command line cannot be given to a program: {error}") from error
    except OSError as error:
        if error.errno != errno.E2BIG:
            raise InfrastructureError(f"cannot start a process: {error}") from error
        longest = max(len(os.fsencode(part)) for part in [*job.command, *job.env.values()])
        raise ParameterError(
            f"the command line is too long: its longest argument has {longest} bytes, and Linux takes 131071; "
            "hand large values on as artifacts"
        ) from error


def _watch(process: subprocess.Popen[bytes], descriptor: int, job: Job, stop: threading.Event) -> Ended:
    deadline = None if job.timeout_seconds is None else time.monotonic() + job.timeout_seconds
    while not _exited(descriptor, POLL_SECONDS):
        timed_out = deadline is not None and time.monotonic() >= deadline
        if stop.is_set() or timed_out:
            _signal(process, signal.SIGTERM)
            _exited(descriptor, job.grace_seconds)
            return Ended(exit_code=0, timed_out=timed_out, canceled=not timed_out)
    return Ended(exit_code=0)


def _exited(descriptor: int, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _environment() -> dict[str, str]:
    """Makes `python3` in a shell mean this Python, and Argosy importable."""
    checkout = Path(__file__).parents[2]
    # An installed Argosy needs no help, and site-packages must not come before the standard library.
    extra = [] if checkout.name in ("site-packages", "dist-packages") else [str(checkout)]
    paths = [*extra, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
    }

"""The executor that runs a task's command in its image, on a Docker engine of this machine."""

import concurrent.futures
import contextlib
import dataclasses
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from argosy.errors import InfrastructureError, PipelineError, StorageError
from argosy.runner.container import Limits, Mount
from argosy.runner.docker_engine import CALL_SECONDS, LABEL, Engine, answering
from argosy.runner.executor_subprocess import Ended, Job

POLL_SECONDS = 0.1
NOT_FOUND, NOT_EXECUTABLE, SIGNALED = 127, 126, 128
"""Exit codes as a shell gives them; SIGNALED and the signal's number for a command that was killed."""
DEADLY = (signal.SIGILL, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM)
LEAVING_SECONDS = 2.0
"""How long an engine that is being stopped answers after it has ended a container."""

_Value = TypeVar("_Value")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Container:
    """What a job needs to run in an image.

    Attributes:
        image: The image's name.
        name: The container's.
        labels: By which a later run finds what this one left behind.
        mounts: What it sees of this machine.
        limits: What it may take.
        own: Whether the image has Argosy in it: it starts in the root, and can write nothing of its own but /tmp.
    """

    image: str
    name: str
    labels: Mapping[str, str]
    mounts: tuple[Mount, ...]
    limits: Limits
    own: bool


def run(engine: Engine, container: Container, job: Job, stop: threading.Event) -> Ended:
    """Runs the job in a container to its end, and ends it when it takes too long or `stop` is set.

    The container is gone when this returns, unless the engine is.

    Raises:
        PipelineError: The image is gone.
        StorageError: The disk of the engine or of the log is full.
        InfrastructureError: The engine cannot make the container, or stopped while it ran.
    """
    with answering(f"running a container of {container.image}"):
        created = _create(engine, container, job)
        try:
            # Before the start, so that it begins with the first word.
            output = created.attach(stream=True)
            refused = _start(created, container, job)
            return refused or _settled(engine, _follow(created, output, container, job, stop))
        finally:
            # What an engine that has gone cannot remove now, the next run does.
            with contextlib.suppress(InfrastructureError), answering("removing a container"):
                created.remove(force=True, v=True)


def labels(root: Path, run_id: str, task: str) -> dict[str, str]:
    """Returns the labels of a task's container."""
    return {
        f"{LABEL}root": str(root.resolve()),
        f"{LABEL}run": run_id,
        f"{LABEL}task": task,
        f"{LABEL}pid": str(os.getpid()),
    }


def _create(engine: Engine, container: Container, job: Job) -> Any:
    import docker.errors
    from docker.types import LogConfig
    from docker.types import Mount as Bind

    binds = [
        Bind(target=str(mount.path), source=str(mount.path), type="bind", read_only=not mount.writable)
        for mount in container.mounts
    ]
    try:
        return engine.client.containers.create(
            container.image,
            name=container.name,
            labels=dict(container.labels),
            # KFP's backend takes the place of the image's entry point as well.
            entrypoint=list(job.command[:1]),
            command=list(job.command[1:]),
            environment={"HOME": "/tmp", "PYTHONUNBUFFERED": "1", **job.env},
            working_dir=str(job.cwd) if container.own else None,
            user=engine.user,
            group_add=list(engine.groups),
            mounts=binds,
            tmpfs={"/tmp": "rw,exec,nosuid,nodev,mode=1777"},
            read_only=container.own,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            network_mode=engine.network,
            init=engine.init,
            # What it prints goes to the task's log alone: a second one would fill the engine's disk.
            log_config=LogConfig(type="none"),
            stdin_open=False,
            **_limited(container.limits, engine.cores),
        )
    except docker.errors.ImageNotFound as error:
        raise PipelineError(
            f"the image {container.image} is no longer in the engine; build or pull it again"
        ) from error


def _limited(limits: Limits, cores: int) -> dict[str, Any]:
    """More cores than there are is refused by the engine, and no swap makes a memory limit a limit."""
    settings = {
        "nano_cpus": None if limits.cores is None else int(min(limits.cores, cores) * 1e9),
        "cpu_shares": None if limits.cores_asked is None else max(2, int(limits.cores_asked * 1024)),
        "mem_limit": limits.memory,
        "memswap_limit": limits.memory,
        "mem_reservation": limits.memory_asked,
    }
    return {name: value for name, value in settings.items() if value is not None}


def _start(created: Any, container: Container, job: Job) -> Ended | None:
    """Returns how the command ended that could not even begin; None when it runs."""
    import docker.errors

    try:
        created.start()
    except docker.errors.APIError as error:
        text = str(error.explanation)
        if "executable file not found" in text or ("exec:" in text and "no such file or directory" in text):
            return _not_started(job, container, NOT_FOUND, "there is no such program in it")
        if "exec:" in text and "permission denied" in text:
            return _not_started(job, container, NOT_EXECUTABLE, "it is not executable there")
        raise
    return None


def _not_started(job: Job, container: Container, code: int, why: str) -> Ended:
    cause = f"cannot start {job.command[0]} in the image {container.image}: {why}"
    with job.log.open("a", encoding="utf-8") as log:
        log.write(f"ERROR: {cause}\n")
    return Ended(exit_code=code, cause=cause)


def _follow(created: Any, output: Iterable[bytes], container: Container, job: Job, stop: threading.Event) -> Ended:
    waiting = _background(lambda: created.wait(timeout=None)["StatusCode"])
    copying = _background(lambda: _copy(output, job.log))
    deadline = None if job.timeout_seconds is None else time.monotonic() + job.timeout_seconds
    timed_out = canceled = False
    while not waiting.done():
        concurrent.futures.wait([waiting], timeout=POLL_SECONDS)
        timed_out = deadline is not None and time.monotonic() >= deadline
        canceled = stop.is_set() and not timed_out
        unwritable = copying.exception() if copying.done() else None
        if isinstance(unwritable, StorageError):
            raise unwritable
        if not waiting.done() and (timed_out or canceled):
            created.stop(timeout=max(1, round(job.grace_seconds)))
            break
    else:
        timed_out = canceled = False
    code = int(waiting.result())
    created.reload()
    concurrent.futures.wait([copying], timeout=CALL_SECONDS)
    if copying.done() and isinstance(unwritable := copying.exception(), StorageError):
        raise unwritable
    cause = "" if timed_out or canceled else _killed_by(code, created.attrs["State"], container.limits)
    number = code - SIGNALED
    return Ended(exit_code=-number if number in DEADLY else code, timed_out=timed_out, canceled=canceled, cause=cause)


def _killed_by(code: int, state: Mapping[str, Any], limits: Limits) -> str:
    """Returns what ended the command, in words; the empty string when it ended by itself."""
    if state.get("OOMKilled") and code != 0:
        if limits.memory is None:
            return "out of memory: the kernel killed it, because this machine has no more"
        return (
            f"out of memory: it was killed at its limit of {limits.memory / 2**20:.0f} MiB; "
            "give the task more with set_memory_limit"
        )
    number = code - SIGNALED
    return f"killed by {signal.Signals(number).name}" if number in DEADLY else ""


def _settled(engine: Engine, ended: Ended) -> Ended:
    """Returns it, unless the engine is on its way out: it ends its containers first, as if somebody had killed them."""
    if ended.cause.startswith("killed by"):
        deadline = time.monotonic() + LEAVING_SECONDS
        while time.monotonic() < deadline:
            engine.client.ping()
            time.sleep(POLL_SECONDS)
    return ended


def _copy(output: Iterable[bytes], file: Path) -> None:
    # Unbuffered, so that a person can follow it, and a full disk is noticed here.
    with file.open("ab", buffering=0) as log:
        for chunk in output:
            try:
                log.write(chunk)
            except OSError as error:
                raise StorageError(
                    f"cannot write the task's log {file}: {error.strerror}; make room, and go on with --resume"
                ) from error


def _background(work: Callable[[], _Value]) -> "concurrent.futures.Future[_Value]":
    """Runs it in a thread that does not keep the process alive: an engine that hangs must not hang it as well."""
    future: concurrent.futures.Future[_Value] = concurrent.futures.Future()

    def target() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=target, daemon=True).start()
    return future

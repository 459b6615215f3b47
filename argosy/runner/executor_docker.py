"""The executor that runs a task's command in its image, on a Docker engine of this machine."""

import concurrent.futures
import contextlib
import dataclasses
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from argosy.errors import InfrastructureError, ParameterError, PipelineError, ServerError, StorageError
from argosy.plan.placeholders import RunContext, has_placeholder
from argosy.plan.render import constant_lookup, render_text
from argosy.plan.spec import ContainerExecutor
from argosy.runner.container import Limits, Mount
from argosy.runner.executor_subprocess import Ended, Job
from argosy.runner.image_engine import connect, engine_address, failure

POLL_SECONDS = 0.1
CALL_SECONDS = 60
"""An engine that takes longer to answer is taken for dead."""
LABEL = "argosy."
OWN_IMAGE = re.compile(r"argosy/([a-z0-9-]+)(?:[:@].*)?")
"""Argosy's images without a registry: built here, and never to be taken from the public registry of that name."""
NETWORK_VARIABLE = "ARGOSY_DOCKER_NETWORK"
NOT_FOUND, NOT_EXECUTABLE = 127, 126

_Value = TypeVar("_Value")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Engine:
    """A Docker engine that has answered.

    Attributes:
        client: The SDK's client.
        network: The network mode of containers.
        cores: How many the engine has.
        init: Whether it can put an init process into a container, which hands signals on.
        user: The user and group of containers: whoever runs this.
        groups: Further groups of theirs.
    """

    client: Any
    network: str
    cores: int
    init: bool
    user: str
    groups: tuple[str, ...] = ()


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


def open_engine(network: str = "") -> Engine:
    """Returns the engine of DOCKER_HOST, or of the default socket.

    Args:
        network: The network mode; empty for ARGOSY_DOCKER_NETWORK's, else bridge, or host where there is no bridge.

    Raises:
        InfrastructureError: None answers, or the SDK is not installed.
    """
    client = connect()
    client.api.timeout = CALL_SECONDS
    with _answering("asking for its settings"):
        info = client.info()
        chosen = network or os.environ.get(NETWORK_VARIABLE, "")
        chosen = chosen or ("bridge" if client.networks.list(names=["bridge"]) else "host")
    # A rootless engine's root is the user who runs it, and its other users are nobody on this machine.
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or [])
    return Engine(
        client=client,
        network=chosen,
        cores=int(info.get("NCPU") or os.cpu_count() or 1),
        init=info.get("InitCommit", {}).get("ID", "N/A") != "N/A",
        user="0:0" if rootless else f"{os.getuid()}:{os.getgid()}",
        groups=() if rootless else tuple(map(str, os.getgroups())),
    )


@contextlib.contextmanager
def closed_after(engine: Engine | None) -> Iterator[None]:
    """Closes the connections to the engine, if there is one, after the body."""
    try:
        yield
    finally:
        if engine is not None:
            engine.client.close()


def require_images(engine: Engine, executors: Iterable[ContainerExecutor], on_pull: Callable[[str], None]) -> None:
    """Returns if the engine has every image, after pulling those of others that it lacks.

    Args:
        engine: Where to look.
        executors: Whose images; one that is known only when its task's turn comes is left out.
        on_pull: Told an image's name before it is pulled.

    Raises:
        PipelineError: An image is not there.
        InfrastructureError: The engine cannot say, or cannot pull.
    """
    images = sorted({one.image for one in executors if not has_placeholder(one.image)})
    missing = [image for image in images if image_id(engine, image) is None]
    own = [found[1] for image in missing if (found := OWN_IMAGE.fullmatch(image))]
    if own:
        names = [image for image in missing if OWN_IMAGE.fullmatch(image)]
        raise PipelineError(
            f"the Docker engine at {engine_address()} has no image {', '.join(names)}; build "
            f"{'it' if len(own) == 1 else 'them'}: argosy images build {' '.join(own)}; or name a registry that has "
            f"{'it' if len(own) == 1 else 'them'}, as in argosy.components.load(NAME, registry=...)"
        )
    for image in missing:
        on_pull(image)
        _pull(engine, image)


def image_id(engine: Engine, image: str) -> str | None:
    """Returns the digest of an image's configuration, which stands for all that is in it; None when it is not there.

    Raises:
        InfrastructureError: The engine cannot say.
    """
    import docker.errors

    with _answering(f"looking for the image {image}"):
        try:
            return str(engine.client.images.get(image).id)
        except docker.errors.ImageNotFound:
            return None
        except docker.errors.APIError as error:
            if error.response is not None and error.response.status_code == 400:
                raise PipelineError(f"{image!r} is no image's name: {error.explanation}") from error
            raise


def code_of(
    engine: Engine | None, executor: ContainerExecutor, parameters: Mapping[str, Any], context: RunContext
) -> dict[str, str]:
    """Returns what a cache key has to know of the code in a task's image; empty without an engine.

    Raises:
        PipelineError: There is no such image.
    """
    if engine is None:
        return {}
    image = render_text(executor.image, constant_lookup(parameters, context))
    found = image_id(engine, image)
    if found is None:
        require_images(engine, [dataclasses.replace(executor, image=image)], lambda _: None)
        found = image_id(engine, image)
    return {f"the image {image}": str(found)}


def run(engine: Engine, container: Container, job: Job, stop: threading.Event) -> Ended:
    """Runs the job in a container to its end, and ends it when it takes too long or `stop` is set.

    The container is gone when this returns, unless the engine is.

    Raises:
        PipelineError: The image is gone.
        StorageError: The disk of the engine or of the log is full.
        InfrastructureError: The engine cannot make the container, or stopped while it ran.
    """
    with _answering(f"running a container of {container.image}"):
        created = _create(engine, container, job)
        try:
            refused = _start(created, container, job)
            return refused or _follow(created, container, job, stop)
        finally:
            with contextlib.suppress(Exception):
                created.remove(force=True, v=True)


def sweep(engine: Engine, root: Path) -> None:
    """Removes the containers that earlier runs in this root left behind. The caller holds the root's lock.

    Raises:
        InfrastructureError: The engine cannot do so.
    """
    import docker.errors

    with _answering("removing containers of an earlier run"):
        for left in engine.client.api.containers(all=True, filters={"label": f"{LABEL}root={root.resolve()}"}):
            with contextlib.suppress(docker.errors.NotFound):
                engine.client.api.remove_container(left["Id"], force=True, v=True)


def labels(root: Path, run_id: str, task: str) -> dict[str, str]:
    """Returns the labels of a task's container."""
    return {
        f"{LABEL}root": str(root.resolve()),
        f"{LABEL}run": run_id,
        f"{LABEL}task": task,
        f"{LABEL}pid": str(os.getpid()),
    }


def _pull(engine: Engine, image: str) -> None:
    import docker.errors

    with _answering(f"pulling {image}"):
        try:
            # A pull of gigabytes may say nothing for long.
            engine.client.api.timeout = None
            engine.client.images.pull(image)
        except docker.errors.NotFound as error:
            raise PipelineError(
                f"the image {image} is neither on this machine nor in its registry ({error.explanation}); check its "
                "name and tag, `docker login` if its registry asks for it, or build it"
            ) from error
        finally:
            engine.client.api.timeout = CALL_SECONDS


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
            # The task's log is read from it; another driver may not hand anything out.
            log_config=LogConfig(type=LogConfig.types.JSON),
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


def _follow(created: Any, container: Container, job: Job, stop: threading.Event) -> Ended:
    waiting = _background(lambda: created.wait(timeout=None)["StatusCode"])
    copying = _background(lambda: _copy(created, job.log))
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
    # An engine that is being stopped ends containers first, and would pass for a command that was killed.
    created.reload()
    concurrent.futures.wait([copying], timeout=CALL_SECONDS)
    if copying.done() and isinstance(unwritable := copying.exception(), StorageError):
        raise unwritable
    out_of_memory = bool(created.attrs["State"].get("OOMKilled")) and code != 0
    return Ended(
        exit_code=code, timed_out=timed_out, canceled=canceled, cause=_oom(container.limits) if out_of_memory else ""
    )


def _oom(limits: Limits) -> str:
    if limits.memory is None:
        return "out of memory: the kernel killed it, because this machine has no more"
    return (
        f"out of memory: it was killed at its limit of {limits.memory / 2**20:.0f} MiB; "
        "give the task more with set_memory_limit"
    )


def _copy(created: Any, file: Path) -> None:
    # Unbuffered, so that a person can follow it, and a full disk is noticed here.
    with file.open("ab", buffering=0) as log:
        for chunk in created.logs(stream=True, follow=True):
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


@contextlib.contextmanager
def _answering(doing: str) -> Iterator[None]:
    """Turns what the SDK raises inside into an error of Argosy's."""
    import docker.errors
    import requests.exceptions
    import urllib3.exceptions

    try:
        yield
    except docker.errors.APIError as error:
        text = " ".join(str(error.explanation or error).split())
        if "no space left" in text.lower():
            raise StorageError(str(failure(doing, text))) from error
        if "bind source path does not exist" in text:
            raise ServerError(
                f"{doing}: the engine at {engine_address()} sees other files than this process ({text}); the docker "
                "executor needs an engine on this machine that may see the root and the data"
            ) from error
        if "invalid reference" in text:
            raise PipelineError(f"{doing}: {text}") from error
        if "imum memory limit" in text:
            raise ParameterError(f"{doing}: {text}; give the task more with set_memory_limit") from error
        raise failure(doing, text) from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, docker.errors.DockerException) as error:
        raise ServerError(
            f"{doing}: the Docker engine at {engine_address()} stopped answering; start it, and go on with --resume"
        ) from error
    except (ConnectionError, EOFError) as error:
        raise InfrastructureError(f"{doing}: the Docker engine at {engine_address()} hung up: {error}") from error

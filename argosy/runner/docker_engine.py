"""The Docker engine that tasks run on, what images it has, and what its failures mean."""

import contextlib
import dataclasses
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from argosy.errors import PipelineError
from argosy.plan.placeholders import RunContext, has_placeholder
from argosy.plan.render import constant_lookup, render_text
from argosy.plan.spec import ContainerExecutor
from argosy.runner.image_engine import connect, engine_address, engine_errors, failure

CALL_SECONDS = 60
"""An engine that takes longer to answer is taken for dead."""
LABEL = "argosy."
"""Begins the labels of containers."""
OWN_IMAGE = re.compile(r"argosy/([a-z0-9-]+)(?:[:@].*)?")
"""Argosy's images without a registry: built here, and never to be taken from the public registry of that name."""
NETWORK_VARIABLE = "ARGOSY_DOCKER_NETWORK"


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


def open_engine(network: str = "") -> Engine:
    """Returns the engine of DOCKER_HOST, or of the default socket.

    Args:
        network: The network mode; empty for ARGOSY_DOCKER_NETWORK's, else bridge, or host where there is no bridge.

    Raises:
        InfrastructureError: None answers, or the SDK is not installed.
    """
    client = connect()
    client.api.timeout = CALL_SECONDS
    with answering("asking for its settings"):
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

    with answering(f"looking for the image {image}"):
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


def sweep(engine: Engine, root: Path) -> None:
    """Removes the containers that earlier runs in this root left behind. The caller holds the root's lock.

    Raises:
        InfrastructureError: The engine cannot do so.
    """
    import docker.errors

    with answering("removing containers of an earlier run"):
        for left in engine.client.api.containers(all=True, filters={"label": f"{LABEL}root={root.resolve()}"}):
            with contextlib.suppress(docker.errors.NotFound):
                engine.client.api.remove_container(left["Id"], force=True, v=True)


def _pull(engine: Engine, image: str) -> None:
    import docker.errors

    with answering(f"pulling {image}"):
        try:
            # The SDK's shorter way, `images.pull`, passes over errors.
            for message in engine.client.api.pull(image, stream=True, decode=True):
                if "error" in message:
                    raise failure(f"pulling {image}", message["error"])
        except docker.errors.NotFound as error:
            raise PipelineError(
                f"the image {image} is neither on this machine nor in its registry ({error.explanation}); check its "
                "name and tag, `docker login` if its registry asks for it, or build it"
            ) from error


def answering(doing: str) -> contextlib.AbstractContextManager[None]:
    """Turns what the SDK raises inside, during a run, into an error of Argosy's."""
    return engine_errors(doing, then="go on with --resume")

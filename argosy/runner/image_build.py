"""Images built in a Docker engine: layers first, then what stands on them, at the same time where nothing waits."""

import contextlib
import io
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

from argosy import __version__
from argosy.errors import InfrastructureError
from argosy.runner.image_catalogue import Recipe, needed, recipe, reference
from argosy.runner.image_engine import connect, engine_errors, failure

PIP_SETTINGS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES")
"""Settings of this machine's pip that a build takes over. Paths (certificates, wheel folders) mean nothing in there."""


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """What all builds of one command share.

    Attributes:
        registry: The prefix of the images' names; empty for `argosy`.
        tag: The tag; empty for the version.
        base: The image below everything; empty for the one that the Dockerfile names.
        network: The network mode of builds; None for the engine's own.
        revision: The commit, for the label.
        jobs: How many builds at once.
    """

    registry: str = ""
    tag: str = ""
    base: str = ""
    network: str | None = None
    revision: str = "unknown"
    jobs: int = 2


@dataclass(frozen=True, kw_only=True)
class BuildEvent:
    """What a build of the image `reference` says: `step` while it works, `seconds` and `id` (or digest) at its end."""

    name: str
    reference: str
    step: str = ""
    seconds: float = 0.0
    id: str = ""


OnBuild = Callable[[BuildEvent], None]


def build_images(names: tuple[str, ...], context: bytes, options: BuildOptions, on_event: OnBuild) -> dict[str, str]:
    """Returns name -> id of the images, built with all that they stand on.

    Args:
        names: From `chosen`.
        context: From `build_context`.
        options: See `BuildOptions`.
        on_event: Called from several threads, one at a time for each image.

    Raises:
        InfrastructureError: A build failed or the engine stopped. What was built before is kept.
    """
    # Packages first: to install them takes longest, and most waits for them.
    waiting, built = sorted(needed(names), key=lambda name: not name.endswith("-packages")), dict[str, str]()
    running: dict[Future[str], str] = {}
    while waiting or running:
        ready = [name for name in waiting if built.keys() >= set(recipe(name).needs)]
        for name in ready[: options.jobs - len(running)]:
            waiting.remove(name)
            running[_start(partial(build_image, name, context, options, on_event))] = name
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            built[running.pop(future)] = future.result()
    return {name: built[name] for name in names}


def build_image(name: str, context: bytes, options: BuildOptions, on_event: OnBuild) -> str:
    """Returns the id of one image, built; what it stands on has to be there.

    Raises:
        InfrastructureError: It failed, or the engine stopped.
    """
    full_name, started = reference(name, registry=options.registry, tag=options.tag), time.monotonic()
    doing, image_id, said = f"building {full_name}", "", list[str]()
    on_event(BuildEvent(name=name, reference=full_name, step="starting"))
    with engine_errors(doing), contextlib.closing(connect()) as client:
        for message in _build(client.api, recipe(name), full_name, context, options):
            if "error" in message:
                raise failure(doing, " ".join([*said[-3:], message["error"]]))
            image_id = message.get("aux", {}).get("ID", image_id)
            text = message.get("stream", message.get("status", "")).strip()
            if text.startswith("Step "):
                said.clear()
                on_event(BuildEvent(name=name, reference=full_name, step=text))
            elif text:
                said.append(text)
    if not image_id:
        raise InfrastructureError(f"{doing}: the engine ended the build without a result; see whether it still runs")
    seconds = time.monotonic() - started
    on_event(BuildEvent(name=name, reference=full_name, seconds=seconds, id=image_id))
    return image_id


def push_image(full_name: str, on_event: OnBuild) -> str:
    """Returns the digest that the registry gave the image; layers that it has are not sent again.

    Raises:
        InfrastructureError: The registry refused it or does not answer.
    """
    repository, _, tag = full_name.rpartition(":")
    doing, digest, started = f"pushing {full_name}", "", time.monotonic()
    with engine_errors(doing), contextlib.closing(connect()) as client:
        for message in client.api.push(repository, tag=tag, stream=True, decode=True):
            if "error" in message:
                raise failure(doing, message["error"])
            digest = message.get("aux", {}).get("Digest", digest)
            if message.get("progress"):
                step = f"{message['status'].lower()} {message.get('id', '')} {message['progress']}"
                on_event(BuildEvent(name=full_name, reference=full_name, step=step))
    if not digest:
        raise InfrastructureError(f"{doing}: the registry gave no digest; see whether it still runs")
    on_event(BuildEvent(name=full_name, reference=full_name, seconds=time.monotonic() - started, id=digest))
    return digest


def build_arguments(options: BuildOptions, own: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the build arguments: tag and version, the base where one is given, pip's settings where there are any.

    >>> build_arguments(BuildOptions(base="debian@sha256:0"), {"LAYER": "x"}, {"PIP_RETRIES": "9"})["PIP_RETRIES"]
    '9'
    """
    pip = {name: environment[name] for name in PIP_SETTINGS if environment.get(name)}
    base = {"BASE": options.base} if options.base else {}
    names = {"TAG": options.tag or __version__, "VERSION": __version__, "REVISION": options.revision}
    return {**names, **base, **pip, **own}


def _start(work: Callable[[], str]) -> Future[str]:
    """Returns what the work will have come to.

    Nothing waits for it at exit, because the engine drops the build of a caller that has left.
    """
    future: Future[str] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def _build(api: Any, image: Recipe, full_name: str, context: bytes, options: BuildOptions) -> Iterator[dict[str, Any]]:
    """Yields what the engine says while it builds."""
    messages: Iterator[dict[str, Any]] = api.build(
        fileobj=io.BytesIO(context),
        custom_context=True,
        dockerfile=image.dockerfile,
        target=image.target,
        tag=full_name,
        buildargs=build_arguments(options, image.arguments, os.environ),
        network_mode=options.network,
        platform="linux/amd64",
        rm=True,
        forcerm=True,
        decode=True,
    )
    return messages

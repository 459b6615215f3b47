"""The Docker engine that images are built in, and what its failures mean."""

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Any

from argosy.errors import (
    ArgosyError,
    InfrastructureError,
    ParameterError,
    PipelineError,
    ServerError,
    StorageError,
)

DEFAULT_HOST = "unix:///var/run/docker.sock"
HELLO_SECONDS = 20
"""An engine that takes longer to say that it is there is taken for dead."""
CALL_SECONDS = 600
"""What a step of a build may take without a word."""


def connect() -> Any:
    """Returns a `docker.DockerClient` on the engine of DOCKER_HOST, or of the default socket; it has answered.

    Raises:
        InfrastructureError: No engine answers, or the SDK is not installed.
    """
    try:
        import docker
    except ImportError as error:
        raise InfrastructureError("images need the Docker SDK: pip install 'argosy[docker]'") from error
    try:
        _knock()
        client = docker.from_env(timeout=HELLO_SECONDS)
        client.ping()
        client.api.timeout = CALL_SECONDS
    except PermissionError as error:
        raise InfrastructureError(
            f"no right to use the Docker engine at {engine_address()} ({_cause(error)}); join the group that owns the "
            "socket, `docker` as a rule, or set DOCKER_HOST to an engine of your own"
        ) from error
    except Exception as error:
        raise InfrastructureError(
            f"no Docker engine answers at {engine_address()} ({_cause(error)}); start one, or set DOCKER_HOST"
        ) from error
    return client


def _knock() -> None:
    """Connects to a local socket once: the SDK does not close its own where nobody answers, which Python warns of."""
    host = os.environ.get("DOCKER_HOST", "") or DEFAULT_HOST
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(host.removeprefix("unix://"))


def engine_address() -> str:
    """Returns what was tried: DOCKER_HOST, or the default socket."""
    host = os.environ.get("DOCKER_HOST", "")
    return f"DOCKER_HOST={host}" if host else f"{DEFAULT_HOST} (DOCKER_HOST is not set)"


def build_network(client: Any, wanted: str = "") -> str | None:
    """Returns the network mode for builds: `wanted`, else ARGOSY_BUILD_NETWORK, else what the engine has.

    An engine without a bridge gives a build no network at all; there, builds use the host's.
    """
    chosen = wanted or os.environ.get("ARGOSY_BUILD_NETWORK", "")
    if chosen:
        return chosen
    return None if client.networks.list(names=["bridge"]) else "host"


@contextlib.contextmanager
def engine_errors(doing: str, *, then: str = "start the command again: what was built is kept") -> Iterator[None]:
    """Turns what the SDK raises inside into an error of Argosy's that says what was being done.

    Args:
        doing: In words.
        then: What to do when an engine that has gone answers again.

    Raises:
        ServerError: The engine stopped answering.
        ArgosyError: It refused or failed; see `failure`.
    """
    import docker.errors
    import requests.exceptions
    import urllib3.exceptions

    gone = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError, EOFError)
    try:
        yield
    except docker.errors.APIError as error:
        raise failure(doing, str(error.explanation or error)) from error
    except docker.errors.DockerException as error:
        raise failure(doing, str(error)) from error
    except gone as error:
        where = f"the Docker engine at {engine_address()}"
        raise ServerError(f"{doing}: {where} stopped answering ({_cause(error)}); start it, and {then}") from error


def failure(doing: str, said: str) -> ArgosyError:
    """Returns the error for an engine's message, with the remedy where it is known.

    >>> str(failure("building core", "write /x: no space left on device")).partition("; ")[2]
    'the disk of the engine is full: `docker system df` says by what, `docker system prune` frees it'
    """
    text = f"{doing}: {' '.join(said.split())}"
    for parts, kind, remedy in _REMEDIES:
        if any(part in said.lower() for part in parts):
            return kind(f"{text}; {remedy}")
    return InfrastructureError(text)


_REMEDIES: tuple[tuple[tuple[str, ...], type[ArgosyError], str], ...] = (
    (
        ("no space left",),
        StorageError,
        "the disk of the engine is full: `docker system df` says by what, `docker system prune` frees it",
    ),
    (
        ("bind source path does not exist",),
        ServerError,
        "the engine sees other files than this process; the docker executor needs one that sees the root and the data",
    ),
    (("minimum memory limit",), ParameterError, "give the task more with set_memory_limit"),
    (("invalid reference",), PipelineError, "write the image's name as registry/name:tag"),
    (
        ("unauthorized", "is denied", "denied: ", "authentication required", "no basic auth"),
        InfrastructureError,
        "`docker login REGISTRY` gives the engine the right, if the name is right",
    ),
    (
        ("manifest unknown", "not found: manifest", "repository does not exist"),
        InfrastructureError,
        "check the image's name and tag",
    ),
)
"""What an engine's message has in it, what it means, and what to do."""


def _cause(error: BaseException) -> str:
    """Returns the innermost reason of a chain that says the same thing several times."""
    innermost: BaseException = error
    while innermost.__cause__ or innermost.__context__:
        innermost = innermost.__cause__ or innermost.__context__ or innermost
    return " ".join(str(innermost).split()) or type(innermost).__name__

"""The images, built once in the engine that answers; a skip with the reason where none does."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from argosy import __version__
from argosy.errors import InfrastructureError
from argosy.runner.image_build import BuildEvent, BuildOptions, build_images
from argosy.runner.image_catalogue import chosen, reference
from argosy.runner.image_context import build_context, checkout, revision
from argosy.runner.image_engine import build_network, connect


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """A client of the engine."""
    try:
        client = connect()
    except InfrastructureError as error:
        pytest.skip(str(error))
    with contextlib.closing(client):
        yield client


@pytest.fixture(scope="session")
def options(engine: Any) -> BuildOptions:
    """As `argosy images build` without options has them."""
    return BuildOptions(network=build_network(engine), revision=revision(checkout()))


@pytest.fixture(scope="session")
def build_seconds(engine: Any, options: BuildOptions) -> float:
    """Builds all images from their Dockerfiles; seconds that it took."""
    started = time.monotonic()
    build_images(chosen([]), build_context(checkout()), options, _ignore)
    return time.monotonic() - started


@pytest.fixture(scope="session")
def images(build_seconds: float) -> dict[str, str]:
    """Image -> its full name, all of them built."""
    assert build_seconds < 12 * 60, "all images have to build in twelve minutes"
    assert reference("cli").endswith(f":{__version__}")
    return {name: reference(name) for name in chosen([])}


@pytest.fixture(scope="session")
def hardened(engine: Any) -> dict[str, Any]:
    """What a strict cluster allows a container: to compute, and to write to /tmp and where it was given a folder."""
    return {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "user": "10001",
        "tmpfs": {"/tmp": "mode=1777"},
        "network_mode": build_network(engine),
        "remove": True,
        "stderr": True,
    }


def _ignore(event: BuildEvent) -> None:
    """Tests need no progress."""

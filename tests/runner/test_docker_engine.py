"""Pulling an image, from a small HTTP server in the place of an engine that fails at it."""

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from argosy.errors import InfrastructureError, PipelineError, StorageError
from argosy.plan.spec import ContainerExecutor
from argosy.runner.docker_engine import Engine, closed_after, open_engine, require_images

pytest.importorskip("docker")
pytestmark = pytest.mark.timeout(30)
IMAGE = "registry.example/team/words:1"


class Handler(BaseHTTPRequestHandler):
    """Has no image; a pull is answered with `status`, and says `messages`."""

    protocol_version = "HTTP/1.1"
    status = 200
    messages: tuple[dict[str, Any], ...] = ()

    def do_GET(self) -> None:
        if "/images/" in self.path:
            return self.answer(404, {"message": "No such image"})
        found: Any = {"ApiVersion": "1.41", "MinAPIVersion": "1.12"} if self.path.endswith("/version") else {}
        return self.answer(200, [] if "/networks" in self.path else found)

    def do_POST(self) -> None:
        self.answer(self.status, *self.messages)

    def answer(self, status: int, *messages: Any) -> None:
        self.send_response(status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for message in messages:
            text = json.dumps(message).encode() + b"\r\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *arguments: object) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def answers(monkeypatch, served) -> type[Handler]:
    handler = type("OwnHandler", (Handler,), {})
    monkeypatch.setenv("DOCKER_HOST", f"tcp://{served(ThreadingHTTPServer(('127.0.0.1', 0), handler))}")
    return handler


@pytest.fixture
def engine(answers) -> Iterator[Engine]:
    with closed_after(found := open_engine()):
        yield found


def pull(engine: Engine) -> list[str]:
    told: list[str] = []
    require_images(engine, [ContainerExecutor(label="words", image=IMAGE, command=("true",))], told.append)
    return told


def test_an_image_that_is_pulled_is_told(engine, answers) -> None:
    answers.messages = ({"status": "Pulling"}, {"status": "Downloaded"})
    assert pull(engine) == [IMAGE]


def test_an_image_that_its_registry_does_not_have(engine, answers) -> None:
    answers.status, answers.messages = 404, ({"message": f"manifest for {IMAGE} not found: manifest unknown"},)
    with pytest.raises(PipelineError, match=rf"the image {IMAGE} is neither on this machine nor in its registry"):
        pull(engine)


@pytest.mark.parametrize(
    ("said", "kind", "remedy"),
    [
        ("write /layer.tar: no space left on device", StorageError, "; the disk of the engine is full: `docker system"),
        ("unauthorized: sign in", InfrastructureError, "; `docker login REGISTRY` gives the engine the right"),
        ("filesystem layer verification failed", InfrastructureError, "$"),
    ],
)
def test_a_pull_that_fails_half_way_says_why(engine, answers, said: str, kind: type[Exception], remedy: str) -> None:
    answers.messages = ({"status": "Pulling"}, {"errorDetail": {"message": said}, "error": said})
    with pytest.raises(kind, match=rf"pulling {IMAGE}: {said}{remedy}"):
        pull(engine)


def test_an_engine_that_breaks_off(engine, answers) -> None:
    answers.do_POST = lambda self: self.connection.shutdown(socket.SHUT_RDWR)
    with pytest.raises(InfrastructureError, match=rf"pulling {IMAGE}: the Docker engine at .* stopped answering \("):
        pull(engine)

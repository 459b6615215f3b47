"""Pushing to a registry, and images that are not there."""

import contextlib
import dataclasses
import hashlib
import io
import json
import tarfile
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

import pytest

from argosy.cli.main import main
from argosy.errors import InfrastructureError
from argosy.runner.image_build import BuildEvent, BuildOptions, build_images, push_image
from argosy.runner.image_catalogue import reference
from argosy.runner.image_context import build_context, checkout

docker = pytest.importorskip("docker")
pytestmark = pytest.mark.docker


class Registry(BaseHTTPRequestHandler):
    """Takes what an engine pushes, by the distribution API, and gives it back."""

    protocol_version = "HTTP/1.1"
    blobs: dict[str, bytes]
    manifests: dict[str, bytes]

    def do_GET(self) -> None:
        self.hand_out()

    def do_HEAD(self) -> None:
        self.hand_out()

    def hand_out(self) -> None:
        digest = self.path.rpartition("/")[2]
        found = {**self.blobs, **self.manifests}.get(digest)
        if digest and found is None:
            return self.answer(404)
        kind = json.loads(found)["mediaType"] if found and digest in self.manifests else "application/octet-stream"
        return self.answer(200, found or b"", **{"Content-Type": kind, "Docker-Content-Digest": digest})

    def do_POST(self) -> None:
        self.answer(202, Location=f"{self.path}{uuid.uuid4().hex}")

    def do_PATCH(self) -> None:
        self.blobs[self.path] = self.body()
        self.answer(202, Location=self.path, Range=f"0-{len(self.blobs[self.path]) - 1}")

    def do_PUT(self) -> None:
        content = self.body()
        if "/manifests/" in self.path:
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            self.manifests[digest] = content
        else:
            digest = self.path.rpartition("digest=")[2].replace("%3A", ":")
            self.blobs[digest] = self.blobs.pop(self.path.partition("?")[0])
        self.answer(201, b"", **{"Docker-Content-Digest": digest, "Location": self.path})

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def registry(served: Callable[[HTTPServer], str]) -> tuple[str, type[Registry]]:
    """An address that an engine takes without TLS, and what has arrived there."""
    handler = type("OwnRegistry", (Registry,), {"blobs": {}, "manifests": {}})
    return served(ThreadingHTTPServer(("127.0.0.1", 0), handler)), handler


@pytest.fixture
def tiny(engine: Any, registry: tuple[str, type[Registry]]) -> Iterator[str]:
    """An image of one small file, named for the registry."""
    content, buffer = b"content", io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("file")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    name = f"{registry[0]}/argosy-test/tiny:1"
    engine.api.import_image_from_data(buffer.getvalue(), repository=name.rpartition(":")[0], tag="1")
    yield name
    with contextlib.suppress(docker.errors.ImageNotFound):
        engine.images.remove(name, force=True)


def test_a_push_gives_the_digest_by_which_the_registry_has_it(registry: tuple[str, type[Registry]], tiny: str) -> None:
    events: list[BuildEvent] = []
    digest = push_image(tiny, events.append)
    assert events[-1].id == digest
    manifest = json.loads(registry[1].manifests[digest])
    assert {layer["digest"] for layer in manifest["layers"]} <= registry[1].blobs.keys()


def test_a_registry_that_is_not_there_is_named(engine: Any) -> None:
    engine.api.import_image_from_data(b"\0" * 1024, repository="127.0.0.1:1/argosy-test/none", tag="1")
    try:
        with pytest.raises(InfrastructureError, match=r"pushing 127\.0\.0\.1:1/argosy-test/none:1: .*refused"):
            push_image("127.0.0.1:1/argosy-test/none:1", lambda event: None)
    finally:
        engine.images.remove("127.0.0.1:1/argosy-test/none:1", force=True)


def test_a_base_that_does_not_exist_is_named(engine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["images", "build", "importer", "--tag", "no-base", "--base", "127.0.0.1:1/no/base:1"]
    assert main(command) == 4
    said = capsys.readouterr().err
    assert "building argosy/layer-runtime:no-base" in said
    assert "127.0.0.1:1" in said


def test_a_base_is_pulled_by_its_digest_from_a_private_mirror(engine: Any, tiny: str, options: BuildOptions) -> None:
    """One in which nothing can run, so that the build ends behind the pull."""
    base = f"{tiny.rpartition(':')[0]}@{push_image(tiny, lambda event: None)}"
    engine.images.remove(tiny)
    with pytest.raises(docker.errors.ImageNotFound):
        engine.images.get(base)
    other = dataclasses.replace(options, base=base, tag="mirrored")
    with pytest.raises(InfrastructureError, match=r"building argosy/layer-runtime:mirrored: .*/bin/sh"):
        build_images(("runtime",), build_context(checkout()), other, lambda event: None)
    assert engine.images.get(base)
    engine.images.remove(base)


def test_another_base_is_what_the_images_stand_on(engine: Any, images: dict[str, str], options: BuildOptions) -> None:
    base = reference("runtime")
    other = dataclasses.replace(options, base=base, tag="other-base")
    built = build_images(("runtime",), build_context(checkout()), other, lambda event: None)
    try:
        layers = engine.images.get(base).attrs["RootFS"]["Layers"]
        assert engine.images.get(built["runtime"]).attrs["RootFS"]["Layers"][: len(layers)] == layers
    finally:
        engine.images.remove(reference("runtime", tag="other-base"), force=True)
    assert engine.images.get(images["importer"])

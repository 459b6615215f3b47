"""`argosy images` without an engine, and with one that fails: a small HTTP server in its place."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

import pytest

from argosy import __version__
from argosy.cli.main import main
from argosy.run import EXECUTORS
from argosy.runner.image_build import BuildOptions, build_arguments
from argosy.runner.image_catalogue import IMAGES, LAYERS, chosen, needed, recipe
from argosy.runner.image_context import build_context
from argosy.runner.image_engine import engine_address
from argosy.runner.image_sizes import ImageSize, shared_bytes, together

pytest.importorskip("docker")


class Engine(BaseHTTPRequestHandler):
    """Answers as a Docker engine; a build says `messages`, and with `cut` the connection breaks behind them."""

    protocol_version = "HTTP/1.1"
    messages: tuple[dict[str, Any], ...] = ()
    cut = False

    def do_GET(self) -> None:
        body = {"ApiVersion": "1.41", "MinAPIVersion": "1.12"} if self.path.endswith("/version") else []
        text = b"OK" if self.path.endswith("/_ping") else json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for message in self.messages:
            text = json.dumps(message).encode() + b"\r\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
        self.wfile.write(b"ff\r\n{" if self.cut else b"0\r\n\r\n")
        self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, served: Callable[[HTTPServer], str]) -> type[Engine]:
    handler = type("OwnEngine", (Engine,), {})
    monkeypatch.setenv("DOCKER_HOST", f"tcp://{served(ThreadingHTTPServer(('127.0.0.1', 0), handler))}")
    return handler


@pytest.mark.parametrize("action", ["build", "list"])
def test_no_engine_is_infrastructure_and_the_address_is_named(
    action: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert main(["images", action]) == 4
    said = capsys.readouterr().err
    assert "no Docker engine answers at DOCKER_HOST=tcp://127.0.0.1:1" in said
    assert "Connection refused" in said
    assert "start one" in said


def test_the_default_socket_is_named_where_no_host_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    assert engine_address() == "unix:///var/run/docker.sock (DOCKER_HOST is not set)"


def test_a_full_disk_is_said_with_its_remedy(engine: type[Engine], capsys: pytest.CaptureFixture[str]) -> None:
    texts = {"stream": "Step 1/2 : FROM x"}, {"stream": "pip says why"}, {"error": "write /a: no space left on device"}
    engine.messages = texts
    assert main(["images", "build", "schema-gen"]) == 4
    said = capsys.readouterr().err
    assert f"building argosy/layer-runtime:{__version__}: pip says why write /a: no space left on device" in said
    assert "docker system prune" in said


def test_an_engine_that_ends_without_a_result_is_named(
    engine: type[Engine], capsys: pytest.CaptureFixture[str]
) -> None:
    engine.messages = ({"stream": "Step 1/2 : FROM x"},)
    assert main(["images", "build", "cli"]) == 4
    assert "ended the build without a result" in capsys.readouterr().err


def test_an_engine_that_stops_half_way_is_named(engine: type[Engine], capsys: pytest.CaptureFixture[str]) -> None:
    engine.messages, engine.cut = ({"stream": "Step 1/2 : FROM x"},), True
    assert main(["images", "build", "cli"]) == 4
    said = capsys.readouterr().err
    assert "building argosy/layer-runtime" in said
    assert "stopped answering" in said


def test_what_was_pushed_is_printed_by_digest(engine: type[Engine], capsys: pytest.CaptureFixture[str]) -> None:
    engine.messages = ({"aux": {"ID": "sha256:1", "Digest": "sha256:2"}},)
    where = ["--registry", "registry.example/team", "--tag", "v1"]
    assert main(["images", "build", "schema-gen", "trainer-gpu", *where, "--push"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [f"registry.example/team/{name}@sha256:2" for name in ("schema-gen", "trainer")]
    assert "registry.example/team/trainer:v1-gpu: pushed in" in shown.err


def test_a_push_needs_a_registry(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", "build", "--push"]) == 2
    assert "--push needs --registry" in capsys.readouterr().err


def test_an_unknown_name_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", "build", "trainr"]) == 2
    assert "did you mean 'trainer'?" in capsys.readouterr().err


def test_all_images_are_the_default_and_the_gpu_is_not_one() -> None:
    assert chosen([]) == tuple(IMAGES)
    assert set(IMAGES) == {*EXECUTORS, "serve", "metadata", "cli"}
    assert "tensorflow-gpu" not in needed(chosen([]))


def test_everything_needed_comes_before() -> None:
    order = needed(chosen([]))
    assert all(order.index(need) < order.index(name) for name in order for need in recipe(name).needs)
    assert set(order) >= set(LAYERS) - {"tensorflow-gpu", "tensorflow-gpu-packages"}


def test_pip_s_settings_travel_only_where_there_are_any_and_paths_do_not() -> None:
    environment = {"PIP_INDEX_URL": "here", "PIP_CERT": "/a", "PIP_FIND_LINKS": "/b", "PIP_RETRIES": "", "PATH": "/c"}
    without = {"TAG": "t", "VERSION": __version__, "REVISION": "unknown"}
    assert build_arguments(BuildOptions(tag="t"), {}, environment) == {**without, "PIP_INDEX_URL": "here"}
    assert build_arguments(BuildOptions(tag="t"), {}, {}) == without


def test_the_context_depends_on_contents_only(tmp_path) -> None:
    for name in ("README.md", "pyproject.toml", "setup.py", "argosy/a.py", "components/b.yaml", "images/c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    first = build_context(tmp_path)
    (tmp_path / "argosy" / "__pycache__").mkdir()
    (tmp_path / "argosy" / "__pycache__" / "a.pyc").touch()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "large").touch()
    (tmp_path / "argosy/a.py").write_text("argosy/a.py")
    assert build_context(tmp_path) == first
    (tmp_path / "argosy/a.py").write_text("other")
    assert build_context(tmp_path) != first


def test_shared_layers_count_once() -> None:
    core = (("base", 100), ("core", 40))
    images = [
        ImageSize(reference="a:1", id="", layers=(*core, ("code", 3))),
        ImageSize(reference="b:1", id="", layers=(*core, ("code", 3))),
        ImageSize(reference="c:1", id="", layers=(*core, ("beam", 60), ("code on beam", 3))),
    ]
    assert [image.size for image in images] == [143, 143, 203]
    assert [shared_bytes(image, images) for image in images] == [143, 143, 140]
    assert together(images) == 206

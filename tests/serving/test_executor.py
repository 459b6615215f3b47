import contextlib
import http.server
import json
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest

from argosy.artifacts import Input, Output
from argosy.errors import ArtifactError, GateError, ParameterError, ServerError, StorageError
from argosy.saved_model.golden import GoldenCase, write_golden
from argosy.serving import client
from argosy.serving.executor import NOT_PUSHED_FILE, pusher
from argosy.serving.publish import is_pending, publish
from argosy.serving.pull import prepare_folder, pull_once
from argosy.serving.rollout import await_servers
from argosy.serving.server import LoadPolicy, ModelServer
from argosy.serving.shelf import look
from argosy.serving.versions import list_versions

pytestmark = pytest.mark.tf

GOLDEN = {
    "two": (
        GoldenCase(
            signature="serving_default", inputs={"x": [1.0, 2.0]}, outputs={"y": [2.5, 3.0]}, source="in_memory",
        ),
        GoldenCase(
            signature="pair", inputs={"p": [float("nan"), 1.0], "q": [1, 2]},
            outputs={"sum": [float("nan"), 3.0], "q_out": [1, 2]}, source="in_memory",
        ),
        GoldenCase(
            signature="text", inputs={"s": ["é", ""]}, source="in_memory",
            outputs={"same": ["é", ""], "same_bytes": ["é", ""]},
        ),
    ),
    "three": (GoldenCase(signature="serving_default", inputs={"x": [1.0]}, outputs={"y": [3.5]}, source="session"),),
}  # fmt: skip


class Workplace:
    """A pusher's surroundings: models with their golden requests, verdicts, one base path."""

    def __init__(self, root: Path, saved_models: dict[str, Path]) -> None:
        self.root = root
        self.base = root / "models" / "m"
        self.saved_models = saved_models
        self.output: Output = self.new_output()

    def new_output(self) -> Output:
        path = self.root / f"pushed-{time.monotonic_ns()}"
        path.mkdir()
        return Output(uri=str(path), path=str(path))

    def model(self, name: str, golden: str | None = None) -> Input:
        path = self.root / f"model-{name}-{golden}"
        shutil.copytree(self.saved_models[name], path / "Format-Serving", dirs_exist_ok=True)
        write_golden(str(path), GOLDEN[golden or name])
        return Input(uri=str(path), path=str(path))

    def blessing(self, file: str) -> Input:
        path = self.root / file
        path.mkdir(exist_ok=True)
        (path / file).touch()
        return Input(uri=str(path), path=str(path))

    def push(self, model: Input, **parameters) -> bool:
        self.output = self.new_output()
        destination = {"filesystem": {"base_directory": str(self.base)}}
        return pusher(model, self.output, push_destination=destination, **parameters)["pushed"]

    @property
    def versions(self) -> list[int]:
        return sorted(list_versions(self.base) or {})


@pytest.fixture
def place(tmp_path, saved_models):
    return Workplace(tmp_path, saved_models)


def test_a_blessed_model_is_pushed_and_pushed_again_only_when_it_changed(place):
    blessed = place.blessing("BLESSED")
    assert place.push(place.model("two"), model_blessing=blessed) is True
    (first,) = place.versions
    assert place.output.metadata["pushed"] == 1
    assert place.output.metadata["pushed_version"] == str(first)
    assert place.output.metadata["pushed_destination"] == str(place.base / str(first))
    assert place.output.metadata["golden_cases"] == 3
    assert (Path(place.output.path) / "variables" / "variables.index").is_file()
    assert [path.name for path in place.base.iterdir()] == [str(first)]

    assert place.push(place.model("two"), model_blessing=blessed) is True
    assert place.versions == [first]
    assert (place.output.metadata["pushed_version"], place.output.metadata["reused"]) == (str(first), 1)

    assert place.push(place.model("three"), infra_blessing=place.blessing("INFRA_BLESSED")) is True
    assert place.versions[0] == first
    assert place.versions[1] > first


def test_what_is_not_blessed_is_not_pushed_and_no_error(place):
    assert place.push(place.model("two"), model_blessing=place.blessing("NOT_BLESSED")) is False
    assert place.output.metadata == {"pushed": 0, "reason": "model not blessed"}
    assert (Path(place.output.path) / NOT_PUSHED_FILE).read_text() == "model not blessed\n"
    blessed, infra = place.blessing("BLESSED"), place.blessing("INFRA_NOT_BLESSED")
    assert place.push(place.model("two"), model_blessing=blessed, infra_blessing=infra) is False
    assert not place.base.exists()


def test_a_candidate_that_answers_otherwise_is_not_published(place):
    with pytest.raises(GateError, match=r"REST: .*output y: at \[0\]: expected 3.5, found 2.5.*gRPC: "):
        place.push(place.model("two", golden="three"))
    assert not place.base.exists()


def test_a_candidate_that_does_not_load_is_not_published(place):
    with pytest.raises(GateError, match=r"did not load: .*variables\.index"):
        place.push(place.model("no_variables", golden="two"))
    with pytest.raises(ArtifactError, match=r"no saved_model\.pb"):
        place.push(place.blessing("BLESSED"))
    assert not place.base.exists()


@pytest.mark.parametrize("golden", [True, False])
def test_a_keras_model_whose_variables_are_not_tracked_is_not_published(place, golden):
    import keras
    import tensorflow as tf

    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    module = tf.Module()
    module.network = network  # what Keras 3 keeps inside is not seen from here: loads in Python, fails in TF Serving
    serve = tf.function(lambda x: {"y": network(x)}, input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    path = place.root / "keras"
    tf.saved_model.save(module, str(path / "Format-Serving"), signatures={"serving_default": serve})
    answer = network(tf.ones([1, 2])).numpy().tolist()
    case = GoldenCase(
        signature="serving_default", inputs={"x": [[1.0, 1.0]]}, outputs={"y": answer}, source="in_memory"
    )
    if golden:
        write_golden(str(path), [case])
    with pytest.raises(GateError, match=r"Could not find variable|cannot run"):
        place.push(Input(uri=str(path), path=str(path)))
    assert not place.base.exists()


def test_a_rollout_is_over_when_every_server_answers_alike(place):
    place.base.mkdir(parents=True)
    with (
        ModelServer("m", place.base, poll_seconds=0.05) as one,
        ModelServer("m", place.base, poll_seconds=0.3) as other,
    ):
        assert place.push(place.model("two"), serving_urls=[one.url, other.url + "/"], rollout_timeout_seconds=30)
        (version,) = place.versions
        for server in (one, other):
            assert client.wait_available(server.url, "m", version, timeout=0) == version
        assert not is_pending(place.base, version)


def test_a_version_that_one_server_does_not_get_is_withdrawn_from_all(place):
    assert place.push(place.model("two"))
    (good,) = place.versions
    with ModelServer("m", place.base, poll_seconds=0.05) as server:
        server.wait_ready(20)
        with pytest.raises(
            ServerError, match=r"http://127.0.0.1:1: .*last state: no answer.*was withdrawn from"
        ) as caught:
            place.push(place.model("three"), serving_urls=[server.url, "http://127.0.0.1:1"], rollout_timeout_seconds=1)
        assert "\n" not in str(caught.value)
        assert place.versions == [good]
        deadline = time.monotonic() + 20
        while client.predict(server.url, "m", [1.0]) != [2.5]:
            assert time.monotonic() < deadline
        # its number is not used again, and the next push goes through
        assert place.push(place.model("three"), serving_urls=[server.url], rollout_timeout_seconds=20)
        assert client.predict(server.url, "m", [1.0]) == [3.5]


def test_a_version_of_an_earlier_push_stays_when_a_server_is_down_later(place):
    assert place.push(place.model("two"))
    with pytest.raises(ServerError, match="published by an earlier push and stays"):
        place.push(place.model("two"), serving_urls=["http://127.0.0.1:1"], rollout_timeout_seconds=0)
    assert len(place.versions) == 1


def test_a_push_that_was_killed_after_publishing_is_taken_up_again(place):
    model = place.model("two")
    version = publish(f"{model.path}/Format-Serving", place.base)
    with pytest.raises(ServerError, match="was withdrawn"):
        place.push(model, serving_urls=["http://127.0.0.1:1"], rollout_timeout_seconds=0)
    assert place.versions == []
    second = publish(f"{model.path}/Format-Serving", place.base)
    assert second > version
    assert place.push(model) is True
    assert place.versions == [second]
    assert not is_pending(place.base, second)


def test_a_server_that_answers_otherwise_or_cannot_load_is_named(put_version):
    base = put_version("three", 7)
    with ModelServer("m", base, poll_seconds=0.05, load=LoadPolicy(max_retries=0)) as server:
        server.wait_ready(20)
        with pytest.raises(GateError, match=rf"{server.url}: .* does not answer as at training time; .*found 3.5"):
            await_servers([server.url], "m", 7, GOLDEN["two"], timeout=5)
        put_version("no_variables", 8)
        with pytest.raises(ServerError, match=rf"{server.url}: .*version 8 did not load: .*variables\.index"):
            await_servers([server.url], "m", 8, GOLDEN["two"], timeout=20)


@contextlib.contextmanager
def front(*statuses, listed=None):
    """An address in front of several servers: all have version 7; its calls are answered with the statuses in turn."""
    answers = list(statuses)
    ok = {"version": "7", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(200, {"model_version_status": [ok] if listed is None else listed})

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(answers.pop(0), {"outputs": [2.5, 3.0], "error": "no upstream"})

        def answer(self, status, body):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *args): ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_an_address_behind_which_one_server_is_late_is_asked_again():
    with front(404, 502, 200) as url:
        await_servers([url], "m", 7, GOLDEN["two"][:1], timeout=20)
    with front(404) as url, pytest.raises(ServerError, match=r"HTTP 404: no upstream"):
        await_servers([url], "m", 7, GOLDEN["two"][:1], timeout=0)
    with front(400) as url, pytest.raises(GateError, match=r"HTTP 400: no upstream"):
        await_servers([url], "m", 7, GOLDEN["two"][:1], timeout=20)


class Pods:
    """What a headless Service looks like from a client: one name, and the addresses that it has now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self.addresses = list(addresses)
        ask = socket.getaddrinfo

        def answer(host, port, *arguments, **options):
            if host != "pods.test":
                return ask(host, port, *arguments, **options)
            if not self.addresses:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.addresses]

        monkeypatch.setattr(socket, "getaddrinfo", answer)


def test_every_pod_behind_a_headless_service_is_asked(put_version, tmp_path, monkeypatch, caplog):
    base = put_version("two", 7)
    pods = Pods(monkeypatch)
    with ModelServer("m", base, poll_seconds=0.05) as one:
        late = ModelServer("m", tmp_path / "empty", 0, one.rest_port, host="127.0.0.2", poll_seconds=0.05)
        url = f"http://pods.test:{one.rest_port}"
        with pytest.raises(ServerError, match=rf"{url}: no server is known by the name pods.test"):
            await_servers([url], "m", 7, GOLDEN["two"], timeout=0.3)
        with late:
            pods.addresses = ["127.0.0.1", "127.0.0.2"]
            with pytest.raises(ServerError, match=r"http://127.0.0.2:\d+: .*last state: not listed"):
                await_servers([url], "m", 7, GOLDEN["two"], timeout=1)
            threading.Timer(1, base.rename, [tmp_path / "empty"]).start()
            with caplog.at_level("INFO"):
                await_servers([url], "m", 7, GOLDEN["two"], timeout=20)
            assert f"http://127.0.0.1:{one.rest_port} serves m version 7" in caplog.text
            assert f"http://127.0.0.2:{one.rest_port} serves m version 7" in caplog.text


def test_a_pod_that_goes_is_not_waited_for(put_version, monkeypatch):
    base = put_version("two", 7)
    with ModelServer("m", base, poll_seconds=0.05) as server:
        pods = Pods(monkeypatch, "127.0.0.1", "127.0.0.3")
        threading.Timer(1, pods.addresses.remove, ["127.0.0.3"]).start()
        await_servers([f"http://pods.test:{server.rest_port}"], "m", 7, GOLDEN["two"], timeout=20)


def test_a_model_is_pushed_through_a_store_to_a_server(place, bucket, tmp_path):
    base, served, over = f"{bucket}/models/m", tmp_path / "served", threading.Event()

    def follow():
        while not over.wait(0.1):
            # A version may be withdrawn while it is copied.
            with contextlib.suppress(StorageError):
                pull_once(base, served, keep=2)

    def push(model, **parameters):
        place.output = place.new_output()
        pusher(model, place.output, push_destination={"filesystem": {"base_directory": f"{base}/"}}, **parameters)
        return place.output.metadata["pushed_version"]

    prepare_folder(served)
    puller = threading.Thread(target=follow)
    with ModelServer("m", served, poll_seconds=0.05) as server:
        puller.start()
        try:
            first = push(place.model("two"), serving_urls=[server.url], rollout_timeout_seconds=30)
            assert place.output.metadata["pushed_destination"] == f"{base}/{first}"
            assert place.output.metadata["model_name"] == "m"
            assert (Path(place.output.path) / "variables" / "variables.index").is_file()
            assert client.predict(server.url, "m", [1.0]) == [2.5]
            assert push(place.model("two"), serving_urls=[server.url]) == first
            assert place.output.metadata["reused"] == 1
            with pytest.raises(ServerError, match=f"was withdrawn from {base}"):
                push(place.model("three"), serving_urls=[server.url, "http://127.0.0.1:1"], rollout_timeout_seconds=0)
            assert sorted(look(base).complete) == [int(first)]
            second = push(place.model("three"), serving_urls=[server.url], rollout_timeout_seconds=30)
            assert int(second) > int(first)
            assert client.predict(server.url, "m", [1.0]) == [3.5]
            assert not look(base).pending
        finally:
            over.set()
            puller.join()


def test_a_store_that_cannot_be_written_is_said_before_the_candidate_is_served(place, s3_bucket):
    destination = {"filesystem": {"base_directory": f"{s3_bucket}-gone/m"}}
    with pytest.raises(StorageError, match=rf"cannot write {s3_bucket}-gone/m/.*has no bucket .*create it"):
        pusher(place.model("no_variables", golden="two"), place.output, push_destination=destination)


def test_whatever_goes_wrong_in_a_rollout_the_version_is_withdrawn(place):
    with front(listed=[{"unlike": "any model server"}]) as url, pytest.raises(KeyError) as caught:
        place.push(place.model("two"), serving_urls=[url])
    assert "was withdrawn from" in caught.value.__notes__[0]
    assert place.versions == []


def test_a_savedmodel_without_the_folder_in_between(place, saved_models):
    path = str(saved_models["two"])
    assert place.push(Input(uri=path, path=path), model_name="other") is True
    assert (place.output.metadata["model_name"], place.output.metadata["golden_cases"]) == ("other", 0)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"serving_urls": ["127.0.0.1:8501"]}, r"parameter serving_urls: '127\.0\.0\.1:8501' .*; give it as http://"),
        ({"serving_urls": ["http://h:1", "http://"]}, "'http://' is not"),
        ({"serving_urls": ["http://h:port"]}, "'http://h:port' is not"),
        ({"serving_urls": ["http://h:0"]}, "is not"),
        ({"serving_urls": [8501]}, "8501 is not"),
        ({"rollout_timeout_seconds": -1}, "rollout_timeout_seconds: -1"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_is_done(place, parameters, words):
    with pytest.raises(ParameterError, match=words):
        place.push(place.model("two"), **parameters)
    assert not place.base.exists()

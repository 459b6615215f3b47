"""The REST and gRPC faces of the embedded server, held against TF Serving's words."""

import gzip
import http.client
import json
import os
import signal
import socket
import threading
import time
from typing import Any

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from argosy.errors import BusyError, ParameterError, SavedModelCallError, ServerError
from argosy.serving import client, grpc_client
from argosy.serving.server import LoadPolicy, ModelServer, serve

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def server(saved_models, tmp_path_factory):
    base = tmp_path_factory.mktemp("base")
    (base / "7").symlink_to(saved_models["two"])
    with ModelServer("m", base, poll_seconds=0.05) as started:
        started.wait_ready(30)
        yield started


def ask(server, method, path, body=b"", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.rest_port, timeout=20)
    connection.request(method, path, body=body, headers=headers or {})
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, text


def post(server, body, path="/v1/models/m:predict"):
    status, text = ask(server, "POST", path, body if isinstance(body, bytes) else json.dumps(body).encode())
    return status, json.loads(text)


def pair(p, q, **more):
    return {"signature_name": "pair", "instances": [{"p": p, "q": q, **more}]}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"instances": [1.0, 2, 5]}, {"predictions": [2.5, 3.0, 4.5]}),
        ({"instances": [{"x": 1.0}]}, {"predictions": [2.5]}),
        ({"inputs": [1.0, 2.0]}, {"outputs": [2.5, 3.0]}),
        ({"inputs": {"x": [1.0], "ignored": 1}}, {"outputs": [2.5]}),
        ({"inputs": []}, {"outputs": []}),
        (b'{"inputs": [NaN, Infinity]} and so on', {"outputs": [float("nan"), float("inf")]}),
        (pair(1, 2), {"predictions": [{"sum": 3.0, "q_out": 2}]}),
        ({"signature_name": "pair", "inputs": {"p": [1], "q": [2]}}, {"outputs": {"sum": [3.0], "q_out": [2]}}),
        (
            {"signature_name": "text", "instances": ["é", {"b64": "YQ=="}]},
            {
                "predictions": [
                    {"same": "é", "same_bytes": {"b64": "w6k="}},
                    {"same": "a", "same_bytes": {"b64": "YQ=="}},
                ]
            },
        ),
        ({"signature_name": "total", "inputs": [[1, 2]]}, {"outputs": 3.0}),
    ],
)  # fmt: skip
def test_rest_predict(server, body, expected):
    status, found = post(server, body)
    assert status == 200
    np.testing.assert_equal(found, expected)


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("m:predict", b"", 400, "JSON Parse error: The document is empty"),
        ("m:predict", [1], 400, "JSON Value: [1] Is not object"),
        ("m:predict", {"signature_name": 1, "inputs": 1}, 400, "'signature_name' key must be a string value."),
        ("m:predict", {"inputs": 1, "instances": [1]}, 400, "expecting only one of 'inputs' or 'instances' keys"),
        ("m:predict", {}, 400, "Missing 'inputs' or 'instances' key"),
        ("m:predict", {"instances": []}, 400, "No values in 'instances' array"),
        ("m:predict", {"instances": ["a"]}, 400, "is not of expected type: float"),
        ("m:predict", pair(1, 2.5), 400, "is not of expected type: int64"),
        ("m:predict", pair(1, 2, r=3), 400, "keys must be equal to: p,q"),
        ("m:predict", {"signature_name": "pair", "inputs": {"p": [1]}}, 400, "Missing named input: q"),
        ("m:predict", {"signature_name": "pair", "inputs": {"p": [1, 2], "q": [1, 2, 3]}}, 400, "ncompatible shapes"),
        ("m:predict", {"signature_name": "no", "instances": 1}, 400, 'signature name: "no" not found in signature def'),
        ("m:predict", {"signature_name": "total", "instances": [[1, 2]]}, 400, "total has no shape information"),
        ("m:predict", {"signature_name": "small", "inputs": [1]}, 400, "JSON value for tensor type: half"),
        ("m:predict", {"signature_name": "text", "inputs": {"b64": "/w=="}}, 400, ""),
        ("m:predict", {"signature_name": "text", "inputs": [{"b64": "/w=="}]}, 400, "not UTF-8"),
        ("other:predict", {"inputs": 1}, 404, "Servable not found for request: Latest(other)"),
        ("other:predict", b"{", 400, "JSON Parse error"),
        ("m/versions/8:predict", {"inputs": 1}, 404, "Servable not found for request: Specific(m, 8)"),
        ("m/versions/99999999999999999999:predict", {"inputs": 1}, 400, "to numeric."),
        ("m/labels/stable:predict", {"inputs": "bad"}, 400, "Unrecognized servable version label: stable"),
        ("m:predict?x=1", {"inputs": 1}, 400, "Malformed request: POST /v1/models/m:predict?x=1"),
        ("m:classify", {}, 501, "classify is not served here"),
        ("m", {}, 400, "Malformed request: POST /v1/models/m"),
    ],
)
def test_rest_refusals(server, path, body, status, message):
    found, answer = post(server, body, "/v1/models/" + path)
    assert (found, list(answer)) == (status, ["error"])
    assert message in answer["error"]


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/v1/models", 400, "Missing model name in request."),
        ("GET", "/v1/models/other", 404, "Could not find any versions of model other"),
        ("GET", "/v1/models/m/versions/8", 404, "Could not find version 8 of model m"),
        ("GET", "/v1/models/m?x=1", 404, "Could not find any versions of model m?x=1"),
        ("GET", "/v1/models/other/metadata", 404, "Servable not found for request: Latest(other)"),
        ("DELETE", "/v1/models/m", 400, "Malformed request: DELETE /v1/models/m"),
        ("GET", "/healthz", 404, "<html>"),
        ("OPTIONS", "/v1/models/m", 400, ""),
    ],
)
def test_rest_questions_that_have_no_answer(server, method, path, status, message):
    found, text = ask(server, method, path)
    assert found == status
    assert message in text.decode()


def test_rest_status_and_metadata(server):
    for path in ("/v1/models/m", "/v1/MODELS/m/versions/7", "/v1/models/m/labels/any"):
        status, text = ask(server, "GET", path)
        assert status == 200
        assert json.loads(text) == {
            "model_version_status": [
                {"version": "7", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
            ]
        }
    status, text = ask(server, "GET", "/v1/models/m/versions/7/metadata")
    found = json.loads(text)
    assert found["model_spec"] == {"name": "m", "signature_name": "", "version": "7"}
    signature = found["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert signature["defaults"] == {}
    assert signature["inputs"]["x"]["dtype"] == "DT_FLOAT"
    assert signature["inputs"]["x"]["tensor_shape"] == {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}


def test_rest_transport(server):
    body = json.dumps({"inputs": [1.0]}).encode()
    path, expected = "/v1/models/m:predict", {"outputs": [2.5]}
    assert json.loads(ask(server, "POST", path, gzip.compress(body), {"Content-Encoding": "gzip"})[1]) == expected
    status, text = ask(server, "POST", path, b"not gzip", {"Content-Encoding": "gzip"})
    assert (status, "The document is empty" in text.decode()) == (400, True)
    connection = http.client.HTTPConnection("127.0.0.1", server.rest_port, timeout=20)
    for _ in range(3):  # one connection, and a body in pieces
        connection.request("POST", path, body=iter([body[:5], body[5:]]), encode_chunked=True)
        assert json.loads(connection.getresponse().read()) == expected
    connection.close()
    assert ask(server, "OPTIONS", "/v1/models/m", headers={"Origin": "http://here"})[0] == 200
    assert ask(server, "POST", path, body, {"Content-Length": "x"})[0] == 400
    assert ask(server, "POST", path, b"-1\r\n\r\n", {"Transfer-Encoding": "chunked"})[0] == 400


def grpc_predict(server, **request):
    with grpc.insecure_channel(server.address) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        return stub.Predict(predict_pb2.PredictRequest(**request), timeout=20)


def tensor(values, dtype=np.float32):
    from argosy.serving.tensors import to_proto

    return to_proto(np.array(values, dtype))


def test_grpc_predict(server):
    found = grpc_predict(server, model_spec={"name": "m"}, inputs={"x": tensor([1, 2])})
    assert found.outputs["y"].float_val == [2.5, 3.0]
    assert (found.model_spec.name, found.model_spec.version.value) == ("m", 7)
    assert found.model_spec.signature_name == "serving_default"
    inputs: dict[str, Any] = {"p": np.array([1], np.float32), "q": np.array([2], np.int64)}
    assert grpc_client.predict(server.address, "m", inputs, signature_name="pair", version=7)["sum"].tolist() == [3.0]
    text = {"s": np.array([b"\xff\0"], object)}
    assert grpc_client.predict(server.address, "m", text, signature_name="text")["same"].tolist() == [b"\xff\0"]
    small = grpc_client.predict(server.address, "m", {"u": np.array([4], np.uint8)}, signature_name="small")
    assert {name: array.dtype.name for name, array in small.items()} == {
        "u_out": "uint8", "even": "bool", "half": "float16",
    }  # fmt: skip


X = {"x": [1.0]}


@pytest.mark.parametrize(
    ("spec", "inputs", "more", "code", "message"),
    [
        (None, X, {}, "INVALID_ARGUMENT", "Missing ModelSpec"),
        ({}, X, {}, "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        ({"name": "o"}, X, {}, "NOT_FOUND", "Servable not found for request: Latest(o)"),
        ({"name": "m", "version": {"value": 8}}, X, {}, "NOT_FOUND", "Servable not found for request: Specific(m, 8)"),
        ({"name": "m", "version_label": "l"}, X, {}, "INVALID_ARGUMENT", "Unrecognized servable version label: l"),
        ({"name": "m", "signature_name": "s"}, X, {}, "FAILED_PRECONDITION", 'Serving signature key "s" not found.'),
        ({"name": "m"}, {}, {}, "INVALID_ARGUMENT", "Sent extra: {}. Missing but required: {x}."),
        ({"name": "m"}, {"z": [1.0]}, {}, "INVALID_ARGUMENT", "Sent extra: {z}. Missing but required: {x}."),
        ({"name": "m"}, X, {"output_filter": ["z"]}, "INVALID_ARGUMENT", "alias not found in signature: z"),
        ({"name": "m"}, X, {"output_filter": ["y", "y"]}, "INVALID_ARGUMENT", "duplicate output tensor alias: y"),
        ({"name": "m"}, {"x": [b"a"]}, {}, "INVALID_ARGUMENT", ""),
    ],
)
def test_grpc_refusals(server, spec, inputs, more, code, message):
    protos = {name: tensor(value, object if value == [b"a"] else np.float32) for name, value in inputs.items()}
    request: dict[str, Any] = {"inputs": protos, **more} | ({} if spec is None else {"model_spec": spec})
    with pytest.raises(grpc.RpcError) as caught:
        grpc_predict(server, **request)
    assert caught.value.code().name == code
    assert message in caught.value.details()


def test_grpc_deadline(server):
    with pytest.raises(SavedModelCallError) as caught:
        grpc_client.predict(
            server.address, "m", {"n": np.array(2**31 - 1, np.int32)}, signature_name="busy", timeout=0.3
        )
    assert caught.value.code == "DEADLINE_EXCEEDED"


def test_grpc_questions(server):
    with grpc.insecure_channel(server.address) as channel:
        models = model_service_pb2_grpc.ModelServiceStub(channel)
        predictions = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        status = get_model_status_pb2.GetModelStatusRequest(model_spec={"name": "m"})
        (entry,) = models.GetModelStatus(status, timeout=20).model_version_status
        assert (entry.version, entry.state, entry.status.error_code) == (7, entry.AVAILABLE, 0)
        for request, code in (
            (get_model_status_pb2.GetModelStatusRequest(), "INVALID_ARGUMENT"),
            (get_model_status_pb2.GetModelStatusRequest(model_spec={"name": "o"}), "NOT_FOUND"),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                models.GetModelStatus(request, timeout=20)
            assert caught.value.code().name == code
        for fields, message in (([], "must specify at least one metadata_field"), (["x"], "field x is not supported")):
            with pytest.raises(grpc.RpcError, match=message):
                predictions.GetModelMetadata(
                    get_model_metadata_pb2.GetModelMetadataRequest(model_spec={"name": "m"}, metadata_field=fields),
                    timeout=20,
                )
    assert set(grpc_client.signatures(server.address, "m")) == {
        "serving_default", "pair", "text", "total", "small", "busy",
    }  # fmt: skip


def test_no_grpc_server():
    with pytest.raises(ServerError, match="no answer from the model server"):
        grpc_client.predict("127.0.0.1:1", "m", {}, timeout=5)


@pytest.mark.parametrize("which", ["port", "rest_port"])
def test_a_busy_port_is_named_with_the_remedy(tmp_path, which):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(BusyError, match=f"port {port} .*give another with --"):
            ModelServer("m", tmp_path, **{which: port}).start()


def test_values_that_cannot_work(tmp_path):
    wrong: tuple[dict[str, Any], ...] = (
        {"port": 5, "rest_port": 5}, {"poll_seconds": 0}, {"rest_port": 70000}, {"port": -1}, {"version": -1},
    )  # fmt: skip
    for values in wrong:
        with pytest.raises(ParameterError):
            ModelServer("m", tmp_path, **values)
    with pytest.raises(ParameterError):
        ModelServer("a/b", tmp_path)
    with pytest.raises(ServerError, match=r"cannot listen on REST port 0 of 192\.0\.2\.1"):
        ModelServer("m", tmp_path, host="192.0.2.1").start()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_serve_stops_cleanly_on_sigterm_with_a_request_in_flight(saved_models, tmp_path):
    (tmp_path / "1").symlink_to(saved_models["two"])
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    answers = []

    def ask_and_stop():
        client.wait_available(url, "m", timeout=20)
        slow = threading.Thread(target=lambda: answers.append(client.predict(url, "m", 300_000, signature_name="busy")))
        slow.start()
        slow.join(0.1)
        answers.append("in flight" if slow.is_alive() else "over")
        os.kill(os.getpid(), signal.SIGTERM)
        slow.join(20)

    before = signal.getsignal(signal.SIGTERM)
    asker = threading.Thread(target=ask_and_stop)
    asker.start()
    serve("m", tmp_path, port=0, rest_port=port)
    asker.join()
    assert answers == ["in flight", 300_000]
    assert signal.getsignal(signal.SIGTERM) is before
    with pytest.raises(ServerError, match="refused"):
        client.predict(url, "m", [1.0])


def test_serve_ends_with_an_error_when_the_first_version_does_not_load(tmp_path):
    (tmp_path / "1").mkdir()
    with pytest.raises(ServerError, match="version 1 did not load"):
        serve("m", tmp_path, port=0, rest_port=0, load=LoadPolicy(max_retries=0))


def test_a_stop_under_load_loses_no_request(saved_models, tmp_path):
    (tmp_path / "1").symlink_to(saved_models["two"])
    server = ModelServer("m", tmp_path)
    server.start()
    server.wait_ready(20)
    answers: list[object] = []

    def ask_anew():
        while True:
            try:
                answers.append(client.predict(server.url, "m", [1.0])[0])
            except ServerError as error:
                return answers.append(str(error.__cause__))

    def ask_on_one_connection():
        connection = http.client.HTTPConnection("127.0.0.1", server.rest_port, timeout=20)
        while True:
            try:
                connection.request("POST", "/v1/models/m:predict", b'{"inputs": [1.0]}')
                answers.append(json.loads(connection.getresponse().read())["outputs"][0])
            except OSError as error:
                return answers.append(str(error))

    threads = [threading.Thread(target=ask) for ask in (ask_anew, ask_on_one_connection) * 3]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    server.stop()
    for thread in threads:
        thread.join()
    assert set(answers) == {2.5, "[Errno 111] Connection refused"}

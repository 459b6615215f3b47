"""How the embedded server leaves: behind a balancer, no request may fail, whatever its client keeps open."""

import http.client
import json
import os
import signal
import socket
import threading
import time

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from argosy.cli.serve import channel_arguments
from argosy.errors import ParameterError, ServerError
from argosy.serving import client
from argosy.serving.server import ModelServer, serve

pytestmark = pytest.mark.tf

BODY = b'{"inputs": [1.0]}'


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post_on(connection):
    connection.request("POST", "/v1/models/m:predict", BODY)
    response = connection.getresponse()
    return json.loads(response.read())["outputs"], response.headers.get("Connection")


def test_clients_on_kept_connections_are_sent_away_and_served(saved_models, tmp_path):
    (tmp_path / "1").symlink_to(saved_models["two"])
    with ModelServer("m", tmp_path) as server:
        server.wait_ready(20)
        connection = http.client.HTTPConnection("127.0.0.1", server.rest_port, timeout=20)
        assert post_on(connection) == ([2.5], None)
        kept = connection.sock
        server.send_clients_away()
        assert post_on(connection) == ([2.5], "close")
        assert connection.sock is None
        assert post_on(connection) == ([2.5], "close")  # a new connection, on which it is told the same
        assert kept.fileno() == -1


def test_grpc_connections_end_by_age_without_an_error(saved_models, tmp_path):
    from argosy.serving.tensors import to_proto

    (tmp_path / "1").symlink_to(saved_models["two"])
    arguments: dict[str, int | str] = {"grpc.max_connection_age_ms": 200, "grpc.max_connection_age_grace_ms": 20_000}
    with ModelServer("m", tmp_path, grpc_arguments=arguments) as server:
        server.wait_ready(20)
        request = predict_pb2.PredictRequest(model_spec={"name": "m"}, inputs={"x": to_proto(np.ones(1, np.float32))})
        states: list[grpc.ChannelConnectivity] = []
        with grpc.insecure_channel(server.address) as channel:
            channel.subscribe(states.append)
            stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            deadline, answered = time.monotonic() + 2, 0
            while time.monotonic() < deadline:
                assert stub.Predict(request, timeout=20).outputs["y"].float_val == [2.5]
                answered += 1
        assert answered > 100
        assert states.count(grpc.ChannelConnectivity.IDLE) >= 4  # at the start, and whenever a connection had its age


@pytest.mark.parametrize("hurry", [False, True], ids=["waits", "a second signal ends the wait"])
def test_serve_answers_on_after_sigterm(saved_models, tmp_path, free_port, hurry):
    (tmp_path / "1").symlink_to(saved_models["two"])
    url = f"http://127.0.0.1:{free_port}"
    answers: list[object] = []
    drain_seconds = 30.0 if hurry else 1.0

    def ask_and_stop():
        client.wait_available(url, "m", timeout=20)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.5)
        answers.append(client.predict(url, "m", [1.0])[0])
        if hurry:
            os.kill(os.getpid(), signal.SIGTERM)

    asker = threading.Thread(target=ask_and_stop)
    asker.start()
    started = time.monotonic()
    serve("m", tmp_path, port=0, rest_port=free_port, drain_seconds=drain_seconds)
    asker.join()
    assert answers == [2.5]
    assert (time.monotonic() - started < drain_seconds) is hurry
    with pytest.raises(ServerError, match="refused"):
        client.predict(url, "m", [1.0])


@pytest.mark.parametrize("text", ["grpc.max_connection_age_ms", "=3", "a=1,b"])
def test_channel_arguments_that_are_none(text):
    with pytest.raises(ParameterError, match="NAME=VALUE"):
        channel_arguments(text)


def test_a_drain_that_cannot_be(tmp_path):
    with pytest.raises(ParameterError, match="drain_seconds -1"):
        serve("m", tmp_path, drain_seconds=-1)

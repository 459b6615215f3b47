"""Runs in a pod: asks a served half_plus_two over both protocols until a file appears, then prints what came of it.

Nothing is tried again: a request that a careful client would have to repeat is a failure here. Arguments: host, model.
"""

import http.client
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from argosy.serving import client

STOP = Path("/tmp/stop")
LONGEST_SECONDS = 900
BODY = b'{"inputs": [1.0]}'
EXPECTED = [2.5]


def rest_kept(host: str, model: str) -> Iterator[object]:
    """One HTTP connection, renewed only when the server says so."""
    connection = http.client.HTTPConnection(host, 8501, timeout=40)
    while True:
        connection.request("POST", f"/v1/models/{model}:predict", BODY)
        yield json.loads(connection.getresponse().read()).get("outputs")


def rest_new(host: str, model: str) -> Iterator[object]:
    """A connection for each request."""
    while True:
        yield client.predict(f"http://{host}:8501", model, [1.0])


def grpc_kept(host: str, model: str) -> Iterator[object]:
    """One channel."""
    import grpc
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    from argosy.serving.tensors import to_proto

    request = predict_pb2.PredictRequest(model_spec={"name": model}, inputs={"x": to_proto(np.ones(1, np.float32))})
    with grpc.insecure_channel(f"{host}:8500", options=[("grpc.enable_http_proxy", 0)]) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        while True:
            yield list(stub.Predict(request, timeout=40).outputs["y"].float_val)


def grpc_new(host: str, model: str) -> Iterator[object]:
    """A channel for each request."""
    from argosy.serving import grpc_client

    while True:
        yield grpc_client.predict(f"{host}:8500", model, {"x": np.ones(1, np.float32)})["y"].tolist()


Way = Callable[[str, str], Iterator[object]]
WAYS: dict[str, tuple[Way, float]] = {
    "REST, one connection": (rest_kept, 0.02),
    "REST, one connection, seldom": (rest_kept, 3.0),
    "REST, a connection each": (rest_new, 0.02),
    "gRPC, one channel": (grpc_kept, 0.02),
    "gRPC, one channel, seldom": (grpc_kept, 3.0),
    "gRPC, a channel each": (grpc_new, 0.02),
}
"""Name -> how requests are made, and seconds between two."""


def ask(way: Way, pause: float, host: str, model: str, result: dict[str, list[Any]]) -> None:
    """Puts seconds into `result["answered"]` for each right answer, and the rest into `result["failed"]`."""
    answers, deadline = way(host, model), time.monotonic() + LONGEST_SECONDS
    while not STOP.exists() and time.monotonic() < deadline:
        started = time.monotonic()
        try:
            answer = next(answers)
            if answer != EXPECTED:
                raise ValueError(f"answered {answer}")
            result["answered"].append(time.monotonic() - started)
        except Exception as error:  # whatever it is, it is what this looks for
            result["failed"].append(f"{time.strftime('%H:%M:%S')} {type(error).__name__}: {error}")
            answers = way(host, model)
        time.sleep(pause)


def main(host: str, model: str) -> None:
    """Asks in all ways at once."""
    results: dict[str, dict[str, list[Any]]] = {name: {"answered": [], "failed": []} for name in WAYS}
    threads = [
        threading.Thread(target=ask, args=(way, pause, host, model, results[name]))
        for name, (way, pause) in WAYS.items()
    ]
    for thread in threads:
        thread.start()
    print("asking", flush=True)
    for thread in threads:
        thread.join()
    summary = {
        name: {
            "answered": len(result["answered"]),
            "slowest": round(max(result["answered"], default=0.0), 3),
            "failed": result["failed"],
        }
        for name, result in results.items()
    }
    print(json.dumps(summary), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Serves the newest penguins model, asks it the same row over REST and over gRPC, and shows where everything is."""

import argparse
import json
import sys
import urllib.request
from pathlib import Path

from argosy.cli.lineage import main as show_lineage
from argosy.cli.runs import find_task
from argosy.runner.history import read_report
from argosy.serving.server import ModelServer

ROW = {
    "island": "Biscoe",
    "bill_length_mm": 46.1,
    "bill_depth_mm": float("nan"),
    "flipper_length_mm": 211.0,
    "body_mass_g": 4500.0,
    "sex": "female",
    "year": 2007.0,
}
"""A Gentoo whose bill depth nobody measured."""

REPORTS = ("statistics-gen", "schema-gen", "example-validator", "evaluator")


def ask_rest(url: str) -> dict[str, object]:
    """Returns the model's outputs for the row, over REST."""
    body = json.dumps({"signature_name": "columns", "instances": [ROW]}).encode()
    request = urllib.request.Request(f"{url}/v1/models/penguins:predict", body)
    with urllib.request.urlopen(request, timeout=30) as response:
        outputs: dict[str, object] = json.load(response)["predictions"][0]
    return outputs


def ask_grpc(address: str) -> dict[str, object]:
    """Returns the model's outputs for the row, over gRPC."""
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    request = predict_pb2.PredictRequest()
    request.model_spec.name = "penguins"
    request.model_spec.signature_name = "columns"
    for name, value in ROW.items():
        dtype = tf.string if isinstance(value, str) else tf.float32
        request.inputs[name].CopyFrom(tf.make_tensor_proto([value], dtype=dtype))
    with grpc.insecure_channel(address) as channel:
        response = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=30)
    return {name: _plain(tf.make_ndarray(tensor)[0]) for name, tensor in response.outputs.items()}


def main() -> int:
    """Asks, prints, and stops the server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=".argosy")
    root = parser.parse_args().root
    base = Path(root, "models", "penguins")
    with ModelServer("penguins", base) as server:
        version = server.wait_ready(timeout=60)
        print(f"\npenguins version {version} serves; one row, asked twice: {json.dumps(ROW)}")
        print(f"  REST  {json.dumps(ask_rest(server.url))}")
        print(f"  gRPC  {json.dumps(ask_grpc(server.address))}")
    report = read_report(root)
    print("\nReports")
    for name in REPORTS:
        task = find_task(report, name)
        print(f"  {task.outputs['report'].uris[0]}")
    print(f"\nLineage of {base / str(version)}")
    return show_lineage(argparse.Namespace(root=root, uri=str(base / str(version))))


def _plain(values: object) -> object:
    listed = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(listed, list):
        return [_plain(value) for value in listed]
    return listed.decode() if isinstance(listed, bytes) else listed


if __name__ == "__main__":
    sys.exit(main())

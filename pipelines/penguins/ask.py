"""Serves the newest penguins model, asks it the same row over REST and over gRPC, and shows where everything is."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from argosy import serving
from argosy.cli.main import main as argosy
from argosy.cli.runs import find_task
from argosy.errors import ArgosyError, ArtifactError
from argosy.runner.history import read_report
from argosy.saved_model.quiet import absorb_first_remarks
from argosy.serving import client
from argosy.serving.versions import list_versions

ROW = {
    "island": "Biscoe",
    "bill_length_mm": 46.1,
    "bill_depth_mm": float("nan"),
    "flipper_length_mm": 211.0,
    "body_mass_g": 4500.0,
    "sex": "female",
}
"""A Gentoo whose bill depth nobody measured."""

WHOLE_NUMBERS = ("flipper_length_mm", "body_mass_g")
"""Integers that may be missing: float64, so that there is a NaN and no large integer is rounded."""

REPORTS = ("statistics-gen", "schema-gen", "example-validator", "evaluator")


def ask_rest(url: str) -> dict[str, object]:
    """Returns the model's outputs for the row, over REST."""
    outputs: dict[str, object] = client.predict(url, "penguins", instances=[ROW], signature_name="columns")[0]
    return outputs


def ask_grpc(address: str) -> dict[str, object]:
    """Returns the model's outputs for the row, over gRPC."""
    from argosy.serving import grpc_client

    columns: dict[str, np.ndarray] = {name: np.array([value], _dtype(name, value)) for name, value in ROW.items()}
    outputs = grpc_client.predict(address, "penguins", columns, signature_name="columns")
    return {name: _plain(values[0]) for name, values in outputs.items()}


def main(argv: list[str] | None = None) -> int:
    """Asks, prints, stops the server, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")
    root = parser.parse_args(argv).root
    try:
        return _show(root, Path(root, "models", "penguins"))
    except ArgosyError as error:
        print(f"ask: {error}", file=sys.stderr)
        return error.exit_code


def _show(root: str, base: Path) -> int:
    if not list_versions(base):
        raise ArtifactError(f"{base} holds no model: none was pushed; `argosy explain --root {root}` tells what ran")
    absorb_first_remarks()
    with serving.ModelServer("penguins", base) as server:
        version = server.wait_ready(timeout=60)
        print(f"\npenguins version {version} serves; one row, asked twice: {json.dumps(ROW)}")
        print(f"  REST  {json.dumps(ask_rest(server.url))}")
        print(f"  gRPC  {json.dumps(ask_grpc(server.address))}")
    report = read_report(root)
    print("\nReports")
    for name in REPORTS:
        print(f"  {find_task(report, name).outputs['report'].uris[0]}")
    print(f"\nLineage of {base / str(version)}")
    return argosy(["lineage", str(base / str(version)), "--root", root])


def _dtype(name: str, value: object) -> type:
    if isinstance(value, str):
        return object
    return np.float64 if name in WHOLE_NUMBERS else np.float32


def _plain(values: object) -> object:
    listed = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(listed, list):
        return [_plain(value) for value in listed]
    return listed.decode() if isinstance(listed, bytes) else listed


if __name__ == "__main__":
    sys.exit(main())

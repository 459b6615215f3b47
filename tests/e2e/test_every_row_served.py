"""Every eval row of the quickstart, asked of `argosy serve` over REST and gRPC, against the Keras model in memory.

What it answered in memory was recorded by the run_fn itself, before anything was saved (see tests/conftest.py), and
the requests are made here from the rows on disk: neither owes anything to the golden requests of the export.
"""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from argosy.examples.layout import split_files
from argosy.examples.read import read_file

pytestmark = [pytest.mark.e2e, pytest.mark.beam, pytest.mark.tf]

TEXTS, FLOATS, INTEGERS = (
    ("island", "sex"), ("bill_length_mm", "bill_depth_mm"), ("flipper_length_mm", "body_mass_g"),
)  # fmt: skip


@pytest.fixture(scope="module")
def batch(penguins):
    (file,) = split_files(penguins.output("example-gen", "examples"), "eval")
    (found,) = read_file(file, with_raw=True)
    return found


@pytest.fixture(scope="module")
def columns(batch):
    """The raw rows, a missing text empty and a missing number NaN."""
    rows = batch.to_pylist()
    found = {name: np.array([(row[name] or [b""])[0] for row in rows], object) for name in TEXTS}
    for names, dtype in ((FLOATS, np.float32), (INTEGERS, np.float64)):
        found |= {name: np.array([(row[name] or [np.nan])[0] for row in rows], dtype) for name in names}
    assert (found["sex"] == b"").any()
    return found


@pytest.fixture(scope="module")
def in_memory(penguins, batch):
    answers = np.load(f"{penguins.output('trainer', 'model_run')}/in_memory.npy")
    assert answers.shape == (batch.num_rows, 3)
    return answers


@pytest.fixture(scope="module")
def server(penguins, tmp_path_factory):
    """The addresses (REST, gRPC) of `argosy serve` on the pushed model; ended by SIGTERM, which has to give 0."""
    log = tmp_path_factory.mktemp("serve") / "log"
    command = [sys.executable, "-m", "argosy.cli.main", "serve", "--model-name", "penguins"]
    command += ["--model-base-path", str(penguins.root / "models" / "penguins"), "--port", "0", "--rest-api-port", "0"]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=log.parent, env={**os.environ, "PYTHONPATH": str(penguins.code)}
        )
    try:
        rest, grpc = _addresses(log, process)
        from argosy.serving.client import wait_available

        (version,) = [int(path.name) for path in (penguins.root / "models" / "penguins").iterdir()]
        wait_available(rest, "penguins", version, timeout=60)
        yield rest, grpc
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(timeout=20)
        finally:
            process.kill()
    assert code == 0
    assert "Traceback" not in log.read_text()


def _addresses(log, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        line = next((line for line in log.read_text().splitlines() if "REST http" in line), "")
        if line:
            rest, grpc = line.split("REST ")[1].split(", gRPC ")
            return rest, grpc
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("signature", ["serving_default", "columns"])
@pytest.mark.parametrize("wire", ["rest", "grpc"])
def test_every_row_over_both_wires_by_both_signatures(server, batch, columns, in_memory, signature, wire):
    records = np.array(batch["__raw_record__"].to_pylist(), object)
    inputs = {"examples": records} if signature == "serving_default" else columns
    answer = _rest(server[0], signature, inputs) if wire == "rest" else _grpc(server[1], signature, inputs)
    assert answer.shape == in_memory.shape
    np.testing.assert_allclose(answer, in_memory, atol=1e-5, rtol=0)


def test_the_check_itself_tells_rows_apart(in_memory):
    assert np.abs(in_memory - np.roll(in_memory, 1, axis=0)).max() > 0.1


def _rest(url, signature, inputs):
    import base64

    from argosy.serving.client import predict

    def plain(value):
        if isinstance(value, bytes):
            return {"b64": base64.b64encode(value).decode()} if signature == "serving_default" else value.decode()
        return float(value)

    rows = zip(*inputs.values(), strict=True)
    instances = [dict(zip(inputs, map(plain, row), strict=True)) for row in rows]
    predictions = predict(url, "penguins", instances=instances, signature_name=signature)
    return np.array([one["probabilities"] for one in predictions])


def _grpc(address, signature, inputs):
    from argosy.serving.grpc_client import predict

    return predict(address, "penguins", inputs, signature_name=signature)["probabilities"]

"""Settings of the whole suite, the finished quickstart that several tests look at, and how two runs compare."""

import contextlib
import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import settings

from argosy import fs
from argosy.examples.read import read_examples
from argosy.examples.tfrecord import read_records
from argosy.model_analysis.results import load_eval_result

# The same examples on every run: a suite that decides whether a change lands must not roll dice. ARGOSY_EXPLORE=1 does.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile("explore" if os.environ.get("ARGOSY_EXPLORE") else "fixed")

CHECKOUT = Path(__file__).parent.parent
RECORDER = '''

_export_model, FEATURES = export_model, (*MEASUREMENTS, *CATEGORIES)


def export_model(model, fn_args, **options):
    """Writes what the model in memory answers to every eval row, in the files' order, and then exports it."""
    import numpy as np

    graph = options["transform_output"]
    batches = [features for features, _ in rows(fn_args.eval_files, fn_args, graph, num_epochs=1)]
    answers = [model({name: features[name] for name in FEATURES}).numpy() for features in batches]
    np.save(f"{fn_args.model_run_dir}/in_memory.npy", np.concatenate(answers))
    _export_model(model, fn_args, **options)
'''
"""Put behind the quickstart's model.py: a record that owes nothing to the golden requests."""

Cli = Callable[..., subprocess.CompletedProcess[str]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finished:
    """The quickstart, run once to its end. Tests read it; who changes something takes a copy of the root.

    Attributes:
        folder: The pipeline's.
        spec: The compiled pipeline.
        root: The run's root.
        report: What `argosy run --json` printed.
        code: The folder with the copy of Argosy that ran, so that an edit in the checkout meanwhile changes nothing.
    """

    folder: Path
    spec: Path
    root: Path
    report: dict[str, Any]
    code: Path

    def output(self, task: str, name: str) -> str:
        """Returns the URI of an output."""
        (found,) = [one for one in self.report["tasks"] if one["name"] == task]
        return str(found["outputs"][name]["uris"][0])

    def copy_of_root(self, parent: Path) -> Path:
        """Returns a root that knows this run, whose artifacts stay where they are."""
        return Path(shutil.copytree(self.root, parent / "root", ignore=shutil.ignore_patterns("artifacts")))


@pytest.fixture
def served() -> Iterator[Callable[[HTTPServer], str]]:
    """Returns a call that has a server answer until the test ends, and gives its address."""
    with contextlib.ExitStack() as ends:

        def serve(server: HTTPServer) -> str:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            for end in (server.server_close, thread.join, server.shutdown):
                ends.callback(end)
            return f"127.0.0.1:{server.server_port}"

        yield serve


@pytest.fixture(scope="session")
def kustomize() -> Callable[..., Path]:
    """Writes a kustomization into a folder; what is in `resources` and `components` is relative to manifests/."""

    def write(folder: Path, **fields: Any) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for key in fields.keys() & {"resources", "components"}:
            fields[key] = [os.path.relpath(CHECKOUT / "manifests" / path, folder.resolve()) for path in fields[key]]
        head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
        (folder / "kustomization.yaml").write_text(yaml.safe_dump({**head, **fields}))
        return folder

    return write


@pytest.fixture(scope="session")
def argosy_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of Argosy's code, for PYTHONPATH."""
    folder = tmp_path_factory.mktemp("code")
    for package in ("argosy", "components"):
        shutil.copytree(CHECKOUT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="session")
def cli(argosy_code: Path, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Runs `argosy ARGUMENTS...` in a process of its own; never with a traceback on its stderr."""
    elsewhere = tmp_path_factory.mktemp("cwd")

    def run(*arguments: object, cwd: Path = elsewhere, code: Path = argosy_code) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "argosy.cli.main", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(code)},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def penguins(argosy_code: Path, cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The quickstart, run to its end through the command line; its trainer keeps what the model answered in memory."""
    parent = tmp_path_factory.mktemp("penguins")
    folder, root, spec = parent / "penguins", parent / "root", parent / "penguins.yaml"
    shutil.copytree(CHECKOUT / "pipelines" / "penguins", folder)
    with (folder / "model.py").open("a") as file:
        file.write(RECORDER)
    done = cli("run", folder, "--root", root, "--json")
    assert done.returncode == 0, done.stderr
    compiled = cli("compile", folder, "--target", "kfp", "-o", spec)
    assert compiled.returncode == 0, compiled.stderr
    return Finished(folder=folder, spec=spec, root=root, report=json.loads(done.stdout), code=argosy_code)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 server in a process of its own, where any key may do anything."""
    yield from _served("moto.server", "-H", "127.0.0.1", "-p", log=tmp_path_factory.mktemp("s3") / "log")


@pytest.fixture(scope="session")
def gcs_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator of Google Cloud Storage in a process of its own."""
    arguments = ("gcp_storage_emulator", "start", "-q", "-M", "-H", "127.0.0.1", "--port")
    yield from _served(*arguments, log=tmp_path_factory.mktemp("gcs") / "log")


@pytest.fixture
def s3_bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URI of an empty bucket, which the environment says how to reach."""
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    urllib.request.urlopen(urllib.request.Request(f"{s3_endpoint}/{bucket}", method="PUT"), timeout=10).close()
    _describe_s3(monkeypatch, s3_endpoint, "key", "secret")
    return f"s3://{bucket}"


@pytest.fixture
def gcs_bucket(gcs_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URI of an empty bucket, which the environment says how to reach."""
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"name": bucket}).encode()
    request = urllib.request.Request(f"{gcs_endpoint}/storage/v1/b?project=p", data=body, headers=headers)
    urllib.request.urlopen(request, timeout=10).close()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_endpoint)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    return f"gs://{bucket}"


@pytest.fixture
def real_s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A URI of its own in the S3 of ARGOSY_TEST_S3_ENDPOINT, which the environment says how to reach."""
    from pyarrow.fs import S3FileSystem

    given = {name: os.environ.get(f"ARGOSY_TEST_S3_{name}", "") for name in ("ENDPOINT", "KEY", "SECRET")}
    if not all(given.values()):
        pytest.skip("ARGOSY_TEST_S3_ENDPOINT, _KEY and _SECRET are not set: a real S3")
    bucket = os.environ.get("ARGOSY_TEST_S3_BUCKET", "argosy-test")
    _describe_s3(monkeypatch, given["ENDPOINT"], given["KEY"], given["SECRET"])
    system = S3FileSystem(
        endpoint_override=given["ENDPOINT"], access_key=given["KEY"], secret_key=given["SECRET"], region="us-east-1",
        allow_bucket_creation=True,
    )  # fmt: skip
    system.create_dir(bucket)
    uri = f"s3://{bucket}/stores-{uuid.uuid4().hex}"
    yield uri
    fs.remove(uri)


@pytest.fixture(params=["s3", "gs", pytest.param("real", marks=pytest.mark.cluster)])
def bucket(request: pytest.FixtureRequest) -> str:
    """The URI of an empty place, in each kind of store; two of them are buckets."""
    return str(request.getfixturevalue({"s3": "s3_bucket", "gs": "gcs_bucket", "real": "real_s3"}[request.param]))


def _describe_s3(monkeypatch: pytest.MonkeyPatch, endpoint: str, key: str, secret: str) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


def _served(module: str, *arguments: str, log: Path) -> Iterator[str]:
    """Runs a module that takes a port as its last argument; yields its address once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        command = [sys.executable, "-m", module, *arguments, str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Made:
    """What one run of the quickstart made; `where` gives the folder of a task's output."""

    where: Callable[[str, str], Path]

    @classmethod
    def from_report(cls, report: dict[str, Any]) -> "Made":
        tasks = {task["name"]: task["outputs"] for task in report["tasks"]}
        return cls(where=lambda task, output: Path(tasks[task][output]["uris"][0]))

    def records(self, split: str) -> list[bytes]:
        files = sorted(self.where("example-gen", "examples").glob(f"Split-{split}/*"))
        return [record for file in files for batch in read_records(str(file)) for record in batch.to_pylist()]

    def bytes(self, task: str, output: str) -> dict[str, bytes]:
        folder = self.where(task, output)
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    def transformed(self, split: str) -> dict[str, pa.Array]:
        batches = list(read_examples(str(self.where("transform", "transformed_examples")), split))
        (table,) = {batch.schema for batch in batches}
        return {name: pa.Table.from_batches(batches)[name].combine_chunks() for name in table.names}

    def metrics(self) -> dict[str, Any]:
        result = load_eval_result(str(self.where("evaluator", "evaluation")))
        return {
            f"{slice_key} {key}": value for slice_key, found in result.slicing_metrics for key, value in found.items()
        }


def require_alike(one: Made, other: Made) -> None:
    """Data and what is counted in it are equal; floats of a graph to 1e-6; metrics of two trainings within 0.02."""
    for split in ("train", "eval"):
        assert one.records(split) == other.records(split)
        require_close(one.transformed(split), other.transformed(split))
    assert len(one.records("train")) > len(one.records("eval")) > 50
    for task, output in (("statistics-gen", "statistics"), ("schema-gen", "schema")):
        assert one.bytes(task, output) == other.bytes(task, output)
    mine, others = one.metrics(), other.metrics()
    assert mine.keys() == others.keys()
    numbers = {name: value for name, value in mine.items() if isinstance(value, float)}
    assert any("accuracy" in name for name in numbers)
    for name, value in numbers.items():
        # An empty class has no AUC, on either side.
        np.testing.assert_allclose(value, others[name], atol=0.02, err_msg=name)


def require_close(one: dict[str, pa.Array], other: dict[str, pa.Array]) -> None:
    assert one.keys() == other.keys()
    for name, mine in one.items():
        others = other[name]
        assert mine.type == others.type
        if pa.types.is_floating(mine.type.value_type):
            assert mine.offsets.equals(others.offsets)
            np.testing.assert_allclose(mine.values.to_numpy(), others.values.to_numpy(), atol=1e-6, err_msg=name)
        else:
            assert mine.equals(others), name


@pytest.fixture(scope="session")
def made() -> type[Made]:
    return Made


@pytest.fixture(scope="session")
def alike() -> Callable[[Made, Made], None]:
    return require_alike

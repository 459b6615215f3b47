"""The quickstart as an Argo Workflow: artifacts on S3 and metadata in MariaDB, then artifacts on a volume and SQLite.

What it makes is compared with what the same images make on a Docker engine, and what it publishes is served.
"""

import io
import json
import shutil
import subprocess
import sys
import tarfile
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from argosy import fs
from argosy.cli.main import main
from argosy.metadata import open_store
from argosy.runner import explain, report
from argosy.runner.report import RunReport
from argosy.saved_model import read_golden
from argosy.saved_model.golden import difference, from_json, to_json

pytestmark = [pytest.mark.cluster, pytest.mark.e2e, pytest.mark.tf, pytest.mark.timeout(1500)]

CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "pipelines" / "penguins"
TASKS = {
    "evaluator", "example-gen", "example-validator", "pusher", "schema-gen", "statistics-gen", "trainer", "transform",
}  # fmt: skip
DTYPES = {
    "bill_length_mm": np.float32,
    "bill_depth_mm": np.float32,
    "flipper_length_mm": np.float64,
    "body_mass_g": np.float64,
}
"""Of the inputs that are no texts."""

CLAIM = "argosy-models"
"""The claim that manifests/serving mounts at /models; the same one is the artifact root, below another folder."""


@pytest.fixture(scope="module", params=["s3", "pvc"])
def place(request) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def cluster(namespace, place) -> Iterator[Any]:
    """A namespace for each place."""
    with namespace(f"penguins-{place}") as found:
        yield found


@pytest.fixture(scope="module")
def roots(place, request) -> tuple[str, str, str]:
    """Where the input data lie, where artifacts go, and where models are published, as pods see them."""
    if place == "s3":
        store = request.getfixturevalue("store")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in store.variables.items():
                patch.setenv(name, value)
            fs.upload_directory(str(FOLDER / "data"), f"{store.uri}/penguins")
        return f"{store.uri}/penguins", f"{store.uri}/runs", f"{store.uri}/models/penguins"
    cluster, make_pod, image = (request.getfixturevalue(name) for name in ("cluster", "make_pod", "image"))
    request.getfixturevalue("claim")(CLAIM, "data")
    mounts = {
        "volumes": [{"name": "models", "persistentVolumeClaim": {"claimName": CLAIM}}],
        "volumeMounts": [{"name": "models", "mountPath": "/artifacts"}],
    }
    cluster.apply(make_pod("volume", image("importer"), ["sleep", "3600"], **mounts))
    cluster("wait", "pod/volume", "--for=condition=Ready", "--timeout=120s", timeout=130)
    for file in (FOLDER / "data").iterdir():
        cluster("exec", "-i", "volume", "--", "sh", "-c", f"cat > /artifacts/data/{file.name}", stdin=file.read_text())
    return "/artifacts/data", f"pvc://{CLAIM}/runs", "/artifacts/penguins"


@pytest.fixture(scope="module")
def pipeline(roots, tmp_path_factory) -> Path:
    """The quickstart's folder, with its input and its destination where pods are."""
    folder = tmp_path_factory.mktemp("pipeline") / "penguins"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("data"))
    file = folder / "pipeline.py"
    text = file.read_text()
    for before, after in (('"data"', f'"{roots[0]}"'), ('"models/penguins"', f'"{roots[2]}"')):
        assert text.count(before) == 1
        text = text.replace(before, after)
    file.write_text(text)
    return folder


@pytest.fixture(scope="module")
def submit(cluster, place, roots, pipeline, image, metadata, request, docker_run) -> Callable[[], RunReport]:
    """Submits the pipeline through the command line, follows it to its end, and returns its report."""
    service = metadata({"s3": "mariadb", "pvc": "sqlite"}[place])
    registry, _, tag = image("cli").partition("/cli:")
    options = ["--registry", registry, "--tag", tag, "--artifact-root", roots[1], "--metadata", service]
    if place == "s3":
        options += ["--store-secret", request.getfixturevalue("store_secret")]
    names = ["--namespace", cluster.namespace, "--service-account", "argosy-steps", "--keep-pods"]

    def run() -> RunReport:
        command = [sys.executable, "-m", "argosy.cli.main", "submit", str(pipeline), "--target", "argo"]
        done = subprocess.run(
            [*command, *names, *options, "--wait", "--json"],
            capture_output=True, text=True, timeout=900, cwd=CHECKOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return report.from_json(json.loads(done.stdout))

    return run


@pytest.fixture(scope="module")
def first(submit) -> RunReport:
    """The first run."""
    return submit()


@pytest.fixture(scope="module")
def second(submit, first) -> RunReport:
    """The same once more."""
    return submit()


@pytest.fixture(scope="module")
def artifacts(cluster, place, roots, first, request, tmp_path_factory) -> Callable[[str, str], Path]:
    """Where on this machine a task's output lies, fetched from where it is."""
    folder = tmp_path_factory.mktemp("artifacts")

    def fetch(task: str, output: str) -> Path:
        target = folder / task / output
        if target.exists():
            return target
        (uri,) = next(one for one in first.tasks if one.name == task).outputs[output].uris
        if place == "s3":
            with pytest.MonkeyPatch.context() as patch:
                for name, value in request.getfixturevalue("store").variables.items():
                    patch.setenv(name, value)
                fs.download_directory(uri, str(target))
        else:
            command = ["kubectl", "-n", cluster.namespace, "exec", "volume", "--", "tar", "-C", uri, "-cf", "-", "."]
            packed = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(target, filter="data")
        return target

    return fetch


@pytest.fixture(scope="session")
def docker_run(image, tmp_path_factory) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The same pipeline in the same images on a Docker engine, going on while the cluster runs it; and its log."""
    registry, _, tag = image("cli").partition("/cli:")
    folder = tmp_path_factory.mktemp("docker")
    spec, root = folder / "penguins.yaml", folder / "root"
    assert main(["compile", str(FOLDER), "-o", str(spec), "--registry", registry, "--tag", tag]) == 0
    command = [sys.executable, "-m", "argosy.cli.main", "run", str(spec), "--executor", "docker", "--root", str(root)]
    with (
        (folder / "log").open("w+") as log,
        subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, stderr=log, text=True, cwd=CHECKOUT) as running,
    ):
        yield running, folder / "log"
        running.terminate()


@pytest.fixture(scope="session")
def in_docker(docker_run, made) -> Any:
    """What the same images make on a Docker engine."""
    running, log = docker_run
    printed, _ = running.communicate(timeout=900)
    assert running.returncode == 0, log.read_text()
    return made.from_report(json.loads(printed))


def test_each_step_is_one_pod_that_succeeded(cluster, first) -> None:
    assert {task.name: str(task.state) for task in first.tasks} == dict.fromkeys(TASKS, "SUCCEEDED")
    assert {task.attempts for task in first.tasks} == {1}
    pods = cluster.get("pods", "-l", f"workflows.argoproj.io/workflow={first.run_id}")["items"]
    assert len(pods) == len(TASKS)
    assert {task.reason for task in first.tasks} == {"first run"}


def test_it_makes_what_the_same_images_make_on_a_docker_engine(first, artifacts, in_docker, made, alike) -> None:
    mine = made(where=artifacts)
    alike(mine, in_docker)
    assert str(mine.metrics()) == str(in_docker.metrics())


def test_a_second_submission_is_all_cache(cluster, first, second) -> None:
    assert {task.name for task in second.tasks if task.cached} == TASKS
    assert {line.partition(" was not run: ")[2] for line in explain(second)} == {f"cached from run {first.run_id}"}
    assert {task.name: task.outputs for task in second.tasks} == {task.name: task.outputs for task in first.tasks}
    assert main(["explain", "--namespace", cluster.namespace, "--run", second.run_id]) == 0


def test_lineage_goes_from_the_published_version_back_to_the_data(
    cluster, first, second, forwarded, roots, capsys
) -> None:
    service = f"grpc://127.0.0.1:{forwarded('argosy-metadata', 8080)}"
    assert main(["lineage", "pusher.pushed_model", "--namespace", cluster.namespace, "--metadata", service]) == 0
    tree = capsys.readouterr().out
    for words in (f"source: {roots[0]}", "by trainer (execution ", f"run {first.run_id}", "transform_graph: "):
        assert words in tree
    with open_store(service) as store:
        pushed = {str(one.properties.get("pushed_destination", "")) for one in store.artifacts()} - {""}
    (version,) = pushed
    assert version.rpartition("/")[0] == roots[2]
    assert main(["lineage", version, "--metadata", service]) == 0
    assert capsys.readouterr().out == tree
    assert main(["explain", "--metadata", service, "--run", second.run_id]) == 0
    known = capsys.readouterr().out.splitlines()
    assert f"trainer was not run: cached from run {first.run_id}" in known


@pytest.fixture
def served(cluster, place, first, roots, kustomize, image, request, tmp_path) -> None:
    """The Deployment that serves what the Pusher published: manifests/serving's overlay `local`, or `local-s3`."""
    changes: dict[str, Any] = {
        "Deployment": {
            "op": "replace",
            "path": "/spec/template/spec/containers/0/resources/requests/cpu",
            "value": "100m",
        },
        "HorizontalPodAutoscaler": {"op": "replace", "path": "/spec/minReplicas", "value": 1},
    }
    fields: dict[str, Any] = {"resources": ["serving/overlays/local"]}
    if place == "s3":
        port = urllib.parse.urlsplit(request.getfixturevalue("store").endpoint).port or 443
        changes["NetworkPolicy"] = {"op": "add", "path": "/spec/egress/-", "value": {"ports": [{"port": port}]}}
        overlay = yaml.safe_load((CHECKOUT / "manifests/serving/overlays/local-s3/kustomization.yaml").read_text())
        fields = {
            "resources": ["serving/base"],
            "components": [f"serving/components/{Path(part).name}" for part in overlay["components"]],
            "configMapGenerator": [
                {"name": "argosy-serving-settings", "behavior": "merge", "literals": [f"source={roots[2]}"]}
            ],
        }
    images = [
        {"name": f"argosy/{name}", "newName": image(name).rpartition(":")[0], "newTag": image(name).rpartition(":")[2]}
        for name in ("serve", "cli")
    ]
    patches = [{"target": {"kind": kind}, "patch": json.dumps([patch])} for kind, patch in changes.items()]
    folder = kustomize(tmp_path, namespace=cluster.namespace, images=images, patches=patches, **fields)
    cluster("apply", "-k", str(folder))
    cluster("rollout", "status", "deployment/argosy-serving", "--timeout=240s", timeout=250)


def test_the_published_model_is_served_with_what_it_answered_in_training(served, artifacts, forwarded) -> None:
    from argosy.serving import client, grpc_client

    url = f"http://127.0.0.1:{forwarded('argosy-serving', 8501)}"
    address = f"127.0.0.1:{forwarded('argosy-serving', 8500)}"
    cases = read_golden(str(artifacts("trainer", "model")))
    assert {(case.signature, case.source) for case in cases} == {
        ("serving_default", "in_memory"),
        ("columns", "in_memory"),
    }
    for case in cases:
        answer = client.predict(url, "penguins", case.inputs, signature_name=case.signature)
        inputs = {name: from_json(values, np.dtype(DTYPES.get(name, object))) for name, values in case.inputs.items()}
        over_grpc = grpc_client.predict(address, "penguins", inputs, signature_name=case.signature)
        for name, expected in case.outputs.items():
            assert difference(expected, answer[name], 1e-5) == ""
            assert difference(expected, to_json(over_grpc[name]), 1e-5) == ""

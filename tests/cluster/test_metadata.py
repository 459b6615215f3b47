"""The metadata manifests on a cluster: both databases, both clients, and what a dead server or database costs."""

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from argosy.metadata import open_store

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

SCRIPTS = Path(__file__).parent / "scripts"
OVERLAYS = sorted(path.name for path in (Path(__file__).parents[2] / "manifests/metadata/overlays").iterdir())
ADDRESS = "argosy-metadata:8080"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_api_server_takes_it_in_a_restricted_namespace(cluster, kustomize, tmp_path, overlay):
    folder = kustomize(tmp_path, resources=[f"metadata/overlays/{overlay}"], namespace=cluster.namespace)
    done = cluster.run("apply", "--server-side", "--dry-run=server", "-k", str(folder))
    assert done.returncode == 0, done.stderr
    assert "PodSecurity" not in done.stderr
    assert "deployment.apps/argosy-metadata serverside-applied" in done.stdout


@pytest.fixture(scope="module", params=["argosy", "sqlite"])
def overlay(cluster, claim, image, foreign_image, kustomize, tmp_path_factory, request) -> Iterator[str]:
    """One of the overlays that need no image from elsewhere, up and ready."""
    claims = {"argosy": "data-argosy-metadata-db-0", "sqlite": "argosy-metadata"}
    claim(claims[request.param])
    images = {"argosy/metadata": image("metadata"), "mariadb": foreign_image("mariadb")}
    parts = {name: reference.rpartition(":") for name, reference in images.items()}
    folder = kustomize(
        tmp_path_factory.mktemp("metadata"),
        resources=[f"metadata/overlays/{request.param}"],
        namespace=cluster.namespace,
        images=[{"name": name, "newName": new, "newTag": tag} for name, (new, _, tag) in parts.items()],
        # The claim is there already, on a folder of the node: not every cluster makes volumes by itself.
        patches=[] if request.param == "argosy" else [{
            "target": {"kind": "PersistentVolumeClaim"},
            "patch": "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: any}, $patch: delete}",
        }],
    )  # fmt: skip
    if request.param == "argosy":
        cluster("create", "secret", "generic", "argosy-metadata-db",
                "--from-literal=user=mlmd", "--from-literal=password=it's a \"secret\"")  # fmt: skip
    cluster("apply", "-k", str(folder))
    cluster("rollout", "status", "deployment/argosy-metadata", "--timeout=180s", timeout=200)
    yield request.param
    cluster("delete", "-k", str(folder), "--wait=true", timeout=200)


@pytest.fixture(scope="module")
def write(cluster, image, make_pod) -> Callable[..., Callable[[], dict[str, Any]]]:
    """Starts a pod that writes for some seconds; returns what waits for its count."""
    numbers = iter(range(100))

    def start(seconds: float) -> Callable[[], dict[str, Any]]:
        name = f"writer-{next(numbers)}"
        script = (SCRIPTS / "metadata_write.py").read_text()
        cluster.apply(client(make_pod(name, image("metadata"), [
            "python", "-c", script, f"grpc://{ADDRESS}", name, str(seconds),
        ])))  # fmt: skip
        cluster.wait_until(f"{name} writes", 90, lambda: "writing" in cluster.run("logs", name).stdout)

        def result() -> dict[str, Any]:
            text = cluster.finished(name, seconds + 150)
            return {**json.loads(text.splitlines()[-1]), "log": text}

        return result

    return start


def client(pod: dict[str, Any]) -> dict[str, Any]:
    pod["metadata"]["labels"] = {"argosy.dev/metadata-client": "true"}
    return pod


def nothing_lost_nothing_doubled(found: dict[str, Any]) -> None:
    written = found["written"]
    assert written > 0
    assert found["executions"] == found["artifacts"] == found["complete"] == written, found["log"]
    assert found["rows"] == [written, written, 2 * written], found["log"]
    assert found["as_given"], found["log"]


def server_pods(cluster) -> list[str]:
    return [
        item["metadata"]["name"]
        for item in cluster.get("pods", "-l", "app.kubernetes.io/name=argosy-metadata")["items"]
    ]


def test_the_official_client_works_from_a_pod(cluster, overlay, image, make_pod):
    script = (SCRIPTS / "metadata_official.py").read_text()
    name = f"official-{overlay}"
    host, port = ADDRESS.split(":")
    cluster.apply(client(make_pod(name, image("metadata"), ["python", "-c", script, host, port])))
    assert cluster.finished(name).splitlines()[-1] == "s3://b/official 7"


@contextlib.contextmanager
def forwarded(cluster) -> Iterator[int]:
    command = ["kubectl", "--namespace", cluster.namespace, "port-forward", "service/argosy-metadata", ":8080"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"127\.0\.0\.1:(\d+)", line)
            assert found, line + process.stdout.read()
            yield int(found[1])
        finally:
            process.terminate()


def test_both_clients_work_from_the_host(cluster, overlay):
    with forwarded(cluster) as port:
        command = [sys.executable, str(SCRIPTS / "metadata_official.py"), "127.0.0.1", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.stdout.splitlines()[-1:] == ["s3://b/official 7"], done.stderr
        with open_store(f"grpc://127.0.0.1:{port}") as store:
            assert "s3://b/official" in {artifact.uri for artifact in store.artifacts()}


def test_a_server_killed_while_a_client_writes(cluster, overlay, write):
    result = write(12)
    time.sleep(3)
    cluster("delete", "pod", "--grace-period=0", "--force", *server_pods(cluster))
    nothing_lost_nothing_doubled(result())


def test_the_service_away_for_twenty_seconds(cluster, overlay, write):
    result = write(35)
    time.sleep(2)
    cluster("scale", "deployment/argosy-metadata", "--replicas=0")
    cluster.wait_until("no server is left", 60, lambda: not server_pods(cluster))
    time.sleep(20)
    cluster("scale", "deployment/argosy-metadata", "--replicas=1")
    found = result()
    nothing_lost_nothing_doubled(found)
    assert found["slowest"] > 15
    assert f"metadata service grpc://{ADDRESS} does not answer (" in found["log"]


@pytest.mark.parametrize("overlay", ["argosy"], indirect=True)
def test_the_database_killed_while_a_client_writes(cluster, overlay, write):
    before = server_pods(cluster)
    result = write(20)
    time.sleep(3)
    cluster("delete", "pod", "argosy-metadata-db-0", "--grace-period=0", "--force")
    nothing_lost_nothing_doubled(result())
    assert server_pods(cluster) == before
    [pod] = cluster.get("pods", "-l", "app.kubernetes.io/name=argosy-metadata")["items"]
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0


def test_many_clients_at_once(cluster, overlay, write):
    results = [write(5) for _ in range(3)]
    for result in results:
        nothing_lost_nothing_doubled(result())

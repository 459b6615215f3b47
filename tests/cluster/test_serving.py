"""The serving manifests on a cluster: admitted, applied, and changed under load without a failed request."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

SCRIPTS = Path(__file__).parent / "scripts"
OVERLAYS = sorted(path.name for path in (Path(__file__).parents[2] / "manifests/serving/overlays").iterdir())
SMALL = [
    {
        "target": {"kind": "Deployment"},
        "patch": "- {op: replace, path: /spec/template/spec/containers/0/resources/requests/cpu, value: 100m}",
    },
    {
        "target": {"kind": "HorizontalPodAutoscaler"},
        "patch": "- {op: replace, path: /spec/minReplicas, value: 1}",
    },
]
"""A test cluster has few processors, and the test says how many replicas there are."""


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_api_server_takes_it_in_a_restricted_namespace(cluster, kustomize, tmp_path, overlay):
    folder = kustomize(tmp_path, resources=[f"serving/overlays/{overlay}"], namespace=cluster.namespace)
    done = cluster.run("apply", "--server-side", "--dry-run=server", "-k", str(folder))
    assert done.returncode == 0, done.stderr
    assert "PodSecurity" not in done.stderr
    assert "deployment.apps/argosy-serving serverside-applied" in done.stdout


@pytest.fixture(scope="module")
def claims(cluster, node, kustomize, tmp_path_factory) -> Iterator[None]:
    """manifests/storage's claims, on folders of the node that only these tests use."""
    names = {what: f"{cluster.namespace}-{what}" for what in ("artifacts", "models")}
    node(f"install -d -o 10001 -g 10001 {' '.join(names.values())}")
    patches = []
    for what, name in names.items():
        changes = {
            "PersistentVolume": {"/metadata/name": name, "/spec/hostPath/path": f"{node.folder}/{name}"},
            "PersistentVolumeClaim": {"/spec/volumeName": name},
        }
        for kind, values in changes.items():
            replace = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
            patches.append({"target": {"kind": kind, "name": f"argosy-{what}"}, "patch": yaml.safe_dump(replace)})
    folder = kustomize(
        tmp_path_factory.mktemp("storage"),
        resources=["storage/overlays/single-node"],
        namespace=cluster.namespace,
        patches=patches,
    )
    cluster("apply", "-k", str(folder))
    yield
    cluster("delete", "persistentvolume", "--wait=false", *names.values())


@pytest.fixture(scope="module")
def publish(cluster, image, make_pod) -> Callable[..., int]:
    """Publishes y = x / 2 + offset from a pod, as the Pusher does, and returns the version."""
    numbers = iter(range(100))

    def push(base_path: str, offset: float, **more: Any) -> int:
        name = f"publish-{next(numbers)}"
        command = ["python", "-c", (SCRIPTS / "publish.py").read_text(), base_path, str(offset)]
        cluster.apply(make_pod(name, image("serve"), command, **more))
        return int(cluster.finished(name).split("version ")[-1])

    return push


MODELS = {
    "volumes": [{"name": "models", "persistentVolumeClaim": {"claimName": "argosy-models"}}],
    "volumeMounts": [{"name": "models", "mountPath": "/models"}],
}


@pytest.fixture(scope="module")
def serve(cluster, image, kustomize, tmp_path_factory) -> Callable[[str], None]:
    """Applies an overlay with the tests' images."""

    def apply(overlay: str) -> None:
        images = [{"name": f"argosy/{name}", "newName": image(name).rpartition(":")[0]} for name in ("serve", "cli")]
        folder = kustomize(
            tmp_path_factory.mktemp("serving"), resources=[f"serving/overlays/{overlay}"],
            namespace=cluster.namespace, images=images, patches=SMALL,
        )  # fmt: skip
        cluster("apply", "-k", str(folder))

    return apply


def servers(cluster) -> list[dict[str, Any]]:
    return cluster.get("pods", "-l", "app.kubernetes.io/name=argosy-serving")["items"]


def wait_for_servers(cluster, number: int) -> None:
    """Waits until so many pods are ready and no other is left, not even one that is ending."""

    def so_many() -> bool:
        pods = servers(cluster)
        ready = [one for one in pods if any(
            condition["type"] == "Ready" and condition["status"] == "True" for condition in one["status"]["conditions"]
        )]  # fmt: skip
        return len(pods) == len(ready) == number

    cluster.wait_until(f"{number} servers", 180, so_many)


def test_it_waits_for_the_first_version_and_loses_no_request_ever_after(
    cluster, claims, publish, serve, image, make_pod
):
    serve("local")
    cluster.wait_until(
        "a server runs", 120, lambda: any(one["status"]["phase"] == "Running" for one in servers(cluster))
    )
    time.sleep(8)
    (waiting,) = servers(cluster)
    (status,) = waiting["status"]["containerStatuses"]
    assert (status["ready"], status["restartCount"]) == (False, 0)
    publish("/models/penguins", 2.0, **MODELS)
    cluster("rollout", "status", "deployment/argosy-serving", "--timeout=120s")

    command = ["python", "-c", (SCRIPTS / "load.py").read_text(), "argosy-serving", "penguins"]
    cluster.apply(make_pod("load", image("serve"), command))
    cluster.wait_until("the load begins", 120, lambda: "asking" in cluster.run("logs", "load").stdout)
    cluster("rollout", "restart", "deployment/argosy-serving")
    cluster("rollout", "status", "deployment/argosy-serving", "--timeout=180s", timeout=200)
    wait_for_servers(cluster, 1)
    cluster("scale", "deployment/argosy-serving", "--replicas=2")
    wait_for_servers(cluster, 2)
    time.sleep(12)  # clients on kept gRPC channels come to the new one when the age of their connection is over
    evicted, other = sorted(one["metadata"]["name"] for one in servers(cluster))
    assert evict(cluster, evicted).returncode == 0
    refused = evict(cluster, other)
    assert "disruption budget" in refused.stderr + refused.stdout
    cluster.wait_until("the evicted one is gone", 120, lambda: evicted not in str(servers(cluster)))
    wait_for_servers(cluster, 2)
    publish("/models/penguins", 2.0, **MODELS)
    cluster("scale", "deployment/argosy-serving", "--replicas=1")
    wait_for_servers(cluster, 1)
    time.sleep(5)
    cluster("exec", "load", "--", "touch", "/tmp/stop")
    summary = json.loads(cluster.finished("load").splitlines()[-1])
    print(json.dumps(summary, indent=1))
    assert {way: found["failed"] for way, found in summary.items()} == {way: [] for way in summary}
    assert all(found["answered"] >= 10 for found in summary.values())


def evict(cluster, name: str):
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": cluster.namespace}}
    path = f"/api/v1/namespaces/{cluster.namespace}/pods/{name}/eviction"
    return cluster.run("create", "--raw", path, "-f", "-", stdin=json.dumps(body))

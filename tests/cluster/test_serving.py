"""The serving manifests on a cluster: admitted, applied, and changed under load without a failed request."""

import json
import time
import urllib.parse
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
        return int(cluster.finished(name, 300).split("version ")[-1])

    return push


MODELS = {
    "volumes": [{"name": "models", "persistentVolumeClaim": {"claimName": "argosy-models"}}],
    "volumeMounts": [{"name": "models", "mountPath": "/models"}],
}


@pytest.fixture(scope="module")
def serve(cluster, image, kustomize, tmp_path_factory) -> Callable[..., None]:
    """Applies a kustomization over manifests/serving with the tests' images."""

    def apply(*, patches: tuple[dict[str, Any], ...] = (), **fields: Any) -> None:
        images = []
        for name in ("serve", "cli"):
            repository, _, tag = image(name).rpartition(":")
            images.append({"name": f"argosy/{name}", "newName": repository, "newTag": tag})
        folder = kustomize(
            tmp_path_factory.mktemp("serving"),
            namespace=cluster.namespace,
            images=images,
            patches=[*SMALL, *patches],
            **fields,
        )
        cluster("apply", "-k", str(folder))

    return apply


def servers(cluster) -> list[dict[str, Any]]:
    return cluster.get("pods", "-l", "argosy.dev/model=penguins")["items"]


def wait_for_servers(cluster, number: int) -> None:
    """Waits until so many pods are ready and no other is left, not even one that is ending."""

    def so_many() -> bool:
        pods = servers(cluster)
        ready = [one for one in pods if any(
            condition["type"] == "Ready" and condition["status"] == "True" for condition in one["status"]["conditions"]
        )]  # fmt: skip
        return len(pods) == len(ready) == number

    cluster.wait_until(f"{number} servers", 300, so_many)


def test_it_waits_for_the_first_version_and_loses_no_request_ever_after(
    cluster, claims, publish, serve, image, make_pod
):
    serve(resources=["serving/overlays/local"])
    cluster.wait_until(
        "a server runs", 120, lambda: any(one["status"]["phase"] == "Running" for one in servers(cluster))
    )
    time.sleep(8)
    (waiting,) = servers(cluster)
    (status,) = waiting["status"]["containerStatuses"]
    assert (status["ready"], status["restartCount"]) == (False, 0)
    publish("/models/penguins", 2.0, **MODELS)
    rolled_out(cluster)

    command = ["python", "-c", (SCRIPTS / "load.py").read_text(), "argosy-serving", "penguins"]
    cluster.apply(make_pod("load", image("serve"), command))
    cluster.wait_until("the load begins", 120, lambda: "asking" in cluster.run("logs", "load").stdout)
    cluster("rollout", "restart", "deployment/argosy-serving")
    rolled_out(cluster)
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


def test_a_rollback_and_its_undoing_are_rolling_changes(cluster, claims, publish, serve):
    """As docs/serving.md has it."""
    serve(resources=["serving/overlays/local"])
    good = publish("/models/penguins", 2.0, **MODELS)
    rolled_out(cluster)
    publish("/models/penguins", 3.0, **MODELS)
    cluster.wait_until("the newest version is served", 60, lambda: answer(cluster) == "[3.5]")
    add = {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": f"--model-version={good}"}
    cluster("patch", "deployment", "argosy-serving", "--type=json", "-p", json.dumps([add]))
    rolled_out(cluster)
    assert answer(cluster) == "[2.5]"
    cluster("rollout", "undo", "deployment/argosy-serving")
    rolled_out(cluster)
    assert answer(cluster) == "[3.5]"


def test_a_puller_brings_versions_from_a_bucket_and_takes_withdrawn_ones_away(
    cluster, store, store_secret, publish, serve, image, make_pod
):
    base, name = f"{store.uri}/models/flights", "argosy-serving-flights"
    parts = ("puller", "s3", "local", "settings")
    port = urllib.parse.urlsplit(store.endpoint).port or 443
    out = {"op": "add", "path": "/spec/egress/-", "value": {"ports": [{"port": port}]}}
    values = ["model=flights", f"source={base}"]
    serve(
        resources=["serving/base"],
        components=[f"serving/components/{part}" for part in parts],
        nameSuffix="-flights",
        configMapGenerator=[{"name": "argosy-serving-settings", "behavior": "merge", "literals": values}],
        patches=({"target": {"kind": "NetworkPolicy"}, "patch": json.dumps([out])},),
    )
    writer = {"envFrom": [{"secretRef": {"name": store_secret}}]}
    publish(base, 2.0, **writer)
    rolled_out(cluster, name)
    assert answer(cluster, name, "flights") == "[2.5]"
    bad = publish(base, 3.0, **writer)
    cluster.wait_until("the newest version is served", 60, lambda: answer(cluster, name, "flights") == "[3.5]")
    script = "import sys; from argosy.serving.publish import withdraw; withdraw(sys.argv[1], int(sys.argv[2]))"
    cluster.apply(make_pod("withdraw", image("cli"), ["python", "-c", script, base, str(bad)], **writer))
    cluster.finished("withdraw", 300)
    cluster.wait_until("the one before is served", 60, lambda: answer(cluster, name, "flights") == "[2.5]")
    (server,) = cluster.get("pods", "-l", "argosy.dev/model=flights")["items"]
    assert [status["restartCount"] for status in server["status"]["containerStatuses"]] == [0, 0]
    cluster("delete", "deployment", name)


def rolled_out(cluster, name: str = "argosy-serving") -> None:
    cluster("rollout", "status", f"deployment/{name}", "--timeout=300s", timeout=320)


def answer(cluster, name: str = "argosy-serving", model: str = "penguins") -> str:
    """Returns what the newest of a Deployment's servers answers to 1.0."""
    script = f"from argosy.serving import predict; print(predict('http://127.0.0.1:8501', '{model}', [1.0]))"
    pods = cluster.get("pods", "-l", f"argosy.dev/model={model}")["items"]
    newest = max(pods, key=lambda one: one["metadata"]["creationTimestamp"])["metadata"]["name"]
    return cluster.run("exec", newest, "-c", "server", "--", "python", "-c", script).stdout.strip()


def evict(cluster, name: str):
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": cluster.namespace}}
    path = f"/api/v1/namespaces/{cluster.namespace}/pods/{name}/eviction"
    return cluster.run("create", "--raw", path, "-f", "-", stdin=json.dumps(body))

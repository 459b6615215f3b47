"""The Pusher in a pod: a bucket, two servers with pullers, and one name for both, asked through DNS alone."""

import json
import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

SCRIPT = Path(__file__).parent / "scripts" / "push.py"
NAME = "argosy-serving-pushed"
URL = "http://argosy-serving-pods-pushed:8501"


@pytest.fixture(scope="module")
def base(cluster, store, store_secret, image, kustomize, tmp_path_factory) -> str:
    """The base URI of a model that two servers serve, once there is a version."""
    uri = f"{store.uri}/models/pushed"
    images = []
    for name in ("serve", "cli"):
        repository, _, tag = image(name).rpartition(":")
        images.append({"name": f"argosy/{name}", "newName": repository, "newTag": tag})
    port = urllib.parse.urlsplit(store.endpoint).port or 443
    changes = {
        "NetworkPolicy": [{"op": "add", "path": "/spec/egress/-", "value": {"ports": [{"port": port}]}}],
        "HorizontalPodAutoscaler": [{"op": "replace", "path": "/spec/minReplicas", "value": 2}],
        "Deployment": [
            {"op": "replace", "path": "/spec/template/spec/containers/0/resources/requests/cpu", "value": "100m"},
            {"op": "add", "path": "/spec/replicas", "value": 2},
        ],
    }
    folder = kustomize(
        tmp_path_factory.mktemp("serving"),
        namespace=cluster.namespace,
        resources=["serving/base"],
        components=[f"serving/components/{part}" for part in ("puller", "s3", "local", "settings")],
        nameSuffix="-pushed",
        images=images,
        configMapGenerator=[
            {"name": "argosy-serving-settings", "behavior": "merge", "literals": ["model=pushed", f"source={uri}"]}
        ],
        patches=[{"target": {"kind": kind}, "patch": json.dumps(patch)} for kind, patch in changes.items()],
    )
    cluster("apply", "-k", str(folder))
    return uri


@pytest.fixture(scope="module")
def push(cluster, base, store_secret, image, make_pod) -> Callable[..., str]:
    """Pushes y = x / 2 + offset from a pod and returns what it printed."""
    numbers = iter(range(100))

    def run(offset: float, seconds: int, *, phase: str = "Succeeded") -> str:
        name = f"push-{next(numbers)}"
        command = ["python", "-c", SCRIPT.read_text(), base, str(offset), URL, str(seconds)]
        cluster.apply(make_pod(name, image("pusher"), command, envFrom=[{"secretRef": {"name": store_secret}}]))
        cluster.wait_until(f"{name} ends", 400, lambda: _phase(cluster, name) in ("Succeeded", "Failed"))
        said = cluster("logs", name)
        assert _phase(cluster, name) == phase, said
        return str(said)

    return run


def _phase(cluster, name: str) -> str:
    return cluster.get("pod", name)["status"]["phase"]


def servers(cluster) -> list[str]:
    """Returns the addresses of the servers."""
    return sorted(
        one["status"].get("podIP", "") for one in cluster.get("pods", "-l", "argosy.dev/model=pushed")["items"]
    )


def test_the_first_version_is_waited_for_though_no_server_is_ready_yet(cluster, push):
    said = push(2.0, 300)
    assert re.search(r"http://\S+ serves pushed version \d+", said)
    cluster("rollout", "status", f"deployment/{NAME}", "--timeout=300s", timeout=320)
    assert len(servers(cluster)) == 2


def test_every_server_is_asked_by_its_own_address(cluster, push):
    said = push(3.0, 300)
    version = said.split()[-1]
    assert sorted(re.findall(rf"http://(\S+):8501 serves pushed version {version}", said)) == servers(cluster)


def test_a_version_that_servers_do_not_get_in_time_is_withdrawn_and_they_serve_on(cluster, push):
    said = push(4.0, 0, phase="Failed").splitlines()[-1]
    assert re.search(r"http://\S+:8501: model pushed version \d+ not AVAILABLE.*was withdrawn from s3://", said)
    withdrawn = int(re.findall(r"version (\d+) was withdrawn", said)[0])
    again = push(5.0, 300)
    assert sorted(re.findall(r"http://(\S+):8501 serves", again)) == servers(cluster)
    assert int(again.split()[-1]) > withdrawn

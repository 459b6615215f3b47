"""A namespace of the tests' own on the cluster of KUBECONFIG, made from our manifests, and pods that it admits."""

import dataclasses
import json
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy import __version__

MANIFESTS = Path(__file__).parents[3] / "manifests"
USER = 10001


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """kubectl in one namespace."""

    namespace: str

    def run(self, *arguments: str, stdin: str = "", timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Returns what kubectl did, whether it went well or not."""
        command = ["kubectl", "--namespace", self.namespace, *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout)

    def __call__(self, *arguments: str, stdin: str = "", timeout: float = 120) -> str:
        """Returns kubectl's output."""
        done = self.run(*arguments, stdin=stdin, timeout=timeout)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr or done.stdout}"
        return done.stdout

    def apply(self, *documents: dict[str, Any]) -> None:
        self("apply", "-f", "-", stdin=yaml.safe_dump_all(documents))

    def get(self, *arguments: str) -> Any:
        return json.loads(self("get", *arguments, "-o", "json"))

    def wait_until(self, what: str, seconds: float, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}\n{self('get', 'pods,events')}"
            time.sleep(0.5)

    def finished(self, name: str, seconds: float = 120) -> str:
        """Returns the log of a pod that ran to a good end."""

        def over() -> bool:
            return self.get("pod", name)["status"]["phase"] in ("Succeeded", "Failed")

        self.wait_until(f"pod {name} ends", seconds, over)
        text = self("logs", name)
        assert self.get("pod", name)["status"]["phase"] == "Succeeded", text
        return text


def kustomization(folder: Path, **fields: Any) -> Path:
    """Writes a kustomization; what is in `resources` and `components` is relative to manifests/."""
    folder.mkdir(parents=True, exist_ok=True)
    for key in ("resources", "components"):
        fields[key] = [os.path.relpath(MANIFESTS / path, folder.resolve()) for path in fields.get(key, [])]
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({**head, **fields}))
    return folder


def pod(name: str, image: str, command: list[str], **more: Any) -> dict[str, Any]:
    """Returns a pod that ends by itself and passes `restricted`. More: fields of its container, `volumes`, `spec`."""
    volumes = [{"name": "tmp", "emptyDir": {}}, *more.pop("volumes", [])]
    mounts = [{"name": "tmp", "mountPath": "/tmp"}, *more.pop("volumeMounts", [])]
    spec = more.pop("spec", {})
    container = {
        "name": "main",
        "image": image,
        "command": command,
        "volumeMounts": mounts,
        "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "2Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **more,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"argosy.dev/serving-client": "true"}},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": volumes,
            **spec,
        },
    }


@pytest.fixture(scope="session")
def kustomize() -> Callable[..., Path]:
    """`kustomization` above."""
    return kustomization


@pytest.fixture(scope="session")
def make_pod() -> Callable[..., dict[str, Any]]:
    """`pod` above."""
    return pod


@pytest.fixture(scope="session")
def image() -> Callable[[str], str]:
    """Argosy's images by name, from the registry that the environment names."""
    registry = os.environ.get("ARGOSY_TEST_REGISTRY")
    if not registry:
        pytest.skip("ARGOSY_TEST_REGISTRY is not set: a registry with Argosy's images that the cluster can pull from")
    return lambda name: f"{registry}/{name}:{__version__}"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A namespace from manifests/argo/base, so one that enforces `restricted`; it goes with everything in it."""
    if not os.environ.get("KUBECONFIG"):
        pytest.skip("KUBECONFIG is not set: a cluster to test on")
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not on PATH")
    name = f"argosy-manifests-{uuid.uuid4().hex[:6]}"
    found = Cluster(namespace=name)
    answer = found.run("version", "--request-timeout=10s")
    if answer.returncode:
        pytest.skip(f"the cluster of KUBECONFIG does not answer: {answer.stderr.strip()}")
    found("apply", "-k", str(kustomization(tmp_path_factory.mktemp("access"), resources=["argo/base"], namespace=name)))
    yield found
    found("delete", "namespace", name, "--wait=false")

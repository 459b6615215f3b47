"""What holds for all manifests: valid, pinned, restricted, bounded."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from argosy import __version__

MANIFESTS = Path(__file__).parents[2] / "manifests"
FOLDERS = sorted(
    str(path.parent.relative_to(MANIFESTS))
    for path in MANIFESTS.rglob("kustomization.yaml")
    if yaml.safe_load(path.read_text())["kind"] == "Kustomization"
)
VERSIONS = ("1.30", kubernetes_validate.latest_version().rpartition(".")[0])
FOREIGN = ("argoproj.io", "monitoring.coreos.com")
"""API groups that Kubernetes itself does not have; the cluster's tests put the first before a real API server."""
OFFICIAL = ("tensorflow/serving", "mariadb", "gcr.io/tfx-oss-public/ml_metadata_store_server")


@pytest.fixture(params=FOLDERS)
def documents(request, render) -> list[dict[str, Any]]:
    return render(MANIFESTS / request.param)


def pod_specs(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for document in documents:
        template = document.get("spec", {}).get("template", {})
        if "containers" in template.get("spec", {}):
            yield f"{document['kind']}/{document['metadata']['name']}", template["spec"]


def containers(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, spec in pod_specs(documents):
        for container in (*spec.get("initContainers", []), *spec["containers"]):
            yield f"{name}, {container['name']}", container


def test_there_are_folders_for_all_that_a_team_needs():
    areas = {folder.partition("/")[0] for folder in FOLDERS}
    assert {"argo", "serving", "storage"} <= areas
    assert {f"serving/overlays/{name}" for name in ("pvc", "gcs", "s3", "gpu", "local")} <= set(FOLDERS)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_document_is_valid(documents, version):
    for document in documents:
        if document["apiVersion"].partition("/")[0] not in FOREIGN:
            kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("path", sorted(MANIFESTS.glob("storage/secrets/*.yaml")), ids=lambda path: path.name)
def test_templates_of_secrets_are_valid_and_hold_none(path):
    (document,) = yaml.safe_load_all(path.read_text())
    kubernetes_validate.validate(document, VERSIONS[-1], strict=True)
    filled = {key: value for key, value in document["stringData"].items() if value}
    assert filled in ({}, {"AWS_REGION": "us-east-1"})


def test_no_manifest_brings_a_secret(documents):
    assert not [document["metadata"]["name"] for document in documents if document["kind"] == "Secret"]


def test_every_pod_passes_the_restricted_standard(documents):
    for name, spec in pod_specs(documents):
        pod = spec["securityContext"]
        assert pod["runAsNonRoot"] is True, name
        assert pod["runAsUser"] > 0, f"{name}: an image's user by name, or root, would be refused on the node"
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name
        assert not [one for one in spec.get("volumes", []) if "hostPath" in one], name
        assert spec["automountServiceAccountToken"] is False, f"{name}: none of these talks to the API server"
    for name, container in containers(documents):
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["capabilities"] == {"drop": ["ALL"]}, name
        assert security["readOnlyRootFilesystem"] is True, name
        assert not [port for port in container.get("ports", []) if "hostPort" in port], name


def test_every_image_is_pinned_and_ours_or_official(documents):
    for name, container in containers(documents):
        image, digest, _ = container["image"].partition("@")
        repository, _, tag = image.rpartition(":") if ":" in image.rpartition("/")[2] else (image, "", "")
        assert digest or tag, f"{name}: {image} has neither tag nor digest"
        assert "latest" not in tag, name
        if repository.startswith("argosy/"):
            assert tag == __version__, f"{name}: our own images are of this version"
        else:
            assert repository in OFFICIAL, name


def test_every_container_has_its_bounds(documents):
    for name, container in containers(documents):
        requests, limits = container["resources"]["requests"], container["resources"]["limits"]
        assert {"memory", "cpu"} <= requests.keys(), f"{name}: the scheduler does not know what it needs"
        assert "memory" in limits, f"{name}: nothing keeps it from taking the node's memory"
        assert "cpu" not in limits, f"{name}: a processor limit throttles where there is processor to spare"


def test_every_workload_leaves_in_its_time(documents):
    """Endpoints are gone from all nodes before the process is."""
    for name, spec in pod_specs(documents):
        grace = spec["terminationGracePeriodSeconds"]
        for container in spec["containers"]:
            hook = container.get("lifecycle", {}).get("preStop", {})
            waits = int(hook["exec"]["command"][-1]) if "exec" in hook else hook.get("sleep", {}).get("seconds", 0)
            assert grace > waits, f"{name}, {container['name']}"


def test_accounts_and_roles_stay_in_one_namespace(documents):
    names = {document["metadata"].get("namespace") for document in documents if document["kind"] == "ServiceAccount"}
    for document in documents:
        assert document["kind"] not in ("ClusterRole", "ClusterRoleBinding"), document["metadata"]["name"]
        for subject in document.get("subjects", []):
            if subject["kind"] == "ServiceAccount":
                assert subject.get("namespace") in names


def test_readmes_name_folders_that_are_there():
    texts = [path.read_text() for path in (*MANIFESTS.rglob("README.md"), MANIFESTS.parent / "docs/serving.md")]
    named = {path for text in texts for path in re.findall(r"(?<![\w./-])manifests/[\w./-]*\w", text)}
    assert named
    assert [path for path in sorted(named) if not (MANIFESTS.parent / path).exists()] == []

"""The metadata overlays: what differs between them, and what must not."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from argosy.metadata.connection import SERVICE

METADATA = Path(__file__).parents[2] / "manifests/metadata/overlays"
GUIDE = (Path(__file__).parents[2] / "docs/argo.md").read_text(encoding="utf-8")
BLOCKS = [text for _, text in re.findall(r"^```(\w*)\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)]
OVERLAYS = sorted(path.name for path in METADATA.iterdir())


def one(documents: list[dict[str, Any]], kind: str, name: str = "argosy-metadata") -> dict[str, Any]:
    [found] = [one for one in documents if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def server(documents: list[dict[str, Any]]) -> dict[str, Any]:
    [container] = one(documents, "Deployment")["spec"]["template"]["spec"]["containers"]
    return dict(container)


def test_the_overlays_are_these():
    assert OVERLAYS == ["argosy", "mysql", "sqlite"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_clients_find_each_at_the_same_address(render, overlay):
    documents = render(METADATA / overlay)
    service = one(documents, "Service")
    [port] = service["spec"]["ports"]
    [opened] = server(documents)["ports"]
    assert (port["port"], port["targetPort"], opened["containerPort"]) == (8080, opened["name"], 8080)
    template = one(documents, "Deployment")["spec"]["template"]
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()


def test_the_official_server_is_for_production(render):
    container = server(render(METADATA / "mysql"))
    assert container["image"].startswith("gcr.io/tfx-oss-public/ml_metadata_store_server:")
    assert container["command"] == ["/bin/metadata_store_server"]


@pytest.mark.parametrize("overlay", ["argosy", "sqlite"])
def test_ours_is_asked_for_its_health_by_grpc(render, overlay):
    container = server(render(METADATA / overlay))
    assert container["command"] == ["argosy", "metadata", "serve"]
    assert container["livenessProbe"]["grpc"] == {"port": 8080}, "a database that is away is no reason for a restart"
    assert container["readinessProbe"]["grpc"] == {"port": 8080, "service": SERVICE}
    assert not [name for name in ("startupProbe", "readinessProbe", "livenessProbe") if "tcpSocket" in container[name]]


@pytest.mark.parametrize("overlay", ["mysql", "argosy"])
def test_server_and_database_share_one_secret_and_one_database(render, overlay):
    documents = render(METADATA / overlay)
    [database] = one(documents, "StatefulSet", "argosy-metadata-db")["spec"]["template"]["spec"]["containers"]
    asked = {entry["name"]: entry for entry in server(documents)["env"]}
    given = {entry["name"]: entry for entry in database["env"]}
    assert asked["DATABASE_USER"]["valueFrom"] == given["MARIADB_USER"]["valueFrom"]
    assert asked["MLMD_PASSWORD"]["valueFrom"] == given["MARIADB_PASSWORD"]["valueFrom"]
    assert asked["DATABASE_NAME"]["value"] == given["MARIADB_DATABASE"]["value"]
    assert asked["DATABASE_HOST"]["value"] == one(documents, "Service", "argosy-metadata-db")["metadata"]["name"]


def test_the_guide_makes_what_its_overlay_needs_and_takes_the_images_that_it_builds(render):
    (setup,) = [block for block in BLOCKS if "apply -k manifests/argo\n" in block]
    overlay, script = re.findall(r"kustomize manifests/metadata/overlays/(\w+) \| sed '(.*?)'", setup)[0]
    for entry in server(render(METADATA / overlay))["env"]:
        if source := entry.get("valueFrom", {}).get("secretKeyRef"):
            made = next(line for line in setup.splitlines() if f"create secret generic {source['name']} " in line)
            assert f"--from-literal={source['key']}=" in made
    image = f"image: {server(render(METADATA / overlay))['image']}"
    changed = subprocess.run(["sed", script], input=image, capture_output=True, text=True, check=True).stdout
    (registry, tag) = re.findall(r"images build --registry (\S+) --tag (\S+) --push", setup)[0]
    assert changed == f"image: {registry}/metadata:{tag}"


def test_sqlite_never_has_two_servers(render):
    documents = render(METADATA / "sqlite")
    spec = one(documents, "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert one(documents, "PersistentVolumeClaim")["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert "env" not in server(documents), "it has no database to log in to"

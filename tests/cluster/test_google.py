"""Artifacts on gs://, where an emulator in a pod stands for Google Cloud Storage."""

import io
import re
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest
import yaml

from argosy import fs
from argosy.cli.argo_client import connected
from argosy.cli.argo_follow import follow
from argosy.cli.compile import compile_pipeline
from argosy.runner.report import State

emulator = pytest.importorskip("gcp_storage_emulator", reason="gcp-storage-emulator is not installed")
pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

PORT = 9023
GUIDE = (Path(__file__).parents[2] / "docs" / "argo.md").read_text(encoding="utf-8")
(CODE,) = re.findall(r"^```python\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def endpoint(cluster, image, make_pod, tmp_path_factory) -> str:
    """The emulator's address for pods: its code, which needs no more than our images have, goes along."""
    packed = io.BytesIO()
    folder = Path(emulator.__file__).parent
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.py")):
            archive.write(file, file.relative_to(folder.parent))
    target = tmp_path_factory.mktemp("gcs") / "gcs.zip"
    target.write_bytes(packed.getvalue())
    cluster("create", "configmap", "gcs", f"--from-file={target}")
    command = ["python", "-m", "gcp_storage_emulator", "start", "-q", "-M", "-H", "0.0.0.0", "--port", str(PORT)]
    pod = make_pod(
        "gcs", image("cli"), command, env=[{"name": "PYTHONPATH", "value": "/emulator/gcs.zip"}],
        volumes=[{"name": "code", "configMap": {"name": "gcs"}}],
        volumeMounts=[{"name": "code", "mountPath": "/emulator"}],
    )  # fmt: skip
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "gcs"}}
    pod["metadata"]["labels"] = {"app": "gcs"}
    cluster.apply(pod, {**service, "spec": {"selector": {"app": "gcs"}, "ports": [{"port": PORT}]}})
    cluster("wait", "pod/gcs", "--for=condition=Ready", "--timeout=120s", timeout=130)
    return f"http://gcs.{cluster.namespace}:{PORT}"


@pytest.fixture
def bucket(endpoint, forwarded, monkeypatch) -> str:
    """The URI of an empty bucket, which this process reaches as well."""
    here = f"http://127.0.0.1:{forwarded('gcs', PORT)}"
    request = urllib.request.Request(
        f"{here}/storage/v1/b?project=p", data=b'{"name": "data"}', headers={"Content-Type": "application/json"}
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(request, timeout=10).close()
            break
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, "the emulator does not answer"
            time.sleep(0.5)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", here)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    return "gs://data"


def test_the_guides_pipeline_with_data_and_artifacts_on_gs(
    cluster, endpoint, bucket, create_run, foreign_image, tmp_path
) -> None:
    cluster("create", "secret", "generic", "gcs", f"--from-literal=STORAGE_EMULATOR_HOST={endpoint}")
    fs.write_bytes(f"{bucket}/rows/rows.csv", b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(30)))
    file = tmp_path / "pipeline.py"
    file.write_text(CODE.replace("debian:trixie-slim", foreign_image("plain")))
    text = yaml.safe_dump_all(compile_pipeline(file))
    name = create_run(text, {"data": f"{bucket}/rows"}, artifact_root=f"{bucket}/runs", store_secret="gcs")
    with connected(cluster.namespace) as api:
        report = follow(api, name, lambda event: None)
    assert report.state == State.SUCCEEDED, report.error
    assert report.parameters == {"Output": 2}
    (schema,) = next(one for one in report.tasks if one.name == "schema-gen").outputs["schema"].uris
    assert schema.startswith(f"{bucket}/runs/sizes/")
    assert b"feature {" in fs.read_bytes(f"{schema}/schema.pbtxt")

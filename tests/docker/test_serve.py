"""The image of the embedded server, on what the quickstart has pushed."""

import contextlib
import time
from pathlib import Path

import pytest

from argosy.runner.image_catalogue import reference
from argosy.runner.image_engine import connect

pytestmark = [pytest.mark.docker, pytest.mark.e2e, pytest.mark.tf, pytest.mark.timeout(1500)]
ASK = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8501/v1/models/penguins').read().decode())"


def test_the_pushed_model_is_served_under_a_strict_policy(guide) -> None:
    models = str(Path(guide[0]["root"]) / "models" / "penguins")
    with contextlib.closing(connect()) as client:
        container = client.containers.run(
            reference("serve"),
            ["argosy", "serve", "--model-name", "penguins", "--model-base-path", models],
            volumes={models: {"bind": models, "mode": "ro"}},
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            user="10001",
            tmpfs={"/tmp": "mode=1777"},
            network_mode="none",
            detach=True,
        )
        said, until = "", time.monotonic() + 120
        try:
            while '"AVAILABLE"' not in said and time.monotonic() < until:
                said = container.exec_run(["python", "-c", ASK]).output.decode()
            assert '"AVAILABLE"' in said, said + container.logs().decode()
        finally:
            container.remove(force=True)

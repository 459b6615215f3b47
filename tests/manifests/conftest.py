"""Every kustomization of manifests/, rendered by kubectl, without a cluster."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Documents = list[dict[str, Any]]


@pytest.fixture(scope="session")
def render() -> Callable[[Path], Documents]:
    """The documents of a folder, as `kubectl kustomize` prints them."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not on PATH")
    known: dict[Path, Documents] = {}

    def build(folder: Path) -> Documents:
        if folder not in known:
            done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            known[folder] = list(yaml.safe_load_all(done.stdout))
        return known[folder]

    return build

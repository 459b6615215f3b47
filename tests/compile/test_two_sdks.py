"""What kfp 2.13 and kfp 2.16 compile of one pipeline is equal, but for what is listed here.

ARGOSY_KFP216_PYTHON names a Python with kfp 2.16 and kfp-kubernetes 2.16 (`pip install kfp==2.16.1
kfp-kubernetes==2.16.1` in an environment of its own); `.ci/run` makes one.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.compile import compile_pipeline

pytest.importorskip("kfp", reason="the kfp SDK is not installed")

ROOT = Path(__file__).parents[2]
OTHER = os.environ.get("ARGOSY_KFP216_PYTHON", "")
FILES = sorted(
    [*ROOT.glob("pipelines/*/pipeline.py"), *ROOT.glob("tests/pipelines/*/pipeline.py"),
     *ROOT.glob("tests/compile/*/pipeline.py")]
)  # fmt: skip
SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from argosy.cli.compile import compile_pipeline
print(json.dumps({file: compile_pipeline(Path(file)) for file in json.loads(sys.stdin.read())}))
"""
KNOWN = ("secretAsEnv", "configMapAsEnv")
"""Where kfp-kubernetes 2.16 writes `optional: false` and kfp-kubernetes 1.5 nothing, which means the same."""

pytestmark = pytest.mark.skipif(not OTHER, reason="ARGOSY_KFP216_PYTHON names no Python with kfp 2.16")


@pytest.fixture(scope="module")
def others() -> dict[str, list[dict[str, Any]]]:
    """Every pipeline as the other SDK compiles it, in one process."""
    result = subprocess.run(
        [OTHER, "-c", SCRIPT],
        input=json.dumps([str(file) for file in FILES]),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    found: dict[str, list[dict[str, Any]]] = json.loads(result.stdout.splitlines()[-1])
    return found


def references(documents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yields what stands in the places that are known to differ."""
    for document in documents:
        kubernetes = document.get("platforms", {}).get("kubernetes", {})
        for executor in kubernetes.get("deploymentSpec", {}).get("executors", {}).values():
            yield from (reference for field in KNOWN for reference in executor.get(field, []))


def without_known(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    version = documents[0]["sdkVersion"].removeprefix("kfp-")
    # A lightweight component installs the SDK that compiled it.
    kept: list[dict[str, Any]] = json.loads(json.dumps(documents).replace(f"kfp=={version}", "kfp==SDK"))
    kept[0].pop("sdkVersion")
    for reference in references(kept):
        if reference.get("optional") is False:
            del reference["optional"]
    return kept


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_both_compile_the_same(file: Path, others: dict[str, list[dict[str, Any]]]) -> None:
    other = others[str(file)]
    assert other[0]["sdkVersion"].startswith("kfp-2.16.")
    own = json.loads(json.dumps(compile_pipeline(file)))
    assert without_known(own) == without_known(other)


def test_the_known_differences_are_there(others: dict[str, list[dict[str, Any]]]) -> None:
    documents = others[str(ROOT / "tests/compile/kubernetes_settings/pipeline.py")]
    found = [reference["optional"] for reference in references(documents) if "optional" in reference]
    assert found == [False, False]

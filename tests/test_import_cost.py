"""What an import drags in, seen in a fresh process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.run import EXECUTORS

ROOT = Path(__file__).parent.parent
HEAVY = ("apache_beam", "tensorflow", "kfp", "ml_metadata", "docker", "pandas")

LIGHT = ("argosy", "argosy.errors", "argosy.artifacts", "argosy.fs", "argosy.run", "argosy.cli.main", "argosy.plan")
NO_TENSORFLOW = (
    "example_gen", "importer", "statistics_gen", "schema_gen", "example_validator", "example_diff",
    "distribution_validator", "import_schema_gen",
)  # fmt: skip


def loaded(code: str) -> set[str]:
    script = (
        f"import sys, json, warnings; warnings.simplefilter('ignore'); {code}; print(json.dumps(list(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    modules = json.loads(result.stdout.splitlines()[-1])
    return {name for name in HEAVY if name in modules}


@pytest.mark.parametrize("module", LIGHT)
def test_the_surface_imports_nothing_heavy(module: str) -> None:
    assert loaded(f"import {module}") == set()


@pytest.mark.parametrize(
    "area", ["examples", "accumulate", "schema", "metadata", "plan", "ingest", "data_validation", "transform",
             "training", "model_analysis", "serving", "saved_model", "runner"],
)  # fmt: skip
def test_an_area_imports_nothing_heavy_until_used(area: str) -> None:
    assert loaded(f"import argosy.{area}") == set()


@pytest.mark.parametrize("step", NO_TENSORFLOW)
def test_a_step_on_raw_data_never_imports_tensorflow(step: str) -> None:
    assert "tensorflow" not in loaded(f"import {EXECUTORS[step]}")


@pytest.mark.parametrize("step", sorted(EXECUTORS))
def test_no_executor_imports_kfp_or_the_store(step: str) -> None:
    assert not {"kfp", "ml_metadata", "docker"} & loaded(f"import {EXECUTORS[step]}")


@pytest.mark.parametrize("step", sorted(EXECUTORS))
def test_a_face_imports_kfp_only(step: str) -> None:
    assert not {"tensorflow", "apache_beam", "ml_metadata"} & loaded(f"import components.{step}.component")

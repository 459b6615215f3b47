"""A package beside the pipeline, in the images: nothing is uploaded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.examples.read import read_examples

pytestmark = [pytest.mark.docker, pytest.mark.e2e, pytest.mark.timeout(900)]
CHECKOUT = Path(__file__).parents[2]


def test_a_package_reaches_its_container(images, tmp_path: Path) -> None:
    command = ["run", str(CHECKOUT / "tests/compile/coded"), "--executor", "docker", "--root", str(tmp_path), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "argosy.cli.main", *command],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (task,) = [one for one in json.loads(done.stdout)["tasks"] if one["name"] == "transform"]
    batches = read_examples(task["outputs"]["transformed_examples"]["uris"][0], "train")
    assert all((value - 1.0) % 2.0 == 0.0 for batch in batches for (value,) in batch["scaled"].to_pylist())

"""Components of a user's own beside ours, and an image that is too old, on a real engine."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.docker, pytest.mark.e2e, pytest.mark.timeout(900)]
CHECKOUT = Path(__file__).parents[2]

PIPELINE = '''
from kfp import dsl

from argosy.components import example_gen, importer


@dsl.component(base_image="argosy/cli:0.1.0", install_kfp_package=False)
def count(examples: dsl.Input[dsl.Artifact], words: dict, file: dsl.Output[dsl.Artifact]) -> int:
    """A lightweight Python component."""
    import os

    found = sorted(os.listdir(examples.path))
    with open(file.path, "w") as out:
        out.write(" ".join([*found, *words]))
    file.metadata["splits"] = len(found)
    return len(found)


@dsl.container_component
def shout(text: dsl.Input[dsl.Artifact], number: int, loud: dsl.OutputPath(str)):
    """A container component in an image that knows nothing of Argosy."""
    return dsl.ContainerSpec(
        image="debian:trixie-slim",
        command=["sh", "-ec", 'mkdir -p "$(dirname "$2")"; { cat "$0"; echo -n " $1 $GREETING"; } | tr a-z A-Z > "$2"'],
        args=[text.path, number, loud],
    )


@dsl.pipeline(name="mixed")
def mixed() -> str:
    importer(artifact_uri="data")
    examples = example_gen(input_base="data").outputs["examples"]
    counted = count(examples=examples, words={"ä": 1})
    shouted = shout(text=counted.outputs["file"], number=counted.outputs["Output"])
    shouted.set_env_variable("GREETING", "hello").set_memory_limit("64Mi").set_cpu_limit("500m")
    return shouted.outputs["loud"]
'''


def run(folder: Path, root: Path) -> tuple[subprocess.CompletedProcess[str], dict]:
    done = subprocess.run(
        [sys.executable, "-m", "argosy.cli.main", "run", folder, "--executor", "docker", "--root", root, "--json"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    return done, json.loads(done.stdout) if done.stdout else {}


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    folder = tmp_path / "mixed"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "x.csv").write_text("a,b\n" + "".join(f"{number},x\n" for number in range(20)))
    (folder / "pipeline.py").write_text(PIPELINE)
    return folder


def test_ours_a_lightweight_one_and_a_foreign_image_in_one_pipeline(images, pipeline: Path, tmp_path: Path) -> None:
    done, report = run(pipeline, tmp_path / "root")
    assert done.returncode == 0, done.stderr
    assert report["parameters"] == {"Output": "SPLIT-EVAL SPLIT-TRAIN ä 2 HELLO"}


def test_an_image_older_than_the_component_is_refused_by_name_and_version(
    images, pipeline: Path, tmp_path: Path
) -> None:
    compiled = tmp_path / "mixed.yaml"
    subprocess.run(
        [sys.executable, "-m", "argosy.cli.main", "compile", pipeline, "-o", compiled],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        check=True,
    )
    newer, changes = re.subn(r"(--interface\n\s*- )'1'", r"\1'2'", compiled.read_text(), count=1)
    assert changes == 1
    compiled.write_text(newer)
    done, report = run(compiled, tmp_path / "root")
    assert done.returncode == 2
    assert "example_gen" in report["error"]
    assert "was compiled for interface 2, this image speaks 1" in report["error"]

"""Argosy's images, built from this checkout, and what a run of the quickstart made, wherever it ran."""

import dataclasses
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from argosy.errors import InfrastructureError
from argosy.examples.read import read_examples
from argosy.examples.tfrecord import read_records
from argosy.model_analysis.results import load_eval_result
from argosy.runner.docker_engine import closed_after, open_engine

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def commands() -> list[list[str]]:
    """The commands of docs/docker.md: images are built, the quickstart is run."""
    blocks = re.findall(r"```sh\n(.*?)```", (CHECKOUT / "docs" / "docker.md").read_text(), re.DOTALL)
    found = [shlex.split(line) for block in blocks for line in block.splitlines()]
    assert [command[:2] for command in found] == [["argosy", "images"], ["argosy", "run"]]
    return found


@pytest.fixture(scope="session")
def images(commands: list[list[str]]) -> None:
    """Builds what is not built yet, in the engine that answers."""
    try:
        with closed_after(open_engine()):
            pass
    except InfrastructureError as error:
        pytest.skip(str(error))
    argosy(commands[0])


@pytest.fixture(scope="session")
def guide(
    images: None, commands: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], str]:
    """The report of the run that the guide describes, and what it said on the way."""
    root = tmp_path_factory.mktemp("guide") / "root"
    done = argosy([*commands[1], "--root", str(root), "--json", "--logs"])
    return json.loads(done.stdout), done.stderr


def argosy(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "argosy.cli.main", *command[1:]],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return done


@dataclasses.dataclass(frozen=True, kw_only=True)
class Made:
    """What one run of the quickstart made; `where` gives the folder of a task's output."""

    where: Callable[[str, str], Path]

    @classmethod
    def from_report(cls, report: dict[str, Any]) -> "Made":
        tasks = {task["name"]: task["outputs"] for task in report["tasks"]}
        return cls(where=lambda task, output: Path(tasks[task][output]["uris"][0]))

    def records(self, split: str) -> list[bytes]:
        files = sorted(self.where("example-gen", "examples").glob(f"Split-{split}/*"))
        return [record for file in files for batch in read_records(str(file)) for record in batch.to_pylist()]

    def bytes(self, task: str, output: str) -> dict[str, bytes]:
        folder = self.where(task, output)
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    def transformed(self, split: str) -> dict[str, pa.Array]:
        batches = list(read_examples(str(self.where("transform", "transformed_examples")), split))
        (table,) = {batch.schema for batch in batches}
        return {name: pa.Table.from_batches(batches)[name].combine_chunks() for name in table.names}

    def metrics(self) -> dict[str, Any]:
        result = load_eval_result(str(self.where("evaluator", "evaluation")))
        return {
            f"{slice_key} {key}": value for slice_key, found in result.slicing_metrics for key, value in found.items()
        }


def require_alike(one: Made, other: Made) -> None:
    """Data and what is counted in it are equal; floats of a graph to 1e-6; metrics of two trainings within 0.02."""
    for split in ("train", "eval"):
        assert one.records(split) == other.records(split)
        require_close(one.transformed(split), other.transformed(split))
    assert len(one.records("train")) > len(one.records("eval")) > 50
    for task, output in (("statistics-gen", "statistics"), ("schema-gen", "schema")):
        assert one.bytes(task, output) == other.bytes(task, output)
    mine, others = one.metrics(), other.metrics()
    assert mine.keys() == others.keys()
    numbers = {name: value for name, value in mine.items() if isinstance(value, float)}
    assert any("accuracy" in name for name in numbers)
    for name, value in numbers.items():
        # An empty class has no AUC, on either side.
        np.testing.assert_allclose(value, others[name], atol=0.02, err_msg=name)


def require_close(one: dict[str, pa.Array], other: dict[str, pa.Array]) -> None:
    assert one.keys() == other.keys()
    for name, mine in one.items():
        others = other[name]
        assert mine.type == others.type
        if pa.types.is_floating(mine.type.value_type):
            assert mine.offsets.equals(others.offsets)
            np.testing.assert_allclose(mine.values.to_numpy(), others.values.to_numpy(), atol=1e-6, err_msg=name)
        else:
            assert mine.equals(others), name


@pytest.fixture(scope="session")
def made() -> type[Made]:
    return Made


@pytest.fixture(scope="session")
def alike() -> Callable[[Made, Made], None]:
    return require_alike

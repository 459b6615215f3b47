"""A package beside the pipeline, run from where it is: what it computes, and what of it the cache knows."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from argosy.examples.read import read_examples
from argosy.user_code.archive import pack

pytestmark = [pytest.mark.e2e, pytest.mark.beam, pytest.mark.tf]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Path(__file__).parents[1] / "compile" / "coded", tmp_path / "coded"))


@pytest.fixture
def run(cli, folder: Path, tmp_path: Path):
    """Returns a call that runs the pipeline and gives what it reports of the transform task."""

    def call(*arguments: str) -> dict[str, Any]:
        done = cli("run", folder, "--root", tmp_path / "root", "--json", *arguments)
        assert done.returncode == 0, done.stderr
        (task,) = [one for one in json.loads(done.stdout)["tasks"] if one["name"] == "transform"]
        return task

    return call


def test_a_package_is_run_and_the_cache_knows_its_content(run, cli, folder: Path, tmp_path: Path) -> None:
    first = run()
    batches = read_examples(first["outputs"]["transformed_examples"]["uris"][0], "train")
    values = [value for batch in batches for (value,) in batch["scaled"].to_pylist()]
    assert len(values) > 10
    assert all((value - 1.0) % 2.0 == 0.0 for value in values)
    assert run()["cached"]

    # The same content elsewhere, packed by somebody else.
    (tmp_path / "uploaded.zip").write_bytes(pack(folder / "features"))
    assert run("--param", f"code=file://{tmp_path}/uploaded.zip")["cached"]

    (folder / "features" / "inner" / "factor.txt").write_text("4.0")
    edited = run()
    assert edited["reason"] == "parameter module_file changed (its code was edited)"
    (folder / "features" / "inner" / "__pycache__").mkdir()
    (folder / "features" / "inner" / "__pycache__" / "scale.pyc").write_text("")
    assert run()["cached"]

    kept = tmp_path / "root" / "argosy-code"
    assert len(list(kept.iterdir())) == 2
    assert cli("clean", "--keep", "1", "--root", tmp_path / "root").returncode == 0
    assert len(list(kept.iterdir())) == 1
    assert run()["cached"]


def test_what_is_wrong_with_it_ends_the_task_in_one_line(cli, folder: Path, tmp_path: Path) -> None:
    (folder / "features" / "inner" / "factor.txt").unlink()
    done = cli("run", folder, "--root", tmp_path / "root")
    assert done.returncode == 2
    assert "module 'features.columns' raised on import: FileNotFoundError" in done.stderr
    shutil.rmtree(folder / "features")
    done = cli("run", folder, "--root", tmp_path / "root")
    assert done.returncode == 2
    assert f"{folder}/features: no such file or folder" in done.stderr

"""The quickstart in Argosy's images: by our runner and by KFP's own, with the outputs of the processes' run."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

pytestmark = [pytest.mark.docker, pytest.mark.e2e, pytest.mark.tf, pytest.mark.timeout(1500)]
CHECKOUT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
STRANGER = 10001
"""A user that has no name, on this machine or in an image."""


def argosy(*arguments: object, before: tuple[str, ...] = (), **options) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "argosy.cli.main", *map(str, arguments)]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=900, **options)


def owners(folder: Path) -> set[int]:
    return {file.stat().st_uid for file in (folder, *folder.rglob("*"))}


def test_the_images_make_what_the_processes_make(guide, penguins, made, alike) -> None:
    report, said = guide
    assert [task["state"] for task in report["tasks"]] == ["SUCCEEDED"] * 8
    root = Path(report["root"])
    assert (root / "models" / "penguins").is_dir()
    assert owners(root) == {os.getuid()}
    assert any(line.startswith("trainer | ") for line in said.splitlines())
    alike(made.from_report(penguins.report), made.from_report(report))


@pytest.fixture
def ordinary() -> tuple[int, tuple[str, ...]]:
    """A user who is not root, and what makes a command theirs: whoever runs this, or one who may use the engine."""
    if os.getuid() != 0:
        return os.getuid(), ()
    if not shutil.which("setpriv"):
        pytest.skip("needs setpriv (util-linux), with which root becomes another user")
    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    group = Path(host.removeprefix("unix://")).stat().st_gid if host.startswith("unix://") else STRANGER
    return STRANGER, ("setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", f"--groups={group}")


@pytest.fixture
def theirs(penguins, ordinary) -> Iterator[Path]:
    """The user's folder, with the pipeline in it: not pytest's, which is for one user only."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(penguins.folder, Path(folder) / "penguins")
        for path in (Path(folder), *Path(folder).rglob("*")):
            os.chown(path, ordinary[0], -1)
        yield Path(folder)


def test_a_user_who_is_not_root_gets_the_same_and_owns_it(guide, ordinary, theirs, made) -> None:
    user, become = ordinary
    done = argosy("run", "penguins", "--executor", "docker", "--root", "root", "--json", before=become, cwd=theirs)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [task["state"] for task in report["tasks"]] == ["SUCCEEDED"] * 8
    assert owners(theirs / "root") == {user}
    # Two runs in the same images.
    assert str(made.from_report(report).metrics()) == str(made.from_report(guide[0]).metrics())
    subprocess.run([*become, "rm", "-r", "root"], check=True, cwd=theirs)


KFP = """
import sys
from kfp import components, local

root, spec = sys.argv[1:]
runner = local.DockerRunner(
    network_mode="host", user="10001", read_only=True, cap_drop=["ALL"], security_opt=["no-new-privileges"],
    tmpfs={"/tmp": "mode=1777"}, working_dir=root,
)
local.init(runner, pipeline_root=root)
components.load_component_from_file(spec)()
"""


def test_kfps_own_runner_makes_the_same(images, penguins, made, alike, tmp_path) -> None:
    """As another user, without any rights, with a root file system that cannot be written."""
    python = os.environ.get("ARGOSY_KFP216_PYTHON", "")
    if not python:
        pytest.skip("needs ARGOSY_KFP216_PYTHON, a Python with kfp 2.16 and docker")
    root, spec = tmp_path / "root", tmp_path / "root" / "penguins.yaml"
    root.mkdir()
    root.chmod(0o777)
    # KFP's runner mounts its root and nothing else, so that the data have to lie there.
    shutil.copytree(penguins.folder, root / "penguins")
    compiled = argosy("compile", root / "penguins", "-o", spec)
    assert compiled.returncode == 0, compiled.stderr
    without_unwired_inputs(spec)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([python, "-c", KFP, root, spec], env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = root.glob("penguins-*")
    assert {file.stat().st_uid for file in folder.rglob("*")} == {10001}
    alike(made.from_report(penguins.report), made(where=lambda task, output: folder / task / output))


def without_unwired_inputs(spec: Path) -> None:
    """KFP 2.16's local runner fails on an optional artifact that is not given (its issue 13061)."""
    documents = list(yaml.safe_load_all(spec.read_text()))
    components = documents[0]["components"]
    for task in documents[0]["root"]["dag"]["tasks"].values():
        declared = components[task["componentRef"]["name"]].get("inputDefinitions", {}).get("artifacts", {})
        for name in set(declared) - set(task.get("inputs", {}).get("artifacts", {})):
            assert declared.pop(name)["isOptional"]
    spec.write_text(yaml.safe_dump_all(documents, sort_keys=False))

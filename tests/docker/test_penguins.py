"""The quickstart in Argosy's images: by our runner and by KFP's own, with the outputs of the processes' run."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

pytestmark = [pytest.mark.docker, pytest.mark.e2e, pytest.mark.tf, pytest.mark.timeout(1500)]
CHECKOUT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(CHECKOUT)}


def argosy(*arguments: object, before: tuple[str, ...] = (), **options) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "argosy.cli.main", *map(str, arguments)]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=900, **options)


@pytest.fixture(scope="module")
def first(images, penguins, made, tmp_path_factory):
    """What the run in the images made."""
    return in_images(penguins.spec, tmp_path_factory.mktemp("docker") / "root", made)


def in_images(spec: Path, root: Path, made):
    done = argosy("run", spec, "--executor", "docker", "--root", root, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [task["state"] for task in report["tasks"]] == ["SUCCEEDED"] * 8
    assert (root / "models" / "penguins").is_dir()
    assert {file.stat().st_uid for file in root.rglob("*")} == {os.getuid()}
    return made.from_report(report)


def test_the_images_make_what_the_processes_make(first, penguins, made, alike) -> None:
    alike(made.from_report(penguins.report), first)


def test_two_runs_in_the_same_images_measure_the_same(first, penguins, made, tmp_path) -> None:
    second = in_images(penguins.spec, tmp_path / "root", made)
    assert str(second.metrics()) == str(first.metrics())


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


def test_a_user_who_is_not_root(images, penguins) -> None:
    """Nobody, with the right to talk to the engine."""
    socket = Path("/var/run/docker.sock")
    if os.getuid() != 0 or not socket.exists() or not shutil.which("setpriv"):
        pytest.skip("root alone can become nobody, and the engine's socket has to be the default one")
    group = socket.stat().st_gid if stat.S_IMODE(socket.stat().st_mode) & 0o020 else os.getgid()
    with tempfile.TemporaryDirectory() as folder:
        # Not in pytest's folder, which is for one user only.
        shutil.copytree(penguins.folder, Path(folder) / "penguins")
        for path in (Path(folder), *Path(folder).rglob("*")):
            os.chown(path, 65534, 65534)
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", f"--groups={group}")
        root = Path(folder) / "root"
        done = argosy(
            "run", "penguins", "--executor", "docker", "--root", root, "--to", "schema_gen", before=nobody, cwd=folder
        )
        assert done.returncode == 0, done.stderr
        assert {file.stat().st_uid for file in root.rglob("*")} == {65534}

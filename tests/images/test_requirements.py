"""The images' requirements are the lock's, no more and no less."""

import importlib.util
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "images" / "requirements"
FILES = sorted(FOLDER.glob("*.txt"))
CHAINS = (("core", "beam", "tensorflow"), ("core", "beam", "tensorflow-gpu"), ("core", "cli"))


def exporter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("argosy_requirements_export", FOLDER / "export.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pins(name: str) -> dict[str, str]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return {line.partition("==")[0]: line.partition("==")[2].split()[0] for line in lines}


def test_the_files_are_what_the_lock_gives() -> None:
    texts = exporter().requirements(tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert {path.stem for path in FILES} == {*texts, "tensorflow-gpu"}
    for name, text in texts.items():
        found = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        assert found == text, f"run: python images/requirements/export.py ({name}.txt is not what uv.lock says)"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_line_is_a_pin_with_a_hash_and_names_no_host(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==[A-Za-z0-9.]+( --hash=sha256:[0-9a-f]{64})+", line), line


@pytest.mark.parametrize("chain", CHAINS, ids="-".join)
def test_no_package_is_in_two_layers_of_an_image(chain: tuple[str, ...]) -> None:
    names = [name for layer in chain for name in pins(layer)]
    assert len(names) == len(set(names))


def test_the_gpu_set_is_the_cpu_set_with_cuda() -> None:
    cpu, gpu = pins("tensorflow"), pins("tensorflow-gpu")
    assert gpu.pop("tensorflow") == cpu.pop("tensorflow-cpu")
    assert {name: version for name, version in gpu.items() if not name.startswith("nvidia-")} == cpu


def test_tensorflow_is_in_no_layer_that_has_no_use_for_it() -> None:
    for name in ("core", "beam", "cli"):
        assert not {"tensorflow", "tensorflow-cpu", "keras"} & set(pins(name))
    assert "apache-beam" not in pins("core")


@pytest.mark.parametrize(
    ("layers", "extras"),
    [(("core",), ("gcs",)), (("core", "beam"), ("gcs", "beam", "sql")), (("core", "cli"), ("gcs", "kfp", "docker"))],
)
def test_uv_exports_the_same_versions(layers: tuple[str, ...], extras: tuple[str, ...]) -> None:
    if shutil.which("uv") is None:
        pytest.skip("needs uv")
    command = ["uv", "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--no-annotate"]
    command += ["--no-header", *(argument for extra in extras for argument in ("--extra", extra))]
    module = exporter()
    lines = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.splitlines()
    exported = {}
    for line in lines:
        requirement, _, marker = line.partition(" ; ")
        if not marker or module.Marker(marker).evaluate(module.ENVIRONMENT):
            exported[requirement.partition("==")[0]] = requirement.partition("==")[2]
    found = {name: version for layer in layers for name, version in pins(layer).items()}
    assert found.items() <= exported.items()
    missing = set(exported) - set(found)
    # What was left out takes its own dependencies with it; without Beam nothing is.
    assert missing >= set(module.LEFT_OUT) & set(exported)
    assert "beam" in layers or not missing

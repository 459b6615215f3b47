"""The images themselves, in a real engine: their sizes, what they hold, and what they refuse to need."""

import re
import time
from typing import Any

import pytest

from argosy import __version__
from argosy.cli.images import table
from argosy.run import EXECUTORS
from argosy.runner.image_build import BuildEvent, BuildOptions, build_images
from argosy.runner.image_catalogue import IMAGES, chosen
from argosy.runner.image_context import build_context, checkout
from argosy.runner.image_sizes import read_sizes, shared_bytes, together

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

CORE = "import ml_metadata.metadata_store, google.cloud.storage, pyarrow.fs, pyarrow.parquet, isal"
BEAM = f"{CORE}, apache_beam, apache_beam.runners.dataflow.dataflow_runner"
TENSORFLOW = f"{BEAM}, tensorflow, keras, tensorflow_serving.apis.predict_pb2; tensorflow.lite.TFLiteConverter"
ON_CORE = (
    "schema_gen", "import_schema_gen", "example_validator", "example_diff", "distribution_validator", "importer",
    "metadata",
)  # fmt: skip
IMPORTS = {
    **dict.fromkeys(ON_CORE, CORE),
    **dict.fromkeys(("example_gen", "statistics_gen"), BEAM),
    **dict.fromkeys(("transform", "trainer", "evaluator", "pusher", "serve"), TENSORFLOW),
    "cli": f"{CORE}, kfp, kfp.kubernetes, docker",
}


def test_each_image_is_within_its_budget(
    engine: Any, images: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = read_sizes(engine, images.values())
    with capsys.disabled():
        print(f"\n{table(list(sizes.values()))}")
    assert len(sizes) == len(IMAGES)
    for name, image in images.items():
        assert sizes[image].size == engine.images.get(image).attrs["Size"]
        budget = IMAGES[name].budget
        assert budget is None or sizes[image].size <= budget, name


def test_all_images_together_hold_each_layer_once(engine: Any, images: dict[str, str]) -> None:
    sizes = list(read_sizes(engine, images.values()).values())
    largest = max(image.size for image in sizes)
    assert together(sizes) < largest + 100e6
    for image in sizes:
        assert image.size - shared_bytes(image, sizes) < 100e6, f"{image.reference} shares too little"


def test_a_second_build_takes_a_minute_at_most(engine: Any, images: dict[str, str], options: BuildOptions) -> None:
    started, events = time.monotonic(), list[BuildEvent]()
    built = build_images(chosen([]), build_context(checkout()), options, events.append)
    assert time.monotonic() - started < 60
    assert built == {name: engine.images.get(image).id for name, image in images.items()}
    assert {event.name for event in events if event.id} >= set(images)


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_the_configuration_is_what_a_cluster_wants(engine: Any, images: dict[str, str], name: str) -> None:
    details = engine.images.get(images[name]).attrs
    config = details["Config"]
    assert not config["Entrypoint"]
    assert all(int(part) > 0 for part in config["User"].split(":"))
    assert (details["Architecture"], details["Os"]) == ("amd64", "linux")
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in config["Labels"].items()}
    assert labels["title"] == images[name].rpartition(":")[0]
    assert labels["version"] == __version__
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?|unknown", labels["revision"])
    assert not any(entry.startswith("PIP_INDEX") for entry in config["Env"])


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_it_imports_what_it_is_for_and_holds_nothing_that_builds(
    engine: Any, images: dict[str, str], hardened: dict[str, Any], name: str
) -> None:
    executor = f"import {EXECUTORS[name]}" if name in EXECUTORS else "import argosy.cli.main"
    script = (
        f"{IMPORTS[name]}\n{executor}\n"
        "import os, shutil, sys\n"
        "found = [tool for tool in ('pip', 'pip3', 'gcc', 'cc', 'make', 'git') if shutil.which(tool)]\n"
        "stale = [f for folder, _, files in os.walk('/opt/argosy') for f in files if f.endswith(('.h', '.pyx'))]\n"
        "print(sys.version_info[:2], os.getuid(), found, stale, os.access('/opt/argosy', os.W_OK))"
    )
    said = engine.containers.run(images[name], ["python", "-c", script], **{**hardened, "stderr": False})
    assert said.decode().splitlines()[-1] == "(3, 13) 10001 [] [] False"


@pytest.mark.parametrize("name", ["serve", "metadata", "cli"])
def test_the_command_is_there(engine: Any, images: dict[str, str], hardened: dict[str, Any], name: str) -> None:
    assert b"usage: argosy" in engine.containers.run(images[name], **hardened)


def test_bytecode_is_there_and_is_not_written(engine: Any, images: dict[str, str]) -> None:
    script = "import argosy.run, os; print(argosy.run.__cached__, os.path.exists(argosy.run.__cached__))"
    said = engine.containers.run(images["importer"], ["python", "-c", script], remove=True, network_mode="none")
    assert said.split()[-1] == b"True"


def test_an_image_refuses_a_newer_interface_by_name_and_version(
    engine: Any, images: dict[str, str], hardened: dict[str, Any]
) -> None:
    import docker.errors

    command = ["python", "-m", "argosy.run", "--component", "importer", "--interface", "2", "--executor_input", "{}"]
    with pytest.raises(docker.errors.ContainerError, match="importer: the pipeline was compiled for interface 2, this"):
        engine.containers.run(images["importer"], command, **hardened)

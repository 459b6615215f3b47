"""What every Dockerfile keeps to, read from the files."""

import re
from pathlib import Path

import pytest
import yaml

from argosy.run import EXECUTORS
from argosy.runner.image_catalogue import IMAGES, LAYERS, VARIANTS, needed, recipe, reference
from argosy.runner.image_context import checkout

ROOT = Path(__file__).parents[2]
ALL = (*IMAGES, *VARIANTS)


def instructions(name: str) -> list[tuple[str, str]]:
    """(instruction, its arguments) of the recipe's Dockerfile, comments and continuations resolved."""
    text = (ROOT / recipe(name).dockerfile).read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.M).replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def final_stage(name: str) -> list[tuple[str, str]]:
    found = instructions(name)
    last = max(place for place, (word, _) in enumerate(found) if word == "FROM")
    return found[last:]


def test_every_dockerfile_has_a_recipe() -> None:
    files = {str(file.relative_to(ROOT)) for file in (ROOT / "images").rglob("Dockerfile")}
    assert files == {recipe(name).dockerfile for name in (*LAYERS, *ALL)}


def test_each_step_s_image_is_called_as_its_spec_says() -> None:
    specs = sorted((ROOT / "components").glob("*/component.yaml"))
    assert {spec.parent.name for spec in specs} == set(EXECUTORS)
    for spec in specs:
        executors = yaml.safe_load(spec.read_text(encoding="utf-8"))["deploymentSpec"]["executors"].values()
        assert [executor["container"]["image"] for executor in executors] == [reference(spec.parent.name)]


@pytest.mark.parametrize("name", ALL)
def test_the_user_is_a_number_and_not_root(name: str) -> None:
    users = [value for word, value in final_stage(name) if word == "USER"]
    assert len(users) == 1
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[0])


@pytest.mark.parametrize("name", [*LAYERS, *ALL])
def test_nothing_is_an_entrypoint_and_nothing_comes_from_elsewhere(name: str) -> None:
    for word, value in instructions(name):
        assert word not in ("ENTRYPOINT", "ADD", "VOLUME", "HEALTHCHECK")
        assert "://" not in value


@pytest.mark.parametrize("name", ALL)
def test_the_final_stage_installs_nothing(name: str) -> None:
    words = [word for word, _ in final_stage(name)]
    assert "RUN" not in words
    assert words.count("COPY") >= 1


@pytest.mark.parametrize("name", ["core", "beam", "tensorflow", "tensorflow-gpu"])
def test_layers_take_packages_from_a_stage_that_stays_behind(name: str) -> None:
    assert "RUN" not in [word for word, _ in final_stage(name)]
    assert instructions(name)[1] == ("FROM", "argosy/layer-toolchain:${TAG} AS packages")


@pytest.mark.parametrize("name", ALL)
def test_labels_say_what_it_is(name: str) -> None:
    labels = " ".join(value for word, value in final_stage(name) if word == "LABEL")
    found = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', labels))
    title = reference(name).rpartition(":")[0]
    assert found == {
        "title": title,
        "description": found["description"],
        "licenses": "Apache-2.0",
        "version": "${VERSION}",
        "revision": "${REVISION}",
    }
    assert len(found["description"]) > 20


def test_the_base_is_named_once() -> None:
    texts = [
        file.read_text(encoding="utf-8")
        for file in (ROOT / "images").rglob("*")
        if file.is_file() and file.suffix != ".md"
    ]
    assert sum(text.count("debian:") for text in texts) == 1


@pytest.mark.parametrize("name", [*LAYERS, *ALL])
def test_what_is_built_before_is_what_the_dockerfile_names(name: str) -> None:
    found = [value.split() for word, value in instructions(name) if word == "FROM"]
    if target := recipe(name).target:
        found = found[: [words[-1] for words in found].index(target) + 1]
    layer = recipe(name).arguments.get("LAYER", "tensorflow")
    named = {words[0].replace("${LAYER}", layer) for words in found} & {
        f"argosy/layer-{name}:${{TAG}}" for name in LAYERS
    }
    assert {reference.removeprefix("argosy/layer-").removesuffix(":${TAG}") for reference in named} <= set(
        needed([name])
    )
    assert all(words[0] in named | {"${BASE}", "scratch", "runtime"} for words in found) or "${LAYER}" in str(found)


def test_the_checkout_is_this_one() -> None:
    assert checkout() == ROOT

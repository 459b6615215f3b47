"""Every face against its compiled spec, and against the executor that does its work."""

import ast
import importlib
import inspect
import os
import re
import typing
from pathlib import Path

import pytest
import yaml

from argosy.artifacts import ARTIFACT_TYPES, Input, Output
from argosy.components import spec_text
from argosy.run import EXECUTORS, INTERFACE, _unwrap

ROOT = Path(__file__).parent.parent.parent
PARAMETERS = {
    "STRING": str,
    "NUMBER_INTEGER": int,
    "NUMBER_DOUBLE": float,
    "BOOLEAN": bool,
    "LIST": list,
    "STRUCT": dict,
}
KINDS = {Input: "input", Output: "output"}


def compiled(name: str, tmp_path: Path) -> dict:
    from kfp import compiler

    face = getattr(importlib.import_module(f"components.{name}.component"), name)
    compiler.Compiler().compile(pipeline_func=face, package_path=str(tmp_path / "component.yaml"))
    if os.environ.get("ARGOSY_GOLDEN"):
        (ROOT / "components" / name / "component.yaml").write_text((tmp_path / "component.yaml").read_text())
    return yaml.safe_load((tmp_path / "component.yaml").read_text())


def executor(name: str) -> inspect.Signature:
    function = getattr(importlib.import_module(EXECUTORS[name]), name)
    return inspect.signature(function, eval_str=True)


def component(name: str) -> dict:
    return yaml.safe_load(spec_text(name))["components"][f"comp-{name.replace('_', '-')}"]


@pytest.mark.parametrize("name", sorted(EXECUTORS))
def test_component_yaml_is_the_face_compiled(name: str, tmp_path: Path) -> None:
    fresh, kept = compiled(name, tmp_path), yaml.safe_load(spec_text(name))
    fresh.pop("sdkVersion"), kept.pop("sdkVersion")
    assert fresh == kept, "run `make golden`"


@pytest.mark.parametrize("name", sorted(EXECUTORS))
def test_the_container_is_one_call_of_the_runtime(name: str) -> None:
    (spec,) = yaml.safe_load(spec_text(name))["deploymentSpec"]["executors"].values()
    assert spec["container"]["command"] == ["python", "-m", "argosy.run"]
    assert spec["container"]["args"] == [
        "--component",
        name,
        "--interface",
        str(INTERFACE),
        "--executor_input",
        "{{$}}",
    ]


@pytest.mark.parametrize("name", sorted(EXECUTORS))
def test_artifacts_match_the_executor(name: str) -> None:
    titles = {type_.title for type_ in ARTIFACT_TYPES}
    face, signature = component(name), executor(name)
    for direction, key in (("input", "inputDefinitions"), ("output", "outputDefinitions")):
        declared = face.get(key, {}).get("artifacts", {})
        bound = {
            parameter: kind_and_type[1]
            for parameter, annotation in signature.parameters.items()
            if (kind_and_type := _unwrap(annotation.annotation))[0].rstrip("s") == direction
        }
        assert set(declared) == set(bound)
        for artifact, type_ in bound.items():
            assert declared[artifact]["artifactType"]["schemaTitle"] == type_.title
            assert type_.title in titles
            optional = direction == "input" and signature.parameters[artifact].default is None
            assert declared[artifact].get("isOptional", False) == optional


@pytest.mark.parametrize("name", sorted(EXECUTORS))
def test_parameters_match_the_executor(name: str) -> None:
    declared = component(name).get("inputDefinitions", {}).get("parameters", {})
    bound = {
        parameter: details
        for parameter, details in executor(name).parameters.items()
        if _unwrap(details.annotation)[0] == "parameter"
    }
    assert set(declared) == set(bound)
    for parameter, details in bound.items():
        type_ = _unwrap(details.annotation)[1]
        assert PARAMETERS[declared[parameter]["parameterType"]] is (typing.get_origin(type_) or type_)
        assert details.kind is inspect.Parameter.KEYWORD_ONLY
        assert declared[parameter].get("isOptional", False) == (details.default is not inspect.Parameter.empty)
        if details.default not in (inspect.Parameter.empty, None):
            assert declared[parameter]["defaultValue"] == details.default


@pytest.mark.parametrize("name", sorted(EXECUTORS))
def test_every_input_and_output_is_described(name: str) -> None:
    face = component(name)
    for key in ("inputDefinitions", "outputDefinitions"):
        for group in face.get(key, {}).values():
            for entry, definition in group.items():
                assert definition.get("description"), f"{entry} has no description"


@pytest.mark.parametrize("name", sorted(EXECUTORS))
def test_the_readme_shows_a_call_that_the_face_takes_and_every_output(name: str) -> None:
    face, folder = component(name), ROOT / "components" / name
    text = (folder / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    (given,) = [{word.arg for word in call.keywords} for call in calls if getattr(call.func, "id", "") == name]
    inputs = {entry: one for group in face["inputDefinitions"].values() for entry, one in group.items()}
    assert {entry for entry, one in inputs.items() if not one.get("isOptional")} <= given <= set(inputs)
    outputs = {entry for group in face["outputDefinitions"].values() for entry in group}
    assert {entry for entry in outputs if f"`{entry}`" not in text} == set()
    for link in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = link.partition("#")
        assert (folder / file).exists()
        if anchor:
            headings = re.findall(r"^#+ (.*)$", (folder / file).read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}

import json

from argosy.plan.executor_input import RuntimeArtifact, as_backend, build_executor_input, to_json
from argosy.plan.spec import (
    ArtifactInput,
    ArtifactOutput,
    Component,
    ContainerExecutor,
    ParameterInput,
    ParameterOutput,
)
from argosy.plan.values import ParameterType

COMPONENT = Component(
    name="comp-train",
    body=ContainerExecutor(label="exec-train", image="argosy/trainer:0.1.0", args=("{{$}}",)),
    parameters={
        "n": ParameterInput(type=ParameterType.INTEGER),
        "off": ParameterInput(type=ParameterType.BOOLEAN),
        "maybe": ParameterInput(type=ParameterType.STRING, optional=True),
        "config": ParameterInput(type=ParameterType.STRUCT),
    },
    artifacts={
        "examples": ArtifactInput(title="system.ArgosyExamples"),
        "base": ArtifactInput(title="system.Model", optional=True),
    },
    output_parameters={"blessed": ParameterOutput(type=ParameterType.BOOLEAN)},
    output_artifacts={"model": ArtifactOutput(title="system.Model")},
)
EXAMPLES = RuntimeArtifact(
    uri="/root/examples",
    name="examples",
    title="system.ArgosyExamples",
    metadata={"span": 3, "ok": True, "names": ["a"]},
)


def built() -> dict[str, object]:
    return build_executor_input(
        COMPONENT,
        parameters={"n": 3, "off": False, "config": {"a": [1]}, "pipelinechannel--x": "foreign", "maybe": None},
        artifacts={"examples": [EXAMPLES]},
        output_artifacts={"model": RuntimeArtifact(uri="/out/model", name="model", title="system.Model")},
        output_parameter_files={"blessed": "/out/blessed"},
        output_file="/out/executor_output.json",
    )


def test_it_is_what_the_backend_makes() -> None:
    assert built() == {
        "inputs": {
            "parameterValues": {"n": 3, "off": False, "config": {"a": [1]}},
            "artifacts": {
                "examples": {
                    "artifacts": [
                        {
                            "name": "examples",
                            "type": {"schemaTitle": "system.ArgosyExamples", "schemaVersion": "0.0.1"},
                            "uri": "/root/examples",
                            "metadata": {"span": 3, "ok": True, "names": ["a"]},
                        }
                    ]
                }
            },
        },
        "outputs": {
            "parameters": {"blessed": {"outputFile": "/out/blessed"}},
            "artifacts": {
                "model": {
                    "artifacts": [
                        {
                            "name": "model",
                            "type": {"schemaTitle": "system.Model", "schemaVersion": "0.0.1"},
                            "uri": "/out/model",
                        }
                    ]
                }
            },
            "outputFile": "/out/executor_output.json",
        },
    }


def test_what_is_empty_is_absent() -> None:
    bare = Component(name="c", body=COMPONENT.body)
    made = build_executor_input(
        bare, parameters={}, artifacts={}, output_artifacts={}, output_parameter_files={}, output_file="/o"
    )
    assert made == {"outputs": {"outputFile": "/o"}}


def test_an_empty_list_of_artifacts_is_an_input() -> None:
    declared = {
        "all": ArtifactInput(title="system.Dataset", is_list=True),
        "maybe": ArtifactInput(title="system.Dataset", optional=True),
    }
    made = build_executor_input(
        Component(name="c", body=COMPONENT.body, artifacts=declared),
        parameters={}, artifacts={"all": [], "maybe": []}, output_artifacts={}, output_parameter_files={},
        output_file="/o",
    )  # fmt: skip
    assert made["inputs"] == {"artifacts": {"all": {"artifacts": []}}}
    assert as_backend(made)["inputs"]["artifacts"] == {"all": {"artifacts": []}}


def test_the_text_is_ascii() -> None:
    text = to_json({"inputs": {"parameterValues": {"s": "\U0001f427\x1b\u2028"}}})
    assert text.isascii()
    assert json.loads(text)["inputs"]["parameterValues"]["s"] == "\U0001f427\x1b\u2028"


def test_the_backend_perturbs_what_it_delivers_and_not_the_original() -> None:
    original = built()
    before = json.dumps(original)
    perturbed = as_backend(original)
    assert json.dumps(original) == before
    values = perturbed["inputs"]["parameterValues"]
    assert (type(values["n"]), values["off"]) == (float, False)
    assert type(values["config"]["a"][0]) is float
    assert any(name.startswith("pipelinechannel--") for name in values)
    [examples] = perturbed["inputs"]["artifacts"]["examples"]["artifacts"]
    assert "schemaTitle" not in examples["type"]
    assert examples["metadata"] == {"span": 3.0, "ok": 1.0, "names": {"list": ["a"]}, "display_name": "examples"}
    assert examples["uri"] == "/root/examples"
    assert perturbed["outputs"]["parameters"] == {"blessed": {"outputFile": "/out/blessed"}}
    assert perturbed["outputs"]["artifacts"]["model"]["artifacts"][0]["type"]["schemaTitle"] == "system.Model"

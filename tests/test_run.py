"""The runtime entry point: what the backends hand over, what comes back, and how failures end."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argosy import run
from argosy.artifacts import HTML, AnyArtifact, Examples, Input, Model, Output, Schema
from argosy.errors import ArtifactError, ParameterError
from argosy.examples import split_files


def step(
    examples: Input[Examples],
    model: Output[Model],
    report: Output[HTML],
    schema: Input[Schema] | None = None,
    models: list[Input[Model]] | None = None,
    *,
    steps: int,
    rate: float = 0.5,
    name: str = "n",
    flag: bool = True,
    splits: list[str] | None = None,
    config: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {}


@pytest.fixture
def executor_input(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "examples").mkdir()
    return {
        "inputs": {
            "parameterValues": {"steps": 3.0, "pipelinechannel--foreign": 1},
            "artifacts": {
                "examples": {
                    "artifacts": [
                        {
                            "name": "17",
                            "uri": str(tmp_path / "examples"),
                            "metadata": {"split_names": {"list": ["train"]}, "span": 1.0},
                        }
                    ]
                }
            },
        },
        "outputs": {
            "artifacts": {
                "model": {"artifacts": [{"name": "model", "uri": str(tmp_path / "out/model")}]},
                "report": {"artifacts": [{"name": "report", "uri": str(tmp_path / "out/report")}]},
            },
            "parameters": {"blessed": {"outputFile": str(tmp_path / "out/blessed")}},
            "outputFile": str(tmp_path / "deep/output.json"),
        },
    }


def test_types_come_from_the_function(executor_input: dict[str, Any], tmp_path: Path) -> None:
    bound = run.bind(step, executor_input)
    assert bound["steps"] == 3
    assert isinstance(bound["steps"], int)
    assert bound["examples"].path == str(tmp_path / "examples")
    assert json.loads(bound["examples"].metadata["split_names"]) == ["train"]
    assert (tmp_path / "out/model").is_dir()
    assert not (tmp_path / "out/report").exists()
    assert set(bound) == {"examples", "model", "report", "steps"}


@pytest.mark.parametrize("wrapped", [json.dumps, lambda patterns: {"struct": patterns}, dict])
def test_rows_of_others_lie_where_their_patterns_say(
    executor_input: dict[str, Any], tmp_path: Path, wrapped: Callable[[dict[str, str]], Any]
) -> None:
    given = executor_input["inputs"]["artifacts"]["examples"]["artifacts"][0]
    given["metadata"]["custom_split_pattern"] = wrapped({"train": "2025-*", "eval": "2026-*"})
    (tmp_path / "examples" / "2025-01.gz").touch()
    bound = run.bind(step, executor_input)["examples"]
    assert bound.uri == str(tmp_path / "examples")
    assert split_files(bound.path, "train") == [f"{bound.uri}/2025-01.gz"]
    given["metadata"]["custom_split_pattern"] = "2025-*"
    with pytest.raises(ArtifactError, match=r"^input 'examples': custom_split_pattern: '2025-\*' is no JSON"):
        run.bind(step, executor_input)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "'steps' is required"),
        ({"steps": None}, "'steps' is required"),
        ({"steps": 3.5}, "'steps' has to be of type int, found float: 3.5"),
        ({"steps": True}, "'steps' has to be of type int, found bool"),
        ({"steps": "3"}, "'steps' has to be of type int, found str"),
        ({"steps": 1, "rate": "x"}, "'rate' has to be of type float"),
        ({"steps": 1, "flag": 1}, "'flag' has to be of type bool"),
        ({"steps": 1, "splits": "train"}, "'splits' has to be of type list"),
        ({"steps": 1, "config": []}, "'config' has to be of type dict"),
    ],
)
def test_a_parameter_that_does_not_fit(
    executor_input: dict[str, Any], parameters: dict[str, Any], message: str
) -> None:
    executor_input["inputs"]["parameterValues"] = parameters
    with pytest.raises(ParameterError, match=message):
        run.bind(step, executor_input)


def test_an_artifact_of_another_type(executor_input: dict[str, Any]) -> None:
    executor_input["inputs"]["artifacts"]["examples"]["artifacts"][0]["type"] = {"schemaTitle": "system.Model"}
    with pytest.raises(ArtifactError, match=r"has to be of type system\.ArgosyExamples, found system\.Model"):
        run.bind(step, executor_input)


def test_an_artifact_that_was_not_given(executor_input: dict[str, Any]) -> None:
    executor_input["inputs"]["artifacts"] = {}
    with pytest.raises(ArtifactError, match="'examples' was not given"):
        run.bind(step, executor_input)


def test_an_artifact_that_is_gone(executor_input: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "examples").rmdir()
    with pytest.raises(ArtifactError, match="nothing at"):
        run.bind(step, executor_input)


def test_lists_and_any_artifact(executor_input: dict[str, Any], tmp_path: Path) -> None:
    artifact = {"uri": str(tmp_path), "type": {"schemaTitle": "system.Model"}}
    executor_input["inputs"]["artifacts"]["models"] = {"artifacts": [artifact, artifact]}
    assert len(run.bind(step, executor_input)["models"]) == 2
    nothings: list[dict[str, Any]] = [{"artifacts": []}, {}]
    for nothing in nothings:
        executor_input["inputs"]["artifacts"]["models"] = nothing
        assert run.bind(step, executor_input)["models"] == []

    def any_step(examples: Input[AnyArtifact]) -> None: ...

    executor_input["inputs"]["artifacts"]["examples"] = {"artifacts": [artifact]}
    assert run.bind(any_step, executor_input)["examples"].uri == str(tmp_path)


def test_both_forms_of_outputs(executor_input: dict[str, Any], tmp_path: Path) -> None:
    bound = run.bind(step, executor_input)
    Path(bound["report"].path).write_text("<p>")
    bound["model"].metadata["accuracy"] = 0.5
    run.write_outputs(executor_input, {"blessed": True}, [bound["model"], bound["report"]])
    assert (tmp_path / "out/blessed").read_text() == "true"
    written = json.loads((tmp_path / "deep/output.json").read_text())
    assert written["parameterValues"] == {"blessed": True}
    assert written["artifacts"]["model"]["artifacts"][0]["metadata"] == {"accuracy": 0.5}
    assert set(written["artifacts"]) == {"model", "report"}


@pytest.mark.parametrize(
    ("uri", "path"),
    [("/a/b", "/a/b"), ("file:///a", "/a"), ("gs://b/k", "/gcs/b/k"), ("minio://b/k", "/minio/b/k")],
)
def test_local_paths(uri: str, path: str) -> None:
    assert run.local_path(uri) == path
    assert run.local_path(uri, custom_path="/c") == "/c"


@pytest.mark.parametrize(
    ("arguments", "code", "cause"),
    [
        (["--component", "trianer", "--interface", "1", "--executor_input", "{}"], 2, "did you mean 'trainer'"),
        (["--component", "importer", "--interface", "9", "--executor_input", "{}"], 2, "compiled for interface 9"),
        (["--component", "importer", "--interface", "1", "--executor_input", "{"], 2, "is not JSON"),
        (["--component", "importer", "--interface", "1", "--executor_input", "[]"], 2, "has to be a JSON object"),
        (["--component", "importer", "--interface", "1", "--executor_input", "@/nowhere"], 4, "cannot read /nowhere"),
    ],
)
def test_failures_end_in_one_line(
    arguments: list[str], code: int, cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(arguments) == code
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("ERROR: step ")
    assert cause in last


def test_a_whole_step_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "thing").write_text("x")
    executor_input = {
        "inputs": {"parameterValues": {"artifact_uri": str(tmp_path / "thing"), "artifact_type": "system.Artifact"}},
        "outputs": {
            "artifacts": {"artifact": {"artifacts": [{"name": "artifact", "uri": str(tmp_path / "pointer")}]}},
            "outputFile": str(tmp_path / "output.json"),
        },
    }
    (tmp_path / "input.json").write_text(json.dumps(executor_input))
    arguments = ["--component", "importer", "--interface", "1", "--executor_input", f"@{tmp_path / 'input.json'}"]
    assert run.main(arguments) == 0
    assert list(json.loads((tmp_path / "output.json").read_text())["artifacts"]) == ["artifact"]

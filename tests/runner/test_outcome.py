"""The executor output and the parameter files, read as KFP's launcher reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from argosy.errors import ArtifactError, ParameterError
from argosy.plan.spec import ArtifactOutput, Component, ContainerExecutor, ParameterOutput
from argosy.plan.values import ParameterType
from argosy.runner.outcome import Outcome, read_outcome

COMPONENT = Component(
    name="comp-t",
    body=ContainerExecutor(label="exec-t", image="argosy/test:1"),
    output_parameters={
        "n": ParameterOutput(type=ParameterType.INTEGER),
        "text": ParameterOutput(type=ParameterType.STRING),
    },
    output_artifacts={"model": ArtifactOutput(title="system.Model", metadata={"declared": 1, "both": 1})},
)


@pytest.fixture
def read(tmp_path: Path):
    def run(executor_output: Any = None, **files: bytes) -> Outcome:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        if executor_output is not None:
            text = executor_output if isinstance(executor_output, str) else json.dumps(executor_output)
            (tmp_path / "output.json").write_text(text)
        outputs = {
            "outputFile": str(tmp_path / "output.json"),
            "parameters": {name: {"outputFile": str(tmp_path / name)} for name in COMPONENT.output_parameters},
            "artifacts": {"model": {"artifacts": [{"name": "model", "uri": "/planned"}]}},
        }
        return read_outcome(COMPONENT, {"outputs": outputs})

    return run


def test_files_alone_are_enough(read) -> None:
    outcome = read(n=b" 7\n", text="a\r\nä\n".encode())
    assert outcome.parameters == {"n": 7, "text": "a\r\nä\n"}
    assert (outcome.artifacts["model"].uri, outcome.artifacts["model"].metadata) == (
        "/planned",
        {"declared": 1, "both": 1},
    )


def test_the_executor_output_goes_before_the_file(read) -> None:
    artifact = {"name": "x", "uri": "s3://b/m", "metadata": {"both": 2, "own": [1]}}
    values = {"n": 8.0, "text": "b"}
    outcome = read({"parameterValues": values, "artifacts": {"model": {"artifacts": [artifact]}}}, n=b"7", text=b"a")
    assert outcome.parameters == {"n": 8, "text": "b"}
    assert isinstance(outcome.parameters["n"], int)
    assert outcome.artifacts["model"].uri == "s3://b/m"
    assert outcome.artifacts["model"].metadata == {"declared": 1, "both": 2, "own": [1]}


GOOD = {"n": 1, "text": ""}


@pytest.mark.parametrize(
    ("executor_output", "error", "message"),
    [
        ("{", ParameterError, "is not JSON"),
        ([], ParameterError, "found list"),
        ({"parameters": {}}, ParameterError, "found parameters"),
        ({"parameterValues": {**GOOD, "m": 1}}, ParameterError, "'m', which the component does not declare"),
        ({"parameterValues": {**GOOD, "n": "1"}}, ParameterError, "'n' must be an integer"),
        ({"parameterValues": {"n": 1}}, ParameterError, "no value for its output parameter 'text'"),
        ({"parameterValues": GOOD, "artifacts": {"modl": {}}}, ParameterError, "did you mean 'model'"),
        (
            {"parameterValues": GOOD, "artifacts": {"model": {"artifacts": [{"path": "/x"}]}}},
            ArtifactError,
            "unknown field 'path'",
        ),
        ({"parameterValues": GOOD, "artifacts": {"model": {"artifacts": [{}, {}]}}}, ArtifactError, "2 artifacts"),
        (
            {"parameterValues": GOOD, "artifacts": {"model": {"artifacts": [{"metadata": {"k": None}}]}}},
            ArtifactError,
            "'k' of output 'model' is null",
        ),
    ],
)
def test_what_is_not_right_is_refused(read, executor_output: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read(executor_output)


def test_bytes_that_are_no_text_are_refused(read) -> None:
    with pytest.raises(ParameterError, match="'text' as other than UTF-8"):
        read(n=b"1", text=b"\xff")

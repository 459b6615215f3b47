"""Every step at work in its image, as a strict cluster runs it: read-only root, no capabilities, a user of no name."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.user_code import inline_file

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
PENGUINS = ROOT / "pipelines" / "penguins"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One call of a step: its parameters, and for each input the output that it takes."""

    step: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)


def tasks(data: str, models: str) -> list[Task]:
    module, model = inline_file(PENGUINS / "preprocessing.py"), inline_file(PENGUINS / "model.py")
    examples, schema = {"examples": "example_gen.examples"}, {"schema": "schema_gen.schema"}
    trained = {"model": "trainer.model"}
    return [
        Task(step="importer", parameters={"artifact_uri": data}),
        Task(step="example_gen", parameters={"input_base": data}),
        Task(step="statistics_gen", inputs=examples),
        Task(step="schema_gen", inputs={"statistics": "statistics_gen.statistics"}),
        Task(step="example_validator", inputs={"statistics": "statistics_gen.statistics", **schema}),
        Task(step="transform", parameters={"module_file": module}, inputs={**examples, **schema}),
        Task(
            step="trainer",
            parameters={"module_file": model, "train_args": {"num_steps": 200.0}},
            inputs={**examples, **schema, "transform_graph": "transform.transform_graph"},
        ),
        Task(
            step="evaluator",
            parameters={"eval_config": inline_file(PENGUINS / "evaluation.yaml")},
            inputs={**examples, **schema, **trained},
        ),
        Task(
            step="pusher",
            parameters={"push_destination": {"filesystem": {"base_directory": models}}},
            inputs={**trained, "model_blessing": "evaluator.blessing"},
        ),
    ]


def executor_input(task: Task, folder: Path, made: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What KFP's backend would hand to the step, its outputs below `folder`."""
    spec = yaml.safe_load((ROOT / "components" / task.step / "component.yaml").read_text(encoding="utf-8"))
    declared = spec["root"]["outputDefinitions"]
    outputs = {
        name: {"artifacts": [{"name": name, "type": output["artifactType"], "uri": str(folder / name), "metadata": {}}]}
        for name, output in declared["artifacts"].items()
    }
    return {
        "inputs": {
            "parameterValues": dict(task.parameters),
            "artifacts": {name: {"artifacts": [made[source]]} for name, source in task.inputs.items()},
        },
        "outputs": {
            "artifacts": outputs,
            "parameters": {name: {"outputFile": str(folder / name)} for name in declared.get("parameters", {})},
            "outputFile": str(folder / "executor_output.json"),
        },
    }


@pytest.fixture(scope="module")
def finished(
    engine: Any, images: dict[str, str], hardened: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, dict[str, Any]]]:
    """The folder in which every step has run, and what each made, by `step.output`."""
    shared = tmp_path_factory.mktemp("penguins")
    shared.chmod(0o777)
    made: dict[str, dict[str, Any]] = {}
    volumes = {
        str(shared): {"bind": str(shared), "mode": "rw"},
        str(PENGUINS / "data"): {"bind": "/data", "mode": "ro"},
    }
    for task in tasks("/data", str(shared / "models")):
        given = executor_input(task, shared / task.step, made)
        command = ["python", "-m", "argosy.run", "--component", task.step, "--interface", "1", "--executor_input"]
        engine.containers.run(images[task.step], [*command, json.dumps(given)], volumes=volumes, **hardened)
        written = json.loads((shared / task.step / "executor_output.json").read_text(encoding="utf-8"))
        for name, output in written["artifacts"].items():
            kind = given["outputs"]["artifacts"][name]["artifacts"][0]["type"]
            made[f"{task.step}.{name}"] = {**output["artifacts"][0], "type": kind}
    return shared, made


def test_penguins_step_by_step_under_a_strict_policy(finished: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    shared, made = finished
    rows = json.loads(made["example_gen.examples"]["metadata"]["num_examples"])
    assert sum(rows.values()) == 344
    assert (shared / "evaluator" / "blessing" / "BLESSED").is_file()
    assert (shared / "pusher" / "pushed").read_text(encoding="utf-8") == "true"
    assert len(list((shared / "models").glob("*/saved_model.pb"))) == 1
    assert {path.stat().st_uid for path in shared.rglob("*")} == {10001}


def test_the_pushed_model_is_served(
    engine: Any, images: dict[str, str], hardened: dict[str, Any], finished: tuple[Path, dict[str, dict[str, Any]]]
) -> None:
    models = str(finished[0] / "models")
    command = ["argosy", "serve", "--model-name", "penguins", "--model-base-path", models, "--port", "0"]
    container = engine.containers.run(
        images["serve"],
        [*command, "--rest-api-port", "18501"],
        volumes={models: {"bind": models, "mode": "ro"}},
        detach=True,
        **{**hardened, "remove": False, "network_mode": "none"},
    )
    ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:18501/v1/models/penguins').read().decode())"
    said, until = "", time.monotonic() + 120
    try:
        while '"AVAILABLE"' not in said and time.monotonic() < until:
            said = container.exec_run(["python", "-c", ask]).output.decode()
        assert '"AVAILABLE"' in said, said + container.logs().decode()
    finally:
        container.remove(force=True)

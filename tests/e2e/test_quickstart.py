"""The quickstart through the real command line: its report, its cache, and what an edit reruns."""

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from argosy import fs

pytestmark = [pytest.mark.e2e, pytest.mark.beam, pytest.mark.tf]

SCHEMA = Path(__file__).parents[2] / "argosy" / "runner" / "report.schema.json"
TASKS = (
    "example-gen", "statistics-gen", "schema-gen", "example-validator", "transform", "trainer", "evaluator", "pusher",
)  # fmt: skip
KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
    "null": type(None),
}  # fmt: skip


def violations(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> list[str]:
    """Where a value breaks a JSON schema, for the keywords that ours uses; another keyword is an error."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    known = {"$schema", "$defs", "title", "description", "type", "enum", "minimum"}
    known |= {"properties", "required", "additionalProperties", "items"}
    assert set(schema) <= known, f"the checker does not know {set(schema) - known}"
    found = []
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return [f"{at}: {value!r} is not of type {kinds}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "minimum" in schema and isinstance(value, int | float) and value < schema["minimum"]:
        found.append(f"{at}: {value} is below {schema['minimum']}")
    if isinstance(value, dict):
        found += [f"{at}: no {name}" for name in schema.get("required", []) if name not in value]
        for name, one in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
            if inner is False:
                found.append(f"{at}: {name} is unknown")
            elif isinstance(inner, dict):
                found += violations(one, inner, root, f"{at}.{name}")
    if isinstance(value, list) and "items" in schema:
        found += [
            line for index, one in enumerate(value) for line in violations(one, schema["items"], root, f"{at}[{index}]")
        ]
    return found


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def ran(report: dict[str, Any]) -> set[str]:
    return {task["name"] for task in report["tasks"] if not task["cached"] and task["state"] == "SUCCEEDED"}


def after(task: str) -> set[str]:
    return set(TASKS[TASKS.index(task) :])


@pytest.fixture
def root(penguins, tmp_path):
    return penguins.copy_of_root(tmp_path)


@pytest.fixture
def rerun(cli, penguins, root):
    """Runs the folder again in `root`; returns the report."""

    def run(*arguments, **options) -> dict[str, Any]:
        done = cli("run", penguins.folder, "--root", root, "--json", *arguments, **options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_the_report_is_what_its_schema_says(penguins):
    schema = json.loads(SCHEMA.read_text())
    assert violations(penguins.report, schema, schema) == []
    broken = {**penguins.report, "state": "GOOD", "more": 1}
    assert len(violations(broken, schema, schema)) == 2
    kept = json.loads((penguins.root / "runs" / penguins.report["run_id"] / "report.json").read_text())
    assert kept == penguins.report


def test_every_task_ran_and_every_output_is_there(penguins):
    assert penguins.report["state"] == "SUCCEEDED"
    assert {task["name"]: task["state"] for task in penguins.report["tasks"]} == dict.fromkeys(TASKS, "SUCCEEDED")
    assert ran(penguins.report) == set(TASKS)
    for task in penguins.report["tasks"]:
        for output in task["outputs"].values():
            for uri in output["uris"]:
                assert Path(uri).exists(), uri
                assert Path(uri).is_relative_to(penguins.root)
                assert (Path(uri).suffix == ".html") == (output["type"] == "system.HTML")
    assert penguins.report["tasks"][-1]["name"] == "pusher"


def test_the_model_is_right_on_more_than_95_of_100_eval_rows(cli, penguins):
    done = cli("show", "evaluator.metrics", "--root", penguins.root)
    values = {
        line.split(":")[0].strip(): line.split(":")[1].strip() for line in done.stdout.splitlines() if ":" in line
    }
    assert float(values["sparse_categorical_accuracy"]) > 0.95
    assert float(values["example_count"]) == 109
    assert Path(penguins.output("evaluator", "blessing"), "BLESSED").exists()


def test_a_second_run_takes_all_from_the_cache_and_starts_no_process(cli, penguins, root, rerun):
    report = rerun()
    assert ran(report) == set()
    assert report["seconds"] < 5
    assert {task["attempts"] for task in report["tasks"]} == {0}
    folder = root / "runs" / report["run_id"]
    assert not (folder / "logs").exists()
    assert not (folder / "tasks").exists()
    lines = cli("explain", "--root", root).stdout.splitlines()
    assert sorted(lines) == sorted(f"{task} was not run: cached from run {penguins.report['run_id']}" for task in TASKS)


def test_another_training_parameter_reruns_the_trainer_and_what_follows(cli, root, rerun):
    report = rerun("--param", 'train_args={"num_steps": 150}')
    assert ran(report) == after("trainer")
    assert report["arguments"]["train_args"] == {"num_steps": 150}
    lines = cli("explain", "--root", root).stdout.splitlines()
    assert "trainer ran: parameter train_args changed: num_steps from 400 to 150" in lines
    assert any(line.startswith("evaluator ran: input model changed") for line in lines)
    assert len(list((root / "models" / "penguins").iterdir())) == 2


def test_another_row_reruns_everything_that_reads_it(cli, penguins, root, rerun):
    file = penguins.folder / "data" / "penguins.csv"
    before = file.read_text()
    try:
        file.write_text(before + "Adelie,Torgersen,39.1,18.7,181,3750,male,2007\n")
        report = rerun("--to", "schema-gen")
    finally:
        file.write_text(before)
    assert ran(report) == {"example-gen", "statistics-gen", "schema-gen"}
    lines = cli("explain", "--root", root).stdout.splitlines()
    assert "example-gen ran: the data that it reads changed" in lines
    assert "statistics-gen ran: input examples changed" in lines


def test_an_edit_of_preprocessing_reruns_transform_and_what_follows(cli, penguins, root, rerun):
    file = penguins.folder / "preprocessing.py"
    before = file.read_text()
    try:
        file.write_text(before.replace("num_buckets=4", "num_buckets=5"))
        report = rerun("--to", "trainer")
    finally:
        file.write_text(before)
    assert ran(report) == {"transform", "trainer"}
    lines = cli("explain", "--root", root).stdout.splitlines()
    assert "transform ran: parameter module_file changed (file preprocessing.py was edited)" in lines
    assert "trainer ran: input transform_graph changed" in lines


@pytest.mark.parametrize(
    ("file", "to", "expected"),
    [
        ("data_validation/infer.py", "schema-gen", {"statistics-gen", "schema-gen"}),
        ("transform/__init__.py", "transform", {"transform"}),
        ("serving/executor.py", "pusher", {"pusher"}),
        ("metadata/lineage.py", "pusher", set()),
    ],
)
def test_an_edit_of_argosy_reruns_what_it_touches(cli, penguins, root, rerun, tmp_path, file, to, expected):
    code = Path(shutil.copytree(penguins.code, tmp_path / "code"))
    with (code / "argosy" / file).open("a") as source:
        source.write("\n# edited\n")
    report = rerun("--to", to, code=code)
    assert ran(report) == expected
    for line in cli("explain", "--root", root).stdout.splitlines():
        task = line.split()[0]
        assert (f"code of argosy/{file.split('/')[0]} changed" in line) == (task in expected)


def test_the_compiled_yaml_gives_the_same_from_another_directory_and_another_root(cli, penguins, tmp_path):
    done = cli("run", penguins.spec, "--root", "there", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["root"] == str(tmp_path / "there")
    found = {task["name"]: task["outputs"] for task in report["tasks"]}
    for task, name in (
        ("example-gen", "examples"), ("statistics-gen", "statistics"), ("schema-gen", "schema"),
        ("transform", "transformed_examples"),
    ):  # fmt: skip
        (uri,) = found[task][name]["uris"]
        assert uri.startswith(str(tmp_path))
        assert fs.digest(uri) == fs.digest(penguins.output(task, name)), task
    (model_run,) = found["trainer"]["model_run"]["uris"]
    first, second = (np.load(f"{uri}/in_memory.npy") for uri in (penguins.output("trainer", "model_run"), model_run))
    np.testing.assert_allclose(first, second, atol=1e-3)
    here, there = (
        cli("show", "evaluator.metrics", "--root", root).stdout for root in (penguins.root, tmp_path / "there")
    )
    assert here == there
    assert len(list((tmp_path / "there" / "models" / "penguins").iterdir())) == 1


def test_the_store_says_that_all_executions_ended_well(penguins):
    with contextlib.closing(sqlite3.connect(penguins.root / "metadata.sqlite")) as store, store:
        states = store.execute("select last_known_state, count(*) from Execution group by 1").fetchall()
    assert states == [(3, len(TASKS))]

"""What a root keeps of its runs: reports, logs, reasons, and how old ones go."""

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import argosy.runner
from argosy.errors import BusyError, StorageError, UserError
from argosy.metadata import ArtifactState, open_store
from argosy.plan.spec import TaskOutput
from argosy.runner import (
    Layout,
    RunOptions,
    State,
    TaskReport,
    clean,
    explain,
    list_runs,
    log_path,
    read_report,
    run_pipeline,
    to_json,
)
from argosy.runner.history import write_report
from argosy.runner.lock import locked
from argosy.runner.report import exit_code, from_json

SCHEMA = json.loads((Path(argosy.runner.__file__).parent / "report.schema.json").read_text())


def violations(value: Any, schema: Mapping[str, Any], where: str = "report") -> list[str]:
    """The part of JSON schema that ours uses."""
    if "$ref" in schema:
        return violations(value, SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]], where)
    kinds: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "number": (int, float),
        "integer": int, "boolean": bool, "null": type(None),
    }  # fmt: skip
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(
        isinstance(value, kinds[kind]) and (kind == "boolean" or value is not True) for kind in wanted
    ):
        return [f"{where}: {value!r} is no {wanted}"]
    found = [f"{where}: {value!r} is not one of {schema['enum']}"] if value not in schema.get("enum", [value]) else []
    if isinstance(value, dict):
        found += [f"{where}: {key} is missing" for key in schema.get("required", []) if key not in value]
        others = schema.get("additionalProperties", True)
        for key, member in value.items():
            if key in schema.get("properties", {}):
                found += violations(member, schema["properties"][key], f"{where}.{key}")
            elif others is False:
                found.append(f"{where}: {key} is unknown")
            elif isinstance(others, dict):
                found += violations(member, others, f"{where}.{key}")
    if isinstance(value, list):
        found += [one for member in value for one in violations(member, schema.get("items", {}), f"{where}[]")]
    return found


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    return RunOptions(root=tmp_path / "root")


def test_reports_follow_the_schema(chain, leaf, make_plan, make_task, options) -> None:
    good = run_pipeline(chain(), options)
    cached = run_pipeline(chain(), options)
    bad_plan = make_plan(
        leaf("bad", "exit 3", writes=["out"]),
        leaf("after", "true", reads=["x"]),
        tasks=[
            make_task("bad"),
            make_task("after", artifacts={"x": TaskOutput(task="bad", output="out")}, depends_on=("bad",)),
        ],
    )
    for report in (good, cached, run_pipeline(bad_plan, options)):
        plain = json.loads(json.dumps(to_json(report)))
        assert violations(plain, SCHEMA) == []
        assert from_json(plain) == report


def test_the_schema_refuses_what_is_none() -> None:
    task = {**dataclasses.asdict(TaskReport(name="t", state=State.SUCCEEDED)), "cached": 1, "state": "DONE", "x": 0}
    assert len(violations(task, SCHEMA["$defs"]["task"])) == 3
    assert violations({}, SCHEMA)


def test_runs_are_listed_newest_first_and_found_by_id(chain, options) -> None:
    first, second = run_pipeline(chain(), options), run_pipeline(chain(), options)
    assert list_runs(options.root) == [second, first]
    assert read_report(options.root) == read_report(options.root, "") == second
    assert read_report(options.root, first.run_id) == first
    with pytest.raises(UserError, match="did you mean"):
        read_report(options.root, first.run_id + "x")


def test_a_clock_that_is_set_back_does_not_make_a_run_an_old_one(chain, options) -> None:
    first = run_pipeline(chain(), options)
    write_report(Layout.at(options.root), dataclasses.replace(first, started=time.time() + 3600))
    second = run_pipeline(chain("b"), options)
    assert read_report(options.root) == second
    assert clean(options.root, keep=1).runs == (first.run_id,)


def test_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    with pytest.raises(UserError, match="no runs in"):
        read_report(tmp_path)


def test_a_damaged_report_is_named(tmp_path: Path) -> None:
    file = tmp_path / "runs" / "r" / "report.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    with pytest.raises(StorageError, match=r"report\.json is not a run's report"):
        list_runs(tmp_path)


def test_a_cached_task_shows_the_log_of_its_origin(chain, options) -> None:
    first = run_pipeline(chain(), options)
    second = run_pipeline(chain(), options)
    assert log_path(options.root, second.run_id, "make") == log_path(options.root, first.run_id, "make")
    assert log_path(options.root, None, "make").read_text().endswith("start\n")
    with pytest.raises(UserError, match="has no task 'mke'; did you mean 'make'"):
        log_path(options.root, None, "mke")


def test_explain(chain, options) -> None:
    run_pipeline(chain(), options)
    report = run_pipeline(chain("b", upper="echo half a line >&2; false"), options)
    assert explain(report) == [
        'make ran: parameter text changed from "a" to "b"',
        "upper failed: input source changed; the component's definition changed (command); half a line",
        "join was skipped: upper failed",
    ]


@pytest.mark.parametrize(("code", "expected"), [(2, 2), (3, 3), (4, 4), (70, 70), (1, 2), (127, 2), (-9, 4), (None, 2)])
def test_exit_codes(code: int | None, expected: int) -> None:
    assert exit_code(TaskReport(name="t", state=State.FAILED, exit_code=code)) == expected


def test_clean_keeps_what_the_kept_runs_use(chain, options) -> None:
    old = run_pipeline(chain("a"), options)
    kept = run_pipeline(chain("a", upper="tr a x"), options)
    cleaned = clean(options.root, keep=1)
    assert (cleaned.runs, cleaned.artifacts) == ((old.run_id,), 2)
    assert list_runs(options.root) == [kept]
    for task in kept.tasks:
        assert all(Path(uri).exists() for output in task.outputs.values() for uri in output.uris)
    gone = [Path(old.tasks[index].outputs["out"].uris[0]) for index in (1, 2)]
    assert not any(file.exists() or file.parent.exists() for file in gone)
    with open_store(Layout.at(options.root).metadata) as store:
        states = {artifact.uri: artifact.state for artifact in store.artifacts()}
    assert [states[str(file)] for file in gone] == [ArtifactState.DELETED] * 2
    assert clean(options.root, keep=1).artifacts == 0
    assert all(task.cached for task in run_pipeline(chain("a", upper="tr a x"), options).tasks)


def test_what_was_cleaned_is_made_again(chain, options, trace) -> None:
    run_pipeline(chain("a"), options)
    run_pipeline(chain("b"), options)
    clean(options.root, keep=1)
    trace()
    assert run_pipeline(chain("a"), options).parameters == {"joined": "aA"}
    assert trace() == ["make", "upper", "join"]


def test_clean_spares_what_a_kept_run_handed_on(leaf, make_plan, make_task, options) -> None:
    hand_on = """printf '{"artifacts":{"out":{"artifacts":[{"uri":"<x>"}]}}}' > {{$.outputs.output_file}}"""
    plan = make_plan(
        leaf("make", "echo a > <out>", writes=["out"]),
        leaf("same", hand_on, reads=["x"], writes=["out"]),
        tasks=[
            make_task("make", cache=True),
            make_task("same", artifacts={"x": TaskOutput(task="make", output="out")}, depends_on=("make",)),
        ],
    )
    run_pipeline(plan, options)
    kept = run_pipeline(plan, options)
    assert clean(options.root, keep=1).artifacts == 0
    [made], [same] = (task.outputs["out"].uris for task in sorted(kept.tasks, key=lambda task: task.name))
    assert made == same
    assert Path(made).read_text() == "a\n"


def test_clean_removes_everything(chain, options) -> None:
    run_pipeline(chain(), options)
    layout = Layout.at(options.root)
    (layout.run("a-runner-that-died-at-once") / "logs").mkdir(parents=True)
    assert len(clean(options.root, keep=0).runs) == 1
    assert [*layout.runs.iterdir(), *layout.artifacts.iterdir()] == []
    assert run_pipeline(chain(), options).state == State.SUCCEEDED


def test_nothing_is_cleaned_under_a_runner(tmp_path: Path) -> None:
    assert clean(tmp_path / "nothing").runs == ()
    with locked(tmp_path / "lock"), pytest.raises(BusyError):
        clean(tmp_path)

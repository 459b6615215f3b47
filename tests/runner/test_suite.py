"""Every pipeline of tests/pipelines does what its expected.json says, also with inputs as KFP's backend sends them."""

import json
from pathlib import Path
from typing import Any

import pytest

from argosy.plan import Plan, read_plan
from argosy.runner import RunOptions, RunReport, run_pipeline

pytestmark = pytest.mark.e2e

FOLDERS = sorted(file.parent for file in (Path(__file__).parents[1] / "pipelines").glob("*/pipeline.yaml"))


def states(report: RunReport) -> dict[str, str]:
    return {task.name: "CACHED" if task.cached else str(task.state) for task in report.tasks}


def outputs(report: RunReport, wanted: dict[str, Any]) -> dict[str, Any]:
    found = {"": report.parameters, **{task.name: task.parameters for task in report.tasks}}
    return {path: {name: found[path].get(name) for name in values} for path, values in wanted.items()}


@pytest.mark.parametrize("backend_like", [False, True], ids=["plain", "backend_like"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_pipeline(folder: Path, backend_like: bool, tmp_path: Path) -> None:
    plan: Plan = read_plan(folder / "pipeline.yaml")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    options = RunOptions(root=tmp_path, arguments=expected["arguments"], backend_like=backend_like)
    report = run_pipeline(plan, options)
    told = "\n".join(f"{task.name}: {task.error}" for task in report.tasks if task.error)
    assert states(report) == expected["tasks"], told
    assert report.state == expected["state"]
    assert outputs(report, expected["outputs"]) == expected["outputs"]
    if "again" in expected:
        assert states(run_pipeline(plan, options)) == expected["again"]

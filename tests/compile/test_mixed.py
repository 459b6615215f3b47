"""The user's own components, a container and Python functions, run in one pipeline with ours."""

from pathlib import Path

import pytest

from argosy.cli.compile import compile_pipeline
from argosy.plan import read_plan
from argosy.runner import RunOptions, run_pipeline

pytest.importorskip("kfp", reason="the kfp SDK is not installed")
pytestmark = [pytest.mark.beam, pytest.mark.e2e]


@pytest.mark.parametrize("backend_like", [False, True], ids=["plain", "backend_like"])
def test_they_exchange_artifacts_parameters_and_conditions(backend_like: bool, tmp_path: Path) -> None:
    plan = read_plan(compile_pipeline(Path(__file__).parent / "mixed" / "pipeline.py"))
    report = run_pipeline(plan, RunOptions(root=tmp_path, arguments={"rows": 60}, backend_like=backend_like))
    told = "\n".join(f"{task.name}: {task.error}" for task in report.tasks if task.error)
    assert report.state == "SUCCEEDED", told
    assert report.parameters == {"Output": "train,eval: 2"}
    states = {task.name.split("/")[-1]: str(task.state) for task in report.tasks}
    assert states["describe"] == states["count-features"] == states["example-gen"] == "SUCCEEDED"
    assert "SKIPPED" in states.values()

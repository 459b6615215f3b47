"""A step of Argosy's own through its real entry point, with more input than fits into an argument."""

from pathlib import Path

from argosy import fs
from argosy.plan.spec import ArtifactOutput, Component, Constant, ContainerExecutor, ParameterInput
from argosy.plan.values import ParameterType
from argosy.runner import RunOptions, State, run_pipeline


def test_a_long_executor_input_goes_by_file(make_plan, make_task, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("weights")
    body = ContainerExecutor(
        label="exec-importer",
        image="argosy/importer:1",
        command=("python", "-m", "argosy.run"),
        args=("--component", "importer", "--interface", "1", "--executor_input", "{{$}}"),
    )
    component = Component(
        name="comp-importer",
        body=body,
        parameters={
            "artifact_uri": ParameterInput(type=ParameterType.STRING),
            "metadata": ParameterInput(type=ParameterType.STRUCT),
            "fingerprint": ParameterInput(type=ParameterType.STRING, default=""),
        },
        output_artifacts={"artifact": ArtifactOutput(title="system.Artifact")},
    )
    given = {
        "artifact_uri": Constant(value=str(tmp_path / "model")),
        "metadata": Constant(value={"note": "n" * 200_000}),
    }
    plan = make_plan(component, tasks=[make_task("importer", parameters=given, cache=True)])
    options = RunOptions(root=tmp_path / "root")
    report = run_pipeline(plan, options)
    assert report.state == State.SUCCEEDED, report.error
    assert fs.list_files(report.tasks[0].outputs["artifact"].uris[0])
    assert run_pipeline(plan, options).tasks[0].cached
    (tmp_path / "model").write_text("other weights")
    assert run_pipeline(plan, options).tasks[0].reason == "the data that it reads changed"

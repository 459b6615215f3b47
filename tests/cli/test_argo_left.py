"""What killed pods left running in the metadata service, once their Workflow has ended."""

from argosy.cli.argo_left import record_left
from argosy.cli.argo_status import run_report
from argosy.metadata import Artifact, ArtifactState, Event, EventType, Execution, ExecutionState, open_store
from argosy.metadata.records import Context
from argosy.metadata.types import PIPELINE_RUN
from argosy.runner.cache import TASK, UID
from argosy.runner.publisher import ERROR


def test_only_what_the_run_left_running_is_recorded_as_failed_with_the_tasks_cause(failed_workflow, tmp_path) -> None:
    uid = failed_workflow["metadata"]["uid"] = "u-1"
    pending = Artifact(type="system.Model", uri="s3://b/m", state=ArtifactState.PENDING)
    with open_store(tmp_path / "m.sqlite") as store:
        for task, of, state in (
            ("oom", uid, ExecutionState.RUNNING),
            ("oom", "another run of that name", ExecutionState.RUNNING),
            ("good", uid, ExecutionState.COMPLETE),
        ):
            execution = Execution(type="trainer", state=state, properties={TASK: task, UID: of})
            output = (pending, Event(type=EventType.PENDING_OUTPUT, path=("model", 0)))
            store.put_execution(execution, [output], [Context(type=PIPELINE_RUN, name="hand-1")])
    report = run_report(failed_workflow)
    [line] = record_left(failed_workflow, report, str(tmp_path / "m.sqlite"))
    cause = "it was killed because it used more memory than its limit of 20Mi"
    assert line == f"oom of hand-1 is now recorded as failed: {cause}"
    with open_store(tmp_path / "m.sqlite") as store:
        states = [(one.state, one.properties.get(ERROR)) for one in store.executions()]
        assert [str(one.state) for one in store.artifacts()] == ["ABANDONED", "PENDING", "PENDING"]
    running = (ExecutionState.RUNNING, None)
    assert states == [(ExecutionState.FAILED, cause), running, (ExecutionState.COMPLETE, None)]
    assert list(record_left(failed_workflow, report, str(tmp_path / "m.sqlite"))) == []


def test_a_service_that_does_not_answer_here_is_named_with_what_to_do(failed_workflow) -> None:
    failed_workflow["metadata"]["annotations"]["argosy.dev/metadata"] = "grpc://127.0.0.1:9"
    [line] = record_left(failed_workflow, run_report(failed_workflow))
    assert "grpc://127.0.0.1:9 does not answer" in line
    assert line.endswith("argosy runs --namespace team --metadata grpc://HOST:PORT")
    assert "\n" not in line


def test_a_run_without_a_service_is_left_alone(failed_workflow) -> None:
    assert list(record_left(failed_workflow, run_report(failed_workflow))) == []

"""What killed pods left as running in the metadata service, recorded as failed once their Workflow has ended.

A pod that is killed whole, with its node say, tells nobody; of a task that is tried again the next pod does this.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.cli.argo_status import metadata_of
from argosy.errors import ArgosyError, InfrastructureError
from argosy.metadata import ExecutionState, open_store
from argosy.runner.cache import TASK
from argosy.runner.pod.driver import left_running
from argosy.runner.publisher import abandon
from argosy.runner.recovery import unfinished_outputs
from argosy.runner.report import RunReport, State, TaskReport


def record_left(workflow: Mapping[str, Any], report: RunReport, metadata: str = "") -> Iterator[str]:
    """Yields one line for each execution that is now recorded as failed, or one that says why none could be.

    Args:
        workflow: A Workflow.
        report: The same, with what is known of causes.
        metadata: The service as it is reached from here; empty for the address that the pods were given.
    """
    service = metadata or metadata_of(workflow)
    causes = {task.name: task.error for task in report.tasks if _is_silent(task)}
    if not service or not causes or report.state not in (State.FAILED, State.CANCELED):
        return
    run = report.run_id
    try:
        # From outside its cluster it may never answer.
        with open_store(service, wait_seconds=0) as store:
            for execution in left_running(store, run, workflow["metadata"]["uid"]):
                task = str(execution.properties[TASK])
                outputs = unfinished_outputs(store, execution)
                error = causes.get(task) or "the run ended before this task did"
                abandon(store, execution, outputs, state=ExecutionState.FAILED, error=error)
                yield f"{task} of {run} is now recorded as failed: {error}"
    except ArgosyError as error:
        yield (
            f"what the killed pods of {run} left running in the metadata service stays so: {error}; from where it "
            f"answers: argosy runs --namespace {workflow['metadata'].get('namespace', '')} --metadata grpc://HOST:PORT"
        )


def _is_silent(task: TaskReport) -> bool:
    """Whether a task had a pod that did not say how the task ended."""
    killed = task.state == State.CANCELED or task.exit_code == InfrastructureError.exit_code
    return killed and task.attempts > 0 and not task.component

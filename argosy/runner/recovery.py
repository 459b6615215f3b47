"""Sets a root right after a runner died in it. The caller holds the root's lock, so nobody else is at work."""

import dataclasses

from argosy import fs
from argosy.metadata.records import Artifact, ArtifactState, EventType, Execution, ExecutionState
from argosy.metadata.store import Store
from argosy.runner import history
from argosy.runner.cache import TASK
from argosy.runner.layout import Layout
from argosy.runner.publisher import abandon
from argosy.runner.report import State

REASON = "the runner ended before this task did"


def recover(store: Store, layout: Layout) -> tuple[str, ...]:
    """Marks what dead runners left running as failed, removes its outputs, and returns the tasks' names."""
    orphans = store.executions(state=ExecutionState.RUNNING)
    for execution in orphans:
        _abandon(store, layout, execution)
    for report in history.list_runs(layout.root):
        if report.state == State.RUNNING:
            error = "the runner ended without finishing this run; go on with --resume"
            history.write_report(layout, dataclasses.replace(report, state=State.FAILED, error=error))
    return tuple(str(execution.properties.get(TASK, execution.type)) for execution in orphans)


def unfinished_outputs(store: Store, execution: Execution) -> list[Artifact]:
    """Returns the outputs that an execution was to write and has not published."""
    events = store.events(execution_ids=[execution.id])
    pending = [event.artifact_id for event in events if event.type == EventType.PENDING_OUTPUT]
    return [artifact for artifact in store.artifacts(pending) if artifact.state == ArtifactState.PENDING]


def _abandon(store: Store, layout: Layout, execution: Execution) -> None:
    folder = str(execution.properties.get("__folder__", ""))
    outputs = unfinished_outputs(store, execution)
    # Removed first: should this process die here, the execution is still RUNNING and is found again.
    if folder and (layout.root / folder).is_relative_to(layout.artifacts):
        fs.remove(str(layout.root / folder / str(execution.id)))
    abandon(store, execution, outputs, state=ExecutionState.FAILED, error=REASON)

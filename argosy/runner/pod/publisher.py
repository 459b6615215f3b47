"""The publisher in a pod: outputs to the root and into the store, and then what Argo reads."""

import dataclasses
import logging
import time
from pathlib import Path

from argosy import fs
from argosy.errors import GateError, StorageError
from argosy.metadata.records import ExecutionState
from argosy.metadata.store import Store
from argosy.plan.wire import encode
from argosy.runner import publisher
from argosy.runner.attempt import Failure
from argosy.runner.executor_subprocess import is_argosy
from argosy.runner.outcome import Outcome
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.driver import discard
from argosy.runner.pod.places import Places, is_staged
from argosy.runner.pod.references import to_references
from argosy.runner.prepared import Prepared
from argosy.runner.publisher import Published
from argosy.runner.record import container
from argosy.runner.report import TaskReport, task_to_json

log = logging.getLogger("argosy.pod")

REPORT = "argosy-report"
REPORT_LIMIT = 16_000
"""Characters: the Workflow, which keeps every report, may have a megabyte in all."""


def publish(store: Store, prepared: Prepared, outcome: Outcome, places: Places) -> Published:
    """Brings the outputs to where they will live, records them, and returns them.

    Raises:
        ArtifactError: A declared output is not there.
        StorageError: The root cannot be written.
    """
    planned = {artifact.uri for artifact in prepared.outputs.values()}
    paths = {}
    for made in outcome.artifacts.values():
        path = places.path(made.uri)
        # A task may hand on what lies elsewhere, without bytes of it here.
        if is_staged(made.uri) and (made.uri in planned or Path(path).exists()):
            paths[made.uri] = path
    for uri, path in paths.items():
        if Path(path).exists():
            _bring(path, uri)
    return publisher.publish_complete(store, prepared, outcome, paths)


def publish_failed(store: Store, prepared: Prepared, failure: Failure, places: Places) -> str:
    """Records that the task failed, removes what it wrote, and returns the cause, with where its findings are."""
    error = failure.error
    if failure.exit_code == GateError.exit_code and is_argosy(container(prepared.component)):
        error = f"{error}; {_keep_findings(prepared, places)}"
    outputs = list(prepared.outputs.values())
    # Removed first: should this pod die in between, the execution is still RUNNING, and the next pod finds it.
    discard(outputs)
    state = ExecutionState.CANCELED if failure.canceled else ExecutionState.FAILED
    publisher.abandon(store, prepared.execution, outputs, state=state, error=error)
    return error


def write_outputs(task: PodTask, published: Published) -> None:
    """Writes the files that Argo hands on, one for each output."""
    files = task.spec.get("files", {})
    for name, value in published.parameters.items():
        _write(task, files.get("parameters", {}).get(name, name), encode(value))
    for name, artifacts in published.artifacts.items():
        _write(
            task,
            files.get("artifacts", {}).get(name, name),
            encode(to_references(artifacts, remembered=bool(task.metadata))),
        )


def write_report(task: PodTask, report: TaskReport) -> None:
    """Writes the task's report for whoever looks at the Workflow; without its outputs where those are many."""
    plain = task_to_json(dataclasses.replace(report, parameters={}))
    text = encode(plain)
    _write(task, REPORT, text if len(text) < REPORT_LIMIT else encode({**plain, "outputs": {}}))


def _write(task: PodTask, name: str, text: str) -> None:
    fs.write_bytes(str(task.work / "outputs" / name), text.encode())


def _bring(path: str, uri: str) -> None:
    begun = time.monotonic()
    size = fs.upload_directory(path, uri)
    log.info("wrote %s: %.1f MB in %.1f s", uri, size / 1e6, time.monotonic() - begun)


def _keep_findings(prepared: Prepared, places: Places) -> str:
    """Puts what a gate wrote before it stopped the run where people find it, and says where that is.

    No artifact of its own: nothing may ever be made from it.
    """
    try:
        for artifact in prepared.outputs.values():
            path, kept = places.path(artifact.uri), f"{places.findings}/{Path(artifact.uri).name}"
            if not Path(path).exists():
                continue
            fs.remove(kept)
            fs.copy(path, kept)
    except StorageError as error:
        return f"what it wrote could not be kept: {error}"
    return f"what it wrote is in {places.findings}"

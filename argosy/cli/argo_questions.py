"""What `explain`, `lineage` and `logs` answer of a run on a cluster: from its Workflow, and the metadata service."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.cli.argo_cause import task_lines
from argosy.cli.argo_client import MissingError, connected, read_log
from argosy.cli.argo_follow import with_causes
from argosy.cli.argo_runs import find_workflow
from argosy.cli.argo_status import metadata_of, pod_of, run_report
from argosy.cli.runs import find_task
from argosy.errors import ArtifactError, UserError, did_you_mean
from argosy.metadata import Execution, ExecutionState, Store, open_store, render, trace
from argosy.runner import explain as explained
from argosy.runner.cache import CACHED_EXECUTION, RUN, TASK
from argosy.runner.pod.driver import REASON
from argosy.runner.publisher import ERROR

WAIT_SECONDS = 10.0
"""How long a metadata service may be away when a person asks."""


def explain(arguments: argparse.Namespace) -> Iterator[str]:
    """Yields one line for each task of a run on a cluster, and what is not known of it."""
    try:
        with connected(arguments.namespace, arguments.context) as cluster:
            workflow = find_workflow(cluster, arguments.run)
            yield from explained(with_causes(cluster, workflow, run_report(workflow)))
            if not arguments.metadata and not metadata_of(workflow):
                yield f"run {workflow['metadata']['name']} had no metadata service: nothing could come from a cache"
    except MissingError as error:
        if not arguments.metadata:
            raise UserError(
                f"{error}; --metadata asks a metadata service, which knows of runs that are gone"
            ) from error
        yield from explain_from_store(arguments)


def explain_from_store(arguments: argparse.Namespace) -> Iterator[str]:
    """Yields one line for each task of a run that a metadata service knows, whose Workflow is gone or not looked at.

    Raises:
        UserError: The service knows no such run.
    """
    with open_store(arguments.metadata, wait_seconds=WAIT_SECONDS) as store:
        found = [one for one in store.executions() if RUN in one.properties]
        runs = list(dict.fromkeys(str(one.properties[RUN]) for one in found))
        wanted = arguments.run or (runs[-1] if runs else "")
        if wanted not in runs:
            raise UserError(f"{arguments.metadata} knows no run {wanted!r}; {did_you_mean(wanted, runs[-20:])}")
        mine = [one for one in found if one.properties[RUN] == wanted]
        yield from (_recorded(store, execution) for execution in mine)
        yield f"run {wanted}: this is what the metadata service knows; skipped tasks are only in the Workflow"


def lineage(arguments: argparse.Namespace) -> str:
    """Returns the lineage of an artifact of a run on a cluster, as a tree.

    Raises:
        UserError: The run had no metadata service, or there is no such artifact.
        InfrastructureError: The service does not answer.
    """
    uri, metadata = arguments.uri, arguments.metadata
    if arguments.namespace:
        with connected(arguments.namespace, arguments.context) as cluster:
            workflow = find_workflow(cluster, arguments.run)
        name = workflow["metadata"]["name"]
        metadata = metadata or metadata_of(workflow)
        if not metadata:
            raise UserError(
                f"run {name} had no metadata service, so what its artifacts were made from is not known; "
                "give runs one: argosy submit --metadata grpc://HOST:8080"
            )
        uri = _artifact(workflow, uri)
    with open_store(metadata, wait_seconds=WAIT_SECONDS) as store:
        return render(trace(store, uri))


def logs(arguments: argparse.Namespace) -> str:
    """Returns what a task of a run on a cluster printed.

    Raises:
        UserError: There is no such run or task, it had no pod, or its pod is gone.
    """
    with connected(arguments.namespace, arguments.context) as cluster:
        workflow = find_workflow(cluster, arguments.run)
        task = find_task(run_report(workflow), arguments.task)
        pod, container = pod_of(workflow, task.name)
        if not pod:
            raise UserError(f"task {task.name} has no log: it had no pod ({task.reason or task.state.lower()})")
        try:
            return "".join(f"{line}\n" for line in task_lines(read_log(cluster, pod, container=container)))
        except MissingError as error:
            raise UserError(
                f"the pod {pod} of task {task.name} is gone, and its log with it; `--keep-pods`, of `argosy submit` "
                "and `argosy compile`, lets pods that succeeded stay, and a cluster's log collection keeps what they "
                "printed"
            ) from error


def _artifact(workflow: Mapping[str, Any], uri: str) -> str:
    """Returns the URI of TASK.OUTPUT; anything else as it is."""
    task_name, _, output = uri.rpartition(".")
    if not task_name or "/" in uri or uri.isdigit():
        return uri
    task = find_task(run_report(workflow), task_name)
    if output not in task.outputs:
        raise ArtifactError(f"task {task.name} has no output {output!r}; {did_you_mean(output, task.outputs)}")
    uris = task.outputs[output].uris
    if not uris:
        raise ArtifactError(f"the output {output!r} of task {task.name} is an empty list: it has no artifact to trace")
    return uris[0]


def _recorded(store: Store, execution: Execution) -> str:
    properties = execution.properties
    task, state = properties.get(TASK, execution.type), execution.state
    reason = str(properties.get(REASON, ""))
    if state == ExecutionState.CACHED:
        origin = store.executions([int(properties.get(CACHED_EXECUTION, 0))])
        run = origin[0].properties.get(RUN, "?") if origin else "?"
        return f"{task} was not run: {reason or f'cached from run {run}'}"
    verb = "ran" if state == ExecutionState.COMPLETE else state.lower()
    because = "; ".join(filter(None, (reason, str(properties.get(ERROR, "")))))
    return f"{task} {verb}: {because}" if because else f"{task} {verb}"

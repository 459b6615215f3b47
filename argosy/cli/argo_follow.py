"""A Workflow followed to its end: what changed between two looks becomes the events that a local run tells."""

import dataclasses
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

from argosy.cli.argo_cause import last_line, needs_log
from argosy.cli.argo_client import Cluster, MissingError, read_log, read_workflow, stop_workflow
from argosy.cli.argo_status import pipeline_of, pod_of, run_report
from argosy.errors import ArgosyError, ServerError
from argosy.runner.events import OnEvent, RunEnded, RunStarted, TaskChanged
from argosy.runner.report import RunReport, State, TaskReport

MAX_SILENCE = 60.0
"""Seconds in which the server may fail to say how far the run is, while a control plane is replaced, say."""

UNSEEN = 30.0
"""Seconds after which a Workflow that no controller has touched is worth a word."""

LOG_LINES = 200
"""How many of a log's last lines are searched for the cause."""

FINAL = (State.SUCCEEDED, State.FAILED, State.CANCELED)


def follow(
    cluster: Cluster, name: str, on_event: OnEvent, *, poll: float = 1.0, tasks: tuple[str, ...] = ()
) -> RunReport:
    """Returns the report of a Workflow that has ended, after telling each change of its tasks.

    Args:
        cluster: Where it runs.
        name: The Workflow.
        on_event: Told what changes.
        poll: Seconds between looks.
        tasks: The pipeline's top-level tasks in a possible order, where they are known.

    Raises:
        ServerError: The server did not say for a minute how far it is, or the Workflow was deleted.
        KeyboardInterrupt: Ctrl-C; the run goes on.
    """
    told: dict[str, TaskReport] = {}
    causes: dict[str, str] = {}
    started = answered = time.monotonic()
    begun = warned = False
    while True:
        try:
            workflow = read_workflow(cluster, name)
        except MissingError as error:
            raise ServerError(f"the Workflow {name} was deleted while it was followed") from error
        except ServerError as error:
            if time.monotonic() - answered > MAX_SILENCE or "does not let us in" in str(error):
                raise ServerError(f"{error}. The run itself goes on") from error
            time.sleep(poll)
            continue
        answered = time.monotonic()
        if not begun:
            begun = True
            on_event(RunStarted(run_id=name, pipeline=pipeline_of(workflow), tasks=tasks))
        report = with_causes(cluster, workflow, run_report(workflow), causes)
        for task in report.tasks:
            if _differs(told.get(task.name), task):
                on_event(_event(task))
            told[task.name] = task
        if report.state in FINAL:
            on_event(RunEnded(report=report))
            return report
        if report.state == State.PENDING and not warned and time.monotonic() - started > UNSEEN:
            warned = True
            print(_unseen(cluster, name), file=sys.stderr)
        time.sleep(poll)


def with_causes(
    cluster: Cluster, workflow: Mapping[str, Any], report: RunReport, known: dict[str, str] | None = None
) -> RunReport:
    """Returns the report with the last line of a failed task's log where Argo knows nothing but an exit code.

    Args:
        cluster: Where the logs are.
        workflow: What the report is of.
        report: The report.
        known: Task -> its cause as found before; what is found is added.
    """
    causes = {} if known is None else known
    tasks = []
    for task in report.tasks:
        if task.state == State.FAILED and needs_log(task.error):
            if task.name not in causes:
                causes[task.name] = _from_log(cluster, workflow, task)
            tasks.append(dataclasses.replace(task, error=causes[task.name]))
        else:
            tasks.append(task)
    error = report.error
    failed = next((task for task in tasks if task.state == State.FAILED), None)
    if report.state == State.FAILED and failed:
        error = f"{failed.name}: {failed.error}"
    return dataclasses.replace(report, tasks=tuple(tasks), error=error)


def on_interrupt(cluster: Cluster, name: str) -> str:
    """Returns what became of a run whose follower pressed Ctrl-C: on a terminal it is asked whether to stop it."""
    commands = how_to(cluster, name)
    if sys.stdin.isatty() and sys.stderr.isatty():
        print(f"\nStop the run {name} as well? It goes on otherwise. [y/N] ", end="", file=sys.stderr, flush=True)
        try:
            if input().strip().lower() in ("y", "yes"):
                stop_workflow(cluster, name)
                return f"the run {name} is being stopped; its exit handlers still run"
        except (EOFError, KeyboardInterrupt):
            print(file=sys.stderr)
        except ArgosyError as error:
            return f"{error}\n{commands}"
    return f"the run {name} goes on\n{commands}"


def how_to(cluster: Cluster, name: str) -> str:
    """Returns the commands that follow and stop a run, a line each."""
    patch = """-p '{"spec":{"shutdown":"Stop"}}'"""
    return (
        f"follow it: argosy runs --namespace {cluster.namespace} --follow {name}\n"
        f"stop it:   kubectl -n {cluster.namespace} patch workflow {name} --type merge {patch}"
    )


def leave_on_signal() -> None:
    """Lets SIGTERM end the following as Ctrl-C does."""

    def leave(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)


def _from_log(cluster: Cluster, workflow: Mapping[str, Any], task: TaskReport) -> str:
    pod, container = pod_of(workflow, task.name, failed=True)
    try:
        found = last_line(read_log(cluster, pod, container=container, lines=LOG_LINES)) if pod else ""
    except ArgosyError:
        return f"{task.error}, and its log cannot be read"
    if not found:
        return f"{task.error}, and its log is empty"
    return found if task.error.startswith("its process") else f"{task.error}: {found}"


def _differs(before: TaskReport | None, now: TaskReport) -> bool:
    if before is None:
        return True
    return (before.state, before.error) != (now.state, now.error) or (
        now.state == State.RUNNING and before.reason != now.reason
    )


def _event(task: TaskReport) -> TaskChanged:
    return TaskChanged(
        task=task.name,
        state=task.state,
        seconds=task.seconds,
        cached=task.cached,
        reason=task.reason,
        error=task.error,
    )


def _unseen(cluster: Cluster, name: str) -> str:
    return (
        f"no controller has looked at the Workflow {name} for {UNSEEN:.0f} s: is Argo's workflow-controller running, "
        f"and does it watch namespace {cluster.namespace}? (kubectl get deployments -A | grep workflow-controller)"
    )

"""The runs that a root keeps: their reports, logs, and why each task ran or did not."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.errors import StorageError, UserError, did_you_mean
from argosy.runner.layout import Layout
from argosy.runner.lock import is_held
from argosy.runner.log_lines import lines
from argosy.runner.report import RunReport, State, TaskReport, from_json, to_json

_VERBS = {
    State.SUCCEEDED: "ran",
    State.FAILED: "failed",
    State.SKIPPED: "was skipped",
    State.CANCELED: "was canceled",
}


def list_runs(root: str | Path) -> list[RunReport]:
    """Returns the reports of all runs, newest first; an empty list when there are none."""
    reports = [_read(file) for file in Layout.at(root).runs.glob("*/report.json")]
    return sorted(reports, key=lambda report: (report.started, report.run_id), reverse=True)


def read_report(root: str | Path, run_id: str | None = None) -> RunReport:
    """Returns the report of a run; with None or an empty text, of the newest one.

    Raises:
        UserError: There is no such run.
    """
    layout = Layout.at(root)
    if run_id and layout.report(run_id).exists():
        return _read(layout.report(run_id))
    runs = list_runs(root)
    if run_id:
        raise UserError(f"no run {run_id!r} in {layout.root}; {did_you_mean(run_id, [run.run_id for run in runs])}")
    if not runs:
        raise UserError(f"no runs in {layout.root}; `argosy run` makes one, --root says where to look")
    return runs[0]


def write_report(layout: Layout, report: RunReport) -> None:
    """Writes a run's report, whole or not at all."""
    fs.write_bytes(str(layout.report(report.run_id)), (json.dumps(to_json(report), indent=1) + "\n").encode())


def read_arguments(layout: Layout, run_id: str) -> Mapping[str, Any]:
    """Returns the arguments with which a run was begun; empty when it has no record of them."""
    file = layout.run(run_id) / "arguments.json"
    return dict(json.loads(file.read_bytes())) if file.exists() else {}


def explain(report: RunReport) -> list[str]:
    """Returns one line per task: whether it ran, and why.

    >>> task = TaskReport(name="trainer", state=State.SUCCEEDED, reason="input examples changed")
    >>> explain(RunReport(run_id="r", pipeline="p", state=State.SUCCEEDED, started=0, seconds=1, root="/r",
    ...                   arguments={}, tasks=(task,)))
    ['trainer ran: input examples changed']
    """
    return [_explained(task) for task in report.tasks]


def log_path(root: str | Path, run_id: str | None, task: str) -> Path:
    """Returns the log file of a task; a cached task's is that of the run which computed it.

    Raises:
        UserError: There is no such run or task, or the task started no process.
    """
    report = read_report(root, run_id)
    running = Layout.at(root).log(report.run_id, task)
    known = {one.name: one for one in report.tasks}
    file = Path(known[task].log) if task in known and known[task].log else running
    if file.exists():
        return file
    if task not in known:
        raise UserError(f"run {report.run_id} has no task {task!r}; {did_you_mean(task, known)}")
    raise UserError(f"task {task!r} of run {report.run_id} has no log: {_explained(known[task])}")


def follow_log(root: str | Path, run_id: str | None, task: str) -> Iterator[str]:
    """Yields the lines of a task's log until the task, or the runner, has ended; waits for a task whose turn will come.

    Raises:
        UserError: There is no such run or task, or the task started no process.
    """
    layout, report = Layout.at(root), read_report(root, run_id)

    def ended(seconds: float) -> bool:
        time.sleep(seconds)
        now = read_report(root, report.run_id)
        goes_on = now.state == State.RUNNING and is_held(layout.lock)
        return not goes_on or any(one.name == task for one in now.tasks)

    if not ended(0):
        _require_planned(layout, report.run_id, task)
        yield from lines(layout.log(report.run_id, task), ended)
        if layout.log(report.run_id, task).exists():
            return
    yield from lines(log_path(root, report.run_id, task), lambda _: True)


def _require_planned(layout: Layout, run_id: str, task: str) -> None:
    plan = json.loads((layout.run(run_id) / "plan.json").read_bytes())
    known = plan["root"]["body"]["tasks"]
    if re.split(r"[/\[]", task)[0] not in known:
        raise UserError(f"run {run_id} has no task {task!r}; {did_you_mean(task, known)}")


def _explained(task: TaskReport) -> str:
    verb = "was not run" if task.cached else _VERBS[task.state]
    because = "; ".join(filter(None, (task.reason, task.error)))
    return f"{task.name} {verb}: {because}" if because else f"{task.name} {verb}"


def _read(file: Path) -> RunReport:
    try:
        return from_json(json.loads(file.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{file} is not a run's report ({error}); remove the folder {file.parent}") from error

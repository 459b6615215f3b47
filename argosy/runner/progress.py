"""A run's events for a person: a live table on a terminal, one line per event elsewhere. Writes to stderr."""

import contextlib
import re
import sys
import time
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from argosy.runner.events import (
    OnEvent,
    Pulling,
    Recovered,
    RunEnded,
    RunEvent,
    RunStarted,
    TaskChanged,
    TaskPrinted,
    Waiting,
)
from argosy.runner.report import RunReport, State

_STYLES = {
    State.PENDING: "dim",
    State.RUNNING: "bold cyan",
    State.SUCCEEDED: "green",
    State.FAILED: "bold red",
    State.SKIPPED: "dim",
    State.CANCELED: "yellow",
}


@contextlib.contextmanager
def show_progress(stream: TextIO | None = None) -> Iterator[OnEvent]:
    """Yields the function to give to `run_pipeline` as `on_event`."""
    out = stream or sys.stderr
    if not out.isatty():
        yield lambda event: _print_line(event, out)
        return
    console = Console(file=out)
    table = LiveTable()
    with Live(get_renderable=table.render, console=console, refresh_per_second=4) as live:

        def show(event: RunEvent) -> None:
            if isinstance(event, Waiting | Pulling | Recovered | TaskPrinted):
                # A task's colours stay; what would move the cursor in the table goes.
                live.console.print(Text.from_ansi(line(event) or ""))
            table.take(event)
            live.refresh()

        yield show


def line(event: RunEvent) -> str | None:
    """Returns the event as one plain line; None for one that needs no line.

    >>> line(TaskChanged(task="trainer", state=State.SUCCEEDED, seconds=1.5, reason="first run"))
    'trainer: succeeded in 1.5 s (first run)'
    """
    match event:
        case Waiting(root=root, pid=pid):
            return f"waiting for process {pid}, which works in {root}"
        case Pulling(image=image):
            return f"pulling {image}"
        case Recovered(tasks=tasks):
            return f"an earlier runner died; its unfinished tasks were discarded: {', '.join(tasks)}"
        case RunStarted(run_id=run_id, pipeline=pipeline):
            return f"run {run_id} of pipeline {pipeline}"
        case TaskChanged():
            return _task_line(event)
        case TaskPrinted(task=task, line=text):
            return f"{task} | {text}"
        case RunEnded(report=report):
            return _summary(report)


class LiveTable:
    """The tasks of a run as a table that is drawn again and again."""

    def __init__(self) -> None:
        self._title = ""
        self._rows: dict[str, tuple[TaskChanged, float]] = {}
        self._caption = ""
        self._order: dict[str, int] = {}

    def take(self, event: RunEvent) -> None:
        """Notes what the event changes."""
        match event:
            case RunStarted(tasks=tasks):
                self._title = line(event) or ""
                self._order = {task: place for place, task in enumerate(tasks)}
                self._rows = {task: (TaskChanged(task=task, state=State.PENDING), 0.0) for task in tasks}
            case TaskChanged(task=task):
                if _group(task) != task:  # a group's row makes room for those of its tasks
                    self._rows.pop(_group(task), None)
                self._rows[task] = (event, time.monotonic())
            case RunEnded(report=report):
                self._rows = {task: row for task, row in self._rows.items() if row[0].state != State.PENDING}
                self._caption = _summary(report)

    def render(self) -> Table:
        """Returns the table as of now."""
        table = Table(title=self._title, caption=self._caption, title_justify="left", caption_justify="left")
        table.add_column("task")
        table.add_column("state")
        table.add_column("seconds", justify="right")
        table.add_column("reason", overflow="fold")
        for task in sorted(self._rows, key=lambda task: self._order.get(_group(task), len(self._order))):
            event, since = self._rows[task]
            seconds = time.monotonic() - since if event.state == State.RUNNING else event.seconds
            shown = "" if event.state == State.PENDING else f"{seconds:.1f}"
            table.add_row(
                Text(task), Text(_word(event), style=_STYLES[event.state]), shown, Text(event.error or event.reason)
            )
        return table


def _group(task: str) -> str:
    """Returns the top-level task that a task belongs to."""
    return re.split(r"[/\[]", task)[0]


def _task_line(event: TaskChanged) -> str:
    because = event.error or event.reason
    if event.state == State.RUNNING:
        return f"{event.task}: running" + (f" ({because})" if because else "")
    if event.cached and because:
        return f"{event.task}: {because}"
    lasted = "" if event.state == State.SKIPPED else f" in {event.seconds:.1f} s"
    return f"{event.task}: {_word(event)}{lasted}" + (f" ({because})" if because else "")


def _word(event: TaskChanged) -> str:
    return "cached" if event.cached else event.state.lower()


def _summary(report: RunReport) -> str:
    counts = dict.fromkeys(("ran", "cached", "skipped", "failed", "canceled"), 0)
    for task in report.tasks:
        counts["cached" if task.cached else "ran" if task.state == State.SUCCEEDED else task.state.lower()] += 1
    tally = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    text = f"run {report.run_id} {report.state.lower()} in {report.seconds:.1f} s ({tally or 'no tasks'})"
    return f"{text}: {report.error}" if report.error else text


def _print_line(event: RunEvent, out: TextIO) -> None:
    text = line(event)
    if text is not None:
        out.write(f"{text}\n")
        out.flush()

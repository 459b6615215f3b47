"""What a person sees of a run."""

import io

from rich.console import Console

from argosy.runner import (
    Recovered,
    RunEnded,
    RunReport,
    RunStarted,
    State,
    TaskChanged,
    TaskPrinted,
    TaskReport,
    Waiting,
)
from argosy.runner.progress import LiveTable, line, show_progress

REPORT = RunReport(
    run_id="r1",
    pipeline="p",
    state=State.FAILED,
    started=0,
    seconds=2.25,
    root="/r",
    arguments={},
    error="b: no",
    tasks=(
        TaskReport(name="a", state=State.SUCCEEDED, cached=True),
        TaskReport(name="b", state=State.FAILED),
        TaskReport(name="c", state=State.SKIPPED),
    ),
)


def test_lines_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    with show_progress(out) as on_event:
        on_event(Waiting(root="/r", pid=7))
        on_event(Recovered(tasks=("x", "y")))
        on_event(RunStarted(run_id="r1", pipeline="p", tasks=("a",)))
        on_event(TaskChanged(task="a", state=State.RUNNING, reason="first run"))
        on_event(TaskPrinted(task="a", line="epoch 1: [loss] 0.5"))
        on_event(TaskChanged(task="b", state=State.FAILED, seconds=1.23, reason="first run", error="no"))
        on_event(RunEnded(report=REPORT))
    assert out.getvalue().splitlines() == [
        "waiting for process 7, which works in /r",
        "an earlier runner died; its unfinished tasks were discarded: x, y",
        "run r1 of pipeline p",
        "a: running (first run)",
        "a | epoch 1: [loss] 0.5",
        "b: failed in 1.2 s (no)",
        "run r1 failed in 2.2 s (1 cached, 1 skipped, 1 failed): b: no",
    ]


def test_a_cached_task_only_says_where_from() -> None:
    assert line(TaskChanged(task="a", state=State.SUCCEEDED, cached=True, reason="cached from run r")) == (
        "a: cached from run r"
    )


def test_the_table_on_a_terminal() -> None:
    table = LiveTable()
    table.take(RunStarted(run_id="r1", pipeline="p", tasks=("first", "for-loop-1", "empty")))
    assert _text(table).count("pending") == 3
    table.take(TaskChanged(task="first", state=State.SUCCEEDED, seconds=3.14, reason="[not markup]"))
    table.take(TaskChanged(task="for-loop-1[0]/x", state=State.RUNNING))
    text = _text(table)
    assert "for-loop-1[0]/x" in text
    assert "[not markup]" in text
    assert "3.1" in text
    assert text.count("pending") == 1
    table.take(RunEnded(report=REPORT))
    assert "pending" not in _text(table)
    assert "1 cached, 1 skipped, 1 failed" in _text(table)


def test_on_a_terminal_what_tasks_print_stands_above_the_table_and_cannot_move_the_cursor() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    with show_progress(out) as on_event:
        on_event(RunStarted(run_id="r1", pipeline="p", tasks=("a",)))
        on_event(TaskPrinted(task="a", line="\x1b[2J\x1b[9;9H[/not markup]"))
        on_event(RunEnded(report=REPORT))
    text = out.getvalue()
    assert "a | [/not markup]" in text
    assert "\x1b[2J" not in text
    assert "\x1b[9;9H" not in text


def _text(table: LiveTable) -> str:
    out = io.StringIO()
    Console(file=out, width=120).print(table.render())
    return out.getvalue()

"""Logs of tasks at work: line by line, from another process and in the run's own progress."""

import dataclasses
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from argosy.errors import UserError
from argosy.runner import Layout, RunOptions, State, TaskPrinted, follow_log, list_runs, run_pipeline
from argosy.runner.history import write_report
from argosy.runner.log_lines import LONGEST, each_line_told, lines


def complete(seconds: float) -> bool:
    return True


def test_lines_of_a_finished_file(tmp_path: Path) -> None:
    file = tmp_path / "log"
    assert list(lines(file, complete)) == []
    file.write_bytes(b"a\n\n10%\r20%\r100%\r\n\xff\xc3\xa4\nwithout an end")
    assert list(lines(file, complete)) == ["a", "", "100%", "\ufffdä", "without an end"]
    assert list(lines(file, complete, start=2)) == ["", "100%", "\ufffdä", "without an end"]


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("x" * (3 * LONGEST + 1))
    assert [len(line) for line in lines(file, complete)] == [LONGEST, LONGEST, LONGEST, 1]


def test_lines_come_as_they_are_written_and_none_is_cut(tmp_path: Path) -> None:
    file, asked = tmp_path / "log", list[str]()

    def write_more(seconds: float) -> bool:
        """Between two reads: a file that begins late, half a line, its other half, and more after the last look."""
        asked.append("")
        with file.open("a") as log:
            log.write(("one\ntw", "o\n", "three\n")[len(asked) - 1])
        return len(asked) == 3

    assert list(lines(file, write_more)) == ["one", "two", "three"]


def test_what_was_there_before_is_not_told_and_the_last_word_is(tmp_path: Path) -> None:
    file, told = tmp_path / "log", list[str]()
    file.write_text("# attempt 1\n")
    with each_line_told(file, told.append), file.open("a") as log:
        log.write("a\nb")
    assert told == ["a", "b"]


def test_a_run_tells_what_its_tasks_print_while_they_print_it(chain, tmp_path: Path) -> None:
    """The second task waits until somebody has seen its line."""
    go, events = tmp_path / "go", list[object]()

    def on_event(event: object) -> None:
        events.append(event)
        if event == TaskPrinted(task="upper", line="here"):
            go.touch()

    plan = chain(upper=f"echo here; while [ ! -e {go} ]; do sleep 0.05; done; tr a-z A-Z")
    report = run_pipeline(plan, RunOptions(root=tmp_path / "root", logs=True), on_event)
    assert report.state == State.SUCCEEDED
    printed = [event for event in events if isinstance(event, TaskPrinted)]
    assert printed == [TaskPrinted(task="make", line="start"), TaskPrinted(task="upper", line="here")]
    again = list[object]()
    run_pipeline(plan, RunOptions(root=tmp_path / "root"), again.append)
    run_pipeline(plan, RunOptions(root=tmp_path / "root", no_cache=True), again.append)
    assert not any(isinstance(event, TaskPrinted) for event in again)


@pytest.fixture
def at_work(chain, tmp_path: Path) -> Callable[[], None]:
    """A run whose second task waits; calling it lets it end."""
    plan = chain(upper=f"echo here; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done; echo there; tr a-z A-Z")
    thread = threading.Thread(target=run_pipeline, args=(plan, RunOptions(root=tmp_path / "root")))
    thread.start()
    deadline = time.monotonic() + 60
    while not list(Layout.at(tmp_path / "root").runs.glob("*/logs/upper.log")):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    def end() -> None:
        (tmp_path / "go").touch()
        thread.join()

    return end


def test_a_log_is_followed_to_its_task_s_end(at_work, tmp_path: Path) -> None:
    found = follow_log(tmp_path / "root", None, "upper")
    assert next(found).startswith("# attempt 1")
    assert next(found) == "here"
    later = follow_log(tmp_path / "root", None, "join")
    waiting = threading.Thread(target=lambda: heard.extend(later))
    heard: list[str] = []
    waiting.start()
    at_work()
    waiting.join()
    assert list(found) == ["there"]
    assert heard[0].startswith("# attempt 1")
    assert list(follow_log(tmp_path / "root", None, "upper"))[1:] == ["here", "there"]


def test_a_task_that_is_not_planned_is_not_waited_for(at_work, tmp_path: Path) -> None:
    try:
        with pytest.raises(UserError, match=r"has no task 'uper'; did you mean 'upper'\?"):
            next(follow_log(tmp_path / "root", None, "uper"))
    finally:
        at_work()


def test_following_ends_with_a_runner_that_died_and_finds_what_is_cached(chain, tmp_path: Path) -> None:
    root = tmp_path / "root"
    run_pipeline(chain(), RunOptions(root=root))
    run_pipeline(chain(), RunOptions(root=root))
    (cached, first) = list_runs(root)
    assert list(follow_log(root, cached.run_id, "make"))[1:] == ["start"]
    write_report(Layout.at(root), dataclasses.replace(first, state=State.RUNNING, tasks=()))
    assert list(follow_log(root, first.run_id, "make"))[1:] == ["start"]

"""Processes: their end in every way, their log, and that nothing of them is left."""

import dataclasses
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from argosy.errors import ParameterError, PipelineError
from argosy.plan.spec import ContainerExecutor
from argosy.runner.executor_subprocess import Ended, Job, local_command, require_runnable
from argosy.runner.executor_subprocess import run as run_job
from argosy.runner.watchdog import Watchdog


def python(code: str, tmp_path: Path, **options) -> Job:
    return Job(
        command=[sys.executable, "-c", code], env={}, cwd=tmp_path, log=tmp_path / "logs" / "task.log", **options
    )


def run(job: Job, stop: threading.Event) -> Ended:
    with Watchdog() as watchdog:
        return run_job(job, stop, watchdog)


def test_output_goes_to_the_log_and_the_code_comes_back(tmp_path: Path) -> None:
    job = python("import sys, os; print(os.getcwd()); sys.stderr.write('bad\\n'); sys.exit(3)", tmp_path)
    assert run(job, threading.Event()) == Ended(exit_code=3)
    assert job.log.read_text().splitlines() == [str(tmp_path), "bad"]


def test_a_second_attempt_is_added_to_the_log(tmp_path: Path) -> None:
    for _ in range(2):
        run(python("print('x')", tmp_path), threading.Event())
    assert (tmp_path / "logs" / "task.log").read_text() == "x\nx\n"


def test_a_signal_is_a_negative_code(tmp_path: Path) -> None:
    ended = run(python("import os; os.kill(os.getpid(), 9)", tmp_path), threading.Event())
    assert ended == Ended(exit_code=-signal.SIGKILL)


@pytest.mark.parametrize(
    ("text", "error"), [("x" * 200_000, "longest argument has 200000 bytes"), ("a\0b", "embedded null byte")]
)
def test_what_no_program_can_be_given_is_the_users_error(tmp_path: Path, text: str, error: str) -> None:
    job = python("pass", tmp_path)
    with pytest.raises(ParameterError, match=error):
        run(dataclasses.replace(job, command=[*job.command, text]), threading.Event())


def test_too_long_is_ended(tmp_path: Path) -> None:
    start = time.monotonic()
    ended = run(python("import time; time.sleep(60)", tmp_path, timeout_seconds=0.3), threading.Event())
    assert ended == Ended(exit_code=-signal.SIGTERM, timed_out=True)
    assert time.monotonic() - start < 10


def test_stop_ends_even_what_ignores_sigterm(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
    job = python(code, tmp_path, grace_seconds=0.3)
    stop = threading.Event()

    def when_ignoring() -> None:
        while not job.log.exists() or "on" not in job.log.read_text():
            time.sleep(0.01)
        stop.set()

    threading.Thread(target=when_ignoring).start()
    assert run(job, stop) == Ended(exit_code=-signal.SIGKILL, canceled=True)


def test_what_the_command_leaves_behind_is_killed(tmp_path: Path) -> None:
    code = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid)"
    job = python(code, tmp_path)
    assert run(job, threading.Event()).exit_code == 0
    pid = int(job.log.read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _alive(pid):
        time.sleep(0.02)
    assert not _alive(pid)


RUNNER = """
import threading
from pathlib import Path
from argosy.runner.executor_subprocess import Job, run
from argosy.runner.watchdog import Watchdog

script = "sh -c 'echo $$; sleep 60; true' & echo $$; wait"
with Watchdog() as watchdog:
    run(Job(command=["sh", "-c", script], env={}, cwd=Path("."), log=Path("task.log")), threading.Event(), watchdog)
"""


def test_a_task_and_its_children_die_with_the_runner(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", RUNNER], cwd=tmp_path)
    log = tmp_path / "task.log"
    while not log.exists() or log.read_text().count("\n") < 2:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    pids = [int(line) for line in log.read_text().split()]
    while time.monotonic() < deadline and any(map(_alive, pids)):
        time.sleep(0.02)
    assert not any(map(_alive, pids))


def test_a_missing_program_is_said_in_the_log(tmp_path: Path) -> None:
    job = Job(command=["no-such-program"], env={}, cwd=tmp_path, log=tmp_path / "log")
    assert run(job, threading.Event()).exit_code == 127
    assert job.log.read_text() == "ERROR: cannot start no-such-program: No such file or directory\n"


def test_python_is_this_python() -> None:
    assert local_command(["python3", "-m", "argosy.run"], ["--x"]) == [sys.executable, "-m", "argosy.run", "--x"]
    assert local_command(["sh", "-c", "echo"], ["1"]) == ["sh", "-c", "echo", "1"]


@pytest.mark.parametrize(
    ("image", "command"),
    [
        ("argosy/trainer:1", ("sh",)),
        ("registry.example/argosy/trainer:1", ("sh",)),
        ("mine", ("python", "-m", "argosy.run")),
        ("python:3.11", ("sh", "-c", "python3 -m kfp.dsl.executor_main")),
    ],
)
def test_what_can_run_here(image: str, command: tuple[str, ...]) -> None:
    require_runnable("t", ContainerExecutor(label="exec-t", image=image, command=command))


def test_a_foreign_image_is_refused_with_the_remedy() -> None:
    executor = ContainerExecutor(label="exec-t", image="alpine", command=("echo",))
    with pytest.raises(PipelineError, match=r"task 'train': the image 'alpine'.*use the docker executor"):
        require_runnable("train", executor)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

"""The lock is the operating system's: it goes when its holder goes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from argosy.errors import BusyError, StorageError
from argosy.runner.lock import locked

HOLD = """
import sys, time
from pathlib import Path
from argosy.runner.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_runner_is_told_who_is_first(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    with (
        pytest.raises(BusyError, match=rf"process {holder.pid} works in {tmp_path}"),
        locked(tmp_path / "lock", wait=False),
    ):
        pass


def test_it_waits_until_the_holder_is_killed(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    told: list[int] = []

    def kill(pid: int) -> None:
        told.append(pid)
        os.kill(pid, signal.SIGKILL)

    with locked(tmp_path / "lock", on_wait=kill):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    assert told == [holder.pid]


def test_waiting_can_be_given_up(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(BusyError), locked(tmp_path / "lock", stopped=lambda: time.monotonic() - start > 0.2):
        pass


def test_it_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "lock", wait=False):
            pass


def test_a_root_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="choose another root"), locked(tmp_path / "file" / "lock"):
        pass

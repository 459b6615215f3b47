"""The runner, or a task, is killed at seeded moments; the next run finds a consistent root and completes."""

import pickle
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from argosy.metadata import ArtifactState, ExecutionState, open_store
from argosy.plan.spec import Plan, RetryPolicy
from argosy.runner import Layout, RunOptions, State, run_pipeline, stored
from argosy.runner.history import read_report
from argosy.runner.options import PHASES

pytestmark = pytest.mark.e2e

RUNNER = """
import os, pickle, signal, sys
from pathlib import Path
from argosy.runner import RunOptions, run_pipeline
from argosy.runner.progress import show_progress

def on_phase(phase, task):
    if [phase, task] == sys.argv[3:]:
        os.kill(os.getpid(), signal.SIGKILL)

plan = pickle.loads(Path(sys.argv[1]).read_bytes())
with show_progress() as on_event:
    report = run_pipeline(plan, RunOptions(root=sys.argv[2], on_phase=on_phase, grace_seconds=1), on_event)
sys.exit(report.exit_code)
"""
TASKS = ("make", "upper", "join")
MOMENTS = [(phase, random.Random(seed).choice(TASKS)) for seed, phase in enumerate([*PHASES, *PHASES[:3]])]


def start(plan: Plan, tmp_path: Path, *moment: str) -> subprocess.Popen[str]:
    file = tmp_path / "plan.pickle"
    file.write_bytes(pickle.dumps(plan))
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(file), str(tmp_path / "root"), *moment], stderr=subprocess.PIPE, text=True
    )


def require_consistent(root: Path) -> None:
    """Nothing runs, what is LIVE is whole, and there are no other folders."""
    layout = Layout.at(root)
    with open_store(layout.metadata) as store:
        assert store.executions(state=ExecutionState.RUNNING) == []
        artifacts = store.artifacts()
    assert {artifact.state for artifact in artifacts} <= {ArtifactState.LIVE, ArtifactState.ABANDONED}
    live = [artifact for artifact in artifacts if artifact.state == ArtifactState.LIVE]
    assert [stored.damage(artifact) for artifact in live] == [""] * len(live)
    on_disk = {file for file in layout.artifacts.rglob("*") if file.is_file()}
    assert all(any(file.is_relative_to(artifact.uri) for artifact in live) for file in on_disk)


@pytest.mark.parametrize(("phase", "task"), MOMENTS)
def test_the_runner_is_killed(chain, tmp_path: Path, trace, phase: str, task: str) -> None:
    process = start(chain(), tmp_path, phase, task)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    before = trace()
    report = run_pipeline(chain(), RunOptions(root=tmp_path / "root", resume=True))
    assert report.state == State.SUCCEEDED
    assert report.parameters == {"joined": "aA"}
    assert report.run_id == next((tmp_path / "root" / "runs").iterdir()).name
    require_consistent(tmp_path / "root")
    published = TASKS[: TASKS.index(task) + (phase == "publisher.published")]
    assert trace() == [name for name in TASKS if name not in published]
    assert before[: len(published)] == list(published)


@pytest.mark.parametrize("seed", range(3))
def test_the_runner_is_killed_at_any_time(chain, tmp_path: Path, seed: int) -> None:
    process = start(chain(pause="0.2"), tmp_path)
    time.sleep(random.Random(seed).uniform(0.2, 1.0))
    process.kill()
    process.communicate()
    report = run_pipeline(chain(pause="0.2"), RunOptions(root=tmp_path / "root", resume=True))
    assert report.state == State.SUCCEEDED
    require_consistent(tmp_path / "root")


def test_a_run_without_resume_sets_the_root_right_too(chain, tmp_path: Path) -> None:
    start(chain(), tmp_path, "executor.end", "make").communicate()
    dead = read_report(tmp_path / "root")
    assert dead.state == State.RUNNING
    second = start(chain(), tmp_path)
    assert "an earlier runner died; its unfinished tasks were discarded: make" in second.communicate()[1]
    require_consistent(tmp_path / "root")
    dead = read_report(tmp_path / "root", dead.run_id)
    assert (dead.state, "--resume" in dead.error) == (State.FAILED, True)


def test_a_task_is_killed(chain, tmp_path: Path, trace) -> None:
    plan = chain(upper="test -e <flag> || kill -9 $$; cat".replace("<flag>", str(tmp_path / "flag")))
    report = run_pipeline(plan, RunOptions(root=tmp_path / "root"))
    assert report.tasks[1].error.startswith("killed by signal 9")
    assert report.exit_code == 4
    require_consistent(tmp_path / "root")
    trace()
    (tmp_path / "flag").touch()
    resumed = run_pipeline(plan, RunOptions(root=tmp_path / "root", resume=True))
    assert (resumed.state, resumed.parameters) == (State.SUCCEEDED, {"joined": "aa"})
    assert trace() == ["upper", "join"]
    require_consistent(tmp_path / "root")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_tasks_and_the_run(leaf, make_plan, make_task, tmp_path: Path, number: int) -> None:
    pids = tmp_path / "pids"
    plan = make_plan(
        leaf("t", f"echo half > <out>; sleep 100 & echo $! >> {pids}; echo $$ >> {pids}; wait", writes=["out"]),
        leaf("after", "true", reads=["x"]),
        tasks=[
            make_task("t", retry=RetryPolicy(max_retries=3)),
            make_task("after", depends_on=("t",)),
        ],
    )
    process = start(plan, tmp_path)
    while not pids.exists() or len(pids.read_text().splitlines()) < 2:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate()
    assert process.returncode == 130
    report = read_report(tmp_path / "root")
    assert report.state == State.CANCELED
    assert [task.state for task in report.tasks] == [State.CANCELED] * 2
    with open_store(Layout.at(tmp_path / "root").metadata) as store:
        assert [execution.state for execution in store.executions()] == [ExecutionState.CANCELED]
    require_consistent(tmp_path / "root")
    assert all(_ended(int(pid)) for pid in pids.read_text().split())


def test_two_runs_in_one_root_wait_for_each_other(chain, tmp_path: Path) -> None:
    first = start(chain(pause="1"), tmp_path)
    while not (tmp_path / "trace").exists():
        assert first.poll() is None
        time.sleep(0.02)
    second = start(chain(), tmp_path)
    first_text, second_text = first.communicate()[1], second.communicate()[1]
    assert (first.returncode, second.returncode) == (0, 0)
    assert f"waiting for process {first.pid}" in second_text
    assert "waiting" not in first_text
    require_consistent(tmp_path / "root")


def _ended(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False

"""A Workflow followed to its end: the events of its tasks, and what happens when nobody answers or somebody leaves."""

import copy
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from argosy.cli import argo_follow
from argosy.cli.argo_client import connected
from argosy.cli.argo_follow import follow, how_to
from argosy.cli.main import main
from argosy.errors import ServerError
from argosy.runner.events import RunEnded, RunStarted, TaskChanged
from argosy.runner.progress import line
from argosy.runner.report import State

pytest.importorskip("kubernetes", reason="the kubernetes client is not installed")

WORKFLOW = "/apis/argoproj.io/v1alpha1/namespaces/team/workflows/hand-1"
LOG = "/api/v1/namespaces/team/pods/hand-1-sh-2424327728/log"


def stage(workflow: dict[str, Any], phase: str, **tasks: str) -> dict[str, Any]:
    """The Workflow as it was before: only these tasks, each in its phase."""
    found = copy.deepcopy(workflow)
    status = found["status"]
    status["phase"] = phase
    if phase != "Failed":
        status.pop("finishedAt")
    named = {key.replace("_", "-"): value for key, value in tasks.items()}
    status["nodes"] = {
        key: {**node, "phase": named.get(node["displayName"], node["phase"])}
        for key, node in status["nodes"].items()
        if node["displayName"] in named or node["type"] == "DAG"
    }
    return found


@pytest.fixture
def events(api_server) -> Any:
    """Returns a call that follows to the end, and gives the events as lines."""

    def call() -> list[str]:
        seen: list[Any] = []
        with connected() as cluster:
            follow(cluster, "hand-1", seen.append, poll=0.01, tasks=("good", "bad"))
        assert isinstance(seen[0], RunStarted)
        assert isinstance(seen[-1], RunEnded)
        return [line(event) or "" for event in seen]

    return call


def test_each_change_is_told_once_as_a_local_run_tells_it(api_server, failed_workflow, events) -> None:
    api_server.objects[LOG.replace("2424327728", "136157384")] = b""
    api_server.stages = [
        {"metadata": failed_workflow["metadata"], "spec": failed_workflow["spec"]},
        stage(failed_workflow, "Running", good="Pending"),
        stage(failed_workflow, "Running", good="Running"),
        stage(failed_workflow, "Running", good="Running"),
        stage(failed_workflow, "Failed", good="Succeeded", bad2="Failed", cond="Skipped"),
    ]
    assert events() == [
        "run hand-1 of pipeline Hand made",
        "good: running",
        "bad2: failed in 5.0 s (why it failed)",
        "good: succeeded in 6.0 s (first run)",
        "cond: skipped (its condition is false)",
        "run hand-1 failed in 13.0 s (1 ran, 1 skipped, 1 failed): bad2: why it failed",
    ]


def test_a_pod_that_cannot_start_is_told_with_the_reason(api_server, failed_workflow, events) -> None:
    stuck = stage(failed_workflow, "Running", good="Pending")
    for node in stuck["status"]["nodes"].values():
        node["message"] = "ImagePullBackOff: Back-off pulling image"
    api_server.stages = [stuck, stage(failed_workflow, "Failed", good="Succeeded")]
    assert "good: running (its pod does not start: ImagePullBackOff: Back-off pulling image)" in events()


def test_a_bare_exit_code_is_explained_by_the_logs_last_line(api_server, failed_workflow, events) -> None:
    pods = [node for node in failed_workflow["status"]["nodes"].values() if node["displayName"] == "bad"]
    path = LOG.replace("2424327728", pods[0]["id"].rpartition("-")[2])
    api_server.objects[path] = b"reading\nDataError: no rows\nError: exit status 3\n"
    api_server.stages = [stage(failed_workflow, "Failed", bad="Failed")]
    lines = events()
    assert "bad: failed in 5.0 s (first run)" not in lines
    assert lines[-1].endswith("bad: DataError: no rows")
    assert sum(path == asked for _, asked, _ in api_server.requests) == 1


def test_a_server_that_is_away_for_a_while_is_waited_for(api_server, failed_workflow) -> None:
    api_server.answers["GET", WORKFLOW] = (503, b"")
    seen: list[Any] = []

    def come_back(event: Any) -> None:
        seen.append(event)

    api_server.stages = [stage(failed_workflow, "Failed", good="Succeeded")]
    timer = threading.Timer(0.2, api_server.answers.clear)
    timer.start()
    with connected() as cluster:
        report = follow(cluster, "hand-1", come_back, poll=0.02)
    timer.join()
    assert report.state == State.FAILED
    assert [type(event) for event in seen] == [RunStarted, TaskChanged, RunEnded]


def test_a_server_that_stays_away_ends_it_and_says_that_the_run_goes_on(api_server, monkeypatch) -> None:
    monkeypatch.setattr(argo_follow, "MAX_SILENCE", 0.05)
    api_server.answers["GET", WORKFLOW] = (503, b"")
    with connected() as cluster, pytest.raises(ServerError, match="The run itself goes on"):
        follow(cluster, "hand-1", lambda event: None, poll=0.01)


def test_a_deleted_workflow_ends_it(api_server) -> None:
    with connected() as cluster, pytest.raises(ServerError, match="hand-1 was deleted"):
        follow(cluster, "hand-1", lambda event: None, poll=0.01)


def test_a_workflow_that_no_controller_sees_is_worth_a_word(api_server, failed_workflow, monkeypatch, capsys) -> None:
    monkeypatch.setattr(argo_follow, "UNSEEN", 0.0)
    untouched = {"metadata": failed_workflow["metadata"], "spec": failed_workflow["spec"]}
    api_server.stages = [untouched, untouched, stage(failed_workflow, "Failed", good="Succeeded")]
    with connected() as cluster:
        follow(cluster, "hand-1", lambda event: None, poll=0.01)
    told = capsys.readouterr().err
    assert told.count("no controller has looked at the Workflow hand-1") == 1
    assert "namespace team" in told


def test_ctrl_c_leaves_the_run_and_says_how_to_go_on(api_server, failed_workflow) -> None:
    api_server.stages = [stage(failed_workflow, "Running", good="Running")]
    command = [sys.executable, "-m", "argosy.cli.main", "runs", "--namespace", "team", "--follow", "hand-1"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment, text=True
    ) as running:
        assert running.stderr is not None
        assert "run hand-1" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
    assert running.returncode == 130
    with connected() as cluster:
        assert f"the run hand-1 goes on\n{how_to(cluster, 'hand-1')}" in rest
    assert "Traceback" not in rest
    assert not api_server.bodies(WORKFLOW)


@pytest.mark.parametrize(
    ("answer", "words"), [("y", "the run hand-1 is being stopped"), ("", "the run hand-1 goes on")]
)
def test_ctrl_c_on_a_terminal_asks_whether_to_stop_the_run(api_server, failed_workflow, answer, words) -> None:
    api_server.stages = [stage(failed_workflow, "Running", good="Running")]
    command = [sys.executable, "-m", "argosy.cli.main", "runs", "--namespace", "team", "--follow", "hand-1"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stderr=theirs, env=environment, start_new_session=True) as running:
        os.close(theirs)
        read_until(ours, "running")
        running.send_signal(signal.SIGINT)
        read_until(ours, "Stop the run hand-1 as well?")
        os.write(ours, f"{answer}\n".encode())
        assert words in read_until(ours, words)
    os.close(ours)
    assert running.returncode == 130
    assert api_server.bodies(WORKFLOW) == ([{"spec": {"shutdown": "Stop"}}] if answer else [])


def read_until(terminal: int, words: str) -> str:
    text = ""
    while words not in text:
        text += os.read(terminal, 10_000).decode()
    return text


def test_the_commands_of_the_questions(api_server, failed_workflow, capsys) -> None:
    listing = "/apis/argoproj.io/v1alpha1/namespaces/team/workflows"
    api_server.objects |= {
        listing: {"items": [failed_workflow]},
        WORKFLOW: failed_workflow,
        "/api/v1/namespaces/team/pods/hand-1-set-2031524711/log": b"mine\ntime=1 level=info argo=true\n",
    }
    assert main(["runs", "--namespace", "team"]) == 0
    assert capsys.readouterr().out.startswith("hand-1  ")
    assert main(["explain", "--namespace", "team"]) == 0
    explained = capsys.readouterr().out.splitlines()
    assert "after-bad was skipped: bad failed" in explained
    assert explained[-1] == "run hand-1 had no metadata service: nothing could come from a cache"
    assert main(["logs", "set", "--namespace", "team"]) == 0
    assert capsys.readouterr().out == "mine\n"
    assert main(["runs", "--namespace", "team", "--follow", "hand-1"]) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lineage", "good.x"], "had no metadata service, so what its artifacts were made from is not known"),
        (["logs", "cond"], "task cond has no log: it had no pod (its condition is false)"),
        (["logs", "good"], "`--keep-pods`, of `argosy submit` and `argosy compile`"),
        (["lineage", "good.models"], "the output 'models' of task good is an empty list"),
        (["logs", "goood"], "did you mean 'good'"),
        (["explain", "--run", "hand-2"], "knows of runs that are gone"),
    ],
)
def test_what_cannot_be_answered(api_server, failed_workflow, capsys, arguments, words) -> None:
    if arguments[1:] == ["good.models"]:
        failed_workflow["metadata"].setdefault("annotations", {})["argosy.dev/metadata"] = "grpc://127.0.0.1:9"
        for node in failed_workflow["status"]["nodes"].values():
            if node["displayName"] == "good":
                told = {"outputs": {"models": {"type": "system.Model", "uris": []}}}
                node["outputs"] = {"parameters": [{"name": "argosy-report", "value": json.dumps(told)}]}
    api_server.objects["/apis/argoproj.io/v1alpha1/namespaces/team/workflows"] = {"items": [failed_workflow]}
    assert main([*arguments, "--namespace", "team"]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert len(told.splitlines()) == 1


def test_following_needs_a_namespace(capsys) -> None:
    assert main(["runs", "--follow", "x"]) == 2
    assert "--namespace" in capsys.readouterr().err


def test_looks_are_a_second_apart(api_server, failed_workflow) -> None:
    running = stage(failed_workflow, "Running", good="Running")
    api_server.stages = [running, running, stage(failed_workflow, "Failed", good="Succeeded")]
    begun = time.monotonic()
    with connected() as cluster:
        follow(cluster, "hand-1", lambda event: None)
    assert 2 <= time.monotonic() - begun < 4

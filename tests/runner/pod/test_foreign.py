"""A container of the user's beside one of ours, with the shell that it is lent."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from argosy.argo.containers import STAGED, WAIT_AND_RUN
from argosy.metadata import ExecutionState, open_store
from argosy.runner.pod.script import run_script

SHELL = shutil.which("busybox")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(SHELL is None, reason="needs busybox (Debian: busybox-static)"),
]

Task = Callable[..., Any]


@pytest.fixture
def run_task(run_pod: Any, tmp_path: Path) -> Task:
    """Runs the two containers of a task and returns ours; `log` gets what the user's wrote."""
    count = iter(range(1000))

    def run(
        pod: str,
        *,
        log: list[str] | None = None,
        env: Mapping[str, str] = {},
        user: Callable[[Path, "subprocess.Popen[bytes]"], None] = lambda shared, process: None,
        **more: Any,
    ) -> Any:
        shared = tmp_path / f"shared-{next(count)}"
        flags = {"shared": str(shared), "mounts": str(tmp_path / "mounts"), "pod_name": shared.name, **more}
        beside = begin_container(shared, env)
        thread = threading.Thread(target=user, args=(shared, beside))
        thread.start()
        done = run_pod(pod, phase="around", **flags)
        beside.wait(timeout=60)
        thread.join()
        if log is not None:
            log.append(shared.with_suffix(".log").read_text(errors="replace"))
        return done

    return run


def begin_container(shared: Path, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """The user's container: it waits until ours has laid out what it needs."""
    shared.mkdir()
    shell = shared / "busybox"
    shutil.copy(str(SHELL), shell)
    script = WAIT_AND_RUN.replace(STAGED, str(shared))
    with shared.with_suffix(".log").open("wb") as output:
        return subprocess.Popen(
            [str(shell), "sh", "-c", script],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], **env},
            start_new_session=True,
        )


def when(shared: Path, text: bytes) -> None:
    """Waits until the command's script is there and has begun."""
    while not ((shared / "output").exists() and text in (shared / "run.sh").read_bytes()):
        time.sleep(0.02)


def test_outputs_are_published_and_then_taken_from_the_cache(make_spec: Any, run_task: Task, tmp_path: Path) -> None:
    script = "echo run >> $TRACE; mkdir -p <out>; printf %s '<text>' > <out>/text; printf 3.0 > <number>"
    pod = make_spec(
        script, parameters={"text": "STRING"}, writes={"out": "system.Dataset"}, values={"number": "NUMBER_INTEGER"}
    )
    trace = {"TRACE": str(tmp_path / "trace")}
    first = run_task(pod, inputs={"text": "a"}, env=trace)
    assert first.exit_code == 0, first.log
    [reference] = first.value("out")
    assert Path(reference["uri"], "text").read_text() == "a"
    assert first.value("number") == 3
    second = run_task(pod, inputs={"text": "a"}, env=trace, run="wf2", uid="u2")
    assert (second.exit_code, second.report["cached"], second.report["reason"]) == (0, True, "cached from run wf")
    assert second.value("out") == [reference]
    assert (tmp_path / "trace").read_text() == "run\n"


@pytest.mark.parametrize(
    "text", ["it's", '"q"', "a\nb\r\n", "$HOME `id` \\", "{{$.x}} {{tasks.x}}", "🏳️‍🌈 ü", " -n ", ""]
)
def test_texts_arrive_as_they_left(make_spec: Any, run_task: Task, text: str) -> None:
    container = {
        "image": "debian",
        "command": ["sh", "-ec", 'printf %s "$1" > "$2"', "sh"],
        "args": ["{{$.inputs.parameters['text']}}", "{{$.outputs.parameters['copy'].output_file}}"],
        "env": [{"name": "COPY", "value": "{{$.inputs.parameters['text']}}"}],
    }
    pod = make_spec(parameters={"text": "STRING"}, values={"copy": "STRING"}, executor={"container": container})
    done = run_task(pod, inputs={"text": text})
    assert done.exit_code == 0, done.log
    assert done.value("copy") == text


def test_the_commands_exit_code_and_last_line_are_kept(make_spec: Any, run_task: Task, tmp_path: Path) -> None:
    log: list[str] = []
    done = run_task(
        make_spec("echo begun; echo half > <out>; echo boom >&2; exit 7", writes={"out": "system.Dataset"}), log=log
    )
    assert done.exit_code == 7
    assert done.cause == "ERROR: task step: exit code 7; the last line of its log: boom"
    assert sorted(log[0].splitlines()) == ["begun", "boom"]
    assert (done.value("out"), done.report["exit_code"], done.report["state"]) == (None, 7, "FAILED")
    with open_store(tmp_path / "metadata.sqlite") as store:
        assert [execution.state for execution in store.executions()] == [ExecutionState.FAILED]
    assert [file for file in (tmp_path / "root").rglob("*") if file.is_file()] == []


def test_a_long_log_passes_and_only_its_end_is_kept(make_spec: Any, run_task: Task) -> None:
    log: list[str] = []
    done = run_task(make_spec("seq 200000; echo last; exit 1"), log=log)
    assert done.cause.endswith("the last line of its log: last")
    assert len(log[0].splitlines()) == 200001


def test_a_program_that_the_image_lacks(make_spec: Any, run_task: Task) -> None:
    pod = make_spec(executor={"container": {"image": "debian", "command": ["no-such-program"], "args": ["x"]}})
    done = run_task(pod)
    assert done.exit_code == 127
    assert "the image has no program no-such-program" in done.cause


def test_the_images_own_programs_come_first(make_spec: Any, run_task: Task, tmp_path: Path) -> None:
    own = tmp_path / "bin" / "ls"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\necho own; exit 5\n")
    own.chmod(0o755)
    pod = make_spec(executor={"container": {"image": "debian", "command": ["ls"]}})
    done = run_task(pod, env={"PATH": f"{own.parent}:{os.environ['PATH']}"})
    assert done.cause.endswith("exit code 5; the last line of its log: own")


def test_background_processes_do_not_hold_the_task_up(make_spec: Any, run_task: Task) -> None:
    begun = time.monotonic()
    assert run_task(make_spec("sleep 60 & echo left")).exit_code == 0
    assert time.monotonic() - begun < 30


def test_a_signal_reaches_the_command(make_spec: Any, run_task: Task) -> None:
    def end(shared: Path, process: "subprocess.Popen[bytes]") -> None:
        when(shared, b"told")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)

    done = run_task(make_spec("trap 'echo told; exit 9' TERM; echo ready; while :; do sleep 0.1; done"), user=end)
    assert (done.exit_code, done.cause) == (9, "ERROR: task step: exit code 9; the last line of its log: told")


def test_a_pod_whose_containers_are_told_to_end_one_after_the_other(
    make_spec: Any, run_task: Task, tmp_path: Path
) -> None:
    def end(shared: Path, process: "subprocess.Popen[bytes]") -> None:
        when(shared, b"sleep 60")
        process.send_signal(signal.SIGTERM)

    main = run_task(make_spec("exec sleep 60"), user=end, start=subprocess.Popen)
    main.send_signal(signal.SIGTERM)
    assert main.wait(30) == 143
    with open_store(tmp_path / "metadata.sqlite") as store:
        assert [execution.state for execution in store.executions()] == [ExecutionState.CANCELED]


def test_a_timeout(make_spec: Any, run_task: Task) -> None:
    done = run_task(make_spec("sleep 60", platform={"activeDeadlineSeconds": 1}))
    assert (done.report["state"], done.report["error"]) == ("FAILED", "timed out after 1 s")


def test_a_container_that_is_killed_with_all_that_is_in_it(make_spec: Any, run_task: Task) -> None:
    def kill(shared: Path, process: "subprocess.Popen[bytes]") -> None:
        when(shared, b"sleep 60")
        os.killpg(process.pid, signal.SIGKILL)

    begun = time.monotonic()
    done = run_task(make_spec("sleep 60"), user=kill)
    assert time.monotonic() - begun < 20
    assert done.exit_code == 137
    assert "killed before the command had ended" in done.cause


@pytest.mark.parametrize("name", ["memory.events", "memory/memory.oom_control"])
def test_a_command_that_was_out_of_memory(tmp_path: Path, name: str) -> None:
    groups, shared = tmp_path / "groups", tmp_path / "shared"
    (groups / name).parent.mkdir(parents=True)
    (groups / name).write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
    shared.mkdir()
    shutil.copy(str(SHELL), shared / "busybox")
    script = run_script("step", shared, ["sh", "-c", "echo hungry; kill -9 $$"], {}, groups=groups)
    subprocess.run([str(shared / "busybox"), "sh", "-c", script], check=True)
    assert (shared / "memory").exists()
    assert (shared / "exit_code").read_text() == "137\n"


def test_a_failure_before_the_command_lets_its_container_go(make_spec: Any, run_task: Task) -> None:
    log: list[str] = []
    done = run_task(make_spec("echo ran", parameters={"n": "NUMBER_INTEGER"}), inputs={"n": "many"}, log=log)
    assert done.exit_code == 2
    assert "parameter 'n' must be an integer of 64 bits, found the text 'many'" in done.cause
    assert log == [""]


def test_no_metadata_service(make_spec: Any, run_task: Task) -> None:
    pod = make_spec("echo x > <out>", writes={"out": "system.Dataset"})
    for _ in range(2):
        done = run_task(pod, metadata="")
        assert done.exit_code == 0, done.log
        assert done.report["reason"] == "there is no metadata service, so nothing is remembered"
        [reference] = done.value("out")
        assert "id" not in reference


LIGHTWEIGHT = """
import json, sys
given = json.loads(sys.argv[2])
made = given["outputs"]["artifacts"]["model"]["artifacts"][0]
open(made["uri"], "w").write("weights")
out = {"artifacts": {"model": {"artifacts": [{"name": "model", "uri": made["uri"], "metadata": {"rows": 3}}]}},
       "parameterValues": {"Output": given["inputs"]["parameterValues"]["n"] + 1}}
json.dump(out, open(given["outputs"]["outputFile"], "w"))
"""


def test_a_component_that_reads_the_executor_input(make_spec: Any, run_task: Task) -> None:
    container = {
        "image": "python:3.11",
        "command": ["python3", "-c", LIGHTWEIGHT],
        "args": ["--executor_input", "{{$}}"],
    }
    pod = make_spec(
        parameters={"n": "NUMBER_INTEGER"},
        writes={"model": "system.Model"},
        values={"Output": "NUMBER_INTEGER"},
        executor={"container": container},
    )
    done = run_task(pod, inputs={"n": 4})
    assert done.exit_code == 0, done.log
    assert done.value("Output") == 5
    [reference] = done.value("model")
    assert reference["metadata"] == {"rows": 3}
    assert json.loads(done.text("model"))[0]["content"]

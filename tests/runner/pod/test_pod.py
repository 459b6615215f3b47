"""One task in its pod: what it hands on, remembers, takes from earlier pods, and says when it fails."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from argosy import fs
from argosy.metadata import ArtifactState, ExecutionState, open_store, render, trace
from argosy.metadata.location import SQLite
from argosy.metadata.server import MetadataServer, ServerOptions

pytestmark = pytest.mark.e2e

STEP = {"image": "argosy/importer:0.1.0", "command": ["python", "-m", "argosy.run"]}
STEP["args"] = ["--component", "importer", "--interface", "1", "--executor_input", "{{$}}"]
PARAMETERS = dict.fromkeys(("artifact_uri", "artifact_type", "fingerprint"), "STRING") | {"metadata": "STRUCT"}


@pytest.fixture
def importer(make_spec: Any) -> str:
    """The step that writes a small pointer: the cheapest of ours."""
    return str(make_spec(parameters=PARAMETERS, writes={"artifact": "system.Artifact"}, executor={"container": STEP}))


@pytest.fixture
def data(tmp_path: Path) -> str:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.txt").write_text("hello")
    return str(tmp_path / "data")


def executions(tmp_path: Path) -> list[tuple[str, str]]:
    with open_store(tmp_path / "metadata.sqlite") as store:
        return [(str(one.properties["__run__"]), str(one.state)) for one in store.executions()]


def require_consistent(tmp_path: Path) -> None:
    """Nothing runs, and what is there is what the store says is there."""
    with open_store(tmp_path / "metadata.sqlite") as store:
        assert store.executions(state=ExecutionState.RUNNING) == []
        live = [one for one in store.artifacts() if one.state == ArtifactState.LIVE]
    files = {str(file) for file in (tmp_path / "root").rglob("*") if file.is_file()}
    assert {str(Path(file).parent) for file in files} == {one.uri for one in live}


def test_a_step_records_over_tls_with_an_authority_of_ones_own(
    run_pod: Any, importer: str, data: str, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    options = ServerOptions(host="localhost", port=0, certificate=certificate[0], key=certificate[1])
    server = MetadataServer(SQLite(path=tmp_path / "metadata.sqlite"), options)
    server.start()
    try:
        server.connect()
        service = f"grpcs://localhost:{server.port}"
        done = run_pod(
            importer, inputs={"artifact_uri": data}, metadata=service, env={"MLMD_CA_FILE": str(certificate[0])}
        )
        assert done.exit_code == 0, done.log
        unknown = run_pod(importer, inputs={"artifact_uri": data}, metadata=service)
        assert unknown.exit_code == 4
        assert "TLS was refused" in unknown.cause
    finally:
        server.stop(0)
    assert executions(tmp_path) == [("wf", "COMPLETE")]


def test_a_step_hands_on_references_and_is_cached_next_time(
    run_pod: Any, importer: str, data: str, tmp_path: Path
) -> None:
    first = run_pod(importer, inputs={"artifact_uri": data, "metadata": {"who": "ü"}})
    assert first.exit_code == 0, first.log
    assert "imported" in first.log
    [reference] = first.value("artifact")
    assert reference["uri"] == str(tmp_path / "root/test/u1/step/wf-0/artifact")
    assert reference["metadata"]["who"] == "ü"
    assert fs.digest(reference["uri"]) == reference["content"]
    assert (first.report["state"], first.report["cached"], first.report["reason"]) == ("SUCCEEDED", False, "first run")
    second = run_pod(importer, inputs={"artifact_uri": data, "metadata": {"who": "ü"}}, run="wf2", uid="u2")
    assert (second.exit_code, second.report["cached"], second.report["reason"]) == (0, True, "cached from run wf")
    assert second.text("artifact") == first.text("artifact")
    third = run_pod(importer, inputs={"artifact_uri": data, "metadata": {"who": "x"}}, run="wf3", uid="u3")
    assert third.report["reason"] == 'parameter metadata changed: who from "ü" to "x"'
    assert executions(tmp_path) == [("wf", "COMPLETE"), ("wf2", "CACHED"), ("wf3", "COMPLETE")]
    require_consistent(tmp_path)


def test_a_cached_step_whose_output_is_gone_runs_again(run_pod: Any, importer: str, data: str) -> None:
    [reference] = run_pod(importer, inputs={"artifact_uri": data}).value("artifact")
    fs.remove(reference["uri"])
    again = run_pod(importer, inputs={"artifact_uri": data}, run="wf2", uid="u2")
    assert again.exit_code == 0
    assert again.report["reason"] == f"earlier output {reference['uri']} is gone"


def test_a_pod_of_the_same_run_goes_on_where_one_had_finished(run_pod: Any, make_spec: Any, data: str) -> None:
    spec = make_spec(parameters=PARAMETERS, writes={"artifact": "system.Artifact"}, executor={"container": STEP})
    uncached = json.dumps({**json.loads(spec), "cache": False}).replace("{{", "\\u007b\\u007b")
    first = run_pod(uncached, inputs={"artifact_uri": data})
    second = run_pod(uncached, inputs={"artifact_uri": data})
    assert second.report["reason"] == "finished by an earlier pod of this run"
    assert second.text("artifact") == first.text("artifact")
    for flags in ({"uid": "u2"}, {"run": "wf2"}, {"task": "other"}, {"again": "true"}):
        other = run_pod(uncached, inputs={"artifact_uri": data}, **flags)
        assert other.report["cached"] is False, flags


PHASES = (
    "driver.begin",
    "driver.registered",
    "executor.begin",
    "executor.end",
    "publisher.begin",
    "publisher.published",
)
KILLED = """
import os, signal, sys
from argosy.run import prepare_process
from argosy.runner.pod.arguments import read_arguments
from argosy.runner.pod.launch import launch

def on_phase(phase, task):
    if phase == os.environ["KILL_AT"]:
        os.kill(os.getpid(), signal.SIGKILL)

prepare_process()
launch(read_arguments(sys.argv[1:]), on_phase)
"""


@pytest.mark.parametrize("phase", PHASES)
def test_a_pod_is_killed(run_pod: Any, importer: str, data: str, tmp_path: Path, phase: str) -> None:
    def start(argv: list[str], env: dict[str, str]) -> int:
        return subprocess.run([sys.executable, "-c", KILLED, *argv[3:]], env=env, check=False).returncode

    code = run_pod(importer, inputs={"artifact_uri": data}, env={"KILL_AT": phase}, start=start)
    assert code == -signal.SIGKILL
    after = run_pod(importer, inputs={"artifact_uri": data})
    assert after.exit_code == 0, after.log
    assert after.report["cached"] == (phase == "publisher.published")
    [reference] = after.value("artifact")
    assert fs.digest(reference["uri"]) == reference["content"]
    require_consistent(tmp_path)
    if phase not in ("driver.begin", "publisher.published"):
        with open_store(tmp_path / "metadata.sqlite") as store:
            dead = store.executions()[0]
        assert (dead.state, dead.properties["__execution_result__"]) == (
            ExecutionState.FAILED,
            "the pod wf-0 ended before this task did",
        )


def step_of(make_spec: Any, code: str, **interface: Any) -> str:
    """A step of ours, as far as a pod can tell, that runs this code."""
    text = f"import os, sys, time; print('user code runs', flush=True); {code}"
    container = {"image": "argosy/test:1", "command": ["python", "-c", text, "argosy.run"], "args": ["{{$}}"]}
    return str(make_spec(executor={"container": container}, **interface))


def popen(argv: list[str], env: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_sigterm_ends_the_step_and_is_told(run_pod: Any, make_spec: Any, tmp_path: Path) -> None:
    process = run_pod(step_of(make_spec, "time.sleep(60)"), start=popen)
    with process.stdout as stream:
        while b"user code runs" not in (line := stream.readline()):
            assert line
        process.send_signal(signal.SIGTERM)
        log = stream.read().decode()
    assert process.wait() == 143
    assert log.splitlines()[-1] == "ERROR: the pod was told to end (SIGTERM) before the task had ended"
    assert executions(tmp_path) == [("wf", "CANCELED")]


@pytest.mark.parametrize(
    ("code", "exit_code", "cause"),
    [
        ("os._exit(0)", 2, "does the user's code call os._exit?"),
        ("os._exit(9)", 9, "user code runs"),
        ("os.kill(os.getpid(), 9)", 137, "killed by signal 9 (out of memory?)"),
        ("sys.exit('ERROR: step x: no such column')", 1, "step x: no such column"),
    ],
)
def test_a_process_that_ends_badly(
    run_pod: Any, make_spec: Any, tmp_path: Path, code: str, exit_code: int, cause: str
) -> None:
    done = run_pod(step_of(make_spec, code, writes={"out": "system.Dataset"}))
    assert done.exit_code == exit_code, done.log
    assert cause in done.cause
    assert (done.report["state"], done.value("out")) == ("FAILED", None)
    assert cause in done.report["error"]
    assert executions(tmp_path) == [("wf", "FAILED")]
    require_consistent(tmp_path)


def test_a_timeout(run_pod: Any, make_spec: Any) -> None:
    spec = step_of(make_spec, "time.sleep(60)", platform={"activeDeadlineSeconds": 1})
    done = run_pod(spec)
    assert (done.report["state"], done.report["error"]) == ("FAILED", "timed out after 1 s")


GATE = "import json; given = json.loads(sys.argv[2]); out = given['outputs']['artifacts']['report']['artifacts'][0]; "
GATE += "where = out.get('customPath') or out['uri']; os.makedirs(where); open(where + '/why', 'w').write('bad'); "
GATE += "print('ERROR: 1 anomaly'); sys.exit(3)"


def test_what_a_gate_found_is_kept(run_pod: Any, make_spec: Any, tmp_path: Path) -> None:
    done = run_pod(step_of(make_spec, GATE, writes={"report": "system.Artifact"}), task="group/check")
    kept = tmp_path / "root/test/u1/findings/group.check"
    assert done.exit_code == 3
    assert done.cause == f"ERROR: task group/check: 1 anomaly; what it wrote is in {kept}"
    assert (kept / "report/why").read_text() == "bad"
    assert [str(file) for file in (tmp_path / "root").rglob("*") if file.is_file()] == [str(kept / "report/why")]


@pytest.mark.parametrize("scheme", ["s3_bucket", "gcs_bucket"])
def test_artifacts_in_a_store(
    run_pod: Any, make_spec: Any, data: str, request: pytest.FixtureRequest, scheme: str
) -> None:
    bucket = request.getfixturevalue(scheme)
    fs.upload_directory(data, f"{bucket}/data")
    made = make_spec(parameters=PARAMETERS, writes={"artifact": "system.Artifact"}, executor={"container": STEP})
    first = run_pod(made, inputs={"artifact_uri": f"{bucket}/data"}, root=f"{bucket}/runs/")
    assert first.exit_code == 0, first.log
    [reference] = first.value("artifact")
    assert reference["uri"] == f"{bucket}/runs/test/u1/step/wf-0/artifact"
    assert fs.list_files(f"{bucket}/runs") == [f"{reference['uri']}/pointer.json"]
    again = run_pod(made, inputs={"artifact_uri": f"{bucket}/data"}, root=f"{bucket}/runs/", run="wf2", uid="u2")
    assert again.report["reason"] == "cached from run wf"
    code = "import json; given = json.loads(sys.argv[2]); one = given['inputs']['artifacts']['x']['artifacts'][0]; "
    code += "print(one['uri'], open(one['customPath'] + '/x.txt').read()); sys.exit(5)"
    reader = run_pod(
        step_of(make_spec, code, reads={"x": "system.Artifact"}), inputs={"x": [reference]}, root=f"{bucket}/runs"
    )
    # The pointer was followed: what it points to is here.
    assert reader.report["error"] == f"{reference['uri']} hello"
    fs.write_bytes(f"{bucket}/data/x.txt", b"other")
    changed = run_pod(
        step_of(make_spec, code, reads={"x": "system.Artifact"}), inputs={"x": [reference]}, root=f"{bucket}/runs"
    )
    assert changed.exit_code == 4
    assert "it was changed" in changed.cause
    fs.remove(reference["uri"])
    gone = run_pod(made, inputs={"artifact_uri": f"{bucket}/data"}, root=f"{bucket}/runs/", run="wf3", uid="u3")
    assert gone.report["cached"] is False
    fs.write_bytes(f"{bucket}/data/x.txt", b"hello")


def test_an_empty_output_in_a_store(run_pod: Any, make_spec: Any, s3_bucket: str) -> None:
    code = "import json; out = json.loads(sys.argv[2])['outputs']; "
    code += "os.makedirs(out['artifacts']['x']['artifacts'][0]['customPath']); open(out['outputFile'], 'w').write('{}')"
    for run, reason in (("wf1", "first run"), ("wf2", "cached from run wf1")):
        done = run_pod(step_of(make_spec, code, writes={"x": "system.Dataset"}), root=s3_bucket, run=run)
        assert (done.exit_code, done.report["reason"]) == (0, reason), done.log
    code = "import json; given = json.loads(sys.argv[2])['inputs']['artifacts']['x']['artifacts'][0]; "
    code += "print(os.listdir(given['customPath'])); sys.exit(1)"
    reader = run_pod(
        step_of(make_spec, code, reads={"x": "system.Dataset"}), inputs={"x": done.value("x")}, root=s3_bucket
    )
    assert reader.report["error"] == "[]"


def test_what_a_gate_found_is_kept_in_a_store(run_pod: Any, make_spec: Any, s3_bucket: str) -> None:
    done = run_pod(step_of(make_spec, GATE, writes={"report": "system.Artifact"}), root=s3_bucket)
    kept = f"{s3_bucket}/test/u1/findings/step"
    assert done.cause == f"ERROR: task step: 1 anomaly; what it wrote is in {kept}"
    assert fs.list_files(s3_bucket) == [f"{kept}/report/why"]


def test_a_store_that_cannot_be_written_is_told_before_any_work(run_pod: Any, make_spec: Any, s3_bucket: str) -> None:
    done = run_pod(step_of(make_spec, "pass", writes={"out": "system.Dataset"}), root="s3://no-such-bucket-here/runs")
    assert done.exit_code == 4
    assert "user code runs" not in done.log
    assert "no-such-bucket-here" in done.cause
    assert os.environ["AWS_ENDPOINT_URL"] in done.cause


def test_lineage_goes_through_the_pods(run_pod: Any, make_spec: Any, importer: str, data: str, tmp_path: Path) -> None:
    [reference] = run_pod(importer, inputs={"artifact_uri": data}, task="import").value("artifact")
    code = "import json; out = json.loads(sys.argv[2])['outputs']; "
    code += "os.mkdir(out['artifacts']['out']['artifacts'][0]['uri']); open(out['outputFile'], 'w').write('{}')"
    spec = step_of(make_spec, code, reads={"x": "system.Artifact"}, writes={"out": "system.Dataset"})
    done = run_pod(spec, inputs={"x": [reference]}, task="use")
    assert done.exit_code == 0, done.log
    [made] = done.value("out")
    with open_store(tmp_path / "metadata.sqlite") as store:
        text = render(trace(store, made["uri"]))
    assert "by use (execution 2, run wf)" in text
    assert "by import (execution 1, run wf)" in text
    assert f"source: {data}" in text


def test_without_a_metadata_service_nothing_is_remembered(run_pod: Any, importer: str, data: str) -> None:
    for _ in range(2):
        done = run_pod(importer, inputs={"artifact_uri": data}, metadata="")
        assert done.exit_code == 0
        assert "there is no metadata service, so nothing is remembered: no cache and no lineage" in done.log
        assert done.report["cached"] is False


def test_a_metadata_store_of_another_version(run_pod: Any, importer: str, data: str, tmp_path: Path) -> None:
    with open_store(tmp_path / "metadata.sqlite") as store:
        store.contexts("pipeline")
    connection = sqlite3.connect(tmp_path / "metadata.sqlite")
    connection.execute("UPDATE MLMDEnv SET schema_version = 99")
    connection.commit()
    connection.close()
    done = run_pod(importer, inputs={"artifact_uri": data})
    assert done.exit_code == 2
    assert len(done.cause) < 400
    assert "version" in done.cause


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"root": ""}, "--root is missing"),
        ({"color": "red"}, "unknown argument '--color'"),
        ({"phase": "before"}, "--phase 'before'"),
        ({"pod_name": "@/no/such/file"}, "names a file that cannot be read"),
    ],
)
def test_a_command_line_that_is_none(run_pod: Any, importer: str, flags: dict[str, str], message: str) -> None:
    done = run_pod(importer, **flags)
    assert done.exit_code == 2
    assert message in done.cause
    assert len(done.log.splitlines()) == 1


def test_long_arguments_come_in_files(run_pod: Any, importer: str, data: str, tmp_path: Path) -> None:
    long = tmp_path / "argo_arg_3.txt"
    long.write_text(f"metadata={json.dumps({'text': 'x' * 200_000})}")
    done = run_pod(importer, "--input", f"@{long}", inputs={"artifact_uri": data})
    assert done.exit_code == 0, done.log
    assert len(done.value("artifact")[0]["metadata"]["text"]) == 200_000


def test_an_importer(run_pod: Any, make_spec: Any, data: str, tmp_path: Path) -> None:
    importer = {"artifactUri": {"runtimeParameter": "uri"}, "typeSchema": {"schemaTitle": "system.Dataset"}}
    importer["metadata"] = {"from": "{{$.inputs.parameters['uri']}}"}
    spec = make_spec(
        parameters={"uri": "STRING"}, writes={"artifact": "system.Dataset"}, executor={"importer": importer}
    )
    first = run_pod(spec, inputs={"uri": data})
    assert first.exit_code == 0, first.log
    [reference] = first.value("artifact")
    assert (reference["uri"], reference["type"], reference["metadata"]) == (data, "system.Dataset", {"from": data})
    assert run_pod(spec, inputs={"uri": data}).report["reason"] == f"{data} is as it was imported before"
    missing = run_pod(spec, inputs={"uri": f"{data}/none"})
    assert (missing.exit_code, missing.value("artifact")) == (2, None)
    assert "nothing is at" in missing.cause
    assert "relative path" in run_pod(spec, inputs={"uri": "data"}).cause


def test_a_cached_step_loads_nothing_heavy(run_pod: Any, importer: str, data: str) -> None:
    run_pod(importer, inputs={"artifact_uri": data})
    code = "import sys; from argosy.run import main; code = main(sys.argv[1:]); "
    code += "print(code, [m for m in ('tensorflow', 'apache_beam', 'kfp', 'docker', 'numpy') if m in sys.modules])"

    def start(argv: list[str], env: dict[str, str]) -> str:
        return subprocess.run(
            [sys.executable, "-c", code, *argv[3:]], env=env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    last = run_pod(importer, inputs={"artifact_uri": data}, run="wf2", uid="u2", start=start).splitlines()[-1]
    assert last == "0 []"


@pytest.mark.parametrize(
    "text", ["it's", '"q"', "a\nb\r\n", "$(HOME) $$", "{{tasks.x}} {{$.x}}", "🏳️‍🌈 ü", "\x1b[1m\x7f", "@/etc", ""]
)
def test_texts_arrive_as_they_left(run_pod: Any, make_spec: Any, text: str) -> None:
    code = "import json; given = json.loads(sys.argv[2]); text = given['inputs']['parameterValues']['text']; "
    code += "json.dump({'parameterValues': {'copy': text}}, open(given['outputs']['outputFile'], 'w'))"
    spec = step_of(make_spec, code, parameters={"text": "STRING"}, values={"copy": "STRING"})
    done = run_pod(spec, inputs={"text": text})
    assert done.value("copy") == text
    assert done.text("copy").isascii()
    assert not set(done.text("copy")) & {"$", "\x7f"}
    assert "{{" not in done.text("copy")


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [("STRING", 3, "3"), ("NUMBER_INTEGER", "3", 3), ("NUMBER_DOUBLE", 1, 1.0), ("STRUCT", '{"a": 1}', {"a": 1})],
)
def test_items_of_lists_become_what_is_declared(
    run_pod: Any, make_spec: Any, kind: str, given: Any, expected: Any
) -> None:
    code = "import json; given = json.loads(sys.argv[2]); text = given['inputs']['parameterValues']['x']; "
    code += "json.dump({'parameterValues': {'copy': text}}, open(given['outputs']['outputFile'], 'w'))"
    done = run_pod(step_of(make_spec, code, parameters={"x": kind}, values={"copy": kind}), inputs={"x": given})
    assert done.value("copy") == expected
    assert type(done.value("copy")) is type(expected)


def test_an_input_that_no_task_gives(run_pod: Any, make_spec: Any) -> None:
    spec = step_of(make_spec, "pass", reads={"x": "system.Dataset"})
    assert "'x' is required and has none in this run" in run_pod(spec, inputs={"x": None}).cause
    assert "takes references of artifacts" in run_pod(spec, inputs={"x": "s3://b/k"}).cause
    two = [{"uri": "/a"}, {"uri": "/b"}]
    assert "takes one artifact, found a list of 2" in run_pod(spec, inputs={"x": two}).cause

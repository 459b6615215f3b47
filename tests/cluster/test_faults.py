"""What goes wrong on a cluster: a run ends right, or fails with one line of cause, and nothing is half-published."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from argosy.cli.argo_client import connected
from argosy.cli.argo_follow import follow
from argosy.cli.argo_status import exit_code
from argosy.cli.compile import compile_pipeline
from argosy.cli.main import main
from argosy.metadata import ArtifactState, EventType, ExecutionState, open_store
from argosy.runner.report import RunReport, State, TaskReport

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

STEPS = '''
from kfp import dsl

PYTHON = "argosy/cli:0.1.0"


@dsl.container_component
def slow(seconds: int, data: dsl.Output[dsl.Dataset]):
    code = """
import os, sys, time
os.makedirs(sys.argv[2], exist_ok=True)
open(sys.argv[2] + "/first", "w").write("first")
print("half-way", flush=True)
time.sleep(int(sys.argv[1]))
open(sys.argv[2] + "/second", "w").write("second")
"""
    return dsl.ContainerSpec(image=PYTHON, command=["python", "-c", code], args=[seconds, data.path])


@dsl.container_component
def count(data: dsl.Input[dsl.Dataset], files: dsl.OutputPath(int)):
    code = "import os, sys; open(sys.argv[2], 'w').write(str(len(os.listdir(sys.argv[1]))))"
    return dsl.ContainerSpec(image=PYTHON, command=["python", "-c", code], args=[data.path, files])


@dsl.container_component
def greedy(megabytes: int):
    code = "import sys; x = b'x' * (int(sys.argv[1]) << 20)"
    return dsl.ContainerSpec(image=PYTHON, command=["python", "-c", code], args=[megabytes])


'''
SLOW = """
@dsl.pipeline(name="slow")
def pipeline(seconds: int = 20) -> int:
    made = slow(seconds=seconds).set_caching_options(False)
    return count(data=made.outputs["data"]).outputs["files"]
"""
PATIENT = SLOW.replace("(False)", "(False).set_retry(num_retries=1, backoff_duration='0s')")
GREEDY = """
@dsl.pipeline(name="greedy")
def pipeline():
    greedy(megabytes=200).set_memory_limit("64Mi")
"""
KILL = """
import os, pathlib
for process in pathlib.Path("/proc").glob("[0-9]*"):
    if process.name not in ("1", str(os.getpid())) and b"argosy.run" in (process / "cmdline").read_bytes():
        os.kill(int(process.name), 9)
"""
"""Ends what runs in a container as the kernel does when it is out of memory, the container's first process apart."""


@pytest.fixture(scope="module")
def metadata_service(metadata) -> str:
    return str(metadata("mariadb"))


@pytest.fixture(scope="module")
def lineage_store(forwarded, metadata_service) -> Callable[[], Any]:
    """Opens the metadata service from here; a tunnel of its own each time, because one ends with its pod."""

    def open_here() -> Any:
        return open_store(f"grpc://127.0.0.1:{forwarded('argosy-metadata', 8080)}", wait_seconds=30)

    return open_here


@pytest.fixture(scope="module")
def submit(create_run, claim, metadata_service, tmp_path_factory) -> Callable[..., str]:
    """Creates a Workflow of one of the pipelines, and returns its name."""
    root = f"pvc://{claim('artifacts', 'work')}/work"

    def create(pipeline: str, **arguments: Any) -> str:
        file = tmp_path_factory.mktemp("pipeline") / "pipeline.py"
        file.write_text(STEPS + pipeline)
        text = yaml.safe_dump_all(compile_pipeline(file))
        return str(create_run(text, arguments, artifact_root=root, metadata=metadata_service))

    return create


def ended(cluster, name: str) -> RunReport:
    with connected(cluster.namespace) as api:
        return follow(api, name, lambda event: None)


def half_way(cluster, name: str) -> str:
    """Waits until the task `slow` has written half of its output, and Argo knows that it runs; returns its pod."""
    found = ""

    def is_half_way() -> bool:
        nonlocal found
        pods = cluster.get("pods", "-l", f"workflows.argoproj.io/workflow={name}")["items"]
        for one in pods:
            pod = one["metadata"]["name"]
            if "-slow-" in pod and "half-way" in cluster.run("logs", pod, "-c", "user").stdout:
                found = pod
        nodes = cluster.get("workflow", name).get("status", {}).get("nodes", {}).values()
        known = [one for one in nodes if one["displayName"].startswith("slow") and one["type"] == "Pod"]
        return bool(found) and any(one["phase"] == "Running" for one in known)

    cluster.wait_until(f"{name} is half-way", 120, is_half_way)
    return found


@pytest.fixture
def set_right(cluster, forwarded, metadata_service) -> Callable[[], None]:
    """Records as failed what killed pods left running, as a person does from outside the cluster."""

    def look() -> None:
        service = f"grpc://127.0.0.1:{forwarded('argosy-metadata', 8080)}"
        assert main(["runs", "--namespace", cluster.namespace, "--metadata", service]) == 0

    return look


def task(report: RunReport, name: str) -> TaskReport:
    (found,) = [one for one in report.tasks if one.name == name]
    return found


def require_one_line(report: RunReport) -> None:
    assert report.error
    assert "\n" not in report.error


def require_nothing_half_published(lineage_store, run: str) -> None:
    """Only a complete execution of the run has a live output, and none is left running."""
    with lineage_store() as opened:
        mine = [one for one in opened.executions() if one.properties.get("__run__") == run]
        assert mine
        assert not [one for one in mine if one.state in (ExecutionState.RUNNING, ExecutionState.NEW)]
        for execution in mine:
            events = [event for event in opened.events(execution_ids=[execution.id]) if event.type == EventType.OUTPUT]
            artifacts = opened.artifacts([event.artifact_id for event in events])
            live = [one for one in artifacts if one.state == ArtifactState.LIVE]
            assert not live or execution.state in (ExecutionState.COMPLETE, ExecutionState.CACHED)


def test_a_pod_deleted_mid_step_without_a_retry_ends_right_or_says_so(
    cluster, submit, lineage_store, set_right
) -> None:
    """Argo makes the pod again where it had not yet heard of it, which is no retry."""
    name = submit(SLOW, seconds=30)
    cluster("delete", "pod", half_way(cluster, name), "--grace-period=5")
    report = ended(cluster, name)
    if report.state == State.SUCCEEDED:
        assert report.parameters == {"Output": 2}
    else:
        require_one_line(report)
        assert task(report, "count").state == State.SKIPPED
        words = ("its pod was deleted while it ran", "told to end", "stopped", "killed by signal 9")
        assert any(one in report.error for one in words), report.error
    set_right()
    require_nothing_half_published(lineage_store, name)


def test_a_pod_killed_without_a_word_is_recorded_as_failed_once_its_run_has_ended(
    cluster, submit, lineage_store, set_right, capsys
) -> None:
    name = submit(SLOW, seconds=60)
    cluster("exec", half_way(cluster, name), "-c", "main", "--", "python", "-c", KILL)
    report = ended(cluster, name)
    assert report.state == State.FAILED
    require_one_line(report)
    set_right()
    assert f"slow of {name} is now recorded as failed: " in capsys.readouterr().err
    require_nothing_half_published(lineage_store, name)


def test_a_run_stopped_while_a_users_container_runs_is_canceled_and_says_so(cluster, submit, lineage_store) -> None:
    name = submit(SLOW, seconds=120)
    half_way(cluster, name)
    cluster("patch", "workflow", name, "--type=merge", "-p", '{"spec":{"shutdown":"Stop"}}')
    report = ended(cluster, name)
    assert (report.state, task(report, "slow").state) == (State.CANCELED, State.CANCELED)
    assert task(report, "slow").seconds < 60

    def states() -> list[ExecutionState]:
        return [one.state for one in opened.executions() if one.properties.get("__run__") == name]

    with lineage_store() as opened:
        # Argo calls the run ended when it has told the pod to end.
        cluster.wait_until(f"{name} is canceled", 60, lambda: states() == [ExecutionState.CANCELED])
    require_nothing_half_published(lineage_store, name)


def test_a_pod_deleted_mid_step_with_a_retry_ends_right(cluster, submit, lineage_store) -> None:
    name = submit(PATIENT, seconds=15)
    cluster("delete", "pod", half_way(cluster, name), "--grace-period=0", "--force")
    report = ended(cluster, name)
    assert report.state == State.SUCCEEDED, report.error
    assert report.parameters == {"Output": 2}
    require_nothing_half_published(lineage_store, name)


def test_a_step_killed_by_its_memory_limit_says_so(cluster, submit, lineage_store, set_right) -> None:
    report = ended(cluster, submit(GREEDY))
    assert report.state == State.FAILED
    require_one_line(report)
    assert "memory" in report.error
    assert task(report, "greedy").seconds < 60
    set_right()
    require_nothing_half_published(lineage_store, report.run_id)


def test_the_controller_restarted_mid_run(cluster, api, submit, lineage_store) -> None:
    deployments = api.get("deployments", "-A")["items"]
    found = [one["metadata"] for one in deployments if one["metadata"]["name"] == "workflow-controller"]
    if not found:
        pytest.skip("the cluster's workflow-controller is no Deployment of that name")
    name = submit(SLOW, seconds=15)
    half_way(cluster, name)
    api("--namespace", found[0]["namespace"], "rollout", "restart", "deployment/workflow-controller")
    report = ended(cluster, name)
    assert report.state == State.SUCCEEDED, report.error
    assert report.parameters == {"Output": 2}
    require_nothing_half_published(lineage_store, name)


def test_the_metadata_service_down_for_20_seconds(cluster, submit, lineage_store) -> None:
    """Away when the step publishes and the next one asks."""
    name = submit(SLOW, seconds=5)
    half_way(cluster, name)
    cluster("scale", "deployment/argosy-metadata", "--replicas=0")
    cluster("wait", "pod", "-l", "app.kubernetes.io/name=argosy-metadata", "--for=delete", "--timeout=60s")
    time.sleep(20)
    cluster("scale", "deployment/argosy-metadata", "--replicas=1")
    report = ended(cluster, name)
    cluster("rollout", "status", "deployment/argosy-metadata", "--timeout=120s")
    assert report.state == State.SUCCEEDED, report.error
    assert report.parameters == {"Output": 2}
    require_nothing_half_published(lineage_store, name)


def test_a_metadata_service_of_another_schema_version_is_named_with_both(cluster, submit, lineage_store) -> None:
    """As when a newer ML Metadata has upgraded the tables below a service that goes on."""
    query(cluster, "UPDATE MLMDEnv SET schema_version = 11")
    try:
        report = ended(cluster, submit(SLOW, seconds=0))
    finally:
        query(cluster, "UPDATE MLMDEnv SET schema_version = 10")
    assert report.state == State.FAILED
    require_one_line(report)
    assert "its schema version is 11, this one knows 10" in report.error
    assert task(report, "count").state == State.SKIPPED
    with lineage_store() as opened:
        assert report.run_id not in {one.properties.get("__run__") for one in opened.executions()}


def query(cluster, statement: str) -> None:
    """Changes the metadata service's database, and cuts off who is connected."""
    ask = 'mariadb -h127.0.0.1 -u"$MARIADB_USER" -p"$MARIADB_PASSWORD" "$MARIADB_DATABASE" -Nse'
    others = "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE id <> CONNECTION_ID()"
    script = f'{ask} "{statement}" && {ask} "$({ask} "{others}")"'
    cluster("exec", "argosy-metadata-db-0", "--", "sh", "-c", script)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "127.0.0.1:9"),
    ],
    ids=["forbidden", "unreachable"],
)
def test_a_bucket_that_cannot_be_written_is_named(
    cluster, create_run, store, tmp_path, changes, words, request
) -> None:
    secret = f"bad-{request.node.callspec.id}"
    values = {**store.variables, **changes}
    cluster("create", "secret", "generic", secret, *(f"--from-literal={key}={value}" for key, value in values.items()))
    (tmp_path / "pipeline.py").write_text(STEPS + SLOW)
    text = yaml.safe_dump_all(compile_pipeline(tmp_path / "pipeline.py"))
    report = ended(cluster, create_run(text, {"seconds": 0}, artifact_root=f"{store.uri}/bad", store_secret=secret))
    assert report.state == State.FAILED
    require_one_line(report)
    assert store.bucket in report.error
    assert words in report.error
    assert exit_code(report) == 4


def test_an_account_that_may_not_report_is_named_with_the_rule(cluster, create_run, submit, tmp_path) -> None:
    """Created by `kubectl create`, so that nothing looked before."""
    cluster("create", "serviceaccount", "powerless")
    (tmp_path / "pipeline.py").write_text(STEPS + GREEDY.replace("200", "1"))
    text = yaml.safe_dump_all(compile_pipeline(tmp_path / "pipeline.py"))
    name = create_run(text, {}, artifact_root="pvc://artifacts/work", service_account="powerless")
    report = ended(cluster, name)
    assert report.state == State.FAILED
    require_one_line(report)
    assert "workflowtaskresults.argoproj.io" in report.error
    assert "manifests/argo" in report.error
    assert exit_code(report) == 4

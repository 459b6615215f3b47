"""A Workflow object, as a real controller left it, read as the report of a run."""

import base64
import copy
import gzip
import json

import pytest

from argosy.cli.argo_cause import cause, last_line
from argosy.cli.argo_status import exit_code, pod_of, run_report
from argosy.errors import ServerError
from argosy.runner.report import State


def states(workflow) -> dict[str, str]:
    return {task.name: str(task.state) for task in run_report(workflow).tasks}


def test_each_leaf_is_a_task_with_its_path(failed_workflow) -> None:
    assert states(failed_workflow) == {
        "good": "SUCCEEDED",
        "bad": "FAILED",
        "bad2": "FAILED",
        "flaky": "FAILED",
        "after-bad": "SKIPPED",
        "cond": "SKIPPED",
        "oom": "FAILED",
        "loop/a/in": "SUCCEEDED",
        "loop/a/never": "SKIPPED",
        "loop/b/in": "SUCCEEDED",
        "loop/b/never": "SKIPPED",
        "set": "FAILED",
    }


def test_the_cause_of_each_failure_and_the_class_of_its_exit_code(failed_workflow) -> None:
    tasks = {task.name: task for task in run_report(failed_workflow).tasks}
    found = {name: (task.error, task.exit_code) for name, task in tasks.items() if task.error}
    assert found == {
        "bad": ("its process ended with exit code 3", 3),
        "bad2": ("why it failed", 2),
        "flaky": ("its process ended with exit code 2", 2),
        "oom": ("it was killed because it used more memory than its limit of 20Mi", 4),
        "set": ('dependency "user" exited with non-zero code: 5', 64),
    }
    assert tasks["flaky"].attempts == 2
    assert tasks["good"].reason == "first run"
    assert tasks["good"].execution_id == 7
    assert tasks["after-bad"].reason == "bad failed"
    assert tasks["cond"].reason == "its condition is false"


def test_the_run_has_the_first_failure_and_its_exit_code(failed_workflow) -> None:
    report = run_report(failed_workflow)
    assert (report.run_id, report.pipeline, report.state, report.seconds) == ("hand-1", "Hand made", State.FAILED, 13.0)
    assert report.error == "bad: its process ended with exit code 3"
    assert exit_code(report) == 3


def test_a_failure_of_argos_own_is_of_the_infrastructure(failed_workflow) -> None:
    failed_workflow["status"] = {"phase": "Error", "message": "invalid spec: templates.x\n is undefined"}
    report = run_report(failed_workflow)
    assert report.error == "invalid spec: templates.x is undefined"
    assert exit_code(report) == 4


def test_a_run_that_outgrew_argo_says_what_to_do(failed_workflow) -> None:
    message = "workflow is longer than maximum allowed size. compressed size 1420544 > maxSize 1048576"
    failed_workflow["status"] = {"phase": "Error", "message": message}
    assert "hand large ones on as artifacts" in run_report(failed_workflow).error


def test_compressed_nodes_are_read(failed_workflow) -> None:
    packed = copy.deepcopy(failed_workflow)
    nodes = json.dumps(packed["status"].pop("nodes")).encode()
    packed["status"]["compressedNodes"] = base64.b64encode(gzip.compress(nodes)).decode()
    assert run_report(packed) == run_report(failed_workflow)


def test_nodes_in_argos_database_are_said_to_be_out_of_reach(failed_workflow) -> None:
    failed_workflow["status"]["offloadNodeStatusVersion"] = "fnv:1"
    with pytest.raises(ServerError, match="hand-1 in a database of its own"):
        run_report(failed_workflow)


def test_a_run_that_was_stopped_is_canceled(failed_workflow) -> None:
    failed_workflow["spec"]["shutdown"] = "Stop"
    for node in failed_workflow["status"]["nodes"].values():
        if node["displayName"] == "bad2":
            node["message"] = "workflow shutdown with strategy:  Stop"
        if node["displayName"] == "good":
            node.update(phase="Failed", message="Stopped with strategy 'Stop'")
    report = run_report(failed_workflow)
    assert report.state == State.CANCELED
    assert exit_code(report) == 130
    assert {task.name for task in report.tasks if task.state == State.CANCELED} == {"good", "bad2"}


def test_what_the_pod_says_of_its_task_counts(failed_workflow) -> None:
    told = {"cached": True, "reason": "cached from run x", "component": "trainer", "outputs": {}}
    for node in failed_workflow["status"]["nodes"].values():
        if node["displayName"] == "good":
            node["outputs"] = {
                "parameters": [
                    {"name": "argosy-report", "value": json.dumps(told)},
                    {"name": "text", "value": '"a\\nb"'},
                    {"name": "model", "value": '[{"uri": "s3://b/m", "type": "system.Model"}]'},
                ]
            }
    (task,) = [task for task in run_report(failed_workflow).tasks if task.name == "good"]
    assert (task.cached, task.reason, task.component) == (True, "cached from run x", "trainer")
    assert task.parameters == {"text": "a\nb"}
    assert task.outputs["model"].uris == ("s3://b/m",)


def test_an_empty_loop_is_no_task(failed_workflow) -> None:
    for node in failed_workflow["status"]["nodes"].values():
        if node["displayName"] == "cond":
            node["message"] = "Skipped, empty params"
    assert "cond" not in states(failed_workflow)


def test_which_pod_and_container_has_a_tasks_log(failed_workflow) -> None:
    assert pod_of(failed_workflow, "bad2")[1] == "main"
    (template,) = [one for one in failed_workflow["spec"]["templates"] if one["name"] == "set"]
    template["sidecars"] = [{"name": "user"}]
    assert pod_of(failed_workflow, "set") == ("hand-1-set-2031524711", "user")
    assert pod_of(failed_workflow, "cond") == ("", "")
    for node in failed_workflow["status"]["nodes"].values():
        if node["displayName"] == "set":
            node["message"] = "wait: Error (exit code 2)"
    assert pod_of(failed_workflow, "set", failed=True)[1] == "wait"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("main: Error (exit code 2): reading\nDataError: no rows\n", "DataError: no rows"),
        ("main: Error (exit code 3): Error: exit status 3", "its process ended with exit code 3"),
        ("main: OOMKilled (exit code 137)", "it was killed because it used more memory than its limit of 1Gi"),
        ("user: Error (exit code 2): sh: can't fork\nError: exit status 2", "sh: can't fork"),
        ("wait: Error (exit code 2)", "the container 'wait' of its pod ended with exit code 2"),
        (
            "wait: Error (exit code 2): panic: x\n\ngoroutine 1 [running]:\nmain.go:3",
            "the container 'wait' of its pod ended with exit code 2: panic: x",
        ),
        ("main: Error (exit code 137)", "its process was killed by signal 9"),
        ("pod deleted", "its pod was deleted while it ran"),
        ("Pod was active on the node longer than the specified deadline", "it took longer than its timeout of 5 s"),
        ("", "Argo does not say why"),
    ],
)
def test_argos_message_in_plain_words(message, words) -> None:
    template = {"container": {"resources": {"limits": {"memory": "1Gi"}}}, "activeDeadlineSeconds": 5}
    assert cause(message, {}, template) == words


def test_a_missing_right_of_the_service_account_is_named() -> None:
    message = (
        "wait: Error (exit code 64): workflowtaskresults.argoproj.io is forbidden: User "
        '"system:serviceaccount:team:default" cannot create resource "workflowtaskresults"'
    )
    found = cause(message, {}, {})
    assert "may not create or patch workflowtaskresults.argoproj.io" in found
    assert "manifests/argo" in found
    assert "\n" not in found


def test_argos_own_lines_are_not_the_tasks() -> None:
    log = 'a\nwhy\n\ntime="2026-11-22T15:48:11.710Z" level=info msg="done" argo=true\nError: exit status 3\n'
    assert last_line(log) == "why"
    assert last_line("") == ""

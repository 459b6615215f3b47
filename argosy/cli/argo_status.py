"""A Workflow object as the report of a run: what `argosy run` would have written of it."""

import base64
import datetime
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.cli.argo_cause import cause, container_of
from argosy.errors import InfrastructureError, ServerError
from argosy.runner.report import OutputReport, RunReport, State, TaskReport

REPORT, PATH = "argosy-report", "argosy-path"
"""The output parameter in which a pod says how its task went, and the input parameter that holds the task's path."""

NO_METADATA = "no metadata service: what earlier runs made is not known"

_STATES = {
    "": State.PENDING,
    "Pending": State.RUNNING,
    "Running": State.RUNNING,
    "Succeeded": State.SUCCEEDED,
    "Skipped": State.SKIPPED,
    "Omitted": State.SKIPPED,
    "Failed": State.FAILED,
    "Error": State.FAILED,
}
_LEAVES = ("Pod", "Retry", "Skipped")
_STARTING = ("PodInitializing", "ContainerCreating")
_IS_STOPPED = re.compile(r"(Stopped|shutdown) with strategy")
_EMPTY_LOOP = "Skipped, empty params"
Node = Mapping[str, Any]
Workflow = Mapping[str, Any]


def run_report(workflow: Workflow) -> RunReport:
    """Returns how far the run is; its tasks are those that have begun or were skipped, in the order in which they did.

    Raises:
        ServerError: Argo keeps the state of this Workflow's tasks in a database of its own.
    """
    metadata, status = workflow["metadata"], workflow.get("status") or {}
    nodes = _nodes(workflow)
    state = State.PENDING if not status.get("phase") else _STATES[status["phase"]]
    if state == State.FAILED and (workflow["spec"].get("shutdown") or _IS_STOPPED.search(status.get("message", ""))):
        state = State.CANCELED
    tasks = tuple(_task(node, nodes, workflow) for node in _leaves(nodes))
    started = seconds_of(status.get("startedAt") or metadata.get("creationTimestamp"))
    root = next((node for node in nodes.values() if node["name"] == metadata["name"]), {})
    parameters, _ = _outputs(root, {})
    return RunReport(
        run_id=metadata["name"],
        pipeline=pipeline_of(workflow),
        state=state,
        started=started,
        seconds=max(0.0, seconds_of(status.get("finishedAt")) - started),
        root=metadata.get("annotations", {}).get("argosy.dev/artifact-root", ""),
        arguments={
            one["name"]: one.get("value") for one in workflow["spec"].get("arguments", {}).get("parameters") or []
        },
        error=_error(state, status, tasks),
        tasks=tasks,
        parameters=parameters,
    )


def exit_code(report: RunReport) -> int:
    """Returns what `argosy submit --wait` returns: as a local run, and 4 where Argo failed without a task's failing."""
    failed = any(task.state == State.FAILED for task in report.tasks)
    return InfrastructureError.exit_code if report.state == State.FAILED and not failed else report.exit_code


def pipeline_of(workflow: Workflow) -> str:
    """Returns the pipeline's name."""
    metadata = workflow["metadata"]
    found = {**metadata.get("labels", {}), **metadata.get("annotations", {})}
    return str(found.get("argosy.dev/pipeline", metadata["name"]))


def metadata_of(workflow: Workflow) -> str:
    """Returns the URI of the metadata service that a run used; empty for none."""
    return str(workflow["metadata"].get("annotations", {}).get("argosy.dev/metadata", ""))


def pod_of(workflow: Workflow, task: str, *, failed: bool = False) -> tuple[str, str]:
    """Returns (pod, container) whose log is that of a task's last attempt; empty texts for a task without a pod.

    Args:
        workflow: The run.
        task: The task's path.
        failed: Whether the container is wanted that Argo holds to account for the failure.
    """
    nodes = _nodes(workflow)
    for node in _leaves(nodes):
        if _path(node, nodes, workflow) == task and node["type"] != "Skipped":
            last = _attempts(node, nodes)[-1:]
            if last:
                blamed = container_of(last[0].get("message") or "") if failed else ""
                return pod_name(workflow, last[0]), blamed or main_container(workflow, last[0])
    return "", ""


def pod_name(workflow: Workflow, node: Node) -> str:
    """Returns the name that Argo gives to a node's pod: the node's id with the template's name in it."""
    wanted, number = workflow["metadata"]["name"], node["id"].rpartition("-")[2]
    template = node.get("templateName") or node.get("templateRef", {}).get("template", "")
    if node["name"] == wanted:
        return str(wanted)
    # Argo cuts the front to 253 characters less the number and its dash.
    return f"{wanted}-{template}"[: 253 - 11] + f"-{number}"


def main_container(workflow: Workflow, node: Node) -> str:
    """Returns the container whose log a person wants: the user's own where there is one."""
    template = template_of(workflow, node)
    names = [one["name"] for one in template.get("sidecars") or []]
    return "user" if "user" in names else "main"


def template_of(workflow: Workflow, node: Node) -> Mapping[str, Any]:
    """Returns the template that a node runs; empty when it is not in the Workflow."""
    spec = (workflow.get("status") or {}).get("storedWorkflowTemplateSpec") or workflow["spec"]
    wanted = node.get("templateName", "")
    return next((one for one in spec.get("templates") or [] if one["name"] == wanted), {})


def seconds_of(time: str | None) -> float:
    """Returns a Kubernetes time as seconds since 1970; now for None or an empty text."""
    if not time:
        return datetime.datetime.now(datetime.UTC).timestamp()
    return datetime.datetime.fromisoformat(time).timestamp()


def _nodes(workflow: Workflow) -> Mapping[str, Node]:
    status = workflow.get("status") or {}
    if status.get("offloadNodeStatusVersion"):
        raise ServerError(
            f"Argo keeps the tasks of {workflow['metadata']['name']} in a database of its own (offloadNodeStatus), "
            "where the API server does not see them; `argo get` asks Argo's server"
        )
    if status.get("compressedNodes"):
        return dict(json.loads(gzip.decompress(base64.b64decode(status["compressedNodes"]))))
    return status.get("nodes") or {}


def _leaves(nodes: Mapping[str, Node]) -> Iterator[Node]:
    attempts = {child for node in nodes.values() if node["type"] == "Retry" for child in node.get("children") or []}
    leaves = (node for node in nodes.values() if node["type"] in _LEAVES and node["id"] not in attempts)
    found = (node for node in leaves if node.get("message") != _EMPTY_LOOP)
    return iter(sorted(found, key=lambda node: (node.get("startedAt") or "", node["name"])))


def _task(node: Node, nodes: Mapping[str, Node], workflow: Workflow) -> TaskReport:
    attempts = _attempts(node, nodes)
    last = attempts[-1] if attempts else node
    told = _told(last)
    state = _STATES[node.get("phase", "")]
    message = last.get("message") or node.get("message") or ""
    if state == State.FAILED and _IS_STOPPED.search(f"{message} {node.get('message')}"):
        state = State.CANCELED
    parameters, outputs = _outputs(last, told)
    failed = state == State.FAILED
    return TaskReport(
        name=_path(node, nodes, workflow),
        state=state,
        seconds=_lasted(node),
        cached=bool(told.get("cached")) and state == State.SUCCEEDED,
        reason=_reason(node, state, told, message, nodes, workflow),
        component=str(told.get("component") or ""),
        execution_id=int(told.get("execution_id") or 0),
        attempts=len(attempts),
        exit_code=_exit_code(told, message, node) if failed else None,
        error=cause(message, told, template_of(workflow, last)) if failed else "",
        outputs=outputs,
        parameters=parameters,
    )


def _attempts(node: Node, nodes: Mapping[str, Node]) -> list[Node]:
    if node["type"] == "Retry":
        tried = [nodes[child] for child in node.get("children") or [] if child in nodes]
        return [one for one in tried if one["type"] == "Pod"]
    return [node] if node["type"] == "Pod" else []


def _path(node: Node, nodes: Mapping[str, Node], workflow: Workflow) -> str:
    for one in (node, *_attempts(node, nodes)):
        if path := _parameter(one.get("inputs"), PATH):
            return path
    renamed = json.loads(workflow["metadata"].get("annotations", {}).get("argosy.dev/tasks", "{}"))
    name = re.sub(r"\((\d+)(:.*)?\)$", r"[\1]", node.get("displayName", node["name"]), flags=re.DOTALL)
    around = nodes.get(node.get("boundaryID", ""))
    # A DAG's own path is what comes before its tasks' names, the last slash included.
    return (_parameter(around.get("inputs"), PATH) if around else "") + renamed.get(name, name)


def _parameter(side: Mapping[str, Any] | None, name: str) -> str:
    found = (one.get("value") for one in (side or {}).get("parameters") or [] if one["name"] == name)
    return str(next(found, None) or "")


def _told(node: Node) -> dict[str, Any]:
    """Returns the fields of the TaskReport that the pod wrote; empty when it wrote none."""
    try:
        found = json.loads(_parameter(node.get("outputs"), REPORT) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _outputs(node: Node, told: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, OutputReport]]:
    """Returns a node's output parameters and artifacts: references are lists of objects that have a URI."""
    outputs = {
        name: OutputReport(type=one["type"], uris=tuple(one["uris"]))
        for name, one in (told.get("outputs") or {}).items()
    }
    parameters = {}
    for one in (node.get("outputs") or {}).get("parameters") or []:
        name, text = one["name"], one.get("value")
        if name == REPORT or name in outputs or text is None:
            continue
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        if isinstance(value, list) and value and all(isinstance(ref, dict) and "uri" in ref for ref in value):
            outputs[name] = OutputReport(type=str(value[0].get("type", "")), uris=tuple(ref["uri"] for ref in value))
        else:
            parameters[name] = value
    return parameters, outputs


def _reason(
    node: Node, state: State, told: Mapping[str, Any], message: str, nodes: Mapping[str, Node], workflow: Workflow
) -> str:
    if state == State.RUNNING:
        waits = node.get("phase") == "Pending" and message and message not in _STARTING
        return f"its pod does not start: {message}" if waits else ""
    if told.get("reason"):
        return str(told["reason"])
    if state == State.SKIPPED and "evaluated false" in message:
        return "its condition is false"
    if state == State.SKIPPED:
        return _held_up(node, nodes, workflow) or message
    if state == State.CANCELED:
        return "the run was stopped"
    if state == State.SUCCEEDED and not metadata_of(workflow):
        return NO_METADATA
    return ""


def _held_up(node: Node, nodes: Mapping[str, Node], workflow: Workflow) -> str:
    """Returns which task an omitted one waited for, and how that ended."""
    around = nodes.get(node.get("boundaryID", ""), {})
    tasks = template_of(workflow, around).get("dag", {}).get("tasks") or []
    own: Mapping[str, Any] = next((task for task in tasks if task["name"] == node.get("displayName")), {})
    names = re.findall(r"[A-Za-z0-9][-A-Za-z0-9]*", str(own.get("depends", "")))
    beside = {one.get("displayName"): one for one in nodes.values() if one.get("boundaryID") == node.get("boundaryID")}
    for states, words in ((("Failed", "Error"), "failed"), (("Skipped", "Omitted"), "was skipped")):
        for name in names:
            if name in beside and beside[name].get("phase") in states:
                return f"{name} {words}"
    return ""


def _lasted(node: Node) -> float:
    if not node.get("startedAt"):
        return 0.0
    return max(0.0, seconds_of(node.get("finishedAt")) - seconds_of(node["startedAt"]))


def _exit_code(told: Mapping[str, Any], message: str, node: Node) -> int:
    if told.get("exit_code") is not None:
        return int(told["exit_code"])
    code = re.search(r"\(exit code (\d+)\)", message)
    if node.get("phase") == "Error" or code is None:
        return InfrastructureError.exit_code
    # Killed by a signal, by the memory limit or with its node: not the task's own doing.
    return InfrastructureError.exit_code if int(code[1]) > 128 else int(code[1])


def _error(state: State, status: Mapping[str, Any], tasks: tuple[TaskReport, ...]) -> str:
    if state != State.FAILED:
        return ""
    failed = next((task for task in tasks if task.state == State.FAILED), None)
    if failed:
        return f"{failed.name}: {failed.error}"
    message = " ".join(str(status.get("message", "")).split())
    if "longer than maximum allowed size" in message:
        return f"the run's values are more than Argo keeps of a run; hand large ones on as artifacts ({message})"
    return message

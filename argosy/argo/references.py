"""Every `{{...}}` of a Workflow held against what is declared; Argo finds a wrong one when the run is under way.

A tag may read an input of its own template, an output of a task of the same DAG that comes before it, a parameter of
the Workflow, or what Argo itself provides.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

Spec = Mapping[str, Any]
PROVIDED = ("workflow.name", "workflow.uid", "workflow.creationTimestamp.RFC3339", "pod.name", "workflow.failures")


def wrong_references(spec: Spec) -> Iterator[str]:
    """Yields what is wrong with the references of a WorkflowSpec, in a person's words; nothing for a sound one."""
    templates = {template["name"]: template for template in spec["templates"]}
    for entry in (spec["entrypoint"], spec.get("onExit")):
        if entry is not None and entry not in templates:
            yield f"the entry point {entry!r} is no template"
    volumes = _names(spec.get("volumes", []))
    known = {f"workflow.parameters.{name}" for name in _names(spec.get("arguments", {}).get("parameters", []))}
    for template in templates.values():
        inputs = {f"inputs.parameters.{name}" for name in _parameters(template, "inputs")}
        at = _Place(template=template, templates=templates, known=known | inputs | set(PROVIDED))
        problems = [*_in_tasks(at), *_in_outputs(at), *_in_pod(at, volumes)]
        yield from (f"the template {template['name']!r} {problem}" for problem in dict.fromkeys(problems))


def reads(text: str) -> Iterator[str]:
    """Yields what the tags of a text read, as dotted paths; a tag that is no expression as it stands.

    >>> list(reads("{{pod.name}} {{=fromJSON(tasks['a-b']?.outputs?.parameters?.['x'] ?? '[]')[int(item)]}}"))
    ['pod.name', 'tasks.a-b.outputs.parameters.x', 'item']
    """
    for tag in re.findall(r"\{\{(.*?)\}\}", text, re.DOTALL):
        if tag.startswith("="):
            yield from expression_reads(tag[1:])
        else:
            yield tag


def expression_reads(expression: str) -> Iterator[str]:
    """Yields what an expression reads, as dotted paths."""
    dotted = re.sub(r"(?:\?\.)?\['([^'\\]*)'\]", r".\1", expression).replace("?.", ".")
    bare = re.sub(r"'(?:[^'\\]|\\.)*'", "''", dotted)
    for match in re.finditer(r"(?<![\w.])(?:inputs|tasks|workflow|pod|item)\b(?:\.[-\w]+)*", bare):
        yield match[0]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Place:
    """A template, all others, and what every tag in it may read."""

    template: Spec
    templates: Mapping[str, Spec]
    known: set[str]

    @property
    def tasks(self) -> dict[str, Spec]:
        return {task["name"]: task for task in self.template.get("dag", {}).get("tasks", [])}


def _in_tasks(at: _Place) -> Iterator[str]:
    for task in at.tasks.values():
        yield from _in_call(at, task)
        loop = {"item"} if "withSequence" in task else set()
        known = at.known | loop | _outputs(at, _upstream(at, task))
        for text in _texts(task):
            yield from (
                f"has the task {task['name']!r}, which reads {path}" for path in reads(text) if path not in known
            )


def _in_call(at: _Place, task: Spec) -> Iterator[str]:
    callee = at.templates.get(task["template"])
    if callee is None:
        yield f"has the task {task['name']!r}, which runs {task['template']!r}: there is no such template"
        return
    given = [parameter["name"] for parameter in task.get("arguments", {}).get("parameters", [])]
    for name in sorted(_parameters(callee, "inputs") ^ set(given)):
        verb = "is not given" if name not in given else "has no input"
        yield f"has the task {task['name']!r}, whose template {verb} {name!r}"
    if len(set(given)) < len(given):
        yield f"has the task {task['name']!r}, which is given an input twice"
    for name in _dependencies(task):
        if name not in at.tasks:
            yield f"has the task {task['name']!r}, which depends on {name!r}: there is no such task"


def _in_outputs(at: _Place) -> Iterator[str]:
    known = at.known | _outputs(at, set(at.tasks))
    for output in at.template.get("outputs", {}).get("parameters", []):
        for path in expression_reads(output.get("valueFrom", {}).get("expression", "")):
            if path not in known:
                yield f"has the output {output['name']!r}, which reads {path}"


def _in_pod(at: _Place, volumes: set[str]) -> Iterator[str]:
    pod = {key: value for key, value in at.template.items() if key not in ("dag", "outputs")}
    for text in _texts(pod):
        yield from (f"reads {path}" for path in reads(text) if path not in at.known)
    mountable = volumes | _names(pod.get("volumes", []))
    for container in (pod.get("container", {}), *pod.get("sidecars", []), *pod.get("initContainers", [])):
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in mountable:
                yield f"mounts {mount['name']!r}: there is no such volume"


def _upstream(at: _Place, task: Spec) -> set[str]:
    """Returns the tasks that have ended when this one begins."""
    found: set[str] = set()
    waiting = [task]
    while waiting:
        for name in _dependencies(waiting.pop()):
            if name not in found and name in at.tasks:
                found.add(name)
                waiting.append(at.tasks[name])
    return found


def _outputs(at: _Place, tasks: set[str]) -> set[str]:
    """Returns what can be read of these tasks."""
    found = {f"tasks.{name}.status" for name in tasks}
    for name in tasks:
        callee = at.templates.get(at.tasks[name]["template"], {})
        found |= {f"tasks.{name}.outputs.parameters.{output}" for output in _parameters(callee, "outputs")}
    return found


def _dependencies(task: Spec) -> set[str]:
    return set(re.findall(r"([a-zA-Z][-a-zA-Z0-9]*)\.[A-Z]", task.get("depends", "")))


def _parameters(template: Spec, side: str) -> set[str]:
    return _names(template.get(side, {}).get("parameters", []))


def _names(entries: list[Spec]) -> set[str]:
    return {entry["name"] for entry in entries}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)

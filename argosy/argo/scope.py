"""What the sources of a task's inputs are in Argo, seen from the DAG template that the task is in."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from argosy.argo import expression as expr
from argosy.argo import names
from argosy.errors import PipelineError
from argosy.plan.placeholders import Placeholder, parse_text
from argosy.plan.spec import (
    ArtifactSource,
    Component,
    ComponentInput,
    Constant,
    Dag,
    ParameterSource,
    RuntimeText,
    Task,
    TaskFinalStatus,
    TaskOutput,
    Trigger,
)
from argosy.plan.values import ParameterType
from argosy.plan.wire import encode

_RUN_TEXTS = {
    "pipeline_job_name": "workflow.name",
    "pipeline_job_resource_name": "workflow.name",
    "pipeline_job_uuid": "workflow.uid",
    "pipeline_job_create_time_utc": "workflow.creationTimestamp.RFC3339",
    "pipeline_job_schedule_time_utc": "workflow.creationTimestamp.RFC3339",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scope:
    """A task in its DAG.

    Attributes:
        task: The task.
        component: What it runs.
        dag: The DAG that the task is in.
        owner: The component whose body that DAG is.
        components: All components of the plan.
        root: The artifact root, for texts that name it.
        at_end: Whether the task begins when all others of the pipeline have ended, in a DAG of its own.
    """

    task: Task
    component: Component
    dag: Dag
    owner: Component
    components: Mapping[str, Component]
    root: str = ""
    at_end: bool = False


def parameter(scope: Scope, name: str) -> tuple[str, ParameterType | None]:
    """Returns a parameter of the task: its wire text as an expression, and its type where that is known.

    A default stands in where there is no source, or where the source has no value.
    """
    source = scope.task.parameters.get(name)
    declared = scope.component.parameters.get(name)
    parameter_type = declared.type if declared else source_type(scope, source) if source else None
    default = declared.default if declared else None
    if source is None:
        return expr.constant(default), parameter_type
    wire = _wire(scope, name, source, declared.type if declared else None)
    if default is not None and isinstance(source, ComponentInput | TaskOutput) and not source.path:
        wire = expr.or_else(wire, expr.constant(default))
    return wire, parameter_type


def artifact(scope: Scope, name: str) -> str:
    """Returns the wire text, as an expression, of the references of one of the task's input artifacts."""
    source: ArtifactSource | None = scope.task.artifacts.get(name)
    if source is None:
        return expr.NULL
    if isinstance(source, ComponentInput):
        return expr.own_input(names.input_names(scope.owner)["artifact", source.name])
    return output_wire(scope, source, "artifact")


def source_type(scope: Scope, source: ParameterSource) -> ParameterType | None:
    """Returns the type of a source's value; None where the spec does not tell."""
    match source:
        case ComponentInput(name=name, path=()) if name in scope.owner.parameters:
            return scope.owner.parameters[name].type
        case TaskOutput(task=producer, output=output, path=()):
            if scope.dag.tasks[producer].iterator is not None:
                return ParameterType.LIST
            return scope.components[scope.dag.tasks[producer].component].output_parameters[output].type
        case Constant(value=value, path=()):
            return _type_of(value)
        case RuntimeText(text=text, path=()):
            return _type_of(text)
        case TaskFinalStatus(path=()):
            return ParameterType.STRUCT
    return None


def _type_of(value: Any) -> ParameterType | None:
    for kind, parameter_type in (
        (str, ParameterType.STRING), (bool, ParameterType.BOOLEAN), (int, ParameterType.INTEGER),
        (float, ParameterType.DOUBLE), (list, ParameterType.LIST), (dict, ParameterType.STRUCT),
    ):  # fmt: skip
        if isinstance(value, kind):
            return parameter_type
    return None


def _wire(scope: Scope, name: str, source: ParameterSource, declared: ParameterType | None) -> str:
    wire = _whole(scope, source, declared if not source.path else None)
    if not source.path:
        return wire
    whole = dataclasses.replace(source, path=())
    member = expr.members(wire, source.path, name, source_type(scope, whole))
    return expr.as_declared(member, declared) if declared else expr.encoded(member)


def _whole(scope: Scope, source: ParameterSource, declared: ParameterType | None) -> str:
    match source:
        case Constant(value=value):
            return expr.constant(value)
        case ComponentInput(name=name):
            return expr.own_input(names.input_names(scope.owner)["parameter", name])
        case TaskOutput():
            return output_wire(scope, source)
        case TaskFinalStatus(task=task):
            return _final_status(task, _phase_at_end(task) if scope.at_end else _phase(task))
        case RuntimeText(text=text):
            return _text(scope, text, declared)
    raise ValueError(f"{source} is no source")


def output_wire(scope: Scope, source: TaskOutput, kind: str = "parameter") -> str:
    """Returns the wire text of an output of another task of the DAG."""
    producer = scope.components[scope.dag.tasks[source.task].component]
    name = names.output_names(producer)[kind, source.output]
    read = expr.output if scope.task.trigger is Trigger.ALL_SUCCEEDED else expr.output_if_any
    return read(names.task_name(source.task), name)


def _final_status(task: str, phase: str) -> str:
    """Returns what `argosy.plan.scope.final_status` makes, as a wire text; Argo tells a DAG no messages of tasks."""
    message = encode({"message": f"the task {task} failed; the run's report names the cause"})
    states = f"({phase} == 'Succeeded' ? 'SUCCEEDED' : {phase} in ['Skipped', 'Omitted'] ? 'SKIPPED' : 'FAILED')"
    error = f"({phase} in ['Failed', 'Error'] ? {expr.literal(message)} : '{{ }}')"
    parts = (
        expr.literal('{"state": "'), states, expr.literal(f'", "pipelineTaskName": {encode(task)}, "error": '), error,
        expr.literal(', "pipelineJobResourceName": '), "toJson(workflow.name)", expr.literal("}"),
    )  # fmt: skip
    return " + ".join(parts)


def _phase(task: str) -> str:
    return f"tasks[{expr.literal(names.task_name(task))}].status"


def _phase_at_end(task: str) -> str:
    # A list of failed nodes as Go quotes the text of its JSON, which is not always JSON itself.
    failed = expr.literal(rf"\"displayName\":\"{names.task_name(task)}\"")
    return f"(workflow.failures contains {failed} ? 'Failed' : 'Succeeded')"


def _text(scope: Scope, text: Any, declared: ParameterType | None) -> str:
    """Returns the wire text of a constant with placeholders in it, as its declared type."""
    rendered = _rendered(scope, text)
    if isinstance(text, str) and declared not in (None, ParameterType.STRING):
        return expr.escaped(rendered)
    return expr.encoded(rendered)


def _rendered(scope: Scope, value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_rendered(scope, item) for item in value) + "]"
    if isinstance(value, dict):
        inside = ", ".join(f"({_rendered(scope, key)}): {_rendered(scope, item)}" for key, item in value.items())
        # A blank before the brace: two in a row would end the tag.
        return "{" + inside + " }"
    if not isinstance(value, str):
        return "nil" if value is None else expr.literal(value)
    parts = [expr.literal(part) if isinstance(part, str) else placeholder(scope, part) for part in parse_text(value)]
    return " + ".join(parts) or "''"


def _task_uuid(scope: Scope) -> str:
    """Returns what `argosy.runner.pod.inputs` makes in the task's pod, as an expression."""
    if scope.task.iterator is not None:
        raise PipelineError(
            "takes {{$.pipeline_task_uuid}} as an input of a loop, where Argo knows no single iteration; take it in a "
            "task inside of the loop"
        )
    path = f"{expr.own_input(names.PATH)} + {expr.literal(scope.task.name)}"
    return f"sprig.sha256sum(workflow.uid + '/' + {path})[:32]"


def placeholder(scope: Scope, found: Placeholder) -> str:
    """Returns the text that a placeholder of a parameter or of the run stands for, as an expression."""
    if found.section == "run":
        if found.name == "pipeline_root":
            return expr.literal(scope.root)
        if found.name == "pipeline_task_name":
            return expr.literal(scope.task.name)
        if found.name == "pipeline_task_uuid":
            return _task_uuid(scope)
        return _RUN_TEXTS[found.name]
    wire, parameter_type = parameter(scope, found.name)
    absent = expr.fail(f"the input parameter {found.name!r} has no value in this run; give it a value or a default")
    if parameter_type in (ParameterType.INTEGER, ParameterType.BOOLEAN):
        return expr.or_else(wire, absent)
    return f"({wire} == {expr.NULL} ? {absent} : {expr.text_of(expr.decoded(wire), parameter_type)})"

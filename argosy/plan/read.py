"""A compiled PipelineSpec, read into a Plan."""

import dataclasses
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.errors import PipelineError, did_you_mean, located
from argosy.plan.check import COMPILER_PREFIX, check_dag
from argosy.plan.condition import parameters
from argosy.plan.document import Node, file_of, load_documents, node, one_of, text
from argosy.plan.placeholders import placeholders_of
from argosy.plan.read_component import (
    read_artifacts,
    read_executor,
    read_output_artifacts,
    read_output_parameters,
    read_parameters,
)
from argosy.plan.read_task import TASK_FIELDS, read_task
from argosy.plan.spec import Component, ComponentInput, Dag, ParameterItems, Plan, RuntimeText, Task, TaskOutput

SCHEMA_VERSION = "2.1.0"
"""The PipelineSpec schema that all of KFP 2 writes."""


def read_plan(source: str | os.PathLike[str] | Sequence[Node]) -> Plan:
    """Returns the Plan of a compiled pipeline, every wire of it checked.

    Args:
        source: A path of a YAML or JSON file, its text, or its documents (the PipelineSpec and, optionally, the
            platform configuration).

    Raises:
        PipelineError: It is no PipelineSpec, has something that Argosy does not interpret, or does not fit together.
            The message names the task.
    """
    with located(file=file_of(source)):
        return _plan(load_documents(source))


def read_leaf(name: str, component: Node, executor: Node, platform: Node | None = None) -> Component:
    """Returns one component that has an executor, read by itself.

    Args:
        name: Its key in the spec.
        component: What stands under that key; its executor label may be missing.
        executor: The executor.
        platform: The executor's kubernetes configuration.

    Raises:
        PipelineError: It is a DAG, or has something that Argosy does not interpret.
    """
    label = text(component, "executorLabel", f"the component {name!r}", f"exec-{name.removeprefix('comp-')}")
    component = {**component, "executorLabel": label}
    spec = _Spec(components={}, executors={label: executor}, platforms={label: platform or {}}, read={})
    return _component(name, component, spec, (), "")


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Spec:
    """The parts of the document that tasks refer to, and the components read so far."""

    components: Node
    executors: Node
    platforms: Node
    read: dict[str, Component]


def _plan(documents: Sequence[Node]) -> Plan:
    pipeline, platform = _documents(documents)
    info = node(pipeline.get("pipelineInfo"), "pipelineInfo", ("name", "displayName", "description"))
    deployment = node(pipeline.get("deploymentSpec"), "deploymentSpec", ("executors",))
    spec = _Spec(
        components=node(pipeline.get("components"), "the components"),
        executors=node(deployment.get("executors"), "the executors"),
        platforms=_kubernetes(platform),
        read={},
    )
    root = _component("root", node(pipeline.get("root"), "the root"), spec, (), "")
    if not isinstance(root.body, Dag):
        raise PipelineError("the root of a pipeline must be a DAG; compile the component as a pipeline")
    for name in spec.components:
        if name not in spec.read:
            with located(component=name):
                _named_component(name, spec, (), "")
    return Plan(
        name=_pipeline_name(text(info, "name", "pipelineInfo")),
        display_name=text(info, "displayName", "pipelineInfo", ""),
        description=text(info, "description", "pipelineInfo", ""),
        default_pipeline_root=text(pipeline, "defaultPipelineRoot", "the pipeline", ""),
        root=root,
        components=spec.read,
    )


_PIPELINE_FIELDS = (
    "pipelineInfo", "deploymentSpec", "sdkVersion", "schemaVersion", "components", "root", "defaultPipelineRoot",
)  # fmt: skip
_COMPONENT_FIELDS = ("inputDefinitions", "outputDefinitions", "dag", "executorLabel")


def _documents(documents: Sequence[Node]) -> tuple[Node, Node]:
    pipelines = [document for document in documents if "platforms" not in document]
    platforms = [document for document in documents if "platforms" in document]
    if len(pipelines) != 1 or len(platforms) > 1:
        raise PipelineError(
            "a compiled pipeline is one PipelineSpec document and at most one document of platforms, "
            f"found {len(pipelines)} and {len(platforms)}"
        )
    pipeline = node(pipelines[0], "the pipeline", _PIPELINE_FIELDS)
    version = text(pipeline, "schemaVersion", "the pipeline")
    if version != SCHEMA_VERSION:
        raise PipelineError(
            f"the pipeline has schemaVersion {version!r}, expected {SCHEMA_VERSION}; compile it by KFP 2"
        )
    return pipeline, platforms[0] if platforms else {}


def _kubernetes(platform: Node) -> Node:
    node(platform, "the platform document", ("platforms",))
    platforms = node(platform.get("platforms"), "the platforms", ("kubernetes",))
    kubernetes = node(platforms.get("kubernetes"), "the platform kubernetes", ("deploymentSpec", "pipelineConfig"))
    node(
        kubernetes.get("pipelineConfig"),
        "the pipelineConfig of the platform kubernetes",
        ("resourceTtl", "pipelineTtl"),
    )
    deployment = node(kubernetes.get("deploymentSpec"), "the platform's deploymentSpec", ("executors",))
    return node(deployment.get("executors"), "the platform's executors")


def _pipeline_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,127}", name):
        raise PipelineError(
            f"the pipeline's name {name!r} must be small letters, digits and '-', at most 128: "
            "set it by @dsl.pipeline(name=...)"
        )
    return name


def _component(name: str, body: Node, spec: _Spec, within: tuple[str, ...], path: str, *, item: str = "") -> Component:
    with located(task=path.rstrip("/")):
        node(body, f"the component {name!r}", _COMPONENT_FIELDS)
        inputs = node(body.get("inputDefinitions"), "inputDefinitions", ("parameters", "artifacts"))
        outputs = node(body.get("outputDefinitions"), "outputDefinitions", ("parameters", "artifacts"))
        kind, implementation = one_of(
            {key: body[key] for key in ("dag", "executorLabel") if key in body},
            f"the component {name!r}",
            ("dag", "executorLabel"),
        )
        interface: dict[str, Any] = {
            "parameters": read_parameters(inputs),
            "artifacts": read_artifacts(inputs),
            "output_parameters": read_output_parameters(outputs),
            "output_artifacts": read_output_artifacts(outputs),
        }
        if kind == "executorLabel":
            label = text(body, "executorLabel", f"the component {name!r}")
            if label not in spec.executors:
                raise PipelineError(f"there is no executor {label!r}; {did_you_mean(label, spec.executors)}")
            platform = node(spec.platforms.get(label), f"the kubernetes configuration of {label!r}")
            executor = node(spec.executors[label], f"the executor {label!r}")
            parts = read_executor(label, executor, platform, interface["parameters"])
            return Component(name=name, body=parts, **interface)
    dag = _without_dead_wires(_dag(implementation, spec, (*within, name), path), spec.read)
    component = _without_dead_inputs(Component(name=name, body=dag, **interface), item)
    check_dag(dag, component, spec.read, path)
    return component


def _dag(body: Any, spec: _Spec, within: tuple[str, ...], path: str) -> Dag:
    with located(task=path.rstrip("/")):
        body = node(body, "the DAG", ("tasks", "outputs"))
        tasks = node(body.get("tasks"), "the tasks")
        if not tasks:
            raise PipelineError("the DAG has no tasks")
        outputs = node(body.get("outputs"), "the outputs of the DAG", ("parameters", "artifacts"))
        parameter_outputs = {
            name: _parameter_output(name, node(output, f"the output {name!r}"))
            for name, output in node(outputs.get("parameters"), "the output parameters").items()
        }
        artifact_outputs = {
            name: _artifact_output(name, node(output, f"the output {name!r}", ("artifactSelectors",)))
            for name, output in node(outputs.get("artifacts"), "the output artifacts").items()
        }
    return Dag(
        tasks={name: _task(name, task, spec, within, path) for name, task in tasks.items()},
        parameter_outputs=parameter_outputs,
        artifact_outputs=artifact_outputs,
    )


def _task(name: str, body: Any, spec: _Spec, within: tuple[str, ...], path: str) -> Task:
    with located(task=path + name):
        body = node(body, "the task", TASK_FIELDS)
        reference = text(node(body.get("componentRef"), "componentRef", ("name",)), "name", "componentRef")
        if reference in within:
            raise PipelineError(f"the component {reference!r} contains itself: {' -> '.join([*within, reference])}")
        if reference not in spec.components:
            raise PipelineError(f"there is no component {reference!r}; {did_you_mean(reference, spec.components)}")
    component = _named_component(reference, spec, within, f"{path}{name}/", item=_item_input(body))
    with located(task=path + name):
        return read_task(name, body, component)


def _item_input(task: Node) -> str:
    loop = task.get("parameterIterator")
    return str(loop.get("itemInput", "")) if isinstance(loop, Mapping) else ""


def _named_component(name: str, spec: _Spec, within: tuple[str, ...], path: str, *, item: str = "") -> Component:
    if name not in spec.read:
        body = node(spec.components[name], f"the component {name!r}")
        spec.read[name] = _component(name, body, spec, within, path, item=item)
    return spec.read[name]


def _parameter_output(name: str, output: Node) -> tuple[TaskOutput, ...]:
    what = f"the output {name!r}"
    kind, value = one_of(output, what, ("valueFromParameter", "valueFromOneof"))
    if kind == "valueFromParameter":
        return (_selected(value, what, "outputParameterKey"),)
    selectors = node(value, what, ("parameterSelectors",)).get("parameterSelectors") or []
    return _selectors(selectors, what, "outputParameterKey")


def _artifact_output(name: str, output: Node) -> tuple[TaskOutput, ...]:
    return _selectors(output.get("artifactSelectors") or [], f"the output {name!r}", "outputArtifactKey")


def _selectors(selectors: Any, what: str, key: str) -> tuple[TaskOutput, ...]:
    if not isinstance(selectors, list) or not selectors:
        raise PipelineError(f"{what} needs a list of selectors, found {selectors!r}")
    return tuple(_selected(selector, what, key) for selector in selectors)


def _selected(selector: Any, what: str, key: str) -> TaskOutput:
    selector = node(selector, what, ("producerSubtask", key))
    return TaskOutput(task=text(selector, "producerSubtask", what), output=text(selector, key, what))


def _without_dead_wires(dag: Dag, components: Mapping[str, Component]) -> Dag:
    """KFP's compiler wires items of a loop, and their members, to every group around the loop, where they are not."""
    return dataclasses.replace(
        dag, tasks={name: _live(task, components[task.component]) for name, task in dag.tasks.items()}
    )


def _live(task: Task, component: Component) -> Task:
    if not isinstance(component.body, Dag):
        return task
    used = {*component.parameters, *(parameters(task.condition) if task.condition else ())}
    if task.iterator is not None and isinstance(task.iterator.items, ParameterItems):
        used.add(task.iterator.items.input)
    for source in task.parameters.values():
        if isinstance(source, RuntimeText):
            used.update(placeholder.name for placeholder in placeholders_of(source.text))
    kept = {name: source for name, source in task.parameters.items() if name in used or not _is_loop_item(name)}
    return dataclasses.replace(task, parameters=kept)


def _without_dead_inputs(component: Component, item: str) -> Component:
    """The other end of the same wires: inputs that nothing reads. `item` is what the component's own loop fills."""
    assert isinstance(component.body, Dag)
    read = {
        source.name
        for task in component.body.tasks.values()
        for source in task.parameters.values()
        if isinstance(source, ComponentInput)
    } | {item}
    kept = {
        name: declared for name, declared in component.parameters.items() if name in read or not _is_loop_item(name)
    }
    return dataclasses.replace(component, parameters=kept)


def _is_loop_item(name: str) -> bool:
    return name.startswith(COMPILER_PREFIX) and "loop-item" in name

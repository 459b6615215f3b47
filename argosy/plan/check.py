"""The wiring of a DAG, checked before anything runs: what KFP's backend notices late or never is refused here."""

from collections.abc import Mapping

from argosy.errors import PipelineError, did_you_mean, located
from argosy.plan.check_values import check_values
from argosy.plan.condition import check_types, parameters
from argosy.plan.placeholders import Placeholder, placeholders_of
from argosy.plan.render import structure_names, texts_of
from argosy.plan.spec import (
    ArtifactItems,
    ArtifactSource,
    Component,
    ComponentInput,
    Constant,
    ContainerExecutor,
    Dag,
    ImporterExecutor,
    ParameterItems,
    ParameterSource,
    RuntimeText,
    Task,
    TaskFinalStatus,
    TaskOutput,
)
from argosy.plan.values import ParameterType

COMPILER_INPUTS = (
    "base_image", "cpu_limit", "cpu_request", "memory_limit", "memory_request", "accelerator_type", "accelerator_count",
)  # fmt: skip
"""What KFP's compiler adds to a task's inputs where an image or a resource is a parameter of the pipeline."""
COMPILER_PREFIX = "pipelinechannel--"
"""Begins the names of the inputs that KFP's compiler makes up for embedded placeholders."""


def check_dag(dag: Dag, owner: Component, components: Mapping[str, Component], path: str = "") -> None:
    """Returns if every wire of the DAG has two ends.

    Args:
        dag: The tasks.
        owner: The component whose body the DAG is; its inputs are what the tasks may read.
        components: What the tasks run.
        path: The path of the task that runs the DAG, with a slash at its end; empty for the root.

    Raises:
        PipelineError: An input, output, task or dependency that there is not; a required input that nothing feeds; an
            input that its component does not declare; a value that is none of the choices; items that are no list;
            a cycle; a condition over unlike types.
    """
    for task in dag.tasks.values():
        with located(task=path + task.name):
            _check_task(task, dag, owner, components)
    _check_cycles(dag, path)
    with located(task=path.rstrip("/")):
        _check_outputs(dag, owner, components)


def _check_task(task: Task, dag: Dag, owner: Component, components: Mapping[str, Component]) -> None:
    component = components[task.component]
    for name in task.depends_on:
        _require_task(name, dag)
    for name, source in task.parameters.items():
        _check_declared(name, component.parameters, "parameter")
        _check_parameter_source(name, source, task, dag, owner, components)
    for name, artifact_source in task.artifacts.items():
        _check_declared(name, component.artifacts, "artifact")
        _check_artifact_source(name, artifact_source, dag, owner, components)
    _check_iterator(task, component)
    _check_required(task, component)
    check_values(task, component, owner)
    if task.condition is not None:
        _check_condition(task, component)
    _check_executor(task, component)


def _check_declared(name: str, declared: Mapping[str, object], kind: str) -> None:
    if name not in declared and not name.startswith(COMPILER_PREFIX) and name not in COMPILER_INPUTS:
        raise PipelineError(
            f"is given the {kind} {name!r}, which its component does not declare; {did_you_mean(name, declared)}"
        )


def _check_parameter_source(
    name: str, source: ParameterSource, task: Task, dag: Dag, owner: Component, components: Mapping[str, Component]
) -> None:
    match source:
        case ComponentInput(name=outer):
            if outer not in owner.parameters:
                raise PipelineError(
                    f"the input {name!r} is fed by the parameter {outer!r}, which the pipeline around it has not; "
                    f"{did_you_mean(outer, owner.parameters)}"
                )
        case TaskOutput(task=producer, output=output):
            declared = components[_require_task(producer, dag).component].output_parameters
            _require_output(name, producer, output, declared)
        case TaskFinalStatus(task=producer):
            _require_task(producer, dag)
        case RuntimeText(text=text):
            for placeholder in placeholders_of(text):
                _check_constant_placeholder(name, placeholder, task)


def _check_artifact_source(
    name: str, source: ArtifactSource, dag: Dag, owner: Component, components: Mapping[str, Component]
) -> None:
    if isinstance(source, TaskOutput):
        declared = components[_require_task(source.task, dag).component].output_artifacts
        _require_output(name, source.task, source.output, declared)
    elif source.name not in owner.artifacts:
        raise PipelineError(
            f"the input artifact {name!r} is fed by {source.name!r}, which the pipeline around it has not; "
            f"{did_you_mean(source.name, owner.artifacts)}"
        )


def _require_task(name: str, dag: Dag) -> Task:
    if name not in dag.tasks:
        raise PipelineError(f"needs the task {name!r}, which there is not; {did_you_mean(name, dag.tasks)}")
    return dag.tasks[name]


def _require_output(name: str, producer: str, output: str, declared: Mapping[str, object]) -> None:
    if output not in declared:
        raise PipelineError(
            f"the input {name!r} is fed by the output {output!r} of the task {producer!r}, which has none such; "
            f"{did_you_mean(output, declared)}"
        )


def _check_constant_placeholder(name: str, placeholder: Placeholder, task: Task) -> None:
    if placeholder.section == "run":
        return
    if placeholder.section != "input_parameter":
        raise PipelineError(f"the constant of the input {name!r} has a placeholder that only a command may have")
    found = task.parameters.get(placeholder.name)
    if found is None or isinstance(found, RuntimeText):
        raise PipelineError(
            f"the constant of the input {name!r} reads the input {placeholder.name!r}, which the task does not have; "
            f"{did_you_mean(placeholder.name, task.parameters)}"
        )


def _check_iterator(task: Task, component: Component) -> None:
    iterator = task.iterator
    if iterator is None:
        return
    is_artifact = isinstance(iterator.items, ArtifactItems)
    declared: Mapping[str, object] = component.artifacts if is_artifact else component.parameters
    if iterator.item_input not in declared:
        raise PipelineError(
            f"iterates over the input {iterator.item_input!r}, which its component does not declare; "
            f"{did_you_mean(iterator.item_input, declared)}"
        )
    given: Mapping[str, object] = task.artifacts if is_artifact else {**component.parameters, **task.parameters}
    if isinstance(iterator.items, ArtifactItems | ParameterItems) and iterator.items.input not in given:
        raise PipelineError(f"iterates over the items of {iterator.items.input!r}, which is not among its inputs")


def _check_required(task: Task, component: Component) -> None:
    fed = {*task.parameters, *task.artifacts, *([task.iterator.item_input] if task.iterator else [])}
    missing = [
        *(name for name, spec in component.parameters.items() if not spec.optional and spec.default is None),
        *(name for name, spec in component.artifacts.items() if not spec.optional),
    ]
    for name in missing:
        if name not in fed or task.parameters.get(name) == Constant(value=None):
            raise PipelineError(f"the input {name!r} is required and nothing feeds it")


def _check_condition(task: Task, component: Component) -> None:
    assert task.condition is not None
    types: dict[str, ParameterType] = {name: spec.type for name, spec in component.parameters.items()}
    unknown = parameters(task.condition) - set(task.parameters) - set(types)
    if unknown:
        raise PipelineError(f"the condition reads {sorted(unknown)[0]!r}, which is not among the task's inputs")
    if parameters(task.condition) <= set(types):
        check_types(task.condition, types)


def _check_executor(task: Task, component: Component) -> None:
    body = component.body
    if isinstance(body, Dag):
        return
    parameters_known = {**component.parameters, **task.parameters}
    if isinstance(body, ImporterExecutor):
        uri = body.artifact_uri.text if isinstance(body.artifact_uri, RuntimeText) else ""
        found = [*placeholders_of(uri), *placeholders_of(dict(body.metadata))]
        asked: tuple[str, ...] = ()
    else:
        found, asked = _container_placeholders(body)
    for placeholder in found:
        _check_container_placeholder(placeholder, component, parameters_known)
    for name in asked:
        if name not in parameters_known and name not in component.artifacts:
            raise PipelineError(f"its command asks for the input {name!r}, which it does not have")


def _container_placeholders(body: ContainerExecutor) -> tuple[list[Placeholder], tuple[str, ...]]:
    command = [*body.command, *body.args]
    texts = [text for element in command for text in texts_of(element)]
    settings = [body.image, *body.env.values(), dict(body.resources)]
    found = [placeholder for text in [*texts, *settings] for placeholder in placeholders_of(text)]
    return found, tuple(name for element in command for name in structure_names(element))


def _check_container_placeholder(
    placeholder: Placeholder, component: Component, parameters_known: Mapping[str, object]
) -> None:
    known: Mapping[str, object]
    match placeholder.section:
        case "input_parameter":
            known = parameters_known
        case "input_artifact":
            known = component.artifacts
        case "output_parameter":
            known = component.output_parameters
        case "output_artifact":
            known = component.output_artifacts
        case _:
            return
    if placeholder.name not in known:
        kind = placeholder.section.replace("_", " ")
        raise PipelineError(
            f"its command reads the {kind} {placeholder.name!r}, which it does not have; "
            f"{did_you_mean(placeholder.name, known)}"
        )


def _check_cycles(dag: Dag, path: str) -> None:
    done: set[str] = set()
    for start in dag.tasks:
        chain: list[str] = []
        stack = [(start, iter(dag.tasks[start].depends_on))]
        while stack:
            name, upstream = stack[-1]
            if name not in chain:
                chain.append(name)
            following = next((other for other in upstream if other not in done), None)
            if following is None:
                done.add(name)
                chain.pop()
                stack.pop()
            elif following in chain:
                cycle = [*chain[chain.index(following) :], following]
                raise PipelineError(
                    f"tasks wait for one another in a circle: {' -> '.join(path + name for name in cycle)}"
                )
            else:
                stack.append((following, iter(dag.tasks[following].depends_on)))


def _check_outputs(dag: Dag, owner: Component, components: Mapping[str, Component]) -> None:
    for kind, declared, fed in (
        ("parameter", owner.output_parameters, dag.parameter_outputs),
        ("artifact", owner.output_artifacts, dag.artifact_outputs),
    ):
        if set(declared) != set(fed):
            odd = sorted(set(declared) ^ set(fed))[0]
            raise PipelineError(
                f"the output {kind} {odd!r} is {'fed by no task' if odd in declared else 'not declared'}"
            )
    for name, sources in [*dag.parameter_outputs.items(), *dag.artifact_outputs.items()]:
        for source in sources:
            producer = components[_require_task(source.task, dag).component]
            outputs = producer.output_parameters if name in dag.parameter_outputs else producer.output_artifacts
            _require_output(name, source.task, source.output, outputs)

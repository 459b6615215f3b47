"""All templates of a Workflow: one for each DAG, loop and leaf, made once for those who share it."""

import dataclasses
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from argosy.argo import dynamic, names, scope
from argosy.argo import expression as expr
from argosy.argo.condition import compile_condition
from argosy.argo.leaf import Extra, extras, leaf_template
from argosy.argo.options import ArgoOptions, artifact_root
from argosy.argo.scope import Scope
from argosy.errors import ParameterError, PipelineError, located
from argosy.plan.condition import parameters
from argosy.plan.spec import (
    ArtifactItems,
    Component,
    Constant,
    Dag,
    ParameterItems,
    Plan,
    RawItems,
    Task,
    TaskOutput,
    Trigger,
)
from argosy.plan.values import ParameterType, from_untyped
from argosy.plan.wire import encode

LOOPED = "~"
"""Begins the outputs of an iteration, which keeps Argo from taking them for JSON and writing it anew."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Templates:
    """The templates of a Workflow, as they are made.

    Attributes:
        plan: The pipeline.
        options: What the person chose.
        made: Name -> template, in the order in which they were begun.
        known: What a template was made for -> its name.
    """

    plan: Plan
    options: ArgoOptions
    made: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    known: dict[Hashable, str] = dataclasses.field(default_factory=dict)


def dag_template(templates: Templates, component: Component, path: str = "", *, looped: bool = False) -> str:
    """Returns the name of the template of a component whose body is a DAG.

    Args:
        templates: Where it is, or is put.
        component: The component.
        path: Of the task that runs it, with a slash at its end, for messages; empty for the root.
        looped: Whether it is an iteration.

    Raises:
        PipelineError: Argo cannot do something in it.
    """
    body = component.body
    assert isinstance(body, Dag)

    def make() -> dict[str, Any]:
        tasks = [_task(templates, component, task, path) for task in body.tasks.values()]
        # By default a DAG is judged by the tasks that nothing depends on; a failure before a clean-up would be lost.
        needs_all = any(task.trigger is Trigger.ALL_COMPLETED for task in body.tasks.values())
        target = {"target": " ".join(map(names.task_name, body.tasks))} if needs_all else {}
        return {
            **_interface(
                names.input_names(component).values(),
                [
                    (name, _dag_output(templates, body, found, looped))
                    for found, name in names.output_names(component).items()
                ],
            ),
            "dag": {"failFast": False, **target, "tasks": tasks},
        }

    suffix = "-iteration" if looped else ""
    return _once(templates, ("dag", component.name, looped), _base_name(component) + suffix, make)


def _once(templates: Templates, key: Hashable, name: str, make: Callable[[], dict[str, Any]]) -> str:
    if key not in templates.known:
        templates.known[key] = own = names.unique(names.task_name(name), templates.made)
        templates.made[own] = {}
        templates.made[own] = {"name": own, **make()}
    return templates.known[key]


def _base_name(component: Component) -> str:
    return component.name.removeprefix("comp-")


def _interface(inputs: Any, outputs: list[tuple[str, str]]) -> dict[str, Any]:
    found = {"inputs": {"parameters": [{"name": name} for name in (names.PATH, *inputs)]}}
    if outputs:
        values = [{"name": name, "valueFrom": {"expression": value}} for name, value in outputs]
        found["outputs"] = {"parameters": values}
    return found


def _dag_output(templates: Templates, dag: Dag, found: tuple[str, str], looped: bool) -> str:
    kind, name = found
    sources = dag.parameter_outputs[name] if kind == "parameter" else dag.artifact_outputs[name]
    value = expr.NULL
    for source in reversed(sources):
        wire = _source_output(templates, dag, source, kind)
        value = wire if value == expr.NULL else f"({wire} != {expr.NULL} ? {wire} : {value})"
    return f"{expr.literal(LOOPED)} + {value}" if looped else value


def _source_output(templates: Templates, dag: Dag, source: TaskOutput, kind: str) -> str:
    producer = templates.plan.components[dag.tasks[source.task].component]
    return expr.output_if_any(names.task_name(source.task), names.output_names(producer)[kind, source.output])


def _task(templates: Templates, owner: Component, task: Task, path: str) -> dict[str, Any]:
    assert isinstance(owner.body, Dag)
    at = Scope(
        task=task,
        component=templates.plan.components[task.component],
        dag=owner.body,
        owner=owner,
        components=templates.plan.components,
        root=artifact_root(templates.options.artifact_root).uri,
    )
    with located(task=path + task.name):
        given = _extras(at)
        arguments = dict(_arguments(at, given))
        if task.iterator is not None:
            arguments[names.ITEMS] = _items(at)
        depends, condition = _depends(at), _condition(at)
    run = _called if task.iterator is None else _loop_template
    ending = "/" if isinstance(at.component.body, Dag) and task.iterator is None else ""
    where = f"{{{{inputs.parameters.{names.PATH}}}}}{task.name}{ending}"
    return {
        "name": names.task_name(task.name),
        "template": run(templates, at, given, path),
        **({"depends": depends} if depends else {}),
        **({"when": condition} if condition else {}),
        "arguments": {"parameters": [{"name": names.PATH, "value": where}, *_values(arguments)]},
    }


def _values(arguments: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in arguments.items()]


def _extras(at: Scope) -> tuple[Extra, ...]:
    if isinstance(at.component.body, Dag):
        return ()
    undeclared = {
        name: scope.parameter(at, name)[0] for name in at.task.parameters if name not in at.component.parameters
    }
    return extras(at, undeclared)


def _arguments(at: Scope, given: tuple[Extra, ...]) -> Iterator[tuple[str, str]]:
    """Yields what the template is called with, the item of a loop left out."""
    item = at.task.iterator.item_input if at.task.iterator else ""
    for (kind, name), argo in names.input_names(at.component).items():
        if name == item:
            continue
        yield argo, _argument(at, name) if kind == "parameter" else _reference(at, name)
    for extra in given:
        yield extra.name, expr.tag(extra.value)


def _argument(at: Scope, name: str) -> str:
    source = at.task.parameters.get(name)
    if source is None:
        return encode(at.component.parameters[name].default)
    if isinstance(source, Constant) and not source.path:
        default = at.component.parameters[name].default
        return encode(default if source.value is None else source.value)
    return expr.tag(scope.parameter(at, name)[0])


def _reference(at: Scope, name: str) -> str:
    return expr.tag(scope.artifact(at, name)) if name in at.task.artifacts else encode(None)


def _called(templates: Templates, at: Scope, given: tuple[Extra, ...], path: str, *, looped: bool = False) -> str:
    """Returns the name of the template of what the task runs."""
    task, component = at.task, at.component
    if isinstance(component.body, Dag):
        return dag_template(templates, component, f"{path}{task.name}/", looped=looped)
    key = (
        "leaf", component.name, task.cache, task.cache_key, task.retry, task.trigger,
        tuple((extra.name, extra.input) for extra in given),
    )  # fmt: skip

    def make() -> dict[str, Any]:
        with located(task=path + task.name):
            return leaf_template(at, templates.plan.name, templates.options, given)

    return _once(templates, key, _base_name(component), make)


def _loop_template(templates: Templates, at: Scope, given: tuple[Extra, ...], path: str) -> str:
    """Returns the name of a template that runs the task's component once for each item, and collects the outputs."""
    iterator = at.task.iterator
    assert iterator is not None
    kind = "artifact" if isinstance(iterator.items, ArtifactItems) else "parameter"
    item = names.input_names(at.component)[kind, iterator.item_input]
    inputs = [name for name, _ in _arguments(at, given)]

    def make() -> dict[str, Any]:
        ending = " + '/'" if isinstance(at.component.body, Dag) else ""
        arguments = {
            names.PATH: expr.tag(f"{expr.own_input(names.PATH)} + '[' + item + ']'{ending}"),
            **{name: expr.tag(expr.own_input(name)) for name in inputs},
            item: expr.tag(f"{expr.decoded(expr.own_input(names.ITEMS))}[int(item)]"),
        }
        count = expr.tag(f"len({expr.decoded(expr.own_input(names.ITEMS))})")
        one = {
            "name": "item",
            "template": _called(templates, at, given, path, looped=True),
            "withSequence": {"count": count},
            "arguments": {"parameters": _values(arguments)},
        }
        outputs = [
            (name, _collected(name, output_kind)) for (output_kind, _), name in names.output_names(at.component).items()
        ]
        return {
            **_interface([names.ITEMS, *inputs], outputs),
            **({"parallelism": iterator.parallelism} if iterator.parallelism else {}),
            "dag": {"failFast": False, "tasks": [one]},
        }

    return _once(templates, ("loop", at.owner.name, at.task.name), f"{_base_name(at.component)}-loop", make)


def _collected(name: str, kind: str) -> str:
    """Returns the list of an output over the iterations, those left out that have none.

    Argo hands on a list of texts, or, where each is the JSON of a list or a struct, of what they stand for.
    """
    found = expr.decoded(expr.output_if_any("item", name, "'[]'"))
    text = f"(type(#) != 'string' ? {expr.encoded('#')} : # startsWith {expr.literal(LOOPED)} ? #[1:] : #)"
    texts = f"filter(map({found}, {text}), # != {expr.NULL})"
    if kind == "artifact":
        # Each is a list of references: the list of all is flat.
        texts = f"filter(map({texts}, #[1:len(#) - 1]), # != '')"
    return f"'[' + join({texts}, ',') + ']'"


def _items(at: Scope) -> str:
    """Returns the argument that holds a loop's items: a list of wire texts."""
    iterator = at.task.iterator
    assert iterator is not None
    match iterator.items:
        case RawItems(items=items):
            declared = at.component.parameters[iterator.item_input].type
            return encode([encode(_item(item, declared, iterator.item_input)) for item in items])
        case ArtifactItems(input=source):
            found = expr.or_else(scope.artifact(at, source), "'[]'")
            return expr.tag(f"toJson(map({expr.decoded(found)}, '[' + {expr.encoded('#')} + ']'))")
        case ParameterItems(input=source):
            declared = at.component.parameters[iterator.item_input].type
            wire, parameter_type = scope.parameter(at, source)
            found = expr.decoded(wire)
            if parameter_type is not ParameterType.LIST:
                found = f"(type({found}) == 'string' ? fromJSON({found}) : {found})"
            wrong = expr.fail(f"the loop over {source!r} needs a list")
            listed = f"(type({found}) == 'array' ? {found} : {wrong})"
            return expr.tag(f"toJson(map({listed}, {expr.as_declared('#', declared)}))")


def _item(item: Any, declared: ParameterType, name: str) -> Any:
    try:
        return from_untyped(item, declared, name)
    except ParameterError as error:
        raise PipelineError(f"iterates over an item of the wrong type: {error}") from error


def _condition(at: Scope) -> str:
    if at.task.condition is None:
        return ""
    operands = {name: scope.parameter(at, name) for name in sorted(parameters(at.task.condition))}
    return expr.tag(compile_condition(at.task.condition, operands))


_ENDED = ("Succeeded", "Failed", "Errored", "Skipped", "Omitted")


def _depends(at: Scope) -> str:
    upstream = [names.task_name(name) for name in sorted({*at.task.depends_on, *dynamic.producers(at)})]
    if at.task.trigger is Trigger.ALL_COMPLETED:
        return " && ".join("(" + " || ".join(f"{name}.{end}" for end in _ENDED) + ")" for name in upstream)
    return " && ".join(f"{name}.Succeeded" for name in upstream)

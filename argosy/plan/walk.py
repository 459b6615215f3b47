"""Every task of a plan with its path, those inside groups and nested pipelines too."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Optional

from argosy.plan.spec import Component, ComponentInput, Constant, Dag, Plan, Task


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """A task where it stands.

    Attributes:
        path: Its key behind those of the groups around it, with slashes between.
        task: The task.
        component: What it runs.
        owner: The component whose DAG it is in.
        around: The group or nested pipeline that it is in; None in the pipeline itself.
    """

    path: str
    task: Task
    component: Component
    owner: Component
    around: Optional["Place"] = None


def places(plan: Plan) -> Iterator[Place]:
    """Yields every task of the plan, a group before what is inside it."""
    yield from _places(plan, plan.root, None)


def lineage(place: Place) -> Iterator[Place]:
    """Yields the place and those around it, innermost first."""
    at: Place | None = place
    while at is not None:
        yield at
        at = at.around


def _places(plan: Plan, owner: Component, around: Place | None) -> Iterator[Place]:
    assert isinstance(owner.body, Dag)
    for task in owner.body.tasks.values():
        path = f"{around.path}/{task.name}" if around else task.name
        component = plan.components[task.component]
        place = Place(path=path, task=task, component=component, owner=owner, around=around)
        yield place
        if isinstance(component.body, Dag):
            yield from _places(plan, component, place)


def known_value(place: Place, name: str, arguments: Mapping[str, Any]) -> Any:
    """Returns the value that a parameter of the task is known to have before the run; None where it is not known.

    Args:
        place: The task.
        name: The parameter.
        arguments: The values of the pipeline's parameters.
    """
    if place.task.iterator is not None and place.task.iterator.item_input == name:
        return None
    source = place.task.parameters.get(name)
    value = None
    if isinstance(source, Constant) and not source.path:
        value = source.value
    elif isinstance(source, ComponentInput) and not source.path:
        outer = place.around
        value = known_value(outer, source.name, arguments) if outer else arguments.get(source.name)
    elif source is not None:
        return None
    declared = place.component.parameters.get(name)
    return declared.default if value is None and declared is not None else value


def source_parameter(place: Place, name: str) -> str:
    """Returns the pipeline's parameter that a parameter of the task is; empty where it is something else."""
    source = place.task.parameters.get(name)
    if not isinstance(source, ComponentInput) or source.path:
        return ""
    return source_parameter(place.around, source.name) if place.around else source.name

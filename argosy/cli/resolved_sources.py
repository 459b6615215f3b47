"""ExampleGen's span and fingerprint, looked up before a run: KFP decides its cache before the step's code runs."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from argosy.cli.local_inputs import step_of
from argosy.errors import StorageError, located
from argosy.plan import Plan
from argosy.plan.walk import Place, known_value, lineage, places

INPUTS = ("input_base", "query", "connection", "input_config", "range_config", "span", "version")


def fill_in_sources(
    documents: Sequence[dict[str, Any]], plan: Plan, values: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Returns the documents with span, version and fingerprint given to each ExampleGen whose input can be seen.

    The second value is a note for each whose input cannot: it runs uncached; and for each that reads a span: which.

    Args:
        documents: The compiled pipeline; left as it is.
        plan: The same, read.
        values: The values of the pipeline's parameters.

    Raises:
        DataError: The input can be seen, and there is nothing.
        ParameterError: The step's parameters are wrong.
    """
    filled = copy.deepcopy(list(documents))
    notes = []
    for place in places(plan):
        if step_of(place) != "example_gen" or "fingerprint" in place.task.parameters:
            continue
        reason = _unseen(place, plan)
        resolved: dict[str, Any] = {}
        if not reason:
            with located(task=place.path):
                resolved, reason = _resolved(place, values)
        if reason:
            notes.append(f"task {place.path}: {reason}, so its fingerprint is not known and it runs uncached")
            continue
        inputs = _task_spec(filled[0], place).setdefault("inputs", {}).setdefault("parameters", {})
        for name, value in resolved.items():
            if name in place.component.parameters:
                inputs[name] = {"runtimeValue": {"constant": value}}
        if span := _span(place, values, resolved):
            notes.append(f"task {place.path} reads {span}")
    return filled, notes


def _unseen(place: Place, plan: Plan) -> str:
    for around in lineage(place):
        if around.task.iterator is not None:
            return "it is in a loop"
    twins = [other for other in places(plan) if other.task is place.task]
    return "it is in a pipeline that is used more than once" if len(twins) > 1 else ""


def _resolved(place: Place, values: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    from argosy.ingest.source import resolve_source

    given = {name: known_value(place, name, values) for name in INPUTS}
    for name in INPUTS:
        if given[name] is None and name in place.task.parameters:
            return {}, f"its {name} is known in the run only"
    origin = given["connection"] or given["input_base"]
    if not origin:
        return {}, "it has no input_base"
    if origin.startswith("sqlite:") or ("://" not in origin and not given["connection"]):
        return {}, f"{origin} is on a volume"
    try:
        found = resolve_source({name: value for name, value in given.items() if value is not None})
        return (found, "") if found["fingerprint"] else ({}, f"{origin} cannot tell whether its data have changed")
    except StorageError as error:
        return {}, f"its input cannot be seen from here ({error})"


def _span(place: Place, values: Mapping[str, Any], resolved: Mapping[str, Any]) -> str:
    from argosy.ingest.source import describe_span

    given = {name: known_value(place, name, values) for name in ("input_config", "query", "connection")}
    return describe_span({**given, **resolved})


def _task_spec(spec: dict[str, Any], place: Place) -> dict[str, Any]:
    """Returns the place's task in the document."""
    at: dict[str, Any] = {}
    owner = spec["root"]
    for step in _downwards(place):
        at = owner["dag"]["tasks"][step.task.name]
        owner = spec["components"][at["componentRef"]["name"]]
    return at


def _downwards(place: Place) -> Iterator[Place]:
    yield from reversed(list(lineage(place)))

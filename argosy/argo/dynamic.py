"""Settings of a pod that depend on the task's inputs: its image, its resources, names in its kubernetes configuration.

Each becomes an input of the template, a plain text, for Argo to put in before the pod is made.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.argo import expression as expr
from argosy.argo import names, scope
from argosy.argo.scope import Scope
from argosy.errors import PipelineError, did_you_mean
from argosy.plan.placeholders import has_placeholder, parse_text
from argosy.plan.spec import ComponentInput, ContainerExecutor, ParameterSource, TaskOutput

Reference = str | Mapping[str, Any]
"""A text with placeholders, or a reference in the kubernetes configuration."""
_INPUTS = ("componentInputParameter", "taskOutputParameter")


def settings(at: Scope) -> dict[str, tuple[str, str]]:
    """Returns the task's dynamic settings: key of the reference -> the template's input, and what it is given.

    Raises:
        PipelineError: A setting reads an artifact, or an input that there is not.
    """
    body = at.component.body
    if not isinstance(body, ContainerExecutor):
        return {}
    found: dict[str, tuple[str, str]] = {}
    for reference in _references(body):
        if key(reference) not in found:
            found[key(reference)] = (f"{names.OWN_PREFIX}setting-{len(found) + 1}", _text(at, reference))
    return found


def key(reference: Reference) -> str:
    """Returns what a reference is found by."""
    return reference if isinstance(reference, str) else json.dumps(reference, sort_keys=True)


def producers(at: Scope) -> tuple[str, ...]:
    """Returns the tasks whose outputs the kubernetes configuration reads."""
    body = at.component.body
    if not isinstance(body, ContainerExecutor):
        return ()
    found = [
        entry["taskOutputParameter"]
        for entry in _references(body)
        if isinstance(entry, Mapping) and "taskOutputParameter" in entry
    ]
    return tuple(entry["producerTask"] for entry in found)


def _references(body: ContainerExecutor) -> Iterator[Reference]:
    for value in (body.image, *_leaves(dict(body.resources))):
        if has_placeholder(value):
            yield value
    yield from _inside(dict(body.platform))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    else:
        yield value


def _inside(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _inside(item)
    elif isinstance(value, dict):
        for name in _INPUTS:
            if name in value:
                yield {name: value[name]}
        for item in value.values():
            yield from _inside(item)


def _text(at: Scope, reference: Reference) -> str:
    if isinstance(reference, str):
        parts = parse_text(reference)
        for part in parts:
            if not isinstance(part, str) and part.section not in ("input_parameter", "run"):
                raise PipelineError(
                    f"its image or resources read {reference!r}; a pod's settings can read parameters only"
                )
        return " + ".join(
            expr.literal(part) if isinstance(part, str) else scope.placeholder(at, part) for part in parts
        )
    wire = _wire(at, reference)
    return f"(type({expr.decoded(wire)}) == 'string' ? {expr.decoded(wire)} : {wire})"


def _wire(at: Scope, reference: Mapping[str, Any]) -> str:
    source: ParameterSource
    if "taskOutputParameter" in reference:
        spec = reference["taskOutputParameter"]
        producer, output = spec.get("producerTask", ""), spec.get("outputParameterKey", "")
        if producer not in at.dag.tasks:
            raise PipelineError(f"its kubernetes configuration reads the task {producer!r}, which there is not")
        outputs = at.components[at.dag.tasks[producer].component].output_parameters
        if output not in outputs:
            raise PipelineError(
                f"its kubernetes configuration reads the output {output!r} of {producer!r}; "
                f"{did_you_mean(output, outputs)}"
            )
        source = TaskOutput(task=producer, output=output)
        return scope.output_wire(at, source)
    name = reference["componentInputParameter"]
    if name in at.task.parameters or name in at.component.parameters:
        return scope.parameter(at, name)[0]
    if name in at.owner.parameters:
        source = ComponentInput(name=name)
        return expr.own_input(names.input_names(at.owner)["parameter", source.name])
    raise PipelineError(
        f"its kubernetes configuration reads the input {name!r}; {did_you_mean(name, at.owner.parameters)}"
    )

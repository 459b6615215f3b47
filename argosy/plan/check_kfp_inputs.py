"""Inputs that may have no value in a run on KFP, and placeholders that its launcher leaves as they are."""

import json
from collections.abc import Iterable

from argosy.errors import PipelineError
from argosy.plan.condition import parameters
from argosy.plan.placeholders import Placeholder, placeholders_of
from argosy.plan.spec import (
    ArtifactSource,
    ComponentInput,
    Constant,
    ContainerExecutor,
    ParameterSource,
    RuntimeText,
)
from argosy.plan.walk import Place

REMEDY = "give the pipeline's parameter a default, or the task a value"


def check_inputs(place: Place) -> None:
    """Returns if everything that the task must have a value for has one, whatever optional parameters are left out.

    Raises:
        PipelineError: A condition, a required input, a constant or a command reads what may have no value; a command
            has a placeholder that KFP's launcher does not replace.
    """
    _check_required(place)
    if place.task.condition is not None:
        for name in sorted(parameters(place.task.condition)):
            if _absent(name, place):
                raise PipelineError(
                    f"the condition reads {name!r}, which has no value where an optional parameter is left out: "
                    f"the run would fail on KFP; {REMEDY}"
                )
    for name, source in place.task.parameters.items():
        if isinstance(source, RuntimeText):
            _check_present(placeholders_of(source.text), place, f"the constant of the input {name!r}")
    body = place.component.body
    if isinstance(body, ContainerExecutor):
        _check_command(body, place)


def _check_required(place: Place) -> None:
    for name, declared in place.component.parameters.items():
        if not declared.optional and _absent(name, place):
            raise PipelineError(
                f"the required input {name!r} is fed by an optional parameter, which has no value where it is left "
                f"out: the run would fail on KFP; {REMEDY}"
            )
    for name, artifact in place.component.artifacts.items():
        if not artifact.optional and _no_artifact(name, place):
            raise PipelineError(
                f"the required input artifact {name!r} is fed by an optional artifact, which may not be there: "
                "the run would fail on KFP; make the input optional, or the artifact required"
            )


def _check_command(body: ContainerExecutor, place: Place) -> None:
    if body.command and any(found.section != "executor_input" for found in _plain(body.command[0])):
        raise PipelineError(
            f"its command begins with {body.command[0]!r}; KFP replaces no placeholder there: move it to the args"
        )
    for element in [*body.command, *body.args]:
        for text in _texts(element):
            _check_placeholders(placeholders_of(text), place)
    settings = [body.image, *body.env.values(), dict(body.resources)]
    _check_present([found for value in settings for found in placeholders_of(value)], place, "its configuration")


def _plain(text: str) -> tuple[Placeholder, ...]:
    return placeholders_of(text) if not text.startswith("{") or text.startswith("{{") else ()


def _texts(element: str) -> Iterable[str]:
    """Returns the texts of an element that are there in any case; what IfPresent guards is not."""
    if element.startswith('{"Concat"'):
        raise PipelineError(
            "its command has a Concat, which KFP's backend passes on as it stands; "
            "give the parts one by one, or let the program join them"
        )
    if not element.startswith('{"IfPresent"'):
        return [element]
    present = json.loads(element)["IfPresent"]
    branches = [present.get("Then", []), present.get("Else", [])]
    inside = [item for branch in branches for item in (branch if isinstance(branch, list) else [branch])]
    if not all(isinstance(item, str) for item in inside):
        raise PipelineError(
            "its command has a Concat or an IfPresent within an IfPresent, which KFP's backend passes on as it "
            "stands; let the program decide"
        )
    return []


def _check_placeholders(found: Iterable[Placeholder], place: Place) -> None:
    placeholders = list(found)
    for placeholder in placeholders:
        shown = placeholder.section.replace("_", " ")
        is_artifact = placeholder.section in ("input_artifact", "output_artifact")
        if is_artifact and placeholder.field not in ("uri", "path"):
            raise PipelineError(
                f"its command reads the {placeholder.field or 'list'} of the {shown} {placeholder.name!r}, which KFP's "
                "backend leaves as it stands; take the whole {{$}} and read it there"
            )
        if placeholder.section in ("output_file", "run"):
            raise PipelineError(
                f"its command reads {placeholder.name or 'the output file'!r}, which KFP's backend leaves as it stands "
                "in a command; give it to the task as a parameter, or take the whole {{$}}"
            )
    _check_present(placeholders, place, "its command")


def _check_present(found: Iterable[Placeholder], place: Place, what: str) -> None:
    for placeholder in found:
        name = placeholder.name
        if placeholder.section == "input_parameter":
            missing = _absent(name, place)
        elif placeholder.section == "input_artifact":
            missing = _no_artifact(name, place)
        else:
            continue
        if missing:
            raise PipelineError(
                f"{what} reads the input {name!r}, which may have no value: the run would fail on KFP; {REMEDY}"
            )


def _absent(name: str, place: Place) -> bool:
    """Returns whether a parameter of the task has no value when everything optional is left out."""
    if place.task.iterator is not None and place.task.iterator.item_input == name:
        return False
    declared = place.component.parameters.get(name)
    if declared is not None and declared.default is not None:
        return False
    source = place.task.parameters.get(name)
    return source is None or _source_absent(source, place)


def _source_absent(source: ParameterSource, place: Place) -> bool:
    if isinstance(source, Constant):
        return source.value is None
    if not isinstance(source, ComponentInput):
        return False
    declared = place.owner.parameters.get(source.name)
    if declared is not None and declared.default is not None:
        return False
    if place.around is None:
        return declared is not None and declared.optional
    return _absent(source.name, place.around)


def _artifact_absent(source: ArtifactSource, place: Place) -> bool:
    if not isinstance(source, ComponentInput):
        return False
    if place.around is None:
        declared = place.owner.artifacts.get(source.name)
        return declared is not None and declared.optional
    return _no_artifact(source.name, place.around)


def _no_artifact(name: str, place: Place) -> bool:
    """Returns whether an input artifact of the task is missing when everything optional is left out."""
    if place.task.iterator is not None and place.task.iterator.item_input == name:
        return False
    source = place.task.artifacts.get(name)
    return source is None or _artifact_absent(source, place)

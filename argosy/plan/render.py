"""Commands, arguments and constants with their placeholders replaced. Pure: nothing is read but what is given."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from argosy.errors import PipelineError, did_you_mean
from argosy.plan.placeholders import Placeholder, RunContext, parse_text
from argosy.plan.values import to_text

Lookup = Callable[[Placeholder], str]
"""The text that a placeholder stands for."""


def render_text(text: str, lookup: Lookup) -> str:
    """Returns the text with each placeholder replaced once.

    >>> render_text("<{{$.pipeline_task_name}}>", lambda placeholder: placeholder.name)
    '<pipeline_task_name>'
    """
    return "".join(part if isinstance(part, str) else lookup(part) for part in parse_text(text))


def render_constant(value: Any, lookup: Lookup) -> Any:
    """Returns a constant with the placeholders in it, and in everything inside it, replaced; texts stay texts."""
    if isinstance(value, list):
        return [render_constant(item, lookup) for item in value]
    if isinstance(value, dict):
        return {render_constant(key, lookup): render_constant(item, lookup) for key, item in value.items()}
    return render_text(value, lookup) if isinstance(value, str) else value


def render_command(
    elements: Sequence[str],
    executor_input: Mapping[str, Any],
    context: RunContext,
    *,
    additional: Mapping[str, Any] | None = None,
    local_path: Callable[[str], str] = str,
) -> list[str]:
    """Returns a command line (or part of one) with every placeholder replaced, Concat and IfPresent worked out.

    Args:
        elements: The command's and arguments' texts as the spec has them.
        executor_input: As `executor_input.build_executor_input` makes it.
        context: What the run's own placeholders stand for.
        additional: Parameters of the task that its component does not declare.
        local_path: From an artifact's URI to its path.

    Raises:
        PipelineError: A placeholder reads an input that has no value in this run, or an output that there is not.
    """
    lookup = container_lookup(executor_input, context, additional=additional, local_path=local_path)
    present = set(_present(executor_input)) | set(additional or {})
    return [text for element in elements for text in _arguments(_structure(element), lookup, present)]


def container_lookup(
    executor_input: Mapping[str, Any],
    context: RunContext,
    *,
    additional: Mapping[str, Any] | None = None,
    local_path: Callable[[str], str] = str,
) -> Lookup:
    """Returns the lookup of placeholders in a container's texts: command, arguments, environment, image, resources."""
    source = _Container(
        executor_input=executor_input,
        parameters={**_members(executor_input, "inputs", "parameterValues"), **(additional or {})},
        local_path=local_path,
        context=context,
    )
    return lambda placeholder: _container_text(placeholder, source)


def constant_lookup(parameters: Mapping[str, Any], context: RunContext) -> Lookup:
    """Returns the lookup of placeholders in a task's constants: parameters of the task, and the run's names."""

    def lookup(placeholder: Placeholder) -> str:
        if placeholder.section == "run":
            return str(getattr(context, placeholder.name))
        if placeholder.section != "input_parameter":
            raise PipelineError(f"a constant cannot hold the placeholder of {_what(placeholder)}")
        return _parameter_text(placeholder, parameters)

    return lookup


def structure_names(element: str) -> tuple[str, ...]:
    """Returns the inputs whose presence an element asks for (IfPresent)."""
    return tuple(_asked(_structure(element)))


def texts_of(element: str) -> tuple[str, ...]:
    """Returns the texts in an element: itself, or those inside its Concat or IfPresent."""
    return tuple(_texts(_structure(element)))


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Container:
    executor_input: Mapping[str, Any]
    parameters: Mapping[str, Any]
    local_path: Callable[[str], str]
    context: RunContext


def _structure(element: str) -> Any:
    if not element.startswith(('{"Concat"', '{"IfPresent"')):
        return element
    try:
        return _checked(json.loads(element))
    except ValueError as error:
        raise PipelineError(f"{element!r} begins like a Concat or IfPresent and is no JSON: {error}") from error


def _checked(structure: Any) -> Any:
    match structure:
        case str():
            return structure
        case {"Concat": [*items], **rest} if not rest:
            return {"Concat": [_checked(item) for item in items]}
        case {"IfPresent": {"InputName": str(name), "Then": then, **others}, **rest} if not rest and set(others) <= {
            "Else"
        }:
            branches = {"Then": _branch(then), "Else": _branch(others.get("Else", []))}
            return {"IfPresent": {"InputName": name, **branches}}
    raise PipelineError(f"{json.dumps(structure)} is neither a text nor a Concat nor an IfPresent")


def _branch(branch: Any) -> list[Any]:
    return [_checked(item) for item in branch] if isinstance(branch, list) else [_checked(branch)]


def _arguments(structure: Any, lookup: Lookup, present: set[str]) -> list[str]:
    if isinstance(structure, str):
        return [render_text(structure, lookup)]
    if "Concat" in structure:
        return ["".join(text for item in structure["Concat"] for text in _arguments(item, lookup, present))]
    condition = structure["IfPresent"]
    branch = condition["Then" if condition["InputName"] in present else "Else"]
    return [text for item in branch for text in _arguments(item, lookup, present)]


def _texts(structure: Any) -> Iterable[str]:
    if isinstance(structure, str):
        return [structure]
    inside = structure["Concat"] if "Concat" in structure else _branches(structure)
    return [text for item in inside for text in _texts(item)]


def _asked(structure: Any) -> Iterable[str]:
    if isinstance(structure, str):
        return []
    if "Concat" in structure:
        return [name for item in structure["Concat"] for name in _asked(item)]
    return [structure["IfPresent"]["InputName"], *(name for item in _branches(structure) for name in _asked(item))]


def _branches(structure: Any) -> list[Any]:
    return [*structure["IfPresent"]["Then"], *structure["IfPresent"]["Else"]]


def _present(executor_input: Mapping[str, Any]) -> Iterable[str]:
    values = _members(executor_input, "inputs", "parameterValues")
    lists = _members(executor_input, "inputs", "artifacts")
    yield from (name for name, value in values.items() if value is not None)
    yield from (name for name, found in lists.items() if found.get("artifacts"))


def _members(executor_input: Mapping[str, Any], side: str, kind: str) -> Mapping[str, Any]:
    members: Mapping[str, Any] = executor_input.get(side, {}).get(kind, {})
    return members


def _container_text(placeholder: Placeholder, source: _Container) -> str:
    match placeholder.section:
        case "executor_input":
            return json.dumps(source.executor_input)
        case "run":
            return str(getattr(source.context, placeholder.name))
        case "input_parameter":
            return _parameter_text(placeholder, source.parameters)
        case "output_file":
            return str(source.executor_input.get("outputs", {})["outputFile"])
        case "output_parameter":
            return str(_member(placeholder, _members(source.executor_input, "outputs", "parameters"))["outputFile"])
    side = "inputs" if placeholder.section == "input_artifact" else "outputs"
    found = _member(placeholder, _members(source.executor_input, side, "artifacts")).get("artifacts", [])
    return _artifact_text(placeholder, found, source.local_path)


def _parameter_text(placeholder: Placeholder, parameters: Mapping[str, Any]) -> str:
    value = _member(placeholder, parameters)
    if value is None:
        raise _no_value(placeholder)
    return to_text(value)


def _artifact_text(placeholder: Placeholder, artifacts: list[dict[str, Any]], local_path: Callable[[str], str]) -> str:
    if not placeholder.field:
        return json.dumps(artifacts)
    if not artifacts:
        raise _no_value(placeholder)
    if len(artifacts) > 1:
        raise PipelineError(
            f"{_what(placeholder)} is a list of {len(artifacts)} artifacts, which has no one {placeholder.field}"
        )
    artifact = artifacts[0]
    if placeholder.field == "path":
        return local_path(artifact["uri"])
    if placeholder.field != "metadata":
        return str(artifact.get(placeholder.field, ""))
    metadata = artifact.get("metadata", {})
    if not placeholder.key:
        return to_text(metadata)
    if placeholder.key not in metadata:
        raise PipelineError(
            f"{_what(placeholder)} has no metadata {placeholder.key!r}; {did_you_mean(placeholder.key, metadata)}"
        )
    return to_text(metadata[placeholder.key])


def _member(placeholder: Placeholder, members: Mapping[str, Any]) -> Any:
    if placeholder.name not in members:
        raise _no_value(placeholder)
    return members[placeholder.name]


def _no_value(placeholder: Placeholder) -> PipelineError:
    return PipelineError(
        f"{_what(placeholder)} has no value in this run. "
        "Give the input a value or a default, or ask for it by dsl.IfPresentPlaceholder"
    )


def _what(placeholder: Placeholder) -> str:
    kind = placeholder.section.replace("_", " ")
    return f"the {kind} {placeholder.name!r}" if placeholder.name else f"the {kind}"

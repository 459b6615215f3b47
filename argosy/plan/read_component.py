"""Interfaces and executors of the PipelineSpec."""

import json
import re
from collections.abc import Mapping
from typing import Any

from argosy.errors import ParameterError, PipelineError, did_you_mean
from argosy.plan.document import Node, count, flag, key_name, node, one_of, text, texts
from argosy.plan.placeholders import has_placeholder, parse_text
from argosy.plan.platform import read_platform
from argosy.plan.spec import (
    ArtifactInput,
    ArtifactOutput,
    ComponentInput,
    Constant,
    ContainerExecutor,
    ImporterExecutor,
    ParameterInput,
    ParameterOutput,
    RuntimeText,
)
from argosy.plan.values import ParameterType, coerce, whole_numbers


def read_parameters(definitions: Node) -> dict[str, ParameterInput]:
    """Returns the declared input parameters, their defaults of their declared types."""
    return {
        key_name(name, "the parameter"): _parameter(name, node(spec, f"the parameter {name!r}", _PARAMETER_FIELDS))
        for name, spec in node(definitions.get("parameters"), "the parameters").items()
    }


def read_artifacts(definitions: Node) -> dict[str, ArtifactInput]:
    """Returns the declared input artifacts."""
    artifacts = {}
    for name, body in node(definitions.get("artifacts"), "the artifacts").items():
        what = f"the input artifact {name!r}"
        spec = node(body, what, ("artifactType", "isArtifactList", "isOptional", "description"))
        title, version = _artifact_type(spec, what)
        artifacts[key_name(name, "the input artifact")] = ArtifactInput(
            title=title,
            version=version,
            optional=flag(spec, "isOptional", what),
            is_list=flag(spec, "isArtifactList", what),
            description=text(spec, "description", what, ""),
        )
    return artifacts


def read_output_parameters(definitions: Node) -> dict[str, ParameterOutput]:
    """Returns the declared output parameters."""
    outputs = {}
    for name, body in node(definitions.get("parameters"), "the output parameters").items():
        what = f"the output parameter {name!r}"
        spec = node(body, what, ("parameterType", "description"))
        outputs[key_name(name, "the output parameter")] = ParameterOutput(
            type=_parameter_type(spec, what), description=text(spec, "description", what, "")
        )
    return outputs


def read_output_artifacts(definitions: Node) -> dict[str, ArtifactOutput]:
    """Returns the declared output artifacts."""
    outputs = {}
    for name, body in node(definitions.get("artifacts"), "the output artifacts").items():
        what = f"the output artifact {name!r}"
        spec = node(body, what, ("artifactType", "isArtifactList", "metadata", "description"))
        title, version = _artifact_type(spec, what)
        outputs[key_name(name, "the output artifact")] = ArtifactOutput(
            title=title,
            version=version,
            is_list=flag(spec, "isArtifactList", what),
            metadata=whole_numbers(dict(node(spec.get("metadata"), f"the metadata of {what}"))),
            description=text(spec, "description", what, ""),
        )
    return outputs


def read_executor(
    label: str, spec: Node, platform: Node, parameters: Mapping[str, ParameterInput]
) -> ContainerExecutor | ImporterExecutor:
    """Returns an executor.

    Args:
        label: Its name in the spec.
        spec: What stands under that name.
        platform: What stands under that name in the kubernetes document.
        parameters: The declared parameters of its component.

    Raises:
        PipelineError: It is of another kind than container and importer, or has a field that is not known.
    """
    kind, body = one_of(spec, f"the executor {label!r}", ("container", "importer", "resolver", "customJob"))
    if kind == "container":
        fields = node(body, f"the container {label!r}", ("image", "command", "args", "env", "resources"))
        return _container(label, fields, platform)
    if kind == "importer":
        fields = node(body, f"the importer {label!r}", ("artifactUri", "typeSchema", "metadata", "reimport"))
        return _importer(label, fields, parameters)
    raise PipelineError(
        f"the executor {label!r} is of the kind {kind!r}, which only Google's service interprets; use a container"
    )


UNRESOLVED = "{{channel:"
"""Begins a reference that KFP's compiler should have resolved."""
STUBS = "argostub/"
"""Begins the images that stand for what KFP's driver does itself: making and deleting volume claims."""
_PARAMETER_FIELDS = ("parameterType", "defaultValue", "isOptional", "description", "literals")
_RESOURCE_FIELDS = (
    "cpuLimit", "memoryLimit", "cpuRequest", "memoryRequest",
    "resourceCpuLimit", "resourceMemoryLimit", "resourceCpuRequest", "resourceMemoryRequest", "accelerator",
)  # fmt: skip
_QUANTITY = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+|m|[kKMGTPE]|[KMGTPE]i)?")


def _parameter(name: str, spec: Node) -> ParameterInput:
    what = f"the parameter {name!r}"
    parameter_type = _parameter_type(spec, what)
    default = spec.get("defaultValue")
    literals = spec.get("literals", [])
    if not isinstance(literals, list):
        raise PipelineError(f"{what} needs a list in 'literals', found {literals!r}")
    try:
        return ParameterInput(
            type=parameter_type,
            default=None if default is None else coerce(whole_numbers(default), parameter_type, name),
            optional=flag(spec, "isOptional", what),
            literals=tuple(coerce(literal, parameter_type, name) for literal in literals),
            description=text(spec, "description", what, ""),
        )
    except ParameterError as error:
        raise PipelineError(f"the default or a literal of {error}") from error


def _parameter_type(spec: Node, what: str) -> ParameterType:
    name = text(spec, "parameterType", what)
    known = [member.value for member in ParameterType]
    if name not in known:
        raise PipelineError(f"{what} is of the unknown type {name!r}; {did_you_mean(name, known)}")
    return ParameterType(name)


def _artifact_type(spec: Node, what: str) -> tuple[str, str]:
    schema = node(spec.get("artifactType"), f"the type of {what}", ("schemaTitle", "schemaVersion"))
    return text(schema, "schemaTitle", f"the type of {what}"), text(schema, "schemaVersion", what, "")


def _container(label: str, spec: Node, platform: Node) -> ContainerExecutor:
    what = f"the container {label!r}"
    image = text(spec, "image", what, "")
    if not image.strip():
        raise PipelineError(f"{what} has no image")
    executor = ContainerExecutor(
        label=label,
        image=image,
        command=texts(spec, "command", what),
        args=texts(spec, "args", what),
        env=_environment(spec, what),
        resources=_resources(spec, what),
        platform=read_platform(platform, what),
        timeout_seconds=float(count(platform, "activeDeadlineSeconds", what)) or None,
    )
    if not executor.command and not executor.args and not image.startswith(STUBS):
        raise PipelineError(f"{what} has no command; KFP does not use the image's own")
    return executor


def _environment(spec: Node, what: str) -> dict[str, str]:
    variables = spec.get("env") or []
    if not isinstance(variables, list):
        raise PipelineError(f"{what} needs a list in 'env', found {variables!r}")
    entries = [node(variable, f"an env of {what}", ("name", "value")) for variable in variables]
    return {
        text(entry, "name", f"an env of {what}"): text(entry, "value", f"an env of {what}", "") for entry in entries
    }


def _resources(spec: Node, what: str) -> dict[str, Any]:
    resources = node(spec.get("resources"), f"the resources of {what}", _RESOURCE_FIELDS)
    node(resources.get("accelerator"), f"the accelerator of {what}", ("type", "count", "resourceType", "resourceCount"))
    for key, value in resources.items():
        if key.startswith("resource") and not has_placeholder(value) and not _QUANTITY.fullmatch(str(value)):
            raise PipelineError(f"{what} has the {key} {value!r}; a quantity is a number and a unit, as 500m or 2Gi")
    return dict(resources)


def _importer(label: str, spec: Node, parameters: Mapping[str, ParameterInput]) -> ImporterExecutor:
    what = f"the importer {label!r}"
    title, version = _artifact_type({"artifactType": spec.get("typeSchema")}, what)
    source = node(spec.get("artifactUri"), f"the URI of {what}")
    constant = source.get("constant", "")
    return ImporterExecutor(
        label=label,
        artifact_uri=_uri(source, what, parameters),
        unresolved=constant if UNRESOLVED in constant else "",
        title=title,
        version=version,
        metadata=whole_numbers(dict(node(spec.get("metadata"), f"the metadata of {what}"))),
        reimport=flag(spec, "reimport", what),
    )


def _uri(spec: Node, what: str, parameters: Mapping[str, ParameterInput]) -> Constant | RuntimeText | ComponentInput:
    kind, value = one_of(spec, f"the URI of {what}", ("constant", "runtimeParameter"))
    if not isinstance(value, str) or not value:
        raise PipelineError(f"the URI of {what} must be a text, found {value!r}")
    if kind == "runtimeParameter":
        if value not in parameters:
            raise PipelineError(f"the URI of {what} is the input {value!r}; {did_you_mean(value, parameters)}")
        return ComponentInput(name=value)
    if UNRESOLVED in value and "uri" in parameters:
        # KFP's compiler leaves a formatted URI unresolved here, and gives the same text, resolved, as the input.
        return ComponentInput(name="uri")
    parse_text(value)
    return RuntimeText(text=value) if has_placeholder(value) else Constant(value=value)


def parse_items(raw: str, what: str) -> tuple[Any, ...]:
    """Returns the items of a loop, which stand in the spec as a JSON list.

    >>> parse_items('[1, {"a": "b"}]', "the loop")
    (1, {'a': 'b'})
    """
    try:
        items = json.loads(raw)
    except ValueError as error:
        raise PipelineError(f"the items of {what} are no JSON: {error}") from error
    if not isinstance(items, list):
        raise PipelineError(f"the items of {what} must be a JSON list, found {raw!r}")
    return tuple(items)

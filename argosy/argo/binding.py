"""What a pod is told of its task's component: an interface and an executor, as the spec writes them."""

from collections.abc import Mapping
from typing import Any

from argosy.plan.spec import (
    Component,
    ComponentInput,
    Constant,
    ContainerExecutor,
    Dag,
    ImporterExecutor,
    RuntimeText,
)


def component_spec(component: Component) -> dict[str, Any]:
    """Returns the PipelineSpec's form of a component's interface, without descriptions."""
    inputs = {
        "parameters": {
            name: _filled(
                {
                    "parameterType": declared.type.value,
                    "defaultValue": declared.default,
                    "isOptional": declared.optional or None,
                    "literals": list(declared.literals) or None,
                }
            )
            for name, declared in component.parameters.items()
        },
        "artifacts": {
            name: _artifact(
                declared.title,
                declared.version,
                {"isArtifactList": declared.is_list or None, "isOptional": declared.optional or None},
            )
            for name, declared in component.artifacts.items()
        },
    }
    outputs = {
        "parameters": {
            name: {"parameterType": declared.type.value} for name, declared in component.output_parameters.items()
        },
        "artifacts": {
            name: _artifact(
                declared.title,
                declared.version,
                {"isArtifactList": declared.is_list or None, "metadata": dict(declared.metadata) or None},
            )
            for name, declared in component.output_artifacts.items()
        },
    }
    sides = {"inputDefinitions": inputs, "outputDefinitions": outputs}
    return {
        name: filled for name, side in sides.items() if (filled := {key: value for key, value in side.items() if value})
    }


def executor_spec(body: ContainerExecutor | ImporterExecutor | Dag) -> dict[str, Any]:
    """Returns the PipelineSpec's form of an executor, without what Kubernetes alone needs to know."""
    if isinstance(body, ContainerExecutor):
        container = {
            "image": body.image,
            "command": list(body.command),
            "args": list(body.args),
            "env": [{"name": name, "value": value} for name, value in body.env.items()],
        }
        return {"container": {key: value for key, value in container.items() if value}}
    assert isinstance(body, ImporterExecutor)
    importer = {
        "artifactUri": _uri(body.artifact_uri),
        "typeSchema": _filled({"schemaTitle": body.title, "schemaVersion": body.version or None}),
        "metadata": dict(body.metadata) or None,
        "reimport": body.reimport or None,
    }
    return {"importer": _filled(importer)}


def _uri(source: Constant | RuntimeText | ComponentInput) -> dict[str, Any]:
    match source:
        case ComponentInput(name=name):
            return {"runtimeParameter": name}
        case RuntimeText(text=text):
            return {"constant": text}
        case Constant(value=value):
            return {"constant": value}


def _artifact(title: str, version: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    schema = _filled({"schemaTitle": title, "schemaVersion": version or None})
    return {"artifactType": schema, **_filled(fields)}


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}

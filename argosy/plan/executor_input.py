"""The ExecutorInput: what a container is told, as the JSON that KFP's backend would make; and that backend's quirks."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.plan.spec import Component


@dataclasses.dataclass(frozen=True, kw_only=True)
class RuntimeArtifact:
    """An artifact as a container sees it.

    Attributes:
        uri: Where it lives: an absolute local path, or s3:// or gs://.
        name: Its name in the store.
        title: Its type's schema title.
        version: Its type's schema version.
        metadata: Texts and numbers.
        path: Where its bytes are on this machine; empty where the URI says it.
    """

    uri: str
    name: str
    title: str = "system.Artifact"
    version: str = "0.0.1"
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    path: str = ""


def build_executor_input(
    component: Component,
    *,
    parameters: Mapping[str, Any],
    artifacts: Mapping[str, Sequence[RuntimeArtifact]],
    output_artifacts: Mapping[str, RuntimeArtifact],
    output_parameter_files: Mapping[str, str],
    output_file: str,
) -> dict[str, Any]:
    """Returns the ExecutorInput of one attempt, fields without content left out.

    Args:
        component: What runs; parameters that it does not declare are left out.
        parameters: Values by name.
        artifacts: Input artifacts by name, a list also for a single one.
        output_artifacts: Where each output artifact is to be written.
        output_parameter_files: Where each output parameter is to be written.
        output_file: Where the ExecutorOutput is to be written.
    """
    inputs = {
        "parameterValues": {
            name: parameters[name] for name in component.parameters if parameters.get(name) is not None
        },
        # An empty list, which a loop over nothing collects, is an input; an optional one without artifact is none.
        "artifacts": {
            name: _artifact_list(artifacts[name])
            for name, declared in component.artifacts.items()
            if name in artifacts and (declared.is_list or artifacts[name])
        },
    }
    outputs = {
        "parameters": {name: {"outputFile": file} for name, file in output_parameter_files.items()},
        "artifacts": {name: _artifact_list([artifact]) for name, artifact in output_artifacts.items()},
        "outputFile": output_file,
    }
    sides = {"inputs": _filled(inputs), "outputs": _filled(outputs)}
    return _filled(sides)


def to_json(executor_input: Mapping[str, Any]) -> str:
    """Returns the ExecutorInput as JSON in ASCII, so that every text arrives as it left."""
    return json.dumps(executor_input)


def as_backend(executor_input: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the same ExecutorInput with what KFP's backend does to it, for a component must not depend on any of it.

    Integers come as floats, inputs lose their types and names, metadata gains `display_name` and has its lists, structs
    and booleans rewritten, keys without a value are absent, and a key of the compiler's own is added.
    """
    inputs = executor_input.get("inputs", {})
    outputs = executor_input.get("outputs", {})
    values = {name: _as_double(value) for name, value in inputs.get("parameterValues", {}).items() if value is not None}
    artifacts = {
        name: {"artifacts": [_backend_input(artifact, number) for number, artifact in enumerate(found["artifacts"], 1)]}
        for name, found in inputs.get("artifacts", {}).items()
    }
    made = {
        name: {"artifacts": [_displayed(artifact, name) for artifact in found["artifacts"]]}
        for name, found in outputs.get("artifacts", {}).items()
    }
    sides = {
        "inputs": _filled(
            {"parameterValues": {**values, "pipelinechannel--foreign": "foreign"}, "artifacts": artifacts}
        ),
        "outputs": _filled({**outputs, "artifacts": made}),
    }
    return _filled(sides)


def _artifact_list(artifacts: Sequence[RuntimeArtifact]) -> dict[str, Any]:
    return {"artifacts": [_artifact(artifact) for artifact in artifacts]}


def _artifact(artifact: RuntimeArtifact) -> dict[str, Any]:
    fields = {
        "name": artifact.name,
        "type": _filled({"schemaTitle": artifact.title, "schemaVersion": artifact.version}),
        "uri": artifact.uri,
        "metadata": dict(artifact.metadata),
        "customPath": artifact.path,
    }
    return _filled(fields)


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value not in ({}, "", None)}


def _as_double(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_double(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_double(item) for key, item in value.items()}
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _backend_input(artifact: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {**_displayed(artifact, artifact.get("name", "")), "name": str(number), "type": {"instanceSchema": ""}}


def _displayed(artifact: Mapping[str, Any], name: str) -> dict[str, Any]:
    metadata = {key: _stored(value) for key, value in artifact.get("metadata", {}).items() if value is not None}
    return {**artifact, "metadata": {**metadata, "display_name": name}}


def _stored(value: Any) -> Any:
    if isinstance(value, bool | int):
        return float(value)
    if isinstance(value, list):
        return {"list": _as_double(value)}
    return {"struct": _as_double(value)} if isinstance(value, dict) else value

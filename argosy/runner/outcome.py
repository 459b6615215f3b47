"""What a task's process says it made: the executor output and the output parameter files, read strictly."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from argosy.errors import ArtifactError, ParameterError, did_you_mean
from argosy.plan.spec import Component
from argosy.plan.values import coerce, from_text

_ARTIFACT_FIELDS = ("name", "type", "uri", "metadata")


@dataclasses.dataclass(frozen=True, kw_only=True)
class MadeArtifact:
    """One output artifact: where the task says it is, and what it recorded with it."""

    uri: str
    metadata: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """All outputs of a process that ended well."""

    parameters: Mapping[str, Any]
    artifacts: Mapping[str, MadeArtifact]


def read_outcome(component: Component, executor_input: Mapping[str, Any]) -> Outcome:
    """Returns the outputs that the component declares, each as its declared type.

    Raises:
        ParameterError: An output parameter is missing, is not of its type, or the executor output is malformed.
        ArtifactError: The executor output describes an artifact wrongly.
    """
    outputs = executor_input.get("outputs", {})
    written = _executor_output(Path(outputs["outputFile"])) if "outputFile" in outputs else {}
    _require_known("output parameter", written.get("parameterValues", {}), component.output_parameters)
    _require_known("output artifact", written.get("artifacts", {}), component.output_artifacts)
    return Outcome(
        parameters={
            name: _parameter(name, component, written.get("parameterValues", {}), outputs)
            for name in component.output_parameters
        },
        artifacts={
            name: _artifact(name, component, written.get("artifacts", {}), outputs)
            for name in component.output_artifacts
        },
    )


def _executor_output(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ParameterError(f"the executor output {file} is not JSON: {error}") from error
    if not isinstance(value, dict) or not set(value) <= {"parameterValues", "artifacts"}:
        raise ParameterError(
            f"the executor output {file} may have the fields parameterValues and artifacts, found "
            f"{', '.join(value) if isinstance(value, dict) else type(value).__name__}"
        )
    return value


def _require_known(kind: str, found: Iterable[str], declared: Iterable[str]) -> None:
    for name in found:
        if name not in set(declared):
            raise ParameterError(
                f"the executor output has the {kind} {name!r}, which the component does not declare; "
                f"{did_you_mean(name, declared)}"
            )


def _parameter(name: str, component: Component, values: Mapping[str, Any], outputs: Mapping[str, Any]) -> Any:
    declared = component.output_parameters[name].type
    if name in values:
        return coerce(values[name], declared, name)
    file = Path(outputs["parameters"][name]["outputFile"])
    if not file.exists():
        raise ParameterError(f"the task wrote no value for its output parameter {name!r} (to {file})")
    try:
        # Bytes, because reading as text would turn \r\n into \n.
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParameterError(f"the task wrote its output parameter {name!r} as other than UTF-8: {error}") from error
    return from_text(text, declared, name)


def _artifact(name: str, component: Component, written: Mapping[str, Any], outputs: Mapping[str, Any]) -> MadeArtifact:
    planned = outputs["artifacts"][name]["artifacts"][0]
    found = written.get(name, {}).get("artifacts", [])
    if len(found) > 1:
        raise ArtifactError(f"the executor output lists {len(found)} artifacts for {name!r}, which is one artifact")
    one = found[0] if found else {}
    unknown = [key for key in one if key not in _ARTIFACT_FIELDS]
    if unknown:
        raise ArtifactError(f"the executor output gives artifact {name!r} the unknown field {unknown[0]!r}")
    metadata = {**component.output_artifacts[name].metadata, **planned.get("metadata", {}), **one.get("metadata", {})}
    missing = [key for key, value in metadata.items() if value is None]
    if missing:
        raise ArtifactError(f"metadata {missing[0]!r} of output {name!r} is null; leave it out, or give it a value")
    return MadeArtifact(uri=one.get("uri") or planned["uri"], metadata=metadata)

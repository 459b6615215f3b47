"""An artifact as it travels from pod to pod: what its reader has to know, without a metadata store as well as with one.

[{"uri": "s3://...", "name": "model", "type": "system.Model", "version": "0.0.1", "metadata": {}, "id": 7, "content":
"<digest>"}]: a list, also for a single one; `id` and `content` are left out where there are none.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from argosy.errors import ParameterError
from argosy.metadata.records import Artifact, ArtifactState
from argosy.metadata.store import Store
from argosy.metadata.types import artifact_type_name
from argosy.runner import stored


def to_references(artifacts: Iterable[Artifact], *, remembered: bool) -> list[dict[str, Any]]:
    """Returns the references of artifacts, as JSON values; `remembered` says whether their ids outlive this pod."""
    return [_reference(artifact, artifact.id if remembered else 0) for artifact in artifacts]


def from_references(name: str, references: Any, store: Store) -> tuple[Artifact, ...]:
    """Returns the artifacts of an input; those that the store knows as it has them.

    Raises:
        ParameterError: It is no list of references.
    """
    if not isinstance(references, list) or not all(_is_reference(one) for one in references):
        raise ParameterError(f"the input {name!r} takes references of artifacts, found {json.dumps(references)[:100]}")
    ids = [int(one.get("id") or 0) for one in references]
    known = {artifact.id: artifact for artifact in store.artifacts([key for key in ids if key])}
    return tuple(
        known[key] if key in known and known[key].uri == one["uri"] else _artifact(one)
        for key, one in zip(ids, references, strict=True)
    )


def _reference(artifact: Artifact, key: int) -> dict[str, Any]:
    fields = {
        "uri": artifact.uri,
        "name": str(artifact.properties.get("name", "")),
        "type": stored.title(artifact),
        "version": stored.version(artifact),
        "metadata": stored.metadata(artifact),
    }
    optional = {"id": key, "content": stored.digest(artifact)}
    return {**fields, **{key: value for key, value in optional.items() if value}}


def _artifact(reference: Mapping[str, Any]) -> Artifact:
    title = str(reference.get("type") or "system.Artifact")
    return Artifact(
        type=artifact_type_name(title),
        uri=reference["uri"],
        state=ArtifactState.LIVE,
        properties=stored.properties(
            title=title,
            version=str(reference.get("version") or ""),
            metadata=reference.get("metadata") or {},
            content=stored.content(str(reference.get("content") or "")),
            name=str(reference.get("name") or ""),
        ),
    )


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("uri"), str)

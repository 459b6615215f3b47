"""The importer of KFP's own: registers what exists at a URI as an artifact, without copying and without a process."""

import dataclasses
import json
import uuid
from collections.abc import Mapping
from typing import Any

from argosy import fs
from argosy.errors import ArtifactError
from argosy.metadata.records import Artifact, ArtifactState, Event, EventType, Execution, ExecutionState
from argosy.metadata.store import Store
from argosy.metadata.types import artifact_type_name
from argosy.plan.spec import Component, ImporterExecutor
from argosy.runner import stored
from argosy.runner.cache import OUTPUT_PARAMETERS
from argosy.runner.call import component_name
from argosy.runner.publisher import Published
from argosy.runner.record import RunName


@dataclasses.dataclass(frozen=True, kw_only=True)
class Imported:
    """What an importer brought in, and whether it had been brought in before."""

    published: Published
    execution: Execution
    reused: bool


def import_artifact(
    store: Store, run: RunName, task: str, component: Component, *, uri: str, metadata: Mapping[str, Any]
) -> Imported:
    """Returns the artifact at the URI; the same record as before when neither its bytes nor its metadata changed.

    Raises:
        ArtifactError: Nothing is at the URI.
    """
    body = component.body
    assert isinstance(body, ImporterExecutor)
    [output] = component.output_artifacts
    if stored.is_readable(uri) and not fs.exists(uri):
        raise ArtifactError(f"nothing is at {uri}; give the URI of something that exists")
    artifact = Artifact(
        type=artifact_type_name(body.title),
        uri=uri,
        state=ArtifactState.LIVE,
        properties=stored.properties(
            title=body.title,
            version=body.version,
            metadata=metadata,
            content=stored.content_of(uri),
            name=output,
            pipeline_name=run.pipeline,
            producer_component=task,
            is_external=1,
        ),
    )
    known = None if body.reimport else _known(store, artifact)
    execution = Execution(
        type=component_name(component),
        name=str(uuid.uuid4()),
        state=ExecutionState.CACHED if known else ExecutionState.COMPLETE,
        properties={**run.properties(task), "uri": uri, OUTPUT_PARAMETERS: json.dumps({})},
    )
    event = Event(type=EventType.OUTPUT, path=(output, 0))
    done, [artifact] = store.put_execution(execution, [(known or artifact, event)], run.contexts(task))
    return Imported(published=Published(artifacts={output: [artifact]}), execution=done, reused=known is not None)


def _known(store: Store, new: Artifact) -> Artifact | None:
    for artifact in reversed(store.artifacts(uri=new.uri)):
        if dataclasses.replace(artifact, id=0, created_ms=0) == new:
            return artifact
    return None

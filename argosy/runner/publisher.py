"""The publisher: how an execution ended, into the metadata store, all of it or nothing."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy import __version__, fs
from argosy.errors import ArtifactError
from argosy.metadata.records import Artifact, ArtifactState, Event, EventType, Execution, ExecutionState
from argosy.metadata.store import Store
from argosy.metadata.types import EXECUTION_CACHE
from argosy.runner import stored
from argosy.runner.cache import CACHED_EXECUTION, OUTPUT_PARAMETERS, Hit
from argosy.runner.outcome import MadeArtifact, Outcome
from argosy.runner.prepared import Prepared

ERROR = "__execution_result__"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Published:
    """What a task hands on: its output parameters, and its output artifacts as lists."""

    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    artifacts: Mapping[str, Sequence[Artifact]] = dataclasses.field(default_factory=dict)


def publish_complete(store: Store, prepared: Prepared, outcome: Outcome, paths: Mapping[str, str] = {}) -> Published:
    """Marks the execution as complete and its outputs as live, and returns them.

    `paths` says where outputs lie whose bytes are not read at their URI, by URI.

    Raises:
        ArtifactError: A declared output is not there.
    """
    live = {
        name: _live(prepared, name, made, paths.get(made.uri, made.uri)) for name, made in outcome.artifacts.items()
    }
    properties = {**prepared.execution.properties, OUTPUT_PARAMETERS: json.dumps(dict(outcome.parameters))}
    done = dataclasses.replace(prepared.execution, state=ExecutionState.COMPLETE, properties=properties)
    edges = [(artifact, _output(name)) for name, artifact in live.items()]
    _, artifacts = store.put_execution(done, edges, prepared.contexts)
    named = {name: [artifact] for name, artifact in zip(live, artifacts, strict=True)}
    return Published(parameters=outcome.parameters, artifacts=named)


def publish_cached(store: Store, prepared: Prepared, hit: Hit) -> Published:
    """Records an execution that took another one's outputs, and returns them."""
    properties = {
        **prepared.execution.properties,
        OUTPUT_PARAMETERS: json.dumps(dict(hit.parameters)),
        CACHED_EXECUTION: hit.execution.id,
    }
    execution = dataclasses.replace(prepared.execution, state=ExecutionState.CACHED, properties=properties)
    outputs = [
        (artifact, _output(name, index))
        for name, found in hit.artifacts.items()
        for index, artifact in enumerate(found)
    ]
    # Not under the cache key: what is looked for there is who made the outputs.
    contexts = [context for context in prepared.contexts if context.type != EXECUTION_CACHE]
    store.put_execution(execution, [*prepared.inputs, *outputs], contexts)
    return Published(parameters=hit.parameters, artifacts=hit.artifacts)


def keep_findings(prepared: Prepared, kept: Path) -> Path:
    """Moves what a gate wrote before it stopped the run to `kept`, in the run's record, for people, and returns it.

    No artifact of its own: nothing may ever be made from it.
    """
    fs.remove(str(kept))
    kept.parent.mkdir(parents=True, exist_ok=True)
    return prepared.folder.rename(kept)


def publish_failed(store: Store, prepared: Prepared, error: str, *, canceled: bool = False) -> None:
    """Marks the execution as failed or canceled and its outputs as abandoned, and removes what was written."""
    # Removed first: should this process die in between, the execution is still RUNNING, and recovery finds it.
    fs.remove(str(prepared.folder))
    state = ExecutionState.CANCELED if canceled else ExecutionState.FAILED
    abandon(store, prepared.execution, list(prepared.outputs.values()), state=state, error=error)


def abandon(
    store: Store, execution: Execution, outputs: Sequence[Artifact], *, state: ExecutionState, error: str
) -> None:
    """Stores that an execution will not complete."""
    ended = dataclasses.replace(execution, state=state, properties={**execution.properties, ERROR: error})
    abandoned = [dataclasses.replace(artifact, state=ArtifactState.ABANDONED) for artifact in outputs]
    store.put_execution(ended, [(artifact, None) for artifact in abandoned])


def _live(prepared: Prepared, name: str, made: MadeArtifact, path: str) -> Artifact:
    declared = prepared.component.output_artifacts[name]
    if "://" not in path and not fs.exists(path) and declared.title not in stored.METADATA_ONLY:
        raise ArtifactError(
            f"the task ended well and wrote nothing to its output {name!r}, at {path}; "
            "every declared output has to be written, if only as an empty file"
        )
    properties = stored.properties(
        title=declared.title,
        version=declared.version,
        metadata=made.metadata,
        content=stored.content_of(made.uri, path),
        name=name,
        pipeline_name=prepared.pipeline,
        producer_component=prepared.task,
        argosy_version=__version__,
    )
    pending = prepared.outputs[name]
    return dataclasses.replace(pending, uri=made.uri, state=ArtifactState.LIVE, properties=properties)


def _output(name: str, index: int = 0) -> Event:
    return Event(type=EventType.OUTPUT, path=(name, index))

"""Where an artifact came from: the walk back over events, to what entered from outside.

lineage = trace(store, "models/penguins/3")
print(render(lineage))
"""

import dataclasses
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from argosy.errors import ArtifactError
from argosy.metadata.records import Artifact, ArtifactState, EventType, Execution, ExecutionState
from argosy.metadata.store import Store

_STATE_ORDER = (ArtifactState.LIVE, ArtifactState.REFERENCE, ArtifactState.PENDING)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Producer:
    """The execution that wrote an artifact, and what it read: `(input's name, artifact id)` in order."""

    execution: Execution
    inputs: tuple[tuple[str, int], ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lineage:
    """A graph: the artifact that was asked for, and everything that it was made from.

    Attributes:
        artifact: The one that was asked for.
        artifacts: All artifacts in the graph, by id.
        producers: Who wrote each, by artifact id; an artifact that entered from outside has none.
    """

    artifact: Artifact
    artifacts: dict[int, Artifact]
    producers: dict[int, Producer]

    @property
    def sources(self) -> tuple[str, ...]:
        """What entered from outside, each once, in words."""
        found = (source for artifact in self.artifacts.values() for source in _sources(artifact, self))
        return tuple(dict.fromkeys(found))


def trace(store: Store, uri: str, *, root: str = "") -> Lineage:
    """Returns the lineage of an artifact, given its URI, a file in it, where it was pushed to, or its id.

    Args:
        store: Where to look.
        uri: What to look for. A relative path is taken from the working directory, then from `root`.
        root: The folder in which the tasks ran.

    Raises:
        ArtifactError: The store knows nothing there.
    """
    start = _find(store, uri, root)
    artifacts = {start.id: start}
    producers: dict[int, Producer] = {}
    waiting = [start.id]
    while waiting:
        key = waiting.pop()
        producer = _producer(store, key)
        if producer is None:
            continue
        producers[key] = producer
        new = [artifact for _, artifact in producer.inputs if artifact not in artifacts]
        artifacts |= {artifact.id: artifact for artifact in store.artifacts(new)}
        waiting += dict.fromkeys(new)
    return Lineage(artifact=start, artifacts=artifacts, producers=producers)


def render(lineage: Lineage) -> str:
    """Returns the lineage as an indented tree; what was drawn once is only named when it comes again."""
    return "\n".join(_lines(lineage, lineage.artifact.id, label="", indent="", drawn=set()))


def _lines(lineage: Lineage, key: int, *, label: str, indent: str, drawn: set[int]) -> Iterator[str]:
    artifact = lineage.artifacts[key]
    heading = f"{label}{artifact.type} {artifact.uri}"
    if key in drawn and (key in lineage.producers or _sources(artifact, lineage)):
        yield f"{heading} (above)"
        return
    drawn.add(key)
    yield heading if artifact.state == ArtifactState.LIVE else f"{heading} [{artifact.state.lower()}]"
    for source in _sources(artifact, lineage):
        yield f"{indent}  source: {source}"
    producer = lineage.producers.get(key)
    if producer is None:
        return
    yield f"{indent}  by {_described(producer.execution)}"
    for number, (name, input_id) in enumerate(producer.inputs):
        last = number == len(producer.inputs) - 1
        branch, deeper = ("└─ ", "   ") if last else ("├─ ", "│  ")
        lines = _lines(lineage, input_id, label=f"{name}: ", indent=f"{indent}  {deeper}", drawn=drawn)
        yield f"{indent}  {branch}{next(lines)}"
        yield from lines


def _described(execution: Execution) -> str:
    properties = execution.properties
    task = str(properties.get("__task__", execution.type))
    run = f", run {properties['__run__']}" if "__run__" in properties else ""
    return f"{task} (execution {execution.id}{run})"


def _sources(artifact: Artifact, lineage: Lineage) -> list[str]:
    properties = artifact.properties
    marks = (("input_base", "input_fingerprint"), ("connection", "input_fingerprint"), ("artifact_uri", "digest"))
    for place, mark in marks:
        if properties.get(place):
            known = f" ({mark.removeprefix('input_')} {properties[mark]})" if properties.get(mark) else ""
            return [f"{properties[place]}{known}"]
    return [artifact.uri] if artifact.id not in lineage.producers or properties.get("is_external") else []


def _producer(store: Store, artifact_id: int) -> Producer | None:
    outputs = [event for event in store.events(artifact_ids=[artifact_id]) if event.type == EventType.OUTPUT]
    executions = store.executions([event.execution_id for event in outputs])
    written = [execution for execution in executions if execution.state != ExecutionState.CACHED] or executions
    if not written:
        return None
    events = store.events(execution_ids=[written[0].id])
    inputs = [event for event in events if event.type == EventType.INPUT]
    named = sorted((str(event.path[0]) if event.path else "", event.path[1:], event.artifact_id) for event in inputs)
    return Producer(execution=written[0], inputs=tuple((name, artifact) for name, _, artifact in named))


def _find(store: Store, uri: str, root: str) -> Artifact:
    if uri.isdigit():
        by_id = store.artifacts([int(uri)])
        if by_id:
            return by_id[0]
    names = _spellings(uri, root)
    for name in names:
        found = _newest(store.artifacts(uri=name))
        if found:
            return found
    everything = store.artifacts()
    pushed = _newest(artifact for artifact in everything if names & _destinations(artifact, root))
    if pushed:
        return pushed
    parents = [str(parent) for name in names if "://" not in name for parent in Path(name).parents]
    inside = _newest(artifact for artifact in everything if artifact.uri in parents)
    if inside:
        return inside
    raise ArtifactError(
        f"no artifact is known at {uri}; {len(everything)} are in this root's metadata store. "
        "Give an output's URI as `argosy run` printed it, or the folder that a model was pushed to"
    )


def _spellings(uri: str, root: str) -> set[str]:
    if "://" in uri and not uri.startswith("file://"):
        return {uri.rstrip("/")}
    path = uri.removeprefix("file://").rstrip("/") or "/"
    return {path, os.path.abspath(path), os.path.abspath(os.path.join(root, path))}  # noqa: PTH100, PTH118


def _destinations(artifact: Artifact, root: str) -> set[str]:
    destination = str(artifact.properties.get("pushed_destination", ""))
    if not destination:
        return set()
    names = _spellings(destination, root)
    version = artifact.properties.get("pushed_version")
    return names | {f"{name}/{version}" for name in names} if version is not None else names


def _newest(artifacts: Iterable[Artifact]) -> Artifact | None:
    known = [artifact for artifact in artifacts if artifact.state in _STATE_ORDER]
    return min(known, key=lambda artifact: (_STATE_ORDER.index(artifact.state), -artifact.id), default=None)

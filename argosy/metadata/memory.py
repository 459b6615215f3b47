"""A metadata store that lives as long as its object."""

import dataclasses
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self, TypeVar

from argosy.metadata.records import Artifact, Context, Event, Execution, ExecutionState

Node = TypeVar("Node", Artifact, Execution)


class MemoryStore:
    """See `argosy.metadata.store.Store`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._executions: dict[int, Execution] = {}
        self._artifacts: dict[int, Artifact] = {}
        self._contexts: dict[int, Context] = {}
        self._events: list[Event] = []
        self._associations: set[tuple[int, int]] = set()
        self._attributions: set[tuple[int, int]] = set()

    def put_execution(
        self,
        execution: Execution,
        artifacts: Sequence[tuple[Artifact, Event | None]] = (),
        contexts: Sequence[Context] = (),
    ) -> tuple[Execution, list[Artifact]]:
        """Stores all of it or none of it."""
        with self._lock:
            self._require_known(execution, [artifact for artifact, _ in artifacts])
            stored = _put(self._executions, dataclasses.replace(execution, updated_ms=_now_ms()))
            context_ids = [self._put_context(context) for context in contexts]
            self._associations |= {(context, stored.id) for context in context_ids}
            results = []
            for artifact, event in artifacts:
                result = _put(self._artifacts, artifact)
                self._attributions |= {(context, result.id) for context in context_ids}
                if event is not None:
                    edge = dataclasses.replace(event, artifact_id=result.id, execution_id=stored.id)
                    if edge not in self._events:
                        self._events.append(edge)
                results.append(result)
            return stored, results

    def put_artifacts(self, artifacts: Sequence[Artifact]) -> list[Artifact]:
        """Stores or updates artifacts."""
        with self._lock:
            self._require_known(None, artifacts)
            return [_put(self._artifacts, artifact) for artifact in artifacts]

    def executions(
        self,
        ids: Sequence[int] | None = None,
        *,
        context: Context | None = None,
        state: ExecutionState | None = None,
    ) -> list[Execution]:
        """Returns the executions that match."""
        with self._lock:
            members = self._members(context, self._associations)
            return [
                execution
                for key, execution in sorted(self._executions.items())
                if (ids is None or key in ids)
                and (members is None or key in members)
                and (state is None or execution.state == state)
            ]

    def artifacts(
        self, ids: Sequence[int] | None = None, *, uri: str | None = None, context: Context | None = None
    ) -> list[Artifact]:
        """Returns the artifacts that match."""
        with self._lock:
            members = self._members(context, self._attributions)
            return [
                artifact
                for key, artifact in sorted(self._artifacts.items())
                if (ids is None or key in ids)
                and (members is None or key in members)
                and (uri is None or artifact.uri == uri)
            ]

    def events(
        self, *, execution_ids: Sequence[int] | None = None, artifact_ids: Sequence[int] | None = None
    ) -> list[Event]:
        """Returns the events of these executions, or of these artifacts."""
        with self._lock:
            return [
                event
                for event in self._events
                if (execution_ids is None or event.execution_id in execution_ids)
                and (artifact_ids is None or event.artifact_id in artifact_ids)
            ]

    def contexts(self, type_name: str) -> list[Context]:
        """Returns the contexts of a type."""
        with self._lock:
            return [context for _, context in sorted(self._contexts.items()) if context.type == type_name]

    def close(self) -> None:
        """Does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _members(self, context: Context | None, links: set[tuple[int, int]]) -> set[int] | None:
        if context is None:
            return None
        found = [
            key for key, known in self._contexts.items() if (known.type, known.name) == (context.type, context.name)
        ]
        return {member for key, member in links if key in found}

    def _put_context(self, context: Context) -> int:
        for key, known in self._contexts.items():
            if (known.type, known.name) == (context.type, context.name):
                return key
        key = len(self._contexts) + 1
        self._contexts[key] = dataclasses.replace(context, id=key)
        return key

    def _require_known(self, execution: Execution | None, artifacts: Sequence[Artifact]) -> None:
        if execution is not None and execution.id and execution.id not in self._executions:
            raise KeyError(f"no execution {execution.id}")
        for artifact in artifacts:
            if artifact.id and artifact.id not in self._artifacts:
                raise KeyError(f"no artifact {artifact.id}")


def _put(nodes: dict[int, Node], node: Node) -> Node:
    key = node.id or len(nodes) + 1
    created = nodes[key].created_ms if key in nodes else _now_ms()
    nodes[key] = dataclasses.replace(node, id=key, created_ms=created)
    return nodes[key]


def _now_ms() -> int:
    return int(time.time() * 1000)

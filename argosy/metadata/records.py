"""The nodes and edges of ML Metadata, as values. An id of 0 means: not stored yet."""

import dataclasses
import enum
from collections.abc import Mapping

PropertyValue = int | float | str
Properties = Mapping[str, PropertyValue]


class ArtifactState(enum.StrEnum):
    """How far an artifact's bytes can be trusted: only those of a LIVE one."""

    PENDING = "PENDING"
    LIVE = "LIVE"
    MARKED_FOR_DELETION = "MARKED_FOR_DELETION"
    DELETED = "DELETED"
    ABANDONED = "ABANDONED"
    REFERENCE = "REFERENCE"


class ExecutionState(enum.StrEnum):
    """Where one execution of a task stands; all but NEW and RUNNING are final."""

    NEW = "NEW"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    CACHED = "CACHED"
    CANCELED = "CANCELED"


class EventType(enum.StrEnum):
    """What an execution did with an artifact."""

    DECLARED_INPUT = "DECLARED_INPUT"
    DECLARED_OUTPUT = "DECLARED_OUTPUT"
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    INTERNAL_INPUT = "INTERNAL_INPUT"
    INTERNAL_OUTPUT = "INTERNAL_OUTPUT"
    PENDING_OUTPUT = "PENDING_OUTPUT"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Artifact:
    """A directory or file that a step read or wrote.

    Attributes:
        type: TFX's name of its type, such as `Examples`.
        uri: Where it lives.
        id: Its number in the store.
        name: Unique per type when given.
        state: Whether its bytes are there and complete.
        properties: Numbers and strings that describe it.
        created_ms: When it was stored, in milliseconds since 1970; 0 before.
    """

    type: str
    uri: str
    id: int = 0
    name: str = ""
    state: ArtifactState = ArtifactState.PENDING
    properties: Properties = dataclasses.field(default_factory=dict)
    created_ms: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Execution:
    """One run of one task.

    Attributes:
        type: The component's name.
        id: Its number in the store.
        name: Unique per type when given.
        state: Where it stands.
        properties: The task's parameters; keys that begin with `__` are the runner's own.
        created_ms: When it was stored, in milliseconds since 1970; 0 before.
        updated_ms: When it was last stored.
    """

    type: str
    id: int = 0
    name: str = ""
    state: ExecutionState = ExecutionState.NEW
    properties: Properties = dataclasses.field(default_factory=dict)
    created_ms: int = 0
    updated_ms: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Context:
    """A group of executions and artifacts, unique by type and name: a pipeline, a run, a node, a cache key."""

    type: str
    name: str
    id: int = 0
    properties: Properties = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """An edge: what an execution did with an artifact, under which key and index of its signature.

    Attributes:
        type: What it did.
        path: The input's or output's name, and the index in its list.
        artifact_id: The artifact; filled by the store when written together with it.
        execution_id: The execution; likewise.
    """

    type: EventType
    path: tuple[str | int, ...] = ()
    artifact_id: int = 0
    execution_id: int = 0

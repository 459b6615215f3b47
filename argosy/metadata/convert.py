"""Records to MLMD's messages and back."""

import math
from typing import Any

from ml_metadata.proto import metadata_store_pb2 as pb

from argosy.metadata.records import (
    Artifact,
    ArtifactState,
    Context,
    Event,
    EventType,
    Execution,
    ExecutionState,
    Properties,
    PropertyValue,
)
from argosy.metadata.types import ARTIFACT_PROPERTIES

_PATH_STEP = {str: "key", int: "index"}
# ml-metadata writes doubles to SQLite with six decimals, 15 digits; a float that needs more also goes in as text. NaN,
# infinity and an int of more than 64 bits go in only so.
_EXACT = ".__exact__"
_INT64 = range(-(2**63), 2**63)


def artifact_type_to_proto(name: str) -> Any:
    """Returns the artifact type of a name, with the properties that TFX gives it."""
    message = pb.ArtifactType(name=name)
    for key, value_type in ARTIFACT_PROPERTIES.get(name, {}).items():
        message.properties[key] = pb.INT if value_type is int else pb.STRING
    return message


def artifact_to_proto(artifact: Artifact, type_id: int) -> Any:
    """Returns the message of an artifact."""
    proto = pb.Artifact(type_id=type_id, uri=artifact.uri, state=pb.Artifact.State.Value(artifact.state))
    return _filled(proto, artifact, ARTIFACT_PROPERTIES.get(artifact.type, {}))


def artifact_from_proto(proto: Any) -> Artifact:
    """Returns the artifact of a message."""
    state = pb.Artifact.State.Name(proto.state)
    return Artifact(
        type=proto.type,
        uri=proto.uri,
        id=proto.id,
        name=proto.name,
        state=ArtifactState(state) if state in set(ArtifactState) else ArtifactState.PENDING,
        properties=_properties(proto),
        created_ms=proto.create_time_since_epoch,
    )


def execution_to_proto(execution: Execution, type_id: int) -> Any:
    """Returns the message of an execution."""
    proto = pb.Execution(type_id=type_id, last_known_state=state_to_proto(execution.state))
    return _filled(proto, execution, {})


def execution_from_proto(proto: Any) -> Execution:
    """Returns the execution of a message."""
    state = pb.Execution.State.Name(proto.last_known_state)
    return Execution(
        type=proto.type,
        id=proto.id,
        name=proto.name,
        state=ExecutionState(state) if state in set(ExecutionState) else ExecutionState.NEW,
        properties=_properties(proto),
        created_ms=proto.create_time_since_epoch,
        updated_ms=proto.last_update_time_since_epoch,
    )


def state_to_proto(state: ExecutionState) -> int:
    """Returns MLMD's number of an execution's state."""
    return int(pb.Execution.State.Value(state))


def context_to_proto(context: Context, type_id: int) -> Any:
    """Returns the message of a context."""
    return _filled(pb.Context(type_id=type_id), context, {})


def context_from_proto(proto: Any, type_name: str) -> Context:
    """Returns the context of a message."""
    return Context(type=type_name, name=proto.name, id=proto.id, properties=_properties(proto))


def event_to_proto(event: Event) -> Any:
    """Returns the message of an event, without the ids that the store fills in."""
    steps = [pb.Event.Path.Step(**{_PATH_STEP[type(step)]: step}) for step in event.path]
    return pb.Event(type=pb.Event.Type.Value(event.type), path=pb.Event.Path(steps=steps))


def event_from_proto(proto: Any) -> Event:
    """Returns the event of a message."""
    steps = tuple(step.key if step.HasField("key") else int(step.index) for step in proto.path.steps)
    return Event(
        type=EventType(pb.Event.Type.Name(proto.type)),
        path=steps,
        artifact_id=proto.artifact_id,
        execution_id=proto.execution_id,
    )


def _filled(proto: Any, record: Artifact | Execution | Context, typed: dict[str, type]) -> Any:
    if record.id:
        proto.id = record.id
    if record.name:
        proto.name = record.name
    for key, value in record.properties.items():
        plain = int(value) if isinstance(value, bool) or (typed.get(key) is int and value == _whole(value)) else value
        if _fits(plain):
            _set_value(proto.properties if typed.get(key) is type(plain) else proto.custom_properties, key, plain)
        if _lossy(plain):
            proto.custom_properties[key + _EXACT].string_value = repr(plain)
    return proto


def _whole(value: PropertyValue) -> int | None:
    return int(value) if isinstance(value, float) and value.is_integer() else None


def _set_value(slots: Any, key: str, value: PropertyValue) -> None:
    if isinstance(value, int):
        slots[key].int_value = value
    elif isinstance(value, str):
        slots[key].string_value = value
    else:
        slots[key].double_value = value


def _fits(value: PropertyValue) -> bool:
    return isinstance(value, str) or (math.isfinite(value) if isinstance(value, float) else value in _INT64)


def _lossy(value: PropertyValue) -> bool:
    if isinstance(value, float):
        return not (abs(value) < 1e8 and (value * 64).is_integer())
    return not _fits(value)


def _properties(proto: Any) -> Properties:
    # A value of another kind, as KFP's structs and protos, has no place in our records.
    stored = {
        key: getattr(value, kind)
        for properties in (proto.properties, proto.custom_properties)
        for key, value in properties.items()
        if (kind := value.WhichOneof("value")) in ("int_value", "double_value", "string_value", "bool_value")
    }
    exact = {key.removesuffix(_EXACT): _number(text) for key, text in stored.items() if key.endswith(_EXACT)}
    return {key: value for key, value in stored.items() if not key.endswith(_EXACT)} | exact


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)

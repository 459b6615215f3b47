"""ML Metadata on SQLite: the only file that imports ml_metadata."""

import math
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from argosy.errors import InfrastructureError, StorageError, UserError
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

T = TypeVar("T")
_PATH_STEP = {str: "key", int: "index"}
# ml-metadata writes doubles to SQLite with six decimals, 15 digits; a float that needs more also goes in as text. NaN,
# infinity and an int of more than 64 bits go in only so.
_EXACT = ".__exact__"
_INT64 = range(-(2**63), 2**63)


def open_store(file: str | Path) -> "MlmdStore":
    """Returns the store in a SQLite file, which is created when it is not there.

    Raises:
        UserError: The file is not SQLite, or belongs to another program or to a newer ml-metadata.
        StorageError: It cannot be created or opened.
    """
    path = Path(file)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make {path.parent} for the metadata: {error}; choose another root") from error
    _refuse_foreign(path)
    return MlmdStore(path)


class MlmdStore:
    """See `argosy.metadata.store.Store`. One connection, one call at a time."""

    def __init__(self, path: Path) -> None:
        from ml_metadata import errors
        from ml_metadata.metadata_store import metadata_store
        from ml_metadata.proto import metadata_store_pb2

        self._pb: Any = metadata_store_pb2
        self._error: Any = errors.StatusError
        self._path = path
        self._lock = threading.RLock()
        self._type_ids: dict[tuple[str, str], int] = {}
        config = self._pb.ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        config.sqlite.connection_mode = self._pb.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        self._store: Any = self._call(lambda: metadata_store.MetadataStore(config))

    def put_execution(
        self,
        execution: Execution,
        artifacts: Sequence[tuple[Artifact, Event | None]] = (),
        contexts: Sequence[Context] = (),
    ) -> tuple[Execution, list[Artifact]]:
        """Stores all of it in one transaction."""
        with self._lock:
            pairs = [(self._artifact_proto(a), self._event_proto(e) if e else None) for a, e in artifacts]
            execution_id, artifact_ids, _ = self._call(
                lambda: self._store.put_execution(
                    self._execution_proto(execution),
                    pairs,
                    [self._context_proto(context) for context in contexts],
                    reuse_context_if_already_exist=True,
                )
            )
            stored = {artifact.id: artifact for artifact in self.artifacts(artifact_ids)}
            return self.executions([execution_id])[0], [stored[key] for key in artifact_ids]

    def put_artifacts(self, artifacts: Sequence[Artifact]) -> list[Artifact]:
        """Stores or updates artifacts."""
        with self._lock:
            ids = self._call(lambda: self._store.put_artifacts([self._artifact_proto(a) for a in artifacts]))
            stored = {artifact.id: artifact for artifact in self.artifacts(ids)}
            return [stored[key] for key in ids]

    def executions(
        self,
        ids: Sequence[int] | None = None,
        *,
        context: Context | None = None,
        state: ExecutionState | None = None,
    ) -> list[Execution]:
        """Returns the executions that match."""
        with self._lock:
            if ids is not None:
                found = self._call(lambda: self._store.get_executions_by_id(list(ids))) if ids else []
            elif context is not None:
                key = self._context_id(context)
                found = self._call(lambda: self._store.get_executions_by_context(key)) if key else []
            else:
                found = self._call(self._store.get_executions)
            if ids is not None and context is not None:
                members = {execution.id for execution in self.executions(context=context)}
                found = [proto for proto in found if proto.id in members]
            # Sorted out here: MLMD 1.21 has no filter queries any more. Before the conversion, which costs the most.
            number = None if state is None else self._pb.Execution.State.Value(state)
            wanted = (proto for proto in found if number is None or proto.last_known_state == number)
            records = {proto.id: self._execution(proto) for proto in wanted}
        return [records[key] for key in sorted(records)]

    def artifacts(
        self, ids: Sequence[int] | None = None, *, uri: str | None = None, context: Context | None = None
    ) -> list[Artifact]:
        """Returns the artifacts that match."""
        with self._lock:
            if ids is not None:
                found = self._call(lambda: self._store.get_artifacts_by_id(list(ids))) if ids else []
            elif uri is not None:
                found = self._call(lambda: self._store.get_artifacts_by_uri(uri))
            elif context is not None:
                key = self._context_id(context)
                found = self._call(lambda: self._store.get_artifacts_by_context(key)) if key else []
            else:
                found = self._call(self._store.get_artifacts)
            if context is not None and (ids is not None or uri is not None):
                members = {artifact.id for artifact in self.artifacts(context=context)}
                found = [proto for proto in found if proto.id in members]
            records = {proto.id: self._artifact(proto) for proto in found}
        return [records[key] for key in sorted(records) if uri is None or records[key].uri == uri]

    def events(
        self, *, execution_ids: Sequence[int] | None = None, artifact_ids: Sequence[int] | None = None
    ) -> list[Event]:
        """Returns the events of these executions, or of these artifacts."""
        with self._lock:
            if execution_ids is not None:
                found = self._call(lambda: self._store.get_events_by_execution_ids(list(execution_ids)))
            elif artifact_ids is not None:
                found = self._call(lambda: self._store.get_events_by_artifact_ids(list(artifact_ids)))
            else:
                everything = [execution.id for execution in self.executions()]
                found = self._call(lambda: self._store.get_events_by_execution_ids(everything)) if everything else []
        records = [self._event(proto) for proto in sorted(found, key=lambda proto: proto.milliseconds_since_epoch)]
        return [event for event in records if artifact_ids is None or event.artifact_id in artifact_ids]

    def contexts(self, type_name: str) -> list[Context]:
        """Returns the contexts of a type."""
        with self._lock:
            found = self._call(lambda: self._store.get_contexts_by_type(type_name))
        return [
            Context(type=type_name, name=proto.name, id=proto.id, properties=_properties(proto))
            for proto in sorted(found, key=lambda proto: proto.id)
        ]

    def close(self) -> None:
        """Lets go of the file."""
        self._store = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, operation: Callable[[], T]) -> T:
        try:
            return operation()
        except self._error as error:
            if "schema version" in str(error) or "schema_version" in str(error):
                raise UserError(
                    f"{self._path} was written by another version of ml-metadata ({error}); "
                    "use that version, or choose another root"
                ) from error
            raise InfrastructureError(f"metadata store {self._path}: {type(error).__name__}: {error}") from error

    def _context_id(self, context: Context) -> int | None:
        found = self._call(lambda: self._store.get_context_by_type_and_name(context.type, context.name))
        return found.id if found is not None else None

    def _type_id(self, kind: str, name: str) -> int:
        if (kind, name) not in self._type_ids:
            message = getattr(self._pb, f"{kind.capitalize()}Type")(name=name)
            for key, value_type in (ARTIFACT_PROPERTIES.get(name, {}) if kind == "artifact" else {}).items():
                message.properties[key] = self._pb.INT if value_type is int else self._pb.STRING
            put = getattr(self._store, f"put_{kind}_type")
            self._type_ids[kind, name] = self._call(lambda: put(message, can_add_fields=True, can_omit_fields=True))
        return self._type_ids[kind, name]

    def _artifact_proto(self, artifact: Artifact) -> Any:
        proto = self._pb.Artifact(type_id=self._type_id("artifact", artifact.type), uri=artifact.uri)
        proto.state = self._pb.Artifact.State.Value(artifact.state)
        return _filled(proto, artifact, ARTIFACT_PROPERTIES.get(artifact.type, {}))

    def _execution_proto(self, execution: Execution) -> Any:
        proto = self._pb.Execution(type_id=self._type_id("execution", execution.type))
        proto.last_known_state = self._pb.Execution.State.Value(execution.state)
        return _filled(proto, execution, {})

    def _context_proto(self, context: Context) -> Any:
        return _filled(self._pb.Context(type_id=self._type_id("context", context.type)), context, {})

    def _event_proto(self, event: Event) -> Any:
        steps = [self._pb.Event.Path.Step(**{_PATH_STEP[type(step)]: step}) for step in event.path]
        return self._pb.Event(type=self._pb.Event.Type.Value(event.type), path=self._pb.Event.Path(steps=steps))

    def _artifact(self, proto: Any) -> Artifact:
        state = self._pb.Artifact.State.Name(proto.state)
        return Artifact(
            type=proto.type,
            uri=proto.uri,
            id=proto.id,
            name=proto.name,
            state=ArtifactState(state) if state in set(ArtifactState) else ArtifactState.PENDING,
            properties=_properties(proto),
            created_ms=proto.create_time_since_epoch,
        )

    def _execution(self, proto: Any) -> Execution:
        state = self._pb.Execution.State.Name(proto.last_known_state)
        return Execution(
            type=proto.type,
            id=proto.id,
            name=proto.name,
            state=ExecutionState(state) if state in set(ExecutionState) else ExecutionState.NEW,
            properties=_properties(proto),
            created_ms=proto.create_time_since_epoch,
            updated_ms=proto.last_update_time_since_epoch,
        )

    def _event(self, proto: Any) -> Event:
        steps = tuple(step.key if step.HasField("key") else int(step.index) for step in proto.path.steps)
        return Event(
            type=EventType(self._pb.Event.Type.Name(proto.type)),
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
    stored = {
        key: getattr(value, value.WhichOneof("value"))
        for properties in (proto.properties, proto.custom_properties)
        for key, value in properties.items()
    }
    exact = {key.removesuffix(_EXACT): _number(text) for key, text in stored.items() if key.endswith(_EXACT)}
    return {key: value for key, value in stored.items() if not key.endswith(_EXACT)} | exact


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _refuse_foreign(path: Path) -> None:
    if not path.exists() or path.stat().st_size == 0:
        return
    remedy = "choose another root, or move that file away"
    try:
        # Not mode=ro: after a crash within a transaction SQLite has to undo it before anything can be read.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
        try:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise StorageError(f"cannot open the metadata store {path}: {error}; is it readable?") from error
    except sqlite3.DatabaseError as error:
        raise UserError(f"{path} is where the metadata store belongs, but it is not a SQLite file; {remedy}") from error
    if tables and "MLMDEnv" not in tables:
        raise UserError(
            f"{path} is a SQLite file of another program (it has the tables {', '.join(sorted(tables)[:3])}), "
            f"not a metadata store; {remedy}"
        )

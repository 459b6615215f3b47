"""The store on ML Metadata: its calls, to the library on a database or to the service."""

import threading
import uuid
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from ml_metadata.proto import metadata_store_pb2 as pb
from ml_metadata.proto import metadata_store_service_pb2 as service_pb

from argosy.errors import InfrastructureError, ServerError
from argosy.metadata.connection import CallError, Code, Connection
from argosy.metadata.convert import (
    artifact_from_proto,
    artifact_to_proto,
    artifact_type_to_proto,
    context_from_proto,
    context_to_proto,
    event_from_proto,
    event_to_proto,
    execution_from_proto,
    execution_to_proto,
    state_to_proto,
)
from argosy.metadata.records import Artifact, Context, Event, Execution, ExecutionState
from argosy.metadata.retry import AWAY, retried
from argosy.metadata.schema_version import refuse_other_version


class MlmdStore:
    """See `argosy.metadata.store.Store`. One call at a time.

    New executions and artifacts get an external id, which MLMD keeps unique: by it a write is known again that was
    made although its answer was lost.
    """

    def __init__(self, connection: Connection, *, wait_seconds: float = 0.0) -> None:
        """Takes the connection over.

        Args:
            connection: Where the calls go.
            wait_seconds: How long a call goes on trying while nothing answers.
        """
        self._connection = connection
        self._wait_seconds = wait_seconds
        self._lock = threading.RLock()
        self._type_ids: dict[tuple[str, str], int] = {}

    def require_service(self) -> None:
        """Makes sure that MLMD answers.

        Raises:
            ServerError: Nothing does, or something else.
        """
        self._call("GetContextTypes")

    def put_execution(
        self,
        execution: Execution,
        artifacts: Sequence[tuple[Artifact, Event | None]] = (),
        contexts: Sequence[Context] = (),
    ) -> tuple[Execution, list[Artifact]]:
        """Stores all of it in one transaction of MLMD."""
        with self._lock:
            request = service_pb.PutExecutionRequest(
                execution=_identified(
                    execution_to_proto(execution, self._type_id("execution", execution.type)), _new_token()
                ),
                contexts=[context_to_proto(one, self._type_id("context", one.type)) for one in contexts],
            )
            request.options.reuse_context_if_already_exist = True
            for artifact, event in artifacts:
                proto = _identified(self._artifact_proto(artifact), _new_token())
                request.artifact_event_pairs.add(artifact=proto, event=event_to_proto(event) if event else None)
            answer = self._call("PutExecution", request, landed=lambda: self._landed_execution(request))
            ids = list(answer.artifact_ids)
            stored = {artifact.id: artifact for artifact in self.artifacts(ids)}
            return self.executions([answer.execution_id])[0], [stored[key] for key in ids]

    def put_artifacts(self, artifacts: Sequence[Artifact]) -> list[Artifact]:
        """Stores or updates artifacts."""
        with self._lock:
            protos = [_identified(self._artifact_proto(artifact), _new_token()) for artifact in artifacts]
            request = service_pb.PutArtifactsRequest(artifacts=protos)
            ids = list(self._call("PutArtifacts", request, landed=lambda: self._landed_artifacts(request)).artifact_ids)
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
                found = self._get("executions", "GetExecutionsByID", execution_ids=ids) if ids else []
            elif context is not None:
                key = self._context_id(context)
                found = self._get("executions", "GetExecutionsByContext", context_id=key) if key else []
            else:
                found = self._get("executions", "GetExecutions")
            if ids is not None and context is not None:
                members = {execution.id for execution in self.executions(context=context)}
                found = [proto for proto in found if proto.id in members]
        # Sorted out here: MLMD 1.21 has no filter queries any more. Before the conversion, which costs the most.
        number = None if state is None else state_to_proto(state)
        wanted = (proto for proto in found if number is None or proto.last_known_state == number)
        records = {proto.id: execution_from_proto(proto) for proto in wanted}
        return [records[key] for key in sorted(records)]

    def artifacts(
        self, ids: Sequence[int] | None = None, *, uri: str | None = None, context: Context | None = None
    ) -> list[Artifact]:
        """Returns the artifacts that match."""
        with self._lock:
            if ids is not None:
                found = self._get("artifacts", "GetArtifactsByID", artifact_ids=ids) if ids else []
            elif uri is not None:
                found = self._get("artifacts", "GetArtifactsByURI", uris=[uri])
            elif context is not None:
                key = self._context_id(context)
                found = self._get("artifacts", "GetArtifactsByContext", context_id=key) if key else []
            else:
                found = self._get("artifacts", "GetArtifacts")
            if context is not None and (ids is not None or uri is not None):
                members = {artifact.id for artifact in self.artifacts(context=context)}
                found = [proto for proto in found if proto.id in members]
        records = {proto.id: artifact_from_proto(proto) for proto in found}
        return [records[key] for key in sorted(records) if uri is None or records[key].uri == uri]

    def events(
        self, *, execution_ids: Sequence[int] | None = None, artifact_ids: Sequence[int] | None = None
    ) -> list[Event]:
        """Returns the events of these executions, or of these artifacts."""
        with self._lock:
            if execution_ids is None and artifact_ids is not None:
                found = self._get("events", "GetEventsByArtifactIDs", artifact_ids=artifact_ids)
            else:
                ids = [execution.id for execution in self.executions()] if execution_ids is None else execution_ids
                found = self._get("events", "GetEventsByExecutionIDs", execution_ids=ids) if ids else []
        records = [event_from_proto(proto) for proto in sorted(found, key=lambda one: one.milliseconds_since_epoch)]
        return [event for event in records if artifact_ids is None or event.artifact_id in artifact_ids]

    def contexts(self, type_name: str) -> list[Context]:
        """Returns the contexts of a type."""
        with self._lock:
            found = self._get("contexts", "GetContextsByType", type_name=type_name)
        return [context_from_proto(proto, type_name) for proto in sorted(found, key=lambda proto: proto.id)]

    def close(self) -> None:
        """Lets go of the file or connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _get(self, field: str, method: str, **arguments: Any) -> list[Any]:
        return list(getattr(self._call(method, getattr(service_pb, f"{method}Request")(**arguments)), field))

    def _call(self, method: str, request: Any = None, landed: Callable[[], Any] | None = None) -> Any:
        """Returns the response's message; `landed` is `retried`'s."""
        where = self._connection.where
        try:
            return self._ask(method, request, landed)
        except CallError as error:
            refuse_other_version(error.text, where)
            tried = "".join(f", {note}" for note in getattr(error, "__notes__", ()))
            if error.code in AWAY:
                raise ServerError(f"{where} does not answer{tried}: {error.text}; is it up, and is this it?") from error
            if error.code == Code.UNIMPLEMENTED:
                raise ServerError(f"{where} is no ML Metadata service, or lacks {method}: {error.text}") from error
            raise InfrastructureError(f"{where}, {method}{tried}: {error}") from error

    def _ask(self, method: str, request: Any = None, landed: Callable[[], Any] | None = None) -> Any:
        data = b"" if request is None else request.SerializeToString()
        response = getattr(service_pb, f"{method}Response")

        def send() -> Any:
            return response.FromString(self._connection.call(method, data))

        return retried(send, where=self._connection.where, wait_seconds=self._wait_seconds, landed=landed)

    def _landed_execution(self, request: Any) -> Any:
        artifact_ids = self._stored_ids("Artifact", [pair.artifact for pair in request.artifact_event_pairs])
        execution_ids = self._stored_ids("Execution", [request.execution])
        if artifact_ids is None or execution_ids is None:
            return None
        events = self._get("events", "GetEventsByExecutionIDs", execution_ids=execution_ids)
        pairs = zip(artifact_ids, request.artifact_event_pairs, strict=True)
        asked = {(artifact, pair.event.type) for artifact, pair in pairs if pair.HasField("event")}
        if not asked <= {(event.artifact_id, event.type) for event in events}:
            return None
        [stored] = self._get("executions", "GetExecutionsByID", execution_ids=execution_ids)
        wanted = request.execution
        if stored.last_known_state != wanted.last_known_state:
            return None
        if dict(stored.custom_properties) != dict(wanted.custom_properties):
            return None
        return service_pb.PutExecutionResponse(execution_id=execution_ids[0], artifact_ids=artifact_ids)

    def _landed_artifacts(self, request: Any) -> Any:
        ids = self._stored_ids("Artifact", list(request.artifacts))
        return None if ids is None else service_pb.PutArtifactsResponse(artifact_ids=ids)

    def _stored_ids(self, kind: str, protos: list[Any]) -> list[int] | None:
        """Returns the ids of nodes that were to be written; None when a new one is not there."""
        tokens = [proto.external_id for proto in protos if not proto.id]
        found: list[Any] = []
        if tokens:
            method = f"Get{kind}sByExternalIds"
            try:
                answer = self._ask(method, getattr(service_pb, f"{method}Request")(external_ids=tokens))
            except CallError as error:
                if error.code != Code.NOT_FOUND:
                    raise
                return None
            found = list(getattr(answer, f"{kind.lower()}s"))
        known = {proto.external_id: proto.id for proto in found}
        ids = [proto.id or known.get(proto.external_id, 0) for proto in protos]
        return ids if all(ids) else None

    def _context_id(self, context: Context) -> int | None:
        request = service_pb.GetContextByTypeAndNameRequest(type_name=context.type, context_name=context.name)
        found = self._call("GetContextByTypeAndName", request)
        return found.context.id if found.HasField("context") else None

    def _type_id(self, kind: str, name: str) -> int:
        if (kind, name) not in self._type_ids:
            title = kind.capitalize()
            message = artifact_type_to_proto(name) if kind == "artifact" else getattr(pb, f"{title}Type")(name=name)
            request = getattr(service_pb, f"Put{title}TypeRequest")(
                can_add_fields=True, can_omit_fields=True, **{f"{kind}_type": message}
            )
            self._type_ids[kind, name] = self._call(f"Put{title}Type", request).type_id
        return self._type_ids[kind, name]

    def _artifact_proto(self, artifact: Artifact) -> Any:
        return artifact_to_proto(artifact, self._type_id("artifact", artifact.type))


def _identified(proto: Any, token: str) -> Any:
    if not proto.id:
        proto.external_id = token
    return proto


def _new_token() -> str:
    return f"argosy-{uuid.uuid4().hex}"

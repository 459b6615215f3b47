"""MLMD's service on the wire: what a lost answer, a dead server, another client or a stranger make of it."""

import logging
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest

from argosy.errors import InfrastructureError, ServerError, UserError
from argosy.metadata import (
    Artifact,
    ArtifactState,
    Context,
    Event,
    EventType,
    Execution,
    ExecutionState,
    open_store,
)
from argosy.metadata.connection import CallError, Code
from argosy.metadata.database import METHODS, Database
from argosy.metadata.location import SQLite
from argosy.metadata.mlmd import MlmdStore
from argosy.metadata.server import MetadataServer, ServerOptions

RUN = Context(type="pipeline_run", name="run-1")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MetadataServer]:
    made = MetadataServer(SQLite(path=tmp_path / "served.sqlite"), ServerOptions(port=0))
    made.start()
    made.connect()
    yield made
    made.stop(grace_seconds=1)


class LossyLine:
    """A connection that makes the call and loses the answer, as often as it is told."""

    def __init__(self, database: Database, *methods: str) -> None:
        self.where = "a lossy line"
        self._database = database
        self._losing = list(methods)

    def call(self, method: str, request: bytes) -> bytes:
        answer = self._database.call(method, request)
        if method in self._losing:
            self._losing.remove(method)
            raise CallError(Code.UNAVAILABLE, "the answer is lost")
        return answer

    def close(self) -> None:
        self._database.close()


def lossy(tmp_path: Path, *methods: str) -> MlmdStore:
    return MlmdStore(LossyLine(Database(SQLite(path=tmp_path / "m.sqlite")), *methods), wait_seconds=30)


def test_an_execution_whose_answer_was_lost_is_not_made_twice(tmp_path: Path) -> None:
    store = lossy(tmp_path, "PutExecution", "PutExecution")
    model = Artifact(type="Model", uri="/m")
    execution, [stored] = store.put_execution(
        Execution(type="trainer", properties={"steps": 3}),
        [(model, Event(type=EventType.OUTPUT, path=("model", 0)))],
        [RUN],
    )
    assert store.executions() == [execution]
    assert store.artifacts() == [stored]
    [event] = store.events(execution_ids=[execution.id])
    assert (event.artifact_id, event.path) == (stored.id, ("model", 0))


def test_an_update_whose_answer_was_lost_ends_as_if_it_had_come(tmp_path: Path) -> None:
    store = lossy(tmp_path)
    first, [pending] = store.put_execution(
        Execution(type="trainer", state=ExecutionState.RUNNING),
        [(Artifact(type="Model", uri="/m"), Event(type=EventType.PENDING_OUTPUT))],
    )
    store = lossy(tmp_path, "PutExecution")
    done = Execution(**{**vars(first), "state": ExecutionState.COMPLETE, "properties": {"loss": 0.1}})
    live = Artifact(**{**vars(pending), "state": ArtifactState.LIVE})
    execution, [model] = store.put_execution(done, [(live, Event(type=EventType.OUTPUT))])
    assert (execution.id, execution.state, execution.properties) == (first.id, ExecutionState.COMPLETE, {"loss": 0.1})
    assert (model.id, model.state) == (pending.id, ArtifactState.LIVE)
    assert len(store.events(execution_ids=[first.id])) == 2


def test_artifacts_whose_answer_was_lost_are_not_made_twice(tmp_path: Path) -> None:
    store = lossy(tmp_path, "PutArtifacts")
    stored = store.put_artifacts([Artifact(type="Model", uri="/a"), Artifact(type="Model", uri="/b")])
    assert [artifact.uri for artifact in stored] == ["/a", "/b"]
    assert store.artifacts() == stored


def test_a_name_that_another_execution_has_is_refused_although_an_answer_was_lost(tmp_path: Path) -> None:
    lossy(tmp_path).put_execution(Execution(type="trainer", name="mine"))

    class Refusing(LossyLine):
        def call(self, method: str, request: bytes) -> bytes:
            if method in self._losing:
                self._losing.remove(method)
                raise CallError(Code.UNAVAILABLE, "the request is lost")
            return super().call(method, request)

    line = Refusing(Database(SQLite(path=tmp_path / "m.sqlite")), "PutExecution")
    store = MlmdStore(line, wait_seconds=30)
    with pytest.raises(InfrastructureError, match="ALREADY_EXISTS"):
        store.put_execution(Execution(type="trainer", name="mine"))
    assert len(store.executions()) == 1


def test_a_server_killed_while_clients_write_loses_and_doubles_nothing(start_server: Callable[..., Any]) -> None:
    first = start_server()
    written: list[int] = []

    def write(number: int) -> None:
        with open_store(f"grpc://127.0.0.1:{first.port}", wait_seconds=60) as store:
            for count in range(15):
                execution, _ = store.put_execution(
                    Execution(type="trainer", name=f"{number}-{count}"),
                    [(Artifact(type="Model", uri=f"/{number}/{count}"), Event(type=EventType.OUTPUT))],
                    [RUN],
                )
                written.append(execution.id)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    servers = [first]
    for _ in range(2):
        before = len(written)
        while len(written) < before + 8:
            time.sleep(0.01)
        servers[-1].stop(signal.SIGKILL)
        servers.append(start_server(port=first.port))
    for thread in threads:
        thread.join(60)
    with open_store(f"grpc://127.0.0.1:{first.port}") as store:
        executions, artifacts = store.executions(context=RUN), store.artifacts(context=RUN)
    assert sorted(execution.id for execution in executions) == sorted(written)
    assert len(written) == len({execution.name for execution in executions}) == 45
    assert len({artifact.uri for artifact in artifacts}) == len(artifacts) == 45


def test_sigterm_ends_it_with_the_call_in_flight_answered(start_server: Callable[..., Any]) -> None:
    process = start_server()
    with open_store(f"grpc://127.0.0.1:{process.port}") as store:
        store.put_execution(Execution(type="trainer"))
    assert process.stop() == 0
    assert process.lines[-1].endswith("stopping\n")


def test_a_service_that_is_away_is_waited_for_with_a_line_each_time(
    server: MetadataServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "argosy.metadata")
    store = open_store(f"grpc://127.0.0.1:{server.port}", wait_seconds=60)
    server.stop(grace_seconds=0)
    back = MetadataServer(server._place, ServerOptions(port=server.port))

    def return_() -> None:
        back.start()
        back.connect()

    timer = threading.Timer(1.5, return_)
    timer.start()
    execution, _ = store.put_execution(Execution(type="trainer"))
    timer.join()
    assert store.executions() == [execution]
    lines = [record.getMessage() for record in caplog.records if "does not answer" in record.getMessage()]
    assert len(lines) >= 2
    assert f"grpc://127.0.0.1:{server.port} does not answer (" in lines[0]
    assert "giving up in 60 s" in lines[0]
    back.stop(grace_seconds=0)


def test_a_service_that_never_answers_is_named_with_what_was_tried() -> None:
    with pytest.raises(ServerError, match=r"grpc://127\.0\.0\.1:1 does not answer, tried \d times in \d s: .*refused"):
        open_store("grpc://127.0.0.1:1", wait_seconds=1)


def test_a_server_of_something_else_is_no_metadata_service() -> None:
    other = grpc.server(futures.ThreadPoolExecutor(1))
    port = other.add_insecure_port("127.0.0.1:0")
    other.start()
    try:
        with pytest.raises(ServerError, match=r"is no ML Metadata service, or lacks GetContextTypes"):
            open_store(f"grpc://127.0.0.1:{port}", wait_seconds=0)
    finally:
        other.stop(0)


def test_calls_before_the_database_is_open_are_unavailable_and_the_health_says_so(tmp_path: Path) -> None:
    server = MetadataServer(SQLite(path=tmp_path / "m.sqlite"), ServerOptions(port=0))
    server.start()
    try:
        assert health(server.port, "") == b"\x08\x01"
        assert health(server.port, "ml_metadata.MetadataStoreService") == b"\x08\x02"
        with pytest.raises(ServerError, match="is not open yet"):
            open_store(f"grpc://127.0.0.1:{server.port}", wait_seconds=0)
        server.connect()
        assert health(server.port, "ml_metadata.MetadataStoreService") == b"\x08\x01"
        with pytest.raises(grpc.RpcError, match="NOT_FOUND"):
            health(server.port, "another")
    finally:
        server.stop(0)


def health(port: int, service: str) -> bytes:
    request = b"\x0a" + bytes([len(service)]) + service.encode() if service else b""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        return bytes(channel.unary_unary("/grpc.health.v1.Health/Check")(request, timeout=10))


def test_the_official_client_writes_and_reads(server: MetadataServer) -> None:
    from ml_metadata.metadata_store import MetadataStore
    from ml_metadata.proto import metadata_store_pb2 as pb

    client = MetadataStore(pb.MetadataStoreClientConfig(host="127.0.0.1", port=server.port))
    kind = client.put_execution_type(pb.ExecutionType(name="trainer", properties={"steps": pb.INT}))
    execution = pb.Execution(type_id=kind, name="e", last_known_state=pb.Execution.RUNNING)
    execution.properties["steps"].int_value = 7
    [key] = client.put_executions([execution])
    assert client.get_execution_by_type_and_name("trainer", "e").properties["steps"].int_value == 7
    with open_store(f"grpc://127.0.0.1:{server.port}") as store:
        [read] = store.executions([key])
    assert (read.name, read.state, read.properties) == ("e", ExecutionState.RUNNING, {"steps": 7})
    with pytest.raises(Exception, match="already exists"):
        client.put_executions([execution])


def test_every_call_of_the_service_but_three_is_served() -> None:
    from ml_metadata.proto import metadata_store_service_pb2 as service_pb

    declared = {method.name for method in service_pb.DESCRIPTOR.services_by_name["MetadataStoreService"].methods}
    unserved = {"GetLineageGraph", "GetParentContextsByContexts", "GetChildrenContextsByContexts"}
    assert declared - METHODS == unserved & declared
    assert len(METHODS) == 49


def test_a_large_property_passes(server: MetadataServer) -> None:
    text = "é" * 10_000_000
    with open_store(f"grpc://127.0.0.1:{server.port}") as store:
        store.put_execution(Execution(type="trainer", properties={"log": text}))
        [execution] = store.executions()
    assert execution.properties["log"] == text


def test_a_request_over_the_limit_is_refused_in_words(tmp_path: Path) -> None:
    server = MetadataServer(SQLite(path=tmp_path / "m.sqlite"), ServerOptions(port=0, largest_message=1000))
    server.start()
    try:
        server.connect()
        with (
            open_store(f"grpc://127.0.0.1:{server.port}", wait_seconds=30) as store,
            pytest.raises(InfrastructureError, match=r"PutExecution: RESOURCE_EXHAUSTED: .*larger than max"),
        ):
            store.put_execution(Execution(type="trainer", properties={"log": "x" * 2000}))
    finally:
        server.stop(0)


@pytest.mark.parametrize(("version", "remedy"), [(9, "--upgrade"), (11, "a newer one")])
def test_another_schema_version_is_refused_with_both(tmp_path: Path, version: int, remedy: str) -> None:
    path = tmp_path / "m.sqlite"
    open_store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE MLMDEnv SET schema_version = ?", (version,))
    connection.commit()
    connection.close()
    with pytest.raises(UserError, match=rf"schema version is {version}, this one knows 10; .*{remedy}"):
        open_store(path)
    server = MetadataServer(SQLite(path=path), ServerOptions(port=0))
    with pytest.raises(UserError, match=rf"m\.sqlite was .* schema version is {version}, this one knows 10"):
        server.connect()


def test_a_service_whose_tables_were_upgraded_below_it_stays_and_says_so(tmp_path: Path) -> None:
    place = SQLite(path=tmp_path / "m.sqlite")
    server = MetadataServer(place, ServerOptions(port=0))
    server.start()
    try:
        server.connect()
        with sqlite3.connect(place.path) as connection:
            connection.execute("UPDATE MLMDEnv SET schema_version = 11")
        connection.close()
        server._database.close()  # type: ignore[union-attr]
        assert server.ready()
        with pytest.raises(InfrastructureError, match=r"schema version is 11, this one knows 10") as raised:
            open_store(f"grpc://127.0.0.1:{server.port}", wait_seconds=0)
        assert "\n" not in str(raised.value)
    finally:
        server.stop(0)


def test_a_service_whose_tables_are_of_another_version_is_named_with_both() -> None:
    class Older:
        where = "metadata service grpc://m:8080"

        def call(self, method: str, request: bytes) -> bytes:
            raise CallError(
                Code.FAILED_PRECONDITION,
                "MLMD database version 12 is greater than library version 10. Please upgrade the library",
            )

        def close(self) -> None: ...

    with pytest.raises(UserError, match=r"grpc://m:8080 was .* schema version is 12, this one knows 10"):
        MlmdStore(Older()).executions()


@pytest.fixture
def tls_server(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[MetadataServer]:
    options = ServerOptions(host="localhost", port=0, certificate=certificate[0], key=certificate[1])
    made = MetadataServer(SQLite(path=tmp_path / "served.sqlite"), options)
    made.start()
    made.connect()
    yield made
    made.stop(grace_seconds=0)


def test_tls_with_an_authority_of_ones_own(
    tls_server: MetadataServer, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLMD_CA_FILE", str(certificate[0]))
    with open_store(f"grpcs://localhost:{tls_server.port}", wait_seconds=10) as store:
        execution, _ = store.put_execution(Execution(type="trainer"))
        assert store.executions() == [execution]


@pytest.mark.parametrize("authority", [False, True])
def test_tls_that_is_refused_is_no_reason_to_wait(
    tls_server: MetadataServer, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, authority: bool
) -> None:
    host = "127.0.0.1" if authority else "localhost"
    if authority:
        monkeypatch.setenv("MLMD_CA_FILE", str(certificate[0]))
    started = time.monotonic()
    with pytest.raises(ServerError, match=rf"grpcs://{host}:\d+: TLS was refused .*MLMD_CA_FILE"):
        open_store(f"grpcs://{host}:{tls_server.port}", wait_seconds=60)
    assert time.monotonic() - started < 20


def test_a_plain_server_asked_for_tls_is_named(server: MetadataServer) -> None:
    with pytest.raises(ServerError, match=r"TLS was refused .*WRONG_VERSION_NUMBER"):
        open_store(f"grpcs://127.0.0.1:{server.port}", wait_seconds=60)


def test_a_tls_server_asked_without_tls_is_named(tls_server: MetadataServer) -> None:
    with pytest.raises(ServerError, match=r"grpc://localhost:\d+ does not answer: .* wants TLS, grpcs://"):
        open_store(f"grpc://localhost:{tls_server.port}", wait_seconds=0)

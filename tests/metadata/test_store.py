"""One suite over every metadata store."""

import contextlib
import math
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import StorageError, UserError
from argosy.metadata import (
    Artifact,
    ArtifactState,
    Context,
    Event,
    EventType,
    Execution,
    ExecutionState,
    Store,
    open_store,
)
from argosy.metadata.location import SQLite
from argosy.metadata.server import MetadataServer, ServerOptions

RUN = Context(type="pipeline_run", name="run-1")
NODE = Context(type="node", name="penguins.trainer")


@contextlib.contextmanager
def in_memory(folder: Path) -> Iterator[Store]:
    with open_store("") as store:
        yield store


@contextlib.contextmanager
def in_a_file(folder: Path) -> Iterator[Store]:
    with open_store(folder / "metadata.sqlite") as store:
        yield store


@contextlib.contextmanager
def over_the_service(folder: Path) -> Iterator[Store]:
    server = MetadataServer(SQLite(path=folder / "served.sqlite"), ServerOptions(port=0))
    server.start()
    try:
        server.connect()
        with open_store(f"grpc://127.0.0.1:{server.port}") as store:
            yield store
    finally:
        server.stop(grace_seconds=1)


MAKERS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Store]]] = {
    "memory": in_memory,
    "mlmd": in_a_file,
    "service": over_the_service,
}


@pytest.fixture(params=sorted(MAKERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with MAKERS[request.param](tmp_path) as made:
        yield made


def running(store: Store) -> tuple[Execution, list[Artifact]]:
    return store.put_execution(
        Execution(
            type="trainer", name="e1", state=ExecutionState.RUNNING, properties={"steps": 3, "rate": 0.5, "m": "ä\n"}
        ),
        [(Artifact(type="Model", uri="/a/model"), Event(type=EventType.PENDING_OUTPUT, path=("model", 0)))],
        [RUN, NODE],
    )


def test_a_stored_execution_comes_back_with_everything(store: Store) -> None:
    execution, [model] = running(store)
    assert execution.id > 0
    assert (execution.type, execution.name, execution.state) == ("trainer", "e1", ExecutionState.RUNNING)
    assert execution.properties == {"steps": 3, "rate": 0.5, "m": "ä\n"}
    assert execution.created_ms > 0
    assert (model.type, model.uri, model.state) == ("Model", "/a/model", ArtifactState.PENDING)
    assert store.executions() == [execution]
    assert store.executions([execution.id, 999]) == [execution]
    assert store.artifacts(uri="/a/model") == [model]
    assert store.artifacts(uri="/a") == []
    [event] = store.events(execution_ids=[execution.id])
    assert event == Event(
        type=EventType.PENDING_OUTPUT, path=("model", 0), artifact_id=model.id, execution_id=execution.id
    )


def test_publishing_updates_states_and_adds_the_output_event(store: Store) -> None:
    execution, [model] = running(store)
    done = Execution(**{**vars(execution), "state": ExecutionState.COMPLETE, "properties": {"steps": 4}})
    live = Artifact(**{**vars(model), "state": ArtifactState.LIVE, "properties": {"loss": 0.25}})
    store.put_execution(done, [(live, Event(type=EventType.OUTPUT, path=("model", 0)))], [RUN])
    assert store.executions(state=ExecutionState.RUNNING) == []
    [stored] = store.executions(state=ExecutionState.COMPLETE)
    assert (stored.id, stored.properties, stored.created_ms) == (execution.id, {"steps": 4}, execution.created_ms)
    [artifact] = store.artifacts()
    assert (artifact.state, artifact.properties) == (ArtifactState.LIVE, {"loss": 0.25})
    assert [event.type for event in store.events(artifact_ids=[model.id])] == [
        EventType.PENDING_OUTPUT,
        EventType.OUTPUT,
    ]


def test_contexts_are_reused_by_name_and_select(store: Store) -> None:
    first, [model] = running(store)
    second, _ = store.put_execution(Execution(type="pusher"), [(model, Event(type=EventType.INPUT))], [RUN])
    assert [context.name for context in store.contexts("pipeline_run")] == ["run-1"]
    assert store.executions(context=RUN) == [first, second]
    assert store.executions(context=NODE) == [first]
    assert store.executions([second.id], context=NODE) == []
    assert store.executions(context=RUN, state=ExecutionState.RUNNING) == [first]
    assert store.executions(context=Context(type="pipeline_run", name="other")) == []
    assert store.artifacts(context=NODE) == [model]
    assert store.artifacts(context=Context(type="never", name="x")) == []
    assert store.contexts("never") == []


def test_artifacts_can_be_updated_alone(store: Store) -> None:
    _, [model] = running(store)
    [gone] = store.put_artifacts([Artifact(**{**vars(model), "state": ArtifactState.ABANDONED})])
    assert store.artifacts([model.id]) == [gone]
    assert gone.state == ArtifactState.ABANDONED


def test_a_write_that_fails_leaves_nothing(store: Store) -> None:
    unknown = Artifact(type="Model", uri="/x", id=77)
    with pytest.raises(Exception, match="77"):
        store.put_execution(Execution(type="trainer"), [(unknown, Event(type=EventType.INPUT))], [RUN])
    assert store.executions() == []
    assert store.artifacts() == []


def test_properties_that_tfx_types_come_back_as_given(store: Store) -> None:
    given: dict[str, int | float | str] = {"span": 3, "split_names": '["train"]', "other": 1.5}
    [stored] = store.put_artifacts([Artifact(type="Examples", uri="/e", properties=given)])
    assert stored.properties == given


def test_threads_may_share_it(store: Store) -> None:
    def write(number: int) -> None:
        store.put_execution(
            Execution(type="trainer"), [(Artifact(type="Model", uri=f"/{number}"), Event(type=EventType.OUTPUT))], [RUN]
        )

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.executions(context=RUN)) == len(store.artifacts(context=RUN)) == 8


@settings(max_examples=25, deadline=None)
@given(
    properties=st.dictionaries(
        st.text("abc_", min_size=1, max_size=4),
        st.integers(-(2**70), 2**70)
        | st.floats(allow_nan=False)
        | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
        max_size=4,
    )
)
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_property_values_keep_their_type(
    name: str, properties: dict[str, int | float | str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with MAKERS[name](tmp_path_factory.mktemp("store")) as store:
        execution, _ = store.put_execution(Execution(type="t", properties=properties))
    assert execution.properties == properties
    assert {key: type(value) for key, value in execution.properties.items()} == {
        key: type(value) for key, value in properties.items()
    }


def test_a_loss_that_is_no_number_can_be_stored(store: Store) -> None:
    [metrics] = store.put_artifacts([Artifact(type="Metrics", uri="/m", properties={"loss": float("nan")})])
    assert math.isnan(float(metrics.properties["loss"]))


def test_mlmd_survives_being_closed(tmp_path: Path) -> None:
    with open_store(tmp_path / "m.sqlite") as store:
        execution, _ = running(store)
    with open_store(tmp_path / "m.sqlite") as store:
        assert store.executions() == [execution]


def test_mlmd_survives_a_crash_within_a_transaction(tmp_path: Path) -> None:
    with open_store(tmp_path / "m.sqlite") as store:
        execution, _ = running(store)
    connection = sqlite3.connect(tmp_path / "m.sqlite")
    connection.execute("PRAGMA cache_size = 1")
    connection.executemany("INSERT INTO Type (name, type_kind) VALUES (?, 1)", [(f"t{n}" * 200,) for n in range(100)])
    for name in ("m.sqlite", "m.sqlite-journal"):
        shutil.copy(tmp_path / name, tmp_path / f"dead-{name}")
    connection.close()
    with open_store(tmp_path / "dead-m.sqlite") as store:
        assert store.executions() == [execution]
    assert not (tmp_path / "dead-m.sqlite-journal").exists()


def test_a_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE invoices (id INTEGER)")
    connection.commit()
    connection.close()
    before = file.read_bytes()
    with pytest.raises(UserError, match=r"other\.sqlite is a SQLite file of another program .*invoices.*another root"):
        open_store(file)
    assert file.read_bytes() == before


def test_a_file_that_is_no_sqlite_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, and longer than a header is " * 40)
    with pytest.raises(UserError, match=r"notes\.txt.*not a SQLite file"):
        open_store(file)


def test_a_parent_that_is_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="choose another root"):
        open_store(tmp_path / "file" / "m.sqlite")

"""MLMD on MariaDB: an account that is refused, a server that dies, several that write."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argosy.errors import UserError
from argosy.metadata import Artifact, Context, Event, EventType, Execution, open_store

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

RUN = Context(type="pipeline_run", name="run-1")
WRITER = Path(__file__).parents[1] / "cluster/scripts/metadata_write.py"


def test_a_wrong_password_is_told_from_a_server_that_is_away(mariadb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLMD_PASSWORD", "wrong")
    with pytest.raises(
        UserError, match=r"MariaDB 1\d\.\d+\.\d+ answers, but does not let user 'mlmd' in: .*MLMD_PASSWORD"
    ):
        open_store(mariadb.new_database(), wait_seconds=0)


def test_a_database_that_the_account_may_not_make_is_named(mariadb: Any) -> None:
    uri = mariadb.new_database().rpartition("/")[0] + "/others"
    with pytest.raises(UserError, match=r"user 'mlmd' may not use the database: .*others"):
        open_store(uri, wait_seconds=0)


def test_a_property_larger_than_a_column_is_refused_and_the_next_write_goes_on(mariadb: Any) -> None:
    with open_store(mariadb.new_database(), wait_seconds=0) as store:
        with pytest.raises(Exception, match="Data too long"):
            store.put_execution(Execution(type="t", properties={"log": "x" * 17_000_000}))
        execution, _ = store.put_execution(Execution(type="t", properties={"log": "x" * 16_000_000}))
        assert store.executions() == [execution]


def test_a_server_finds_its_database_again(mariadb: Any, start_server: Callable[..., Any]) -> None:
    process = start_server(mariadb.new_database())
    written: list[int] = []

    def write() -> None:
        with open_store(f"grpc://127.0.0.1:{process.port}", wait_seconds=120) as store:
            for count in range(200):
                pair = (Artifact(type="Model", uri=f"/{count}"), Event(type=EventType.OUTPUT))
                written.append(store.put_execution(Execution(type="t"), [pair], [RUN])[0].id)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(2):
        before = len(written)
        while len(written) < before + 20:
            time.sleep(0.01)
        mariadb.kill()
        time.sleep(2)
        mariadb.start()
    writer.join(200)
    with open_store(f"grpc://127.0.0.1:{process.port}") as store:
        assert [execution.id for execution in store.executions(context=RUN)] == written
        assert len(store.artifacts(context=RUN)) == len(written) == 200
    assert process.process.poll() is None, "it must not need a restart for that"
    assert process.stop(signal.SIGTERM) == 0


def test_processes_that_write_into_one_new_database_at_once(mariadb: Any) -> None:
    uri = mariadb.new_database()
    commands = [[sys.executable, str(WRITER), uri, f"run-{number}", "3"] for number in range(4)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    texts = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0], texts
    for said in texts:
        found = json.loads(said.splitlines()[-1])
        written = found["written"]
        assert found["rows"] == [written, written, 2 * written]
        assert found["as_given"]


def test_a_database_that_is_away_is_waited_for(mariadb: Any) -> None:
    uri = mariadb.new_database()
    mariadb.kill()
    back = threading.Timer(1.5, mariadb.start)
    back.start()
    with open_store(uri, wait_seconds=60) as store:
        store.put_execution(Execution(type="t"))
        back.join()
        mariadb.kill()
        mariadb.start()
        store.put_execution(Execution(type="t"))
        assert len(store.executions()) == 2

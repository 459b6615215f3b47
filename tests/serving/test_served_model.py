"""Version discovery and hot swap, on the file-system contract."""

import shutil
import threading
import time

import numpy as np
import pytest

from argosy.errors import ServerError
from argosy.serving import client, grpc_client
from argosy.serving.server import LoadPolicy, ModelServer

pytestmark = pytest.mark.tf


@pytest.fixture
def start(tmp_path):
    (tmp_path / "models").mkdir()
    servers = []

    def started(**options):
        server = ModelServer("m", tmp_path / "models", poll_seconds=0.05, load=LoadPolicy(**options))
        server.start()
        servers.append(server)
        return server

    yield started
    for server in servers:
        server.stop()


def wait_for(server, expected):
    deadline = time.monotonic() + 20
    while (found := {state.version: state.state for state in server.states()}) != expected:
        assert time.monotonic() < deadline, f"{found}, expected {expected}"
        time.sleep(0.02)


def test_versions_swap_under_load_without_a_failed_request(start, put_version):
    put_version("two", 1)
    server = start()
    server.wait_ready(20)
    failures, answers, done = [], [], threading.Event()

    def load(call):
        last = 0.0
        while not done.is_set():
            try:
                answer = call()
                answers.append(answer)
                # 2.5 is the first model, 3.5 the second: none may come after the model that replaced it
                assert answer in (2.5, 3.5)
                assert answer >= last
                last = answer
            except Exception as error:
                failures.append(error)

    calls = (
        lambda: client.predict(server.url, "m", instances=[1.0])[0],
        lambda: client.predict(server.url, "m", [1.0])[0],
        lambda: grpc_client.predict(server.address, "m", {"x": np.ones(1, np.float32)})["y"][0],
    )
    threads = [threading.Thread(target=load, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    put_version("three", 2)
    wait_for(server, {1: "END", 2: "AVAILABLE"})
    put_version("three", 3)
    wait_for(server, {1: "END", 2: "END", 3: "AVAILABLE"})
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {2.5, 3.5} == set(map(float, answers))


def test_a_partial_version_never_replaces_a_good_one(start, put_version, tmp_path):
    base = put_version("two", 1)
    server = start(max_retries=1, retry_seconds=0.1)
    server.wait_ready(20)
    put_version("no_variables", 2)
    wait_for(server, {1: "AVAILABLE", 2: "END"})
    assert client.predict(server.url, "m", [1.0]) == [2.5]
    broken = client.model_status(server.url, "m")[0]
    assert "variables.index" in broken.message
    with pytest.raises(ServerError, match=r"version 2 did not load: .*variables\.index"):
        client.wait_available(server.url, "m", 2, timeout=10)
    # taken away and put back whole, it is tried again
    shutil.rmtree(base / "2")
    time.sleep(0.3)
    put_version("three", 2)
    wait_for(server, {1: "END", 2: "AVAILABLE"})


def test_a_version_that_becomes_whole_while_it_is_retried(start, put_version, saved_models):
    base = put_version("no_variables", 1)
    server = start(max_retries=100, retry_seconds=0.1)
    deadline = time.monotonic() + 20
    while not client.model_status(server.url, "m") or not client.model_status(server.url, "m")[0].message:
        assert time.monotonic() < deadline
    assert client.model_status(server.url, "m")[0].state == "LOADING"
    shutil.copytree(saved_models["two"] / "variables", base / "1" / "variables")
    assert server.wait_ready(20) == 1


def test_rollback_by_taking_the_newest_away(start, put_version):
    put_version("two", 1)
    base = put_version("three", 2)
    server = start()
    server.wait_ready(20)
    assert client.predict(server.url, "m", [1.0]) == [3.5]
    (base / "2").rename(base / ".2.aa.rejected")
    wait_for(server, {1: "AVAILABLE", 2: "END"})
    assert client.predict(server.url, "m", [1.0]) == [2.5]


def test_a_missing_base_path_changes_nothing_and_an_empty_one_unloads(start, put_version):
    base = put_version("two", 1)
    server = start()
    server.wait_ready(20)
    base.rename(base.with_name("gone"))
    time.sleep(0.3)
    assert client.predict(server.url, "m", [1.0]) == [2.5]
    base.mkdir()
    wait_for(server, {1: "END"})
    with pytest.raises(ServerError, match=r"HTTP 404: Servable not found for request: Latest\(m\)"):
        client.predict(server.url, "m", [1.0])
    put_version("two", 1)
    wait_for(server, {1: "AVAILABLE"})


def test_names_that_are_no_numbers_are_not_versions(start, put_version):
    base = put_version("two", 3)
    for name in ("v9", "9.0", ".9.ab.tmp", "9.tmp"):
        (base / name).mkdir()
    server = start()
    assert server.wait_ready(20) == 3
    assert [state.version for state in server.states()] == [3]


def test_an_unload_waits_for_the_request_in_flight(start, put_version):
    put_version("two", 1)
    server = start()
    server.wait_ready(20)
    answers = []
    slow = threading.Thread(
        target=lambda: answers.append(client.predict(server.url, "m", 300_000, signature_name="busy"))
    )
    slow.start()
    time.sleep(0.1)
    put_version("three", 2)
    wait_for(server, {1: "END", 2: "AVAILABLE"})
    slow.join()
    assert answers == [300_000]


def test_waiting_for_a_model_that_does_not_come(start, caplog):
    caplog.set_level("INFO", "argosy.serving")
    server = start()
    with pytest.raises(ServerError, match="no version found"):
        server.wait_ready(0.2)
    with pytest.raises(ServerError, match="last state: not listed"):
        client.wait_available(server.url, "m", 5, timeout=0.2)
    told = [message for message in caplog.messages if "base path" in message]
    assert len(told) == 1
    assert told[0].endswith("models holds no version, a folder with a number for a name: waiting")


def test_a_version_that_was_asked_for_is_served_whatever_else_appears(put_version, tmp_path):
    put_version("three", 2)
    with ModelServer("m", tmp_path / "models", poll_seconds=0.05, version=1) as server:
        time.sleep(0.3)
        assert server.states() == ()
        put_version("two", 1)
        server.wait_ready(20)
        put_version("three", 3)
        time.sleep(0.3)
        wait_for(server, {1: "AVAILABLE"})
        assert client.predict(server.url, "m", [1.0]) == [2.5]

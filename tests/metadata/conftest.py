"""A metadata service in a process of its own, which can be killed, and a MariaDB, which can be too."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from argosy.errors import InfrastructureError
from argosy.metadata.mysql_greeting import greeting
from argosy.runner.image_engine import build_network, connect

MARIADB = Path(__file__).parents[1] / "cluster/mariadb"
PASSWORD = 'it\'s a \\ "secret"'


class ServerProcess:
    """`argosy metadata serve` on a database, its port known."""

    def __init__(self, database: str, *options: str, port: int = 0) -> None:
        command = [sys.executable, "-m", "argosy.cli.main", "metadata", "serve", "--database", database]
        self.process = subprocess.Popen(
            [*command, "--port", str(port), *options], stderr=subprocess.PIPE, text=True, env={**os.environ}
        )
        self.lines: list[str] = []
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"listening on .*:(\d+) for", line)
            if found:
                self.port = int(found[1])
            if "serving" in line:
                break
        else:
            self.process.wait(30)
            self.process.stderr.close()
            pytest.fail("".join(self.lines))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it, and returns its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        self._reader.join(10)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines += list(self.process.stderr)


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Starts a server on a SQLite file of the test's own, or another database."""
    started: list[ServerProcess] = []

    def start(database: str = "", *options: str, port: int = 0) -> ServerProcess:
        started.append(ServerProcess(database or str(tmp_path / "served.sqlite"), *options, port=port))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)


class MariaDB:
    """A server in a container, as the tests on a cluster have it; what it wrote goes with it."""

    def __init__(self, container: Any, port: int) -> None:
        self._container = container
        self._port = port
        self._made = 0

    def new_database(self) -> str:
        """Returns the URI of a database that is not there yet."""
        self._made += 1
        return f"mysql://mlmd@127.0.0.1:{self._port}/metadata{self._made}"

    def kill(self) -> None:
        """Ends the server as a crash does."""
        self._container.kill()

    def start(self) -> None:
        """Starts it (again), and waits until it answers."""
        self._container.start()
        deadline = time.monotonic() + 120
        while True:
            try:
                greeting("127.0.0.1", self._port)
            except InfrastructureError:
                self._container.reload()
                up = self._container.status == "running" and time.monotonic() < deadline
                assert up, self._container.logs(tail=20).decode()
                time.sleep(0.2)
            else:
                return


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A MariaDB; its password is in MLMD_PASSWORD."""
    try:
        client = connect()
    except InfrastructureError as error:
        pytest.skip(str(error))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with contextlib.closing(client), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLMD_PASSWORD", PASSWORD)
        network = build_network(client)
        image, _ = client.images.build(path=str(MARIADB), tag="argosy/test-mariadb", network_mode=network, rm=True)
        container = client.containers.create(
            image,
            [
                "mariadbd",
                f"--port={port}",
                "--character-set-server=utf8mb4",
                "--max-allowed-packet=256M",
                "--skip-name-resolve",
                "--host-cache-size=0",
            ],
            environment={"MARIADB_DATABASE": "metadata", "MARIADB_USER": "mlmd", "MARIADB_PASSWORD": PASSWORD},
            network_mode="host",
            cap_drop=["ALL"],
        )
        server = MariaDB(container, port)
        try:
            server.start()
            yield server
        finally:
            container.remove(force=True, v=True)

"""A metadata service in a process of its own, which can be killed."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


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

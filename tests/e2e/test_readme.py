"""Every command in the README, run as it stands, in order, in a folder that holds the pipelines and nothing else."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parent.parent.parent
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
COMMANDS = [line for _, block in BLOCKS for line in block.splitlines() if line.startswith("argosy ")]
SERVE = next(line for line in COMMANDS if line.startswith("argosy serve"))
(BODY,) = (body for _, block in BLOCKS for body in re.findall(r"^curl .* -d '(.*)'", block, re.DOTALL))
TARGETS = re.findall(r"^make (\w+)|`make (\w+)`", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_make_targets_are_there():
    makefile = (ROOT / "Makefile").read_text()
    for target in {name for pair in TARGETS for name in pair if name}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_python_runs():
    (code,) = (block for language, block in BLOCKS if language == "python")
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=ROOT)


def test_the_commands_run(tmp_path):
    (tmp_path / "pipelines").symlink_to(ROOT / "pipelines")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    assert len(COMMANDS) >= 14
    for command in COMMANDS:
        if command == SERVE:
            continue
        if "VERSION" in command:
            version = max(path.name for path in (tmp_path / ".argosy/models/penguins").iterdir())
            command = command.replace("VERSION", version)
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert "<html" in (tmp_path / "page.html").read_text()
    assert predictions(SERVE, tmp_path, environment)[0]["classes"] == ["Adelie", "Gentoo", "Chinstrap"]


def predictions(serve, folder, environment):
    """What the served model answers to the README's request."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = f"exec {serve} --port 0 --rest-api-port {port}"
    server = subprocess.Popen(["bash", "-c", command], cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            try:
                url = f"http://127.0.0.1:{port}/v1/models/penguins:predict"
                with urllib.request.urlopen(url, BODY.encode(), timeout=10) as response:
                    return json.load(response)["predictions"]
            except OSError:
                time.sleep(0.5)
        raise AssertionError("the server did not answer within a minute")
    finally:
        server.terminate()
        assert server.wait(30) == 0

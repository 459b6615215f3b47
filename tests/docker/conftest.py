"""Argosy's images, built from this checkout."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from argosy.errors import InfrastructureError
from argosy.runner.docker_engine import closed_after, open_engine

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def commands() -> list[list[str]]:
    """The commands of docs/docker.md: images are built, the quickstart is run."""
    blocks = re.findall(r"```sh\n(.*?)```", (CHECKOUT / "docs" / "docker.md").read_text(), re.DOTALL)
    found = [shlex.split(line) for block in blocks for line in block.splitlines()]
    assert [command[:2] for command in found] == [["argosy", "images"], ["argosy", "run"]]
    return found


@pytest.fixture(scope="session")
def images(commands: list[list[str]]) -> None:
    """Builds what is not built yet, in the engine that answers."""
    try:
        with closed_after(open_engine()):
            pass
    except InfrastructureError as error:
        pytest.skip(str(error))
    argosy(commands[0])


@pytest.fixture(scope="session")
def guide(
    images: None, commands: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], str]:
    """The report of the run that the guide describes, and what it said on the way."""
    root = tmp_path_factory.mktemp("guide") / "root"
    done = argosy([*commands[1], "--root", str(root), "--json", "--logs"])
    return json.loads(done.stdout), done.stderr


def argosy(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "argosy.cli.main", *command[1:]],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return done

"""Every command of docs/docker.md."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.docker, pytest.mark.e2e, pytest.mark.timeout(1500)]
CHECKOUT = Path(__file__).parents[2]


def test_the_commands_work(images, tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (CHECKOUT / "docs" / "docker.md").read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert [line.split()[:2] for line in lines] == [["argosy", "images"], ["argosy", "run"]]
    for line in lines:
        words = [sys.executable, "-m", "argosy.cli.main", *shlex.split(line)[1:]]
        done = subprocess.run(
            [*words, "--root", tmp_path / "root"] if "run" in words else words,
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            timeout=1200,
        )
        assert done.returncode == 0, done.stderr
    assert "8 ran" in done.stderr

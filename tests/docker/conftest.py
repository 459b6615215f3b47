"""Argosy's images, built from this checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.errors import InfrastructureError
from argosy.runner.docker_engine import closed_after, open_engine

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def images() -> None:
    """Builds what is not built yet, in the engine that answers."""
    try:
        with closed_after(open_engine()):
            pass
    except InfrastructureError as error:
        pytest.skip(str(error))
    subprocess.run(
        [sys.executable, "-m", "argosy.cli.main", "images", "build"],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        check=True,
    )

"""Settings of the whole suite, and the finished run of the quickstart that several tests look at."""

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples on every run: a suite that decides whether a change lands must not roll dice. ARGOSY_EXPLORE=1 does.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile("explore" if os.environ.get("ARGOSY_EXPLORE") else "fixed")

CHECKOUT = Path(__file__).parent.parent
RECORDER = '''

_export_model, FEATURES = export_model, (*MEASUREMENTS, *CATEGORIES)


def export_model(model, fn_args, **options):
    """Writes what the model in memory answers to every eval row, in the files' order, and then exports it."""
    import numpy as np

    graph = options["transform_output"]
    batches = [features for features, _ in rows(fn_args.eval_files, fn_args, graph, num_epochs=1)]
    answers = [model({name: features[name] for name in FEATURES}).numpy() for features in batches]
    np.save(f"{fn_args.model_run_dir}/in_memory.npy", np.concatenate(answers))
    _export_model(model, fn_args, **options)
'''
"""Put behind the quickstart's model.py: a record that owes nothing to the golden requests."""

Cli = Callable[..., subprocess.CompletedProcess[str]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finished:
    """The quickstart, run once to its end. Tests read it; who changes something takes a copy of the root.

    Attributes:
        folder: The pipeline's.
        spec: The compiled pipeline.
        root: The run's root.
        report: What `argosy run --json` printed.
        code: The folder with the copy of Argosy that ran, so that an edit in the checkout meanwhile changes nothing.
    """

    folder: Path
    spec: Path
    root: Path
    report: dict[str, Any]
    code: Path

    def output(self, task: str, name: str) -> str:
        """Returns the URI of an output."""
        (found,) = [one for one in self.report["tasks"] if one["name"] == task]
        return str(found["outputs"][name]["uris"][0])

    def copy_of_root(self, parent: Path) -> Path:
        """Returns a root that knows this run, whose artifacts stay where they are."""
        return Path(shutil.copytree(self.root, parent / "root", ignore=shutil.ignore_patterns("artifacts")))


@pytest.fixture
def served() -> Iterator[Callable[[HTTPServer], str]]:
    """Returns a call that has a server answer until the test ends, and gives its address."""
    with contextlib.ExitStack() as ends:

        def serve(server: HTTPServer) -> str:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            for end in (server.server_close, thread.join, server.shutdown):
                ends.callback(end)
            return f"127.0.0.1:{server.server_port}"

        yield serve


@pytest.fixture(scope="session")
def argosy_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of Argosy's code, for PYTHONPATH."""
    folder = tmp_path_factory.mktemp("code")
    for package in ("argosy", "components"):
        shutil.copytree(CHECKOUT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="session")
def cli(argosy_code: Path, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Runs `argosy ARGUMENTS...` in a process of its own; never with a traceback on its stderr."""
    elsewhere = tmp_path_factory.mktemp("cwd")

    def run(*arguments: object, cwd: Path = elsewhere, code: Path = argosy_code) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "argosy.cli.main", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(code)},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def penguins(argosy_code: Path, cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The quickstart, run to its end through the command line; its trainer keeps what the model answered in memory."""
    parent = tmp_path_factory.mktemp("penguins")
    folder, root, spec = parent / "penguins", parent / "root", parent / "penguins.yaml"
    shutil.copytree(CHECKOUT / "pipelines" / "penguins", folder)
    with (folder / "model.py").open("a") as file:
        file.write(RECORDER)
    done = cli("run", folder, "--root", root, "--json")
    assert done.returncode == 0, done.stderr
    compiled = cli("compile", folder, "--target", "kfp", "-o", spec)
    assert compiled.returncode == 0, compiled.stderr
    return Finished(folder=folder, spec=spec, root=root, report=json.loads(done.stdout), code=argosy_code)

"""What TFX's own libraries make of what we write: our files, and answers from an environment that has those libraries.

`requirements.txt` says what the environment holds (Python 3.11); ARGOSY_PEER_PYTHON is its interpreter.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

collect_ignore_glob = ["scripts/*.py"]

SCRIPTS = Path(__file__).parent / "scripts"
PENGUINS = Path(__file__).parent.parent.parent / "pipelines" / "penguins"


@pytest.fixture(scope="session")
def peer():
    """Asks the peer: `peer("read_rows", **request)` runs that script there and gives its answer."""
    interpreter = os.environ.get("ARGOSY_PEER_PYTHON")
    if not interpreter:
        pytest.skip("ARGOSY_PEER_PYTHON names no interpreter with TFX's libraries (tests/peer/requirements.txt)")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    environment.pop("PYTHONPATH", None)

    def ask(script, **request):
        command = [interpreter, str(SCRIPTS / f"{script}.py"), json.dumps(request)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=SCRIPTS)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return ask


@pytest.fixture(scope="session")
def penguins(peer, tmp_path_factory):
    """Where each task of the quickstart, run by the real command line, wrote each of its outputs."""
    root = tmp_path_factory.mktemp("penguins") / "root"
    command = [sys.executable, "-m", "argosy.cli.main", "run", str(PENGUINS), "--root", str(root), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    tasks = json.loads(done.stdout)["tasks"]
    return {task["name"]: {name: out["uris"][0] for name, out in task["outputs"].items()} for task in tasks}


@pytest.fixture(scope="session")
def rows_of():
    """Makes a batch of {name: (kind, a value, a list or None for each row)}."""
    import pyarrow as pa

    kinds = {"BYTES": pa.binary(), "INT": pa.int64(), "FLOAT": pa.float32()}

    def make(columns):
        return pa.RecordBatch.from_pydict(
            {
                name: pa.array([v if v is None or isinstance(v, list) else [v] for v in values], pa.list_(kinds[kind]))
                for name, (kind, values) in columns.items()
            }
        )

    return make


@pytest.fixture(scope="session")
def written(peer, tmp_path_factory):
    """Writes a batch as Examples and their statistics by StatisticsGen; gives the directories of both.

    A schema, where given, lies beside the statistics.
    """
    from argosy.artifacts import HTML, Examples, ExampleStatistics, Input, Output, Schema
    from argosy.data_validation.statistics_step import statistics_gen
    from argosy.examples import write_examples
    from argosy.schema import write_schema

    def write(batch, schema=None, **options):
        folder = tmp_path_factory.mktemp("rows")
        examples, statistics = folder / "examples", folder / "statistics"
        write_examples([batch], str(examples), "train")
        statistics.mkdir()
        if schema is not None:
            write_schema(schema, str(statistics))
        statistics_gen(
            Input[Examples](uri="", path=str(examples)),
            Output[ExampleStatistics](uri="", path=str(statistics)),
            Output[HTML](uri="", path=str(folder / "report.html")),
            None if schema is None else Input[Schema](uri="", path=str(statistics)),
            stats_options=options,
        )
        return str(examples), str(statistics)

    return write

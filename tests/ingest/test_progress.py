"""How far ExampleGen says that it has come, in each of its phases."""

import sqlite3

import pytest

from argosy.artifacts import Examples, Output
from argosy.ingest.executor import example_gen
from argosy.ingest.formats import FORMATS

pytestmark = pytest.mark.beam


@pytest.fixture
def said(tmp_path, monkeypatch, caplog):
    """Runs the step; what it says of its progress, which it does at every batch."""

    def run(**parameters):
        monkeypatch.setattr("argosy.examples.progress._EVERY", 0.0)
        caplog.set_level("INFO", "argosy.examples")
        output: Output[Examples] = Output(uri=str(tmp_path), path=str(tmp_path / "out"), name="examples")
        example_gen(output, **parameters)
        return {record.getMessage() for record in caplog.records if record.name == "argosy.examples"}

    return run


def lines_of(said, doing):
    return {line for line in said if line.startswith(doing)}


@pytest.mark.parametrize("name", FORMATS)
def test_every_phase_says_how_many_rows_have_passed(tmp_path, write_rows, said, name):
    write_rows(tmp_path / "in", "a", name, [{"id": k, "group": "g"} for k in range(30)])
    (file,) = (tmp_path / "in").iterdir()
    # Where a runner is named, CSV is read twice too.
    found = said(input_base=str(file), beam_pipeline_args=["--runner=FnApiRunner"])
    # The footer of a Parquet file says its types and its rows.
    assert name == "parquet" or f"typing {file}: 30 rows so far" in found
    assert f"reading {file}: 30 rows of 30 so far" in found
    for split in ("train", "eval"):
        assert lines_of(found, f"writing {tmp_path / 'out'}, split {split}: "), found


def test_so_does_the_fetching_of_an_answer(tmp_path, said):
    connected = sqlite3.connect(tmp_path / "a.db")
    connected.execute("CREATE TABLE t AS SELECT 1 AS x UNION SELECT 2")
    connected.commit()
    connected.close()
    connection = f"sqlite:///{tmp_path / 'a.db'}"
    found = said(connection=connection, query="SELECT x FROM t")
    assert f"asking {connection}, split single_split: 2 rows so far" in found

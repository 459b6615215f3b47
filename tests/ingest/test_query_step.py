"""ExampleGen with a query in place of files: all that follows the source is the same."""

import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest

from argosy.artifacts import Examples, Output
from argosy.errors import ArgosyError, DataError, ParameterError
from argosy.examples.read import read_examples
from argosy.ingest import sql
from argosy.ingest.executor import example_gen

pytestmark = pytest.mark.beam

ROWS = [(number, number / 4 if number % 3 else None, f"s{number % 5}") for number in range(500)]


@pytest.fixture
def connection(tmp_path: Path) -> str:
    connected = sqlite3.connect(tmp_path / "trips.db")
    connected.execute("CREATE TABLE t (i, f, s)")
    connected.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    connected.commit()
    connected.close()
    return f"sqlite:///{tmp_path / 'trips.db'}"


def run(tmp_path: Path, name: str = "out", **parameters):
    path = tmp_path / name
    path.mkdir()
    examples: Output[Examples] = Output(uri=str(path), path=str(path), name="examples")
    try:
        example_gen(examples, **{"query": "SELECT * FROM t", **parameters})
    finally:
        assert not list(path.glob(".*")), "answers may not be published"
    return examples


def rows_of(examples, split):
    table = pa.Table.from_batches(list(read_examples(examples.path, split)))
    return sorted(zip(*(table.column(name).to_pylist() for name in ("i", "f", "s")), strict=True))


def test_an_answer_is_split_as_a_file_with_the_same_rows_is(tmp_path, connection):
    asked = run(tmp_path, connection=connection)
    (tmp_path / "in").mkdir()
    lines = [f"{i},{'' if f is None else f},{s}\n" for i, f, s in ROWS]
    (tmp_path / "in" / "a.csv").write_text("i,f,s\n" + "".join(lines))
    read = run(tmp_path, "read", input_base=str(tmp_path / "in"), query="")
    for split in ("train", "eval"):
        assert rows_of(asked, split) == rows_of(read, split)
    metadata = asked.metadata
    assert sum(json.loads(metadata["num_examples"]).values()) == len(ROWS)
    assert metadata["num_examples"] == read.metadata["num_examples"]
    assert (metadata["connection"], metadata["query"]) == (connection, "SELECT * FROM t")
    assert metadata["input_fingerprint"].startswith("split:single_split,query,sha256:")
    assert "input_base" not in metadata


def test_each_split_has_its_query_and_a_span(tmp_path, connection):
    splits = [
        {"name": "low", "pattern": "SELECT * FROM t WHERE i < @span_end_timestamp - 172700"},
        {"name": "high", "pattern": "SELECT * FROM t WHERE i >= @span_end_timestamp - 172700"},
    ]
    given = {"connection": connection, "query": "", "input_config": {"splits": splits}, "span": 1}
    examples = run(tmp_path, **given)
    assert json.loads(examples.metadata["num_examples"]) == {"low": 100, "high": 400}
    assert examples.metadata["span"] == 1
    assert json.loads(examples.metadata["query"])["low"] == splits[0]["pattern"]


def test_a_partition_feature_keeps_its_rows_together(tmp_path, connection):
    split_config = {"partition_feature_name": "s", "splits": [{"name": n, "hash_buckets": 1} for n in ("a", "b", "c")]}
    examples = run(tmp_path, connection=connection, output_config={"split_config": split_config}, types={"i": "float"})
    seen = [
        {row[2][0] for row in rows_of(examples, split)} for split in ("a", "b", "c") if rows_of_any(examples, split)
    ]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 5


def rows_of_any(examples, split):
    return json.loads(examples.metadata["num_examples"])[split]


@pytest.mark.parametrize(
    ("parameters", "kind", "match"),
    [
        ({"query": "SELECT * FROM gone"}, DataError, "connection sqlite:.*no such table: gone; mend"),
        ({"query": "SELECT * FROM t WHERE 0"}, DataError, "gives no rows"),
        ({"types": {"j": "int"}}, ParameterError, "there is no column 'j'"),
        ({"output_config": {"split_config": {"splits": [{"name": "a"}]}}}, ParameterError, "hash_buckets"),
        ({"input_format": "csv"}, ParameterError, "input_format is of files"),
    ],
)
def test_what_fails_publishes_nothing(tmp_path, connection, parameters, kind: type[ArgosyError], match):
    with pytest.raises(kind, match=match):
        run(tmp_path, connection=connection, **parameters)
    assert not list((tmp_path / "out").iterdir())


def test_a_connection_lost_on_the_way_publishes_nothing(tmp_path, connection, monkeypatch):
    monkeypatch.setattr(sql, "_BATCH_ROWS", 100)
    # Its fifth batch fails, as a server's may.
    with pytest.raises(DataError, match="the query failed: integer overflow"):
        run(tmp_path, connection=connection, query="SELECT i, abs(-9223372036854775807 - (i = 450)) AS x FROM t")
    assert not list((tmp_path / "out").iterdir())


def test_a_password_is_in_nothing_that_is_kept_or_shown(tmp_path, connection, monkeypatch, caplog):
    monkeypatch.setenv("TRIPS", connection)
    caplog.set_level("INFO", "argosy")
    examples = run(tmp_path, connection="${TRIPS}")
    assert examples.metadata["connection"] == "${TRIPS}"
    assert str(tmp_path) not in caplog.text + json.dumps(examples.metadata)

"""Answers of SQL databases: SQLite always, through SQLAlchemy; others where they are installed."""

import datetime
import sqlite3
import uuid
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from argosy.errors import ArgosyError, DataError, ParameterError, StorageError
from argosy.ingest import sql
from argosy.ingest.connection import Filled
from argosy.ingest.fetch import fetched
from argosy.ingest.formats import Format
from argosy.ingest.python_columns import as_columns
from argosy.ingest.queries import read_queries
from argosy.ingest.scanned import merge_kinds
from argosy.ingest.spans import ANY
from argosy.ingest.sql import sql_batches


def database(tmp_path: Path, rows: list[tuple], columns: str = "x, y") -> str:
    file = tmp_path / "trips.db"
    connected = sqlite3.connect(file)
    connected.execute(f"CREATE TABLE t ({columns})")
    connected.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connected.commit()
    connected.close()
    return f"sqlite:///{file}"


def asked(url: str, query: str = "SELECT * FROM t", types: dict | None = None) -> list[pa.RecordBatch]:
    return list(sql_batches(Filled(url, ()), query, types or {}))


def answer(tmp_path: Path, connection: str, query: str = "SELECT * FROM t", **types: str) -> dict[str, list]:
    """What ExampleGen reads: column -> features."""
    queries = read_queries({"connection": connection, "query": query}, ANY)
    with fetched(queries, str(tmp_path / "out"), types) as sources:
        parquet = Format("parquet")
        kinds = merge_kinds([parquet.scan(file) for source in sources for file in source.files], types)
        batches = [batch for source in sources for file in source.files for batch in parquet.read(file, kinds)]
    assert list((tmp_path / "out").iterdir()) == []
    return pa.Table.from_batches(batches).to_pydict()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_BATCH_ROWS", 2)


def test_values_stay_what_they_are_and_null_stays_null(tmp_path: Path) -> None:
    rows = [(0, 0.0, "", b""), (None, None, None, None), (-1, float("inf"), "é%", b"\0\xff")]
    url = database(tmp_path, rows, "i, f, s, b")
    assert answer(tmp_path, url) == {
        "i": [[0], None, [-1]],
        "f": [[0.0], None, [float("inf")]],
        "s": [[b""], None, ["é%".encode()]],
        "b": [[b""], None, [b"\0\xff"]],
    }


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([None, None, 1, 2, 2.5], [None, None, [1.0], [2.0], [2.5]]),
        ([1, 2, None, None, 3], [[1], [2], None, None, [3]]),
        ([2.5, 1.5, 1, 2, None], [[2.5], [1.5], [1.0], [2.0], None]),
        ([None, None, None, None, "a"], [None, None, None, None, [b"a"]]),
        ([2**60 + 1, 0, 0, 0, 0], [[2**60 + 1], [0], [0], [0], [0]]),
        ([None] * 5, [None] * 5),
    ],
)
def test_columns_are_typed_over_the_whole_answer(tmp_path: Path, values: list, expected: list) -> None:
    url = database(tmp_path, [(value, 1) for value in values])
    assert answer(tmp_path, url)["x"] == expected


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("values", [[1, 2, "a", "b"], [1, "a", 2, 3], ["a", 1.5, 2, 3]])
def test_two_types_in_a_column_are_refused_unless_one_is_named(tmp_path: Path, values: list) -> None:
    url = database(tmp_path, [(value, 1) for value in values])
    with pytest.raises(DataError, match=r"column 'x' .*CAST it to one type"):
        answer(tmp_path, url)
    assert answer(tmp_path, url, x="bytes")["x"] == [[str(value).encode()] for value in values]


def test_explicit_types_win(tmp_path: Path) -> None:
    url = database(tmp_path, [("07", 1), ("8", 2)])
    assert answer(tmp_path, url, x="int", y="bytes") == {"x": [[7], [8]], "y": [[b"1"], [b"2"]]}
    with pytest.raises(DataError, match=r"rows 1 to 2.*column 'x'.*not of type int"):
        answer(tmp_path, url, "SELECT 'a' AS x UNION SELECT 'b'", x="int")


@pytest.mark.parametrize(
    ("values", "arrow"),
    [
        ([True, None, False], pa.bool_()),
        ([Decimal("1.50"), Decimal("2.25")], pa.decimal128(3, 2)),
        ([Decimal("1"), 2], pa.decimal128(1, 0)),
        ([Decimal("1.5"), 2.5], pa.float64()),
        ([Decimal("NaN"), Decimal("1")], pa.float64()),
        ([datetime.date(2017, 1, 1)], pa.date32()),
        ([datetime.datetime(2017, 1, 1, 1, tzinfo=datetime.UTC)], pa.timestamp("us", "UTC")),
        ([datetime.timedelta(seconds=1)], pa.duration("us")),
        ([datetime.time(1)], pa.time64("us")),
        ([uuid.UUID(int=1), None], pa.string()),
        ([memoryview(b"a"), b"b"], pa.binary()),
        (["a", b"b"], pa.binary()),
        ([[1, 2], [], None], pa.list_(pa.int64())),
    ],
)
def test_what_drivers_give_becomes_columns(values: list, arrow: pa.DataType) -> None:
    found = as_columns(["x"], [(value,) for value in values])
    assert found.schema.field("x").type == arrow
    assert found.column("x").null_count == values.count(None)


@pytest.mark.parametrize("values", [[object()], [2**80], [1, "a"], [-1, 2**63]])
def test_what_makes_no_column_is_named(values: list) -> None:
    with pytest.raises(DataError, match=r"^column 'x' has values of Python's \w+") as caught:
        as_columns(["x"], [(value,) for value in values])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ("SELEC 1", "the query failed: .*syntax error"),
        ("SELECT * FROM gone", "the query failed: no such table: gone"),
        ("SELECT absent FROM t", "the query failed: no such column"),
        ("SELECT x, y AS x FROM t", "two columns of the answer are named 'x'"),
        ('SELECT x AS "" FROM t', "column 1 of the answer has no name"),
        ("INSERT INTO t VALUES (1, 2)", "the query failed: attempt to write a readonly database"),
        ("SELECT abs(-9223372036854775808) AS x", "the query failed: integer overflow"),
    ],
)
@pytest.mark.parametrize("through", ["", "adbc+"])
def test_a_query_that_fails_says_why_in_a_line(tmp_path: Path, query: str, match: str, through: str) -> None:
    url = through + database(tmp_path, [(1, 2)])
    with pytest.raises(DataError, match=match.replace("failed: ", "failed: .*")) as caught:
        asked(url, query)
    assert "\n" not in str(caught.value)


def test_no_rows_are_an_error_and_leave_nothing(tmp_path: Path) -> None:
    url = database(tmp_path, [(1, 2)])
    with pytest.raises(DataError, match=r"connection sqlite:.*gives no rows"):
        answer(tmp_path, url, "SELECT * FROM t WHERE x > 5")
    assert list((tmp_path / "out").iterdir()) == []


def test_one_split_without_rows_is_none(tmp_path: Path) -> None:
    splits = [{"name": "a", "pattern": "SELECT x FROM t"}, {"name": "b", "pattern": "SELECT x FROM t WHERE x > 5"}]
    given = {"connection": database(tmp_path, [(1, 2)]), "input_config": {"splits": splits}}
    with fetched(read_queries(given, ANY), str(tmp_path / "out"), {}) as sources:
        assert [(source.split, Format("parquet").scan(source.files[0]).rows) for source in sources] == [
            ("a", 1),
            ("b", 0),
        ]


@pytest.mark.parametrize(
    ("url", "kind", "match"),
    [
        ("sqlite:///relative.db", ParameterError, "not an absolute path"),
        ("sqlite://", ParameterError, "not an absolute path"),
        ("sqlite:////nowhere/x.db", DataError, "no SQLite database /nowhere/x.db"),
        ("nosuch://host/x", ParameterError, "connection: .*nosuch"),
        ("oracle+nosuch://host/x", ParameterError, "connection: "),
        ("mssql+pyodbc://host/x", ParameterError, "driver is not installed .pyodbc"),
        ("adbc+nosuch://host", ParameterError, "no ADBC driver 'nosuch' is known"),
        ("adbc+snowflake://host", ParameterError, "adbc-driver-snowflake"),
        ("mysql://me:secret@127.0.0.1:1/x", StorageError, r"cannot connect: .*127\.0\.0\.1.*check host"),
        ("postgresql://me:secret@127.0.0.1:1/x", StorageError, "cannot connect: .*check host"),
    ],
)
def test_a_connection_that_cannot_be_is_explained(url: str, kind: type[ArgosyError], match: str) -> None:
    with pytest.raises(kind, match=match) as caught:
        list(sql_batches(Filled(url, ("secret",)), "SELECT 1", {}))
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_adbc_driver_reads_the_same(tmp_path: Path) -> None:
    url = database(tmp_path, [(0, "a"), (None, ""), (2, None)])
    assert answer(tmp_path, f"adbc+{url}") == answer(tmp_path, url)

"""Queries to MariaDB: its types, an account without rights, a server that dies while it answers."""

import gc
import importlib.util
from pathlib import Path
from typing import Any

import pyarrow as pa
import pymysql
import pytest
from pymysql.connections import MySQLResult

from argosy.errors import DataError, StorageError
from argosy.ingest import sql
from argosy.ingest.connection import filled
from argosy.ingest.fetch import fetched
from argosy.ingest.formats import Format
from argosy.ingest.queries import read_queries
from argosy.ingest.scanned import merge_kinds
from argosy.ingest.spans import ANY

_SERVER = Path(__file__).parents[1] / "metadata" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("argosy_tests_mariadb", _SERVER)
assert _SPEC is not None
assert _SPEC.loader is not None
_module = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_module)
mariadb = _module.mariadb

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


@pytest.fixture
def connection(mariadb: Any) -> str:
    """The URL of a database with table `t`."""
    uri = mariadb.new_database()
    host, _, name = uri.rpartition("@")[2].partition("/")
    address, _, port = host.partition(":")
    with pymysql.connect(host=address, port=int(port), user="mlmd", password=_module.PASSWORD) as connected:
        with connected.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            cursor.execute(f"USE {name}")
            cursor.execute(
                "CREATE TABLE t (i BIGINT, u BIGINT UNSIGNED, f DOUBLE, d DECIMAL(9,2), w DECIMAL(9,0), s TEXT, "
                "b BLOB, day DATE, at DATETIME(6), span TIME, flag BOOLEAN)"
            )
            cursor.execute(
                "INSERT INTO t VALUES "
                "(0, 0, 0.0, 0.00, 0, '', '', '1970-01-02', '1970-01-01 00:00:01', '00:00:01', 0), "
                "(-5, 7, 0.5, 1.25, 12, '100% 🚢', x'00ff', '2017-01-01', '2017-01-01', '-01:00:00', 1), "
                "(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
            )
            cursor.execute("CREATE TABLE many AS SELECT seq AS i, REPEAT('x', 1000) AS s FROM seq_1_to_60000")
        connected.commit()
    return f"mysql://mlmd:${{MLMD_PASSWORD}}@{host}/{name}"


def features(tmp_path: Path, connection: str, query: str) -> dict[str, list]:
    with fetched(read_queries({"connection": connection, "query": query}, ANY), str(tmp_path), {}) as (source,):
        parquet = Format("parquet")
        kinds = merge_kinds([parquet.scan(file) for file in source.files])
        batches = [batch for file in source.files for batch in parquet.read(file, kinds)]
    return pa.Table.from_batches(batches).to_pydict()


def test_types_of_the_server_become_features(connection: str, tmp_path: Path) -> None:
    assert features(tmp_path, connection, "SELECT * FROM t WHERE s LIKE '%' OR s IS NULL") == {
        "i": [[0], [-5], None],
        "u": [[0], [7], None],
        "f": [[0.0], [0.5], None],
        "d": [[0.0], [1.25], None],
        "w": [[0], [12], None],
        "s": [[b""], ["100% 🚢".encode()], None],
        "b": [[b""], [b"\0\xff"], None],
        "day": [[1], [17167], None],
        "at": [[1_000_000], [17167 * 86_400_000_000], None],
        "span": [[1_000_000], [-3_600_000_000], None],
        "flag": [[0], [1], None],
    }


def test_what_the_server_refuses_is_told_without_the_password(
    connection: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for query, match in (
        ("SELECT * FROM gone", "the query failed: .*gone.* doesn't exist"),
        ("SELECT * FROM mysql.user", "the query failed: .*denied.*the account's rights"),
        ("SELEC 1", "the query failed: .*SQL syntax"),
    ):
        with pytest.raises(DataError, match=match):
            features(tmp_path, connection, query)
    monkeypatch.setenv("MLMD_PASSWORD", "not the password")
    with pytest.raises(
        StorageError, match=r"mysql://mlmd:\$\{MLMD_PASSWORD\}@.*cannot connect: .*Access denied"
    ) as caught:
        features(tmp_path, connection, "SELECT 1 AS x")
    assert "not the password" not in str(caught.value)


# What the driver keeps of an answer reads on from the lost connection when it is thrown away, whenever that is.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_dies_while_it_answers_leaves_nothing(mariadb: Any, connection: str, tmp_path: Path) -> None:
    batches = sql.sql_batches(filled(connection), "SELECT * FROM many", {})
    first = next(batches)
    mariadb.kill()
    try:
        with pytest.raises(StorageError, match=r"the answer broke off: .*nothing is published"):
            list(batches)
    finally:
        mariadb.start()
    assert first.num_rows == sql._BATCH_ROWS, "it was streamed"
    for result in gc.get_objects():
        if type(result) is MySQLResult:
            result.unbuffered_active = False

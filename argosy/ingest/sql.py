"""The answer of a SQL database, batch by batch: through SQLAlchemy, or through a driver of ADBC."""

import contextlib
import importlib
import urllib.parse
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from argosy.errors import DataError, ParameterError, StorageError
from argosy.ingest.connection import ADBC, Filled, said
from argosy.ingest.python_columns import as_columns

_BATCH_ROWS = 10_000
_DRIVERS = {"mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
"""What to connect with where a URL leaves it open and SQLAlchemy's choice is one that has to be compiled."""
_ADBC_URLS = {
    "sqlite": "{rest}",
    "postgresql": "postgresql://{rest}",
    "flightsql": "grpc+tls://{rest}",
    "snowflake": "{rest}",
}
_LOST = "the answer broke off: {reason}; nothing is published, run the step again"


def sql_batches(connection: Filled, query: str, types: Mapping[str, str]) -> Generator[pa.RecordBatch, None, None]:
    """Yields the answer of a query, streamed where the driver can.

    Args:
        connection: Where to ask.
        query: What.
        types: Kinds that a person gave to columns.

    Raises:
        ParameterError: The URL is none, or its driver is not installed.
        DataError: The query is refused, gives no rows, two columns of a name, or values that make no column.
        StorageError: The server cannot be reached, or its answer broke off.
    """
    if connection.url.startswith(ADBC):
        yield from _adbc_batches(connection, query)
        return
    sqlalchemy = _sqlalchemy()
    engine = _engine(sqlalchemy, connection)
    streamed = {"stream_results": True, "max_row_buffer": _BATCH_ROWS, "no_parameters": True}
    try:
        with _explained(sqlalchemy, connection, "cannot connect"):
            opened = engine.connect()
        with contextlib.closing(opened), _explained(sqlalchemy, connection, ""):
            result = opened.execution_options(**streamed).exec_driver_sql(query)
            if not result.returns_rows:
                raise DataError("the query gives no rows by its nature; write a SELECT")
            names = _checked_names(list(result.keys()))
            while rows := result.fetchmany(_BATCH_ROWS):
                yield as_columns(names, rows, types)
    finally:
        engine.dispose()


def sqlite_file(url: str) -> str:
    """Returns the path of the file that a SQLite URL names.

    Raises:
        ParameterError: The path is not absolute.
        DataError: There is no such file.
    """
    path = url.partition("://")[2].partition("?")[0].removeprefix("/")
    if not path.startswith("/"):
        raise ParameterError(f"connection: {path or 'no'!r} is not an absolute path; write sqlite:////folder/file.db")
    if not Path(path).is_file():
        raise DataError(f"connection: there is no SQLite database {path}; check the path")
    return path


def _sqlalchemy() -> Any:
    try:
        import sqlalchemy
    except ImportError as error:
        raise ParameterError("connection: a database's URL needs SQLAlchemy; install argosy[sql]") from error
    return sqlalchemy


def _engine(sqlalchemy: Any, connection: Filled) -> Any:
    try:
        url = sqlalchemy.make_url(connection.url)
        if url.get_backend_name() == "sqlite":
            # Otherwise SQLite makes an empty database where there is none.
            file = urllib.parse.quote(sqlite_file(connection.url))
            url = url.set(database=f"file:{file}", query={"mode": "ro", "uri": "true"})
        url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    except (sqlalchemy.exc.ArgumentError, ValueError, TypeError) as error:
        raise ParameterError(
            f"connection: {said(error, connection.secrets)}; see SQLAlchemy's database URLs"
        ) from error
    except ImportError as error:
        raise ParameterError(f"connection: its driver is not installed ({error.name}); add it to the image") from error


@contextlib.contextmanager
def _explained(sqlalchemy: Any, connection: Filled, while_: str) -> Iterator[None]:
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        reason = said(error.orig, connection.secrets)
        if while_:
            raise StorageError(f"{while_}: {reason}; check host, account and password, and that it is up") from error
        if error.connection_invalidated:
            raise StorageError(_LOST.format(reason=reason)) from error
        raise DataError(f"the query failed: {reason}; mend it, or the account's rights") from error
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise DataError(f"the query failed: {said(error, connection.secrets)}; mend it") from error
    except OSError as error:
        raise StorageError(_LOST.format(reason=said(error, connection.secrets))) from error


def _adbc_batches(connection: Filled, query: str) -> Iterator[pa.RecordBatch]:
    name, _, rest = connection.url.removeprefix(ADBC).partition("://")
    if name not in _ADBC_URLS:
        raise ParameterError(f"connection: no ADBC driver {name!r} is known; known: {', '.join(_ADBC_URLS)}")
    if name == "sqlite":
        rest = f"file:{urllib.parse.quote(sqlite_file(connection.url))}?mode=ro"
    try:
        driver = importlib.import_module(f"adbc_driver_{name}.dbapi")
    except ImportError as error:
        raise ParameterError(f"connection: needs the package adbc-driver-{name}; install it") from error
    connected = False
    try:
        with driver.connect(_ADBC_URLS[name].format(rest=rest)) as opened, opened.cursor() as cursor:
            connected = True
            cursor.execute(query)
            reader = cursor.fetch_record_batch()
            _checked_names(reader.schema.names)
            yield from reader
    except (driver.Error, OSError, pa.ArrowException) as error:
        reason = said(error, connection.secrets)
        if not connected:
            raise StorageError(
                f"cannot connect: {reason}; check host, account and password, and that it is up"
            ) from error
        if isinstance(error, OSError):
            raise StorageError(_LOST.format(reason=reason)) from error
        raise DataError(f"the query failed: {reason}; mend it, or the account's rights") from error


def _checked_names(names: Sequence[str]) -> Sequence[str]:
    """Returns the names of an answer's columns.

    Raises:
        DataError: A name stands twice, or is empty.
    """
    for number, name in enumerate(names):
        if not name:
            raise DataError(f"column {number + 1} of the answer has no name; give it one with AS")
        if name in names[:number]:
            raise DataError(f"two columns of the answer are named {name!r}; rename one with AS")
    return names

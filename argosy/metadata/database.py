"""ML Metadata's C++ library on a database: SQLite in a file, or a server that speaks MySQL's protocol."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

from ml_metadata.metadata_store.pywrap.metadata_store_extension import metadata_store as library
from ml_metadata.proto import metadata_store_pb2

from argosy.errors import BusyError, InfrastructureError, ServerError, StorageError, UserError
from argosy.metadata.connection import CallError, Code
from argosy.metadata.location import PASSWORD_VARIABLE, MySQL, SQLite
from argosy.metadata.mysql_greeting import greeting
from argosy.metadata.schema_version import refuse_other_version

METHODS = frozenset(name for name in dir(library) if name.startswith(("Get", "Put")))
"""The calls of MetadataStoreService that the library answers."""

_UNUSABLE = frozenset({Code.INTERNAL, Code.FAILED_PRECONDITION, Code.UNKNOWN})
_GONE_BEFORE_IT_WAS_SENT = "server has gone away"
_RACE = "concurrent connection to the empty database"
_CONFLICT = ("Record has changed since last read", "Deadlock found", "Lock wait timeout exceeded")
"""What MySQL and MariaDB say when they undo a transaction for another's sake: nothing of it was done."""
_LOST = ("Lost connection", "mysql_real_connect failed", _GONE_BEFORE_IT_WAS_SENT)


class Database:
    """A `Connection` to a database. The library holds one session and Python's lock, so calls go one by one.

    A session in which something went wrong is thrown away: the library would stay in its open transaction, or die.
    """

    def __init__(self, place: SQLite | MySQL, *, upgrade: bool = False) -> None:
        """Opens the database, and makes what tables it lacks.

        Args:
            place: Where it is.
            upgrade: Migrates tables of an older schema version instead of refusing them.

        Raises:
            UserError: It belongs to another program or schema version, or the server refuses the account.
            StorageError: The file cannot be created or opened.
            ServerError: The server does not answer.
            BusyError: Another process is making the tables.
        """
        self.where = str(place)
        self._place = place
        self._upgrade = upgrade
        self._lock = threading.RLock()
        self._session: Any = None
        self._open()

    def call(self, method: str, request: bytes) -> bytes:
        """Returns the response; a read that lost its session is made again in a new one."""
        if method not in METHODS:
            raise CallError(Code.UNIMPLEMENTED, f"this build of ml-metadata has no call {method}")
        with self._lock:
            try:
                return self._answer(method, request)
            except CallError as error:
                if any(words in error.text for words in _CONFLICT):
                    raise CallError(Code.ABORTED, error.text) from error
                lost = any(words in error.text for words in _LOST)
                if not lost:
                    raise
                if method.startswith("Get") or _GONE_BEFORE_IT_WAS_SENT in error.text:
                    return self._answer(method, request)
                raise CallError(Code.UNAVAILABLE, f"{self.where}: {error.text}") from error

    def close(self) -> None:
        """Lets go of the file or the server."""
        with self._lock:
            self._session = None

    def _answer(self, method: str, request: bytes) -> bytes:
        if self._session is None:
            try:
                self._open()
            except InfrastructureError as error:
                raise CallError(Code.UNAVAILABLE, str(error)) from error
            except UserError as error:
                raise CallError(Code.FAILED_PRECONDITION, str(error)) from error
        answer, text, status = getattr(library, method)(self._session, request)
        if not status:
            return bytes(answer)
        code = Code(status)
        if code in _UNUSABLE:
            self._session = None
        raise CallError(code, bytes(text).decode("utf-8", "replace"))

    def _open(self) -> None:
        config = metadata_store_pb2.ConnectionConfig()
        if isinstance(self._place, SQLite):
            _prepare_file(self._place.path)
            config.sqlite.filename_uri = str(self._place.path)
            config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        else:
            config.mysql.host, config.mysql.port = self._place.host, self._place.port
            config.mysql.user, config.mysql.password = self._place.user, self._place.password
            config.mysql.database = self._place.database
        options = metadata_store_pb2.MigrationOptions(enable_upgrade_migration=self._upgrade)
        try:
            if isinstance(self._place, MySQL):
                # Python's lock is free while this waits for an answer; the library's own attempt would stop everything.
                server = greeting(self._place.host, self._place.port)
            self._session = library.CreateMetadataStore(config.SerializeToString(), options.SerializeToString())
        except RuntimeError as error:
            refuse_other_version(str(error), self.where)
            if _RACE in str(error):
                raise BusyError(f"{self.where}: another process is making its tables right now; try again") from error
            if isinstance(self._place, SQLite):
                raise StorageError(f"cannot open the metadata store {self._place.path}: {error}") from error
            raise _refusal(self._place, server, str(error)) from error


def _refusal(place: MySQL, server: str, text: str) -> UserError | ServerError:
    if "mysql_real_connect failed" in text:
        return UserError(
            f"{place}: {server} answers, but does not let user {place.user!r} in: check name and {PASSWORD_VARIABLE}; "
            "MLMD knows the authentication plugin mysql_native_password only"
        )
    if "Access denied" in text:
        return UserError(f"{place}: user {place.user!r} may not use the database: {text}; grant it ALL there")
    return ServerError(f"{place}: {server} answers, but the library cannot use it: {text}")


def _prepare_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make {path.parent} for the metadata: {error}; choose another root") from error
    if not path.exists() or path.stat().st_size == 0:
        return
    remedy = "choose another root, or move that file away"
    try:
        # Not mode=ro: after a crash within a transaction SQLite has to undo it before anything can be read.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
        try:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise StorageError(f"cannot open the metadata store {path}: {error}; is it readable?") from error
    except sqlite3.DatabaseError as error:
        raise UserError(f"{path} is where the metadata store belongs, but it is not a SQLite file; {remedy}") from error
    if tables and "MLMDEnv" not in tables:
        raise UserError(
            f"{path} is a SQLite file of another program (it has the tables {', '.join(sorted(tables)[:3])}), "
            f"not a metadata store; {remedy}"
        )

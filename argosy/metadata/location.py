"""Where metadata is kept, as a URI says it."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from argosy.errors import ParameterError

PASSWORD_VARIABLE = "MLMD_PASSWORD"
_MYSQL_PORT = 3306
_SERVICE_PORT = 8080
_FORMS = "a file's path, mysql://USER@HOST[:PORT]/DATABASE, grpc://HOST[:PORT] or grpcs://HOST[:PORT]"


@dataclass(frozen=True, kw_only=True)
class Memory:
    """This process's memory."""

    def __str__(self) -> str:
        return "memory"


@dataclass(frozen=True, kw_only=True)
class SQLite:
    """A file."""

    path: Path

    def __str__(self) -> str:
        return f"metadata store {self.path}"


@dataclass(frozen=True, kw_only=True)
class MySQL:
    """A database of a server that speaks MySQL's protocol."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str

    def __str__(self) -> str:
        return f"metadata database mysql://{self.user}@{self.host}:{self.port}/{self.database}"


@dataclass(frozen=True, kw_only=True)
class Service:
    """MLMD's gRPC service.

    Attributes:
        host: Its name or address.
        port: Its port.
        tls: Whether it is spoken to under TLS.
    """

    host: str
    port: int
    tls: bool

    @property
    def address(self) -> str:
        """HOST:PORT, as gRPC takes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"metadata service {'grpcs' if self.tls else 'grpc'}://{self.address}"


Location = Memory | SQLite | MySQL | Service


def read_location(uri: str | Path) -> Location:
    """Returns what a URI names; the password of a database comes from the environment, MLMD_PASSWORD.

    >>> str(read_location("grpc://metadata.ml")), str(read_location("mysql://mlmd@db/metadata"))
    ('metadata service grpc://metadata.ml:8080', 'metadata database mysql://mlmd@db:3306/metadata')

    Raises:
        ParameterError: It is none of the forms; a password stands in it.
    """
    text = str(uri)
    if not text:
        return Memory()
    if "://" not in text:
        return SQLite(path=Path(text))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ParameterError(f"metadata URI {text!r}: {error}; give {_FORMS}") from error
    if parts.scheme not in ("mysql", "grpc", "grpcs"):
        raise ParameterError(f"metadata URI {text!r}: unknown scheme {parts.scheme!r}; give {_FORMS}")
    if parts.password is not None:
        raise ParameterError(
            f"the metadata URI of {parts.hostname} holds a password, which would be logged and stored; "
            f"give it in the environment as {PASSWORD_VARIABLE}"
        )
    if not parts.hostname or parts.query or parts.fragment:
        raise ParameterError(f"metadata URI {text!r}: no host, or something behind the path; give {_FORMS}")
    if parts.scheme == "mysql":
        return _mysql(text, parts.hostname, port, parts.username, parts.path)
    if parts.path.strip("/") or parts.username:
        raise ParameterError(f"metadata URI {text!r}: a service has no path and no user; give {_FORMS}")
    return Service(host=parts.hostname, port=port or _SERVICE_PORT, tls=parts.scheme == "grpcs")


def _mysql(text: str, host: str, port: int | None, user: str | None, path: str) -> MySQL:
    database = unquote(path.strip("/"))
    if not user or not database or "/" in database:
        raise ParameterError(f"metadata URI {text!r}: give mysql://USER@HOST[:PORT]/DATABASE")
    password = os.environ.get(PASSWORD_VARIABLE, "")
    return MySQL(host=host, port=port or _MYSQL_PORT, user=unquote(user), password=password, database=database)

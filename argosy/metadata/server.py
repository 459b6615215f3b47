"""MLMD's gRPC service, over the C++ library that the ml-metadata wheel carries.

Requests and responses pass as bytes: whatever the library answers, this serves. Every client of the official server can
use it. The library does one call at a time and holds Python's lock meanwhile, so one process serves one call at a time.
"""

import concurrent.futures
import logging
import signal
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import grpc

from argosy.errors import BusyError, InfrastructureError, ParameterError, ServerError
from argosy.metadata.connection import CallError, Code
from argosy.metadata.database import METHODS, Database
from argosy.metadata.location import MySQL, SQLite
from argosy.metadata.server_handlers import CallHandler, HealthHandler

log = logging.getLogger("argosy.metadata")

_WORKERS = 16
_GRACE_SECONDS = 20.0
_LONGEST_PAUSE_SECONDS = 10.0
_PROBE = "GetContextTypes"


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """How the service is offered.

    Attributes:
        host: The address to listen on.
        port: The port; 0 for any that is free.
        upgrade: Migrates tables of an older schema version.
        certificate: The file of the server's certificate chain; None for no TLS.
        key: The file of its private key.
        client_authority: The file of the authority whose certificates clients must show; None to let all in.
        largest_message: The most bytes of a request.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    upgrade: bool = False
    certificate: Path | None = None
    key: Path | None = None
    client_authority: Path | None = None
    largest_message: int = 256 * 2**20


class MetadataServer:
    """The service on a port; calls are UNAVAILABLE until `connect` has reached the database.

    Attributes:
        port: The port it listens on, once started.
    """

    def __init__(self, place: SQLite | MySQL, options: ServerOptions) -> None:
        """Takes notice of what to serve; nothing is bound or opened yet."""
        self.port = options.port
        self._place = place
        self._options = options
        self._database: Database | None = None
        self._server: Any = None

    @property
    def where(self) -> str:
        """HOST:PORT."""
        return f"{self._options.host}:{self.port}"

    def start(self) -> None:
        """Listens.

        Raises:
            BusyError: The port is taken.
            ServerError: It cannot be bound for another reason.
            ParameterError: A file of the TLS options cannot be read.
        """
        workers = concurrent.futures.ThreadPoolExecutor(_WORKERS, thread_name_prefix="argosy-metadata")
        options = (
            # Two servers on one port would each get some of the requests, and nobody would be told.
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", self._options.largest_message),
            ("grpc.max_send_message_length", -1),
        )
        self._server = grpc.server(
            workers, handlers=(CallHandler(self.call, METHODS), HealthHandler(self.ready)), options=options
        )
        self.port = _bind(self._server, self._options)
        self._server.start()

    def connect(self) -> None:
        """Opens the database.

        Raises:
            UserError: It belongs to another program or schema version, or refuses the account.
            InfrastructureError: It cannot be reached.
        """
        self._database = Database(self._place, upgrade=self._options.upgrade)

    def stop(self, grace_seconds: float = _GRACE_SECONDS) -> None:
        """Takes no new calls, gives those in flight their time, lets go of the database."""
        if self._server is not None:
            self._server.stop(grace_seconds).wait(grace_seconds + 1)
        if self._database is not None:
            self._database.close()

    def call(self, method: str, request: bytes) -> bytes:
        """Returns the database's answer."""
        if self._database is None:
            raise CallError(Code.UNAVAILABLE, f"{self._place} is not open yet")
        return self._database.call(method, request)

    def ready(self) -> bool:
        """Whether the database answers now, be it with a refusal, which clients had better hear than nothing."""
        try:
            self.call(_PROBE, b"")
        except CallError as error:
            log.warning("not ready: %s", error.text)
            return error.code == Code.FAILED_PRECONDITION
        return True


def serve(place: SQLite | MySQL, options: ServerOptions) -> None:
    """Serves until SIGTERM or SIGINT, then stops cleanly. Blocks; call it from the main thread.

    A database server that does not answer is waited for without limit, and found again when it was away.

    Raises:
        BusyError: The port is taken.
        UserError: The database belongs to another program or schema version, or refuses the account.
        StorageError: The file cannot be opened.
    """
    server = MetadataServer(place, options)
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.start()
        log.info("listening on %s for %s", server.where, place)
        _connect(server, place, asked)
        if not asked.is_set():
            log.info("serving %s", place)
        asked.wait()
        log.info("stopping")
    finally:
        server.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def _connect(server: MetadataServer, place: SQLite | MySQL, asked: threading.Event) -> None:
    pause = 1.0
    while not asked.is_set():
        try:
            server.connect()
            return
        except InfrastructureError as error:
            if isinstance(place, SQLite):
                raise
            log.warning("%s; trying again in %.0f s", error, pause)
        asked.wait(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _bind(server: Any, options: ServerOptions) -> int:
    address = f"[{options.host}]:{options.port}" if ":" in options.host else f"{options.host}:{options.port}"
    _probe(options.host, options.port)
    try:
        if options.certificate is None:
            return int(server.add_insecure_port(address))
        return int(server.add_secure_port(address, _credentials(options)))
    except RuntimeError as error:
        raise ServerError(f"cannot listen on {address}: {error}; check --host and the TLS files") from error


def _probe(host: str, port: int) -> None:
    """Binds the port for a moment: gRPC itself says only that it could not, never why."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        remedy = "end what holds it, or give another with --port"
        raise BusyError(f"cannot listen on port {port} of {host}: {error}; {remedy}") from error


def _credentials(options: ServerOptions) -> Any:
    if options.certificate is None or options.key is None:
        raise ParameterError("TLS needs both a certificate and its key")
    authority = None if options.client_authority is None else _read(options.client_authority)
    return grpc.ssl_server_credentials(
        [(_read(options.key), _read(options.certificate))],
        root_certificates=authority,
        require_client_auth=authority is not None,
    )


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ParameterError(f"cannot read {file}: {error}") from error

"""The REST port: a threaded HTTP/1.1 server with keep-alive, chunked and gzip bodies, and a stop that drops nothing."""

import contextlib
import ctypes
import http.server
import logging
import select
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from argosy.serving.rest import Response, answer
from argosy.serving.served_model import ServedModel

log = logging.getLogger("argosy.serving.http")

_LARGEST_INFLATED = 100 * 2**20
_IDLE_SECONDS = 60.0
_LAST_REQUESTS_SECONDS = 0.25
_HANDSHAKE_SECONDS = 0.1
_SO_ATTACH_FILTER = 26
_NO_SYN = ((0x30, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))
"""Classic BPF (code, jump if true, jump if false, operand): of TCP flags, in byte 13, SYN without ACK is dropped."""


class RestServer(http.server.ThreadingHTTPServer):
    """Binds at once; `serve_forever` answers until `drain`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, served: ServedModel, *, timeout_ms: int) -> None:
        self.served = served
        self.timeout_ms = timeout_ms
        self.draining = False
        self._lock = threading.Lock()
        self._idle: set[Any] = set()
        self._busy: set[Any] = set()
        super().__init__((host, port), _Handler)

    def drain(self, grace_seconds: float) -> None:
        """Takes no more connections, answers every request that was sent, at most for so long, then closes."""
        deadline = time.monotonic() + grace_seconds
        self.draining = True
        self.shutdown()
        self._accept_waiting()
        self.server_close()
        # A busy client is told in an answer to close; one that sends nothing for so long is idle.
        _wait_for(lambda: not self._idle, min(_LAST_REQUESTS_SECONDS, grace_seconds))
        with self._lock:
            for connection in self._idle:
                # Only the reading side: a request that has arrived but was not yet looked at is still answered.
                _shut(connection, socket.SHUT_RD)
        _wait_for(lambda: not self._idle and not self._busy, deadline - time.monotonic())
        with self._lock:
            for connection in self._idle | self._busy:
                _shut(connection, socket.SHUT_RDWR)

    @contextlib.contextmanager
    def in_flight(self, connection: Any) -> Iterator[None]:
        """Takes a connection for busy as long as the block runs."""
        with self._lock:
            self._idle.discard(connection)
            self._busy.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(connection)
                self._idle.add(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remembers the connection, then hands it to a thread of its own."""
        with self._lock:
            self._idle.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets the connection and closes it."""
        with self._lock:
            self._idle.discard(request)
        super().shutdown_request(request)

    def _accept_waiting(self) -> None:
        """Takes the connections that the kernel has made but nobody has seen: closing the port would reset them."""
        _take_no_more(self.socket)
        deadline = time.monotonic() + _HANDSHAKE_SECONDS
        for _ in range(4 * self.request_queue_size):
            if not select.select([self], [], [], max(0.0, deadline - time.monotonic()))[0]:
                return
            self.handle_request()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Logs what broke a connection; the client sees it closed."""
        log.debug("connection from %s broke", client_address, exc_info=True)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RestServer
    timeout = _IDLE_SECONDS
    # Headers and body in one packet: in two, Nagle and delayed acknowledgement cost 40 ms a request.
    wbufsize = -1
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        with self.server.in_flight(self.connection):
            body = self._body()
            if body is None:
                self.close_connection = True
                self._send(Response(status=400, body=b'{"error": "Malformed request: the length of the body"}\n'))
                return
            self._send(
                answer(
                    self.server.served,
                    self.command,
                    self.path,
                    body,
                    origin=self.headers.get("Origin", ""),
                    timeout_ms=self.server.timeout_ms,
                )
            )

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = _handle  # noqa: N815

    def _body(self) -> bytes | None:
        body: bytes | None
        try:
            if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
                body = b"".join(_chunks(self.rfile))
            else:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length) if length >= 0 else None
                if body is not None and len(body) < length:
                    raise ConnectionError("the connection ended within a body")
        except ValueError:
            return None
        if body and "gzip" in self.headers.get("Content-Encoding", "").lower():
            return _inflate(body)
        return body

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        if self.server.draining or self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        log.debug(format, *args)


def _take_no_more(listening: socket.socket) -> None:
    """Lets handshakes that have begun come to their end, and no other begin: those are asked for again, and refused."""
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in _NO_SYN))
    pointer = struct.pack("HP", len(_NO_SYN), ctypes.addressof(program))
    try:
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, pointer)
    except OSError:
        # A sandbox may know no such filter: a connection in the last instant may be reset there.
        listening.listen(0)


def _wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def _shut(connection: Any, how: int) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(how)


def _chunks(stream: Any) -> Iterator[bytes]:
    while size := int(stream.readline().split(b";")[0], 16):
        if size < 0:
            raise ValueError(f"a chunk of {size} bytes")
        yield stream.read(size)
        stream.readline()
    while stream.readline().strip():
        continue


def _inflate(body: bytes) -> bytes:
    """Returns the inflated body; of one that is damaged or too large nothing, as TF Serving does."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        result = inflater.decompress(body, _LARGEST_INFLATED)
    except zlib.error:
        return b""
    return result if inflater.eof else b""

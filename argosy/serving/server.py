"""The embedded model server: TF Serving's REST and gRPC API over one base path, in this process.

    with ModelServer("penguins", "models/penguins") as server:
        server.wait_ready(timeout=30)
        ...  # server.url is the REST address, server.address the gRPC one

Versions are followed as served_model.py says. Ports are bound before the first version is loaded, so that a taken port
is known at once and a version's state can be asked from the start; TF Serving opens its ports later.
"""

import concurrent.futures
import errno
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc

from argosy.errors import BusyError, ParameterError, ServerError
from argosy.serving.grpc_services import add_services
from argosy.serving.http_server import RestServer
from argosy.serving.served_model import LoadPolicy, ServedModel, VersionState

log = logging.getLogger("argosy.serving")

REST_TIMEOUT_MS = 30_000
_HIGHEST_PORT = 65_535
_TICK_SECONDS = 0.1
_LARGEST_MESSAGE = 2**31 - 1


class ModelServer:
    """A server of one model. Both ports answer from `start` on; requests for a model not yet loaded get NOT_FOUND.

    Attributes:
        port: The gRPC port, once started.
        rest_port: The REST port, once started.
    """

    def __init__(
        self,
        model_name: str,
        model_base_path: str | Path,
        port: int = 0,
        rest_port: int = 0,
        *,
        host: str = "127.0.0.1",
        poll_seconds: float = 1.0,
        load: LoadPolicy | None = None,
        grpc_arguments: Mapping[str, int | str] | None = None,
        version: int | None = None,
    ) -> None:
        """Takes notice of what to serve; nothing is bound or read yet.

        Args:
            model_name: The name that clients use.
            model_base_path: The folder of the numbered versions.
            port: The gRPC port; 0 for any that is free.
            rest_port: The REST port; 0 for any that is free.
            host: The address to listen on; 0.0.0.0 for all.
            poll_seconds: Time between two looks at the base path.
            load: How often a version that does not load is tried again; by default as TF Serving does.
            grpc_arguments: gRPC channel arguments of the server, as {"grpc.max_connection_age_ms": 10_000}.
            version: The one version to serve; None for the newest at any time.

        Raises:
            ParameterError: A value that cannot work.
        """
        if not model_name or "/" in model_name or ":" in model_name:
            raise ParameterError(f"model name {model_name!r}: give one without '/' and ':'")
        for number in (port, rest_port):
            if not 0 <= number <= _HIGHEST_PORT:
                raise ParameterError(f"port {number}: give one from 1 to {_HIGHEST_PORT}, or 0 for any that is free")
        if port and port == rest_port:
            raise ParameterError(f"port {port} cannot serve both gRPC and REST: give two")
        if version is not None and version < 0:
            raise ParameterError(f"version {version}: give the number of a version, 0 or more")
        if poll_seconds <= 0:
            raise ParameterError(f"poll_seconds {poll_seconds}: give a number above 0")
        self.port = port
        self.rest_port = rest_port
        self._host = host
        self._served = ServedModel(
            model_name, model_base_path, poll_seconds=poll_seconds, load=load or LoadPolicy(), version=version
        )
        self._tick = min(_TICK_SECONDS, poll_seconds)
        self._grpc_arguments = dict(grpc_arguments or {})
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._rest: RestServer | None = None
        self._grpc: Any = None

    @property
    def url(self) -> str:
        """The REST address."""
        return f"http://{_reachable(self._host)}:{self.rest_port}"

    @property
    def address(self) -> str:
        """The gRPC address."""
        return f"{_reachable(self._host)}:{self.port}"

    def start(self) -> None:
        """Binds both ports and begins to load.

        Raises:
            BusyError: A port is taken.
            ServerError: A port cannot be bound for another reason.
        """
        self._rest = _bind_rest(self._host, self.rest_port, self._served)
        try:
            self._grpc, self.port = _bind_grpc(self._host, self.port, self._served, self._grpc_arguments)
        except Exception:
            self._rest.server_close()
            raise
        self.rest_port = self._rest.server_address[1]
        self._grpc.start()
        self._threads = [
            threading.Thread(target=self._follow_base_path, name="argosy-serving-versions", daemon=True),
            threading.Thread(target=self._rest.serve_forever, args=(0.05,), name="argosy-serving-rest", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send_clients_away(self) -> None:
        """Answers as before, and tells REST clients with each answer that their connection ends with it.

        Their next request then comes over a new connection, which a balancer leads elsewhere. gRPC clients are sent
        away all the time, by `grpc.max_connection_age_ms` among the channel arguments.
        """
        if self._rest is not None:
            self._rest.draining = True

    def stop(self, grace_seconds: float = 10.0) -> None:
        """Ends the server: no new requests, those in flight have their time, then the model is unloaded."""
        if not self._threads or self._rest is None:
            return
        self._stopping.set()
        grpc_stopped = self._grpc.stop(grace_seconds)
        self._rest.drain(grace_seconds)
        grpc_stopped.wait(grace_seconds + 1)
        for thread in self._threads:
            thread.join(grace_seconds)
        self._threads = []
        self._served.close(grace_seconds)

    def states(self) -> tuple[VersionState, ...]:
        """Returns every version that this process has known, newest first."""
        return self._served.states()

    def wait_ready(self, timeout: float = 60.0, version: int | None = None) -> int:
        """Returns the version that is AVAILABLE: the one asked for, or the newest.

        Raises:
            ServerError: It did not load, or not in time; the message holds the last state.
        """
        deadline = time.monotonic() + timeout
        while True:
            states = [state for state in self.states() if version is None or state.version == version]
            ready = next((state for state in states if state.state == "AVAILABLE"), None)
            if ready is not None:
                return ready.version
            last = states[0] if states else None
            if last is not None and last.state == "END" and last.message:
                raise ServerError(f"model {self._served.name} version {last.version} did not load: {last.message}")
            if time.monotonic() >= deadline:
                state = f"{last.state} {last.message}".strip() if last else "no version found"
                raise ServerError(f"model {self._served.name}: not AVAILABLE after {timeout:g} s; last state: {state}")
            time.sleep(0.02)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _follow_base_path(self) -> None:
        while not self._stopping.is_set():
            try:
                self._served.step()
            except Exception:  # no one look at the disk may end the thread that swaps versions
                log.exception("following the base path of %s", self._served.name)
            self._stopping.wait(self._tick)


def serve(
    model_name: str,
    model_base_path: str | Path,
    *,
    port: int = 8500,
    rest_port: int = 8501,
    host: str = "127.0.0.1",
    poll_seconds: float = 1.0,
    load: LoadPolicy | None = None,
    grpc_arguments: Mapping[str, int | str] | None = None,
    drain_seconds: float = 0.0,
    version: int | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT, then stops cleanly. Blocks; call it from the main thread.

    Behind a balancer, requests still come in after SIGTERM, until every node has heard that this server leaves: for
    `drain_seconds` they are answered, and clients are sent away. A second signal ends the wait.

    A base path without a version is waited for without limit. As TF Serving does, it ends with an error when the first
    version does not load; once one has been served, a later version that does not load changes nothing.

    Raises:
        BusyError: A port is taken.
        ServerError: The first version does not load.
    """
    if drain_seconds < 0:
        raise ParameterError(f"drain_seconds {drain_seconds}: give seconds, 0 or more")
    server = ModelServer(
        model_name, model_base_path, port, rest_port,
        host=host, poll_seconds=poll_seconds, load=load, grpc_arguments=grpc_arguments, version=version,
    )  # fmt: skip
    asked, hurried = threading.Event(), threading.Event()

    def hear(*_: object) -> None:
        (hurried if asked.is_set() else asked).set()

    before = {number: signal.signal(number, hear) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.start()
        log.info("model %s from %s: REST %s, gRPC %s", model_name, model_base_path, server.url, server.address)
        served_once = False
        while not asked.wait(0.2):
            states = server.states()
            served_once = served_once or any(state.state == "AVAILABLE" for state in states)
            if not served_once and states and all(state.state == "END" and state.message for state in states):
                raise ServerError(f"model {model_name} version {states[0].version} did not load: {states[0].message}")
        log.info("stopping%s", f": {drain_seconds:g} s for clients to go elsewhere" if drain_seconds else "")
        server.send_clients_away()
        hurried.wait(drain_seconds)
    finally:
        server.stop(REST_TIMEOUT_MS / 1000)
        for number, handler in before.items():
            signal.signal(number, handler)


def _bind_rest(host: str, port: int, served: ServedModel) -> RestServer:
    try:
        return RestServer(host, port, served, timeout_ms=REST_TIMEOUT_MS)
    except OSError as error:
        raise _cannot_bind("REST", "--rest-api-port", host, port, error) from error


def _bind_grpc(host: str, port: int, served: ServedModel, arguments: Mapping[str, int | str]) -> tuple[Any, int]:
    _probe(host, port)
    workers = concurrent.futures.ThreadPoolExecutor(4 * (os.cpu_count() or 1), thread_name_prefix="argosy-serving-grpc")
    options = {
        # Two servers on one port would each get some of the requests, and nobody would be told.
        "grpc.so_reuseport": 0,
        "grpc.max_receive_message_length": _LARGEST_MESSAGE,
        "grpc.max_send_message_length": _LARGEST_MESSAGE,
        **arguments,
    }
    server = grpc.server(workers, options=tuple(options.items()))
    add_services(server, served)
    try:
        return server, server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise _cannot_bind("gRPC", "--port", host, port, OSError(errno.EADDRINUSE, str(error))) from error


def _probe(host: str, port: int) -> None:
    """Binds the port for a moment: gRPC itself says only that it could not, never why."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise _cannot_bind("gRPC", "--port", host, port, error) from error


def _cannot_bind(what: str, flag: str, host: str, port: int, error: Exception) -> Exception:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return BusyError(f"{what} port {port} on {host} is in use; end what holds it, or give another with {flag}")
    return ServerError(f"cannot listen on {what} port {port} of {host}: {error}; give another with {flag}")


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("", "0.0.0.0") else host

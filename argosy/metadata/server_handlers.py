"""What answers a gRPC request: the service's calls as bytes, and the health check."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

import grpc

from argosy.metadata.connection import SERVICE, CallError, Code

log = logging.getLogger("argosy.metadata")

_SERVING, _NOT_SERVING = b"\x08\x01", b"\x08\x02"
"""HealthCheckResponse, serialized: one enum in field 1."""

_STATUS = {code.value[0]: code for code in grpc.StatusCode}


class CallHandler(grpc.GenericRpcHandler):
    """MetadataStoreService; a call that is not among the methods is UNIMPLEMENTED."""

    def __init__(self, call: Callable[[str, bytes], bytes], methods: Iterable[str]) -> None:
        """Takes what answers a request of a method; it may raise CallError."""
        self._call = call
        self._handlers = {f"/{SERVICE}/{method}": self._handler(method) for method in methods}

    def service(self, details: Any) -> Any:
        """Returns what answers the call, or None."""
        return self._handlers.get(details.method)

    def _handler(self, method: str) -> Any:
        def answer(request: bytes, context: Any) -> bytes:
            # Whoever has given up asks again, and must not find that this try was made after the next.
            if not context.is_active():
                return b""
            try:
                return self._call(method, request)
            except CallError as error:
                failure = error
            log.log(_level(failure.code), "%s: %s", method, failure)
            return context.abort(_STATUS[failure.code], failure.text)

        return grpc.unary_unary_rpc_method_handler(answer)


class HealthHandler(grpc.GenericRpcHandler):
    """grpc.health.v1: "" says that the process answers, the service's name that its database does too."""

    def __init__(self, ready: Callable[[], bool]) -> None:
        """Takes what says whether the database answers."""
        self._ready = ready

    def service(self, details: Any) -> Any:
        """Returns what answers Check; None for anything else."""
        if details.method != "/grpc.health.v1.Health/Check":
            return None
        return grpc.unary_unary_rpc_method_handler(self._check)

    def _check(self, request: bytes, context: Any) -> bytes:
        # HealthCheckRequest, serialized: nothing, or one string in field 1.
        name = request[2:].decode("utf-8", "replace")
        if name not in ("", SERVICE):
            context.abort(grpc.StatusCode.NOT_FOUND, f"no service {name!r} here")
        return _SERVING if not name or self._ready() else _NOT_SERVING


def _level(code: Code) -> int:
    ordinary = (Code.NOT_FOUND, Code.ALREADY_EXISTS, Code.ABORTED, Code.UNIMPLEMENTED)
    return logging.DEBUG if code in ordinary else logging.WARNING

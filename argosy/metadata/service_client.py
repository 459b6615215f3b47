"""A gRPC channel to MLMD's service."""

import os
import re
from pathlib import Path
from typing import Any

import grpc

from argosy.errors import ParameterError, ServerError
from argosy.metadata.connection import SERVICE, CallError, Code
from argosy.metadata.location import Service

CA_VARIABLE, CERTIFICATE_VARIABLE, KEY_VARIABLE = "MLMD_CA_FILE", "MLMD_CERT_FILE", "MLMD_KEY_FILE"
_CALL_SECONDS = 60.0
_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # A service that was away is noticed soon after it is back; the default grows to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 2000),
    # The service is inside the cluster or on this machine; a proxy from the environment would only hide it.
    ("grpc.enable_http_proxy", 0),
)
_PREAMBLE = re.compile(r"failed to connect to all addresses; last error: [A-Z]+: ")
_TLS_FAULTS = ("ssl_error_ssl", "certificate", "verification check failed", "wrong_version_number", "alert")


class ServiceChannel:
    """A `Connection` to the service at an address. Fork no process that is to use it, gRPC's threads stay behind."""

    def __init__(self, place: Service) -> None:
        """Makes the channel; nothing is sent yet.

        Raises:
            ParameterError: A certificate or key that the environment names cannot be read.
        """
        self.where = str(place)
        self._place = place
        self._credentials = _credentials() if place.tls else None
        self._channel = self._connected()

    def call(self, method: str, request: bytes) -> bytes:
        """Returns the response of one request; it is sent once."""
        channel = self._channel
        send = channel.unary_unary(f"/{SERVICE}/{method}")
        try:
            return bytes(send(request, timeout=_CALL_SECONDS))
        except grpc.RpcError as error:
            code, text = Code(error.code().value[0]), _plain(error.details() or "", self._place.tls)
        except ValueError as error:
            raise ServerError(f"{self.where}: the channel is closed") from error
        if code == Code.DEADLINE_EXCEEDED:
            # The machine behind it may be gone without a word: only a new connection finds the new one.
            self._channel = self._connected()
        if self._place.tls and code == Code.UNAVAILABLE and any(words in text.lower() for words in _TLS_FAULTS):
            raise ServerError(
                f"{self.where}: TLS was refused ({text}); check that the service speaks TLS, that {CA_VARIABLE} names "
                "the authority that signed its certificate, and that the certificate is for this host name"
            )
        raise CallError(code, text)

    def close(self) -> None:
        """Closes the channel."""
        self._channel.close()

    def _connected(self) -> Any:
        if self._credentials is None:
            return grpc.insecure_channel(self._place.address, options=_OPTIONS)
        return grpc.secure_channel(self._place.address, self._credentials, options=_OPTIONS)


def _plain(text: str, tls: bool) -> str:
    """Returns what gRPC says without its preamble, and what a connection that is closed at once may mean."""
    known = _PREAMBLE.sub("", text)
    if known != text and known.endswith("Socket closed"):
        meaning = f"a client's certificate, {CERTIFICATE_VARIABLE} and {KEY_VARIABLE}" if tls else "TLS, grpcs://"
        return f"{known}, as by a server that wants {meaning}"
    return known


def _credentials() -> Any:
    return grpc.ssl_channel_credentials(
        root_certificates=_file_of(CA_VARIABLE),
        private_key=_file_of(KEY_VARIABLE),
        certificate_chain=_file_of(CERTIFICATE_VARIABLE),
    )


def _file_of(variable: str) -> bytes | None:
    name = os.environ.get(variable)
    if not name:
        return None
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise ParameterError(f"{variable} names {name}, which cannot be read: {error}") from error

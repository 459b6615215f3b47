"""A line to the tables of ML Metadata: one call of MetadataStoreService at a time, as bytes in and bytes out."""

import enum
from typing import Protocol

SERVICE = "ml_metadata.MetadataStoreService"


class Code(enum.IntEnum):
    """The canonical status codes that MLMD answers with."""

    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class CallError(Exception):
    """A call was refused, failed, or got no answer.

    Attributes:
        code: How; UNAVAILABLE, DEADLINE_EXCEEDED and CANCELLED leave open whether a write was made, ABORTED does not.
        text: What the other side said.
    """

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(f"{code.name}: {text}")
        self.code = code
        self.text = text


class Connection(Protocol):
    """MLMD's service, wherever it is; safe to call from several threads.

    Attributes:
        where: What it leads to, for messages.
    """

    where: str

    def call(self, method: str, request: bytes) -> bytes:
        """Returns the serialized response to a serialized request of the service's method.

        Raises:
            CallError: It failed.
        """

    def close(self) -> None:
        """Lets go of it."""

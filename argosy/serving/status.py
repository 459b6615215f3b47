"""The canonical status codes, as gRPC and TF Serving use them, and what each is over HTTP."""

from argosy.errors import SavedModelCallError

HTTP_STATUS = {
    "OK": 200, "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "OUT_OF_RANGE": 400, "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ALREADY_EXISTS": 409, "ABORTED": 409, "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499, "UNKNOWN": 500, "INTERNAL": 500, "DATA_LOSS": 500, "UNIMPLEMENTED": 501, "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}  # fmt: skip

_LONGEST_MESSAGE = 1024
_CUT = "...TRUNCATED"


class CallError(Exception):
    """How a call to the server ends when it does not end well; it becomes a status on the wire and goes no further.

    Attributes:
        code: One of `HTTP_STATUS`.
        message: What the client reads, at most 1024 characters.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - len(_CUT)] + _CUT


def invalid(message: str) -> CallError:
    """Returns the error of a request that is wrong in itself."""
    return CallError("INVALID_ARGUMENT", message)


def from_exception(error: Exception) -> CallError:
    """Returns the status that an exception under a call stands for; a SavedModelCallError carries its own.

    >>> from_exception(ValueError("no")).code
    'INTERNAL'
    """
    if isinstance(error, CallError):
        return error
    if isinstance(error, SavedModelCallError):
        return CallError(error.code, str(error))
    return CallError("INTERNAL", f"{type(error).__name__}: {error}")

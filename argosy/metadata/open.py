"""The store that a URI names."""

import os
from pathlib import Path

from argosy.errors import ParameterError
from argosy.metadata.location import Memory, Service, read_location
from argosy.metadata.memory import MemoryStore
from argosy.metadata.store import Store

WAIT_VARIABLE = "ARGOSY_METADATA_WAIT_SECONDS"
DEFAULT_WAIT_SECONDS = 120.0


def open_store(uri: str | Path, *, wait_seconds: float | None = None) -> Store:
    """Returns the store at a URI; a database is created when it is not there.

    Args:
        uri: "" for this process's memory, a path for SQLite, mysql://USER@HOST[:PORT]/DATABASE (password in the
            environment, MLMD_PASSWORD), grpc://HOST[:PORT] or grpcs://... for MLMD's service (MLMD_CA_FILE,
            MLMD_CERT_FILE and MLMD_KEY_FILE name what TLS needs beyond the system's authorities).
        wait_seconds: How long any one call goes on trying while the other side is away, with a line in the log before
            each try; None for ARGOSY_METADATA_WAIT_SECONDS, or two minutes.

    Raises:
        ParameterError: The URI is none of these.
        UserError: What is there belongs to another program or another version of ml-metadata, or refuses the account.
        StorageError: The file cannot be created or opened.
        ServerError: The server or service does not answer, or TLS is refused.
    """
    place = read_location(uri)
    if isinstance(place, Memory):
        return MemoryStore()
    from argosy.metadata.mlmd import MlmdStore

    seconds = _default_wait() if wait_seconds is None else wait_seconds
    if isinstance(place, Service):
        from argosy.metadata.service_client import ServiceChannel

        store = MlmdStore(ServiceChannel(place), wait_seconds=seconds)
        store.require_service()
        return store
    from argosy.metadata.database import Database

    return MlmdStore(Database(place), wait_seconds=seconds)


def _default_wait() -> float:
    text = os.environ.get(WAIT_VARIABLE, "")
    try:
        return float(text) if text else DEFAULT_WAIT_SECONDS
    except ValueError as error:
        raise ParameterError(f"{WAIT_VARIABLE} is {text!r}; give a number of seconds") from error

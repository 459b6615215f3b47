"""What REST and gRPC do alike: find the model that a request means, and describe it."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import google.protobuf
from google.protobuf import json_format
from tensorflow_serving.apis.get_model_metadata_pb2 import SignatureDefMap

from argosy.saved_model.session import SessionModel
from argosy.serving.served_model import ServedModel, VersionState
from argosy.serving.status import CallError, invalid

DEFAULT_SIGNATURE = "serving_default"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelQuery:
    """Which model a request means.

    Attributes:
        version: A number; None for the newest that is ready.
        label: A version label; this server has none, so each is refused in TF Serving's words.
    """

    name: str
    version: int | None = None
    label: str = ""


@contextlib.contextmanager
def acquired(served: ServedModel, query: ModelQuery) -> Iterator[tuple[int, SessionModel]]:
    """Yields the version and the loaded model that a request means.

    Raises:
        CallError: INVALID_ARGUMENT or NOT_FOUND.
    """
    if not query.name:
        raise invalid("ModelSpec has no name specified.")
    if query.label:
        raise invalid(f"Unrecognized servable version label: {query.label}")
    if query.name != served.name:
        which = f"Latest({query.name})" if query.version is None else f"Specific({query.name}, {query.version})"
        raise CallError("NOT_FOUND", f"Servable not found for request: {which}")
    with served.acquire(query.version) as found:
        yield found


def version_states(served: ServedModel, name: str, version: int | None) -> tuple[VersionState, ...]:
    """Returns the states of all versions, or of one, newest first.

    Raises:
        CallError: NOT_FOUND: the model or the version was never seen.
    """
    states = served.states() if name == served.name else ()
    if version is not None:
        states = tuple(state for state in states if state.version == version)
    if not states:
        which = "any versions" if version is None else f"version {version}"
        raise CallError("NOT_FOUND", f"Could not find {which} of model {name}")
    return states


def signature_def_map(model: SessionModel) -> Any:
    """Returns the model's signatures as the SignatureDefMap message."""
    return SignatureDefMap(signature_def=dict(model.signature_def_map))


def message_dict(message: Any) -> Any:
    """Returns a message as JSON values under its proto names, with every default written out."""
    newer = int(google.protobuf.__version__.split(".")[0]) >= 5
    defaults = "always_print_fields_with_no_presence" if newer else "including_default_value_fields"
    options: dict[str, Any] = {"preserving_proto_field_name": True, defaults: True}
    return json_format.MessageToDict(message, **options)

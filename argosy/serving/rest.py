"""TF Serving's REST API as a function: method, path and body in, status and body out."""

import dataclasses
import json
import re
import urllib.parse
from collections.abc import Callable
from typing import Any

import numpy as np

from argosy.saved_model.session import SessionModel
from argosy.serving.calls import (
    DEFAULT_SIGNATURE,
    ModelQuery,
    acquired,
    message_dict,
    signature_def_map,
    version_states,
)
from argosy.serving.json_input import debug_text, parse_json, read_columns, read_instances
from argosy.serving.json_output import write_outputs, write_predictions
from argosy.serving.served_model import ServedModel
from argosy.serving.status import HTTP_STATUS, CallError, from_exception, invalid

_WHICH = r"(?:/versions/([0-9]+)|/labels/([^/:]+))?"
_CALL = re.compile(rf"/v1/models/([^/:]+){_WHICH}:(classify|regress|predict)", re.IGNORECASE)
_QUESTION = re.compile(rf"/v1/models(?:/([^/:]+))?{_WHICH}(?:/(metadata))?", re.IGNORECASE)
_JSON = "application/json"
_NO_PAGE = "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Response:
    """What goes back."""

    status: int
    body: bytes
    content_type: str = _JSON


def answer(
    served: ServedModel, method: str, path: str, body: bytes, *, origin: str = "", timeout_ms: int | None = None
) -> Response:
    """Returns the response to one request; it raises nothing.

    Args:
        served: The model.
        method: As "POST".
        path: Path and query string, as they came.
        body: What came with it, inflated.
        origin: The Origin header, which an OPTIONS request needs.
        timeout_ms: The time that the model has.
    """
    if not path.startswith("/v1/"):
        return Response(status=404, body=_NO_PAGE.encode(), content_type="text/html")
    if method == "OPTIONS":
        return Response(status=200 if re.search("https?://", origin) else 400, body=b"")
    try:
        return Response(status=200, body=_route(served, method, path, body, timeout_ms).encode("utf-8"))
    except Exception as error:  # a request never ends the server: what goes wrong is that request's answer
        failure = from_exception(error)
        text = json.dumps({"error": failure.message}, indent=4, ensure_ascii=False) + "\n"
        return Response(status=HTTP_STATUS[failure.code], body=text.encode("utf-8", "replace"))


def _route(served: ServedModel, method: str, path: str, body: bytes, timeout_ms: int | None) -> str:
    call = _CALL.fullmatch(path)
    if method == "POST" and call:
        name, version, label, verb = call.groups()
        if verb.lower() != "predict":
            raise CallError("UNIMPLEMENTED", f"{verb} is not served here: use predict")
        return _predict(served, _query(name, version, label), body, timeout_ms)
    question = _QUESTION.fullmatch(path)
    if method == "GET" and question:
        name, version, label, metadata = question.groups()
        if not name:
            raise invalid("Missing model name in request.")
        query = _query(name, version, label)
        return _metadata(served, query) if metadata else _status(served, query)
    raise invalid(f"Malformed request: {method} {path}")


def _query(name: str, version: str | None, label: str | None) -> ModelQuery:
    if version and int(version) >= 2**63:
        raise invalid(f"Failed to convert version: {version} to numeric.")
    return ModelQuery(
        name=urllib.parse.unquote(name),
        version=int(version) if version else None,
        label=urllib.parse.unquote(label or ""),
    )


def _predict(served: ServedModel, query: ModelQuery, body: bytes, timeout_ms: int | None) -> str:
    request = parse_json(body)
    if not isinstance(request, dict):
        raise invalid(f"JSON Value: {debug_text(request)} Is not object")
    signature_name = request.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(signature_name, str):
        raise invalid(
            f"JSON Value: {debug_text(request)} not formatted correctly. 'signature_name' key must be a string value."
        )
    with acquired(served, query) as (_, model):
        feeds, write = _feeds(model, signature_name, request)
        outputs = model.run(signature_name, feeds, timeout_ms=timeout_ms)
    return write(outputs)


def _feeds(
    model: SessionModel, signature_name: str, request: dict[str, Any]
) -> tuple[dict[str, np.ndarray], Callable[[dict[str, np.ndarray]], str]]:
    """Returns what to feed, and the writer of the response's form, which follows the request's."""
    if signature_name not in model.signatures:
        raise invalid(f'Serving signature name: "{signature_name}" not found in signature def')
    types = {name: info.dtype for name, info in model.signatures[signature_name].inputs.items()}
    if "instances" in request and "inputs" in request:
        raise invalid(
            f"JSON Value: {debug_text(request)} Not formatted correctly expecting only one of 'inputs' or 'instances' "
            "keys to exist "
        )
    if "instances" in request:
        return read_instances(request["instances"], types), write_predictions
    if "inputs" in request:
        return read_columns(request["inputs"], types), write_outputs
    raise invalid("Missing 'inputs' or 'instances' key")


def _status(served: ServedModel, query: ModelQuery) -> str:
    # TF Serving reads a label here and then ignores it.
    entries = [
        {
            "version": str(state.version),
            "state": state.state,
            "status": {"error_code": state.code, "error_message": state.message},
        }
        for state in version_states(served, query.name, query.version)
    ]
    return json.dumps({"model_version_status": entries}, indent=1) + "\n"


def _metadata(served: ServedModel, query: ModelQuery) -> str:
    with acquired(served, query) as (version, model):
        document = {
            "model_spec": {"name": query.name, "signature_name": "", "version": str(version)},
            "metadata": {"signature_def": message_dict(signature_def_map(model))},
        }
    return json.dumps(document, indent=1) + "\n"

"""The thin client of a model server, embedded or TF Serving: REST through the standard library, no TensorFlow.

outputs = predict("http://127.0.0.1:8501", "penguins", {"bill_length_mm": [39.1], ...}, signature_name="columns")
"""

import dataclasses
import http.client
import json
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

from argosy.errors import ParameterError, ServerError

NO_ANSWER = "no answer"
"""The state of a version on a server that cannot be reached."""
NOT_LISTED = "not listed"
"""The state of a version that a server does not know (yet)."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class VersionStatus:
    """What a server says of one version.

    Attributes:
        version: Its number.
        state: START, LOADING, AVAILABLE, UNLOADING or END; or `NO_ANSWER`, `NOT_LISTED`.
        message: The error with which it ended, or why there is no answer; empty when all is well.
    """

    version: int
    state: str
    message: str = ""


def predict(
    url: str,
    model_name: str,
    inputs: Any = None,
    *,
    instances: list[Any] | None = None,
    signature_name: str = "serving_default",
    version: int | None = None,
    timeout: float = 30.0,
) -> Any:
    """Returns the value of `outputs` (for inputs) or of `predictions` (for instances), as parsed JSON.

    Args:
        url: The server's REST address, as http://host:8501.
        model_name: The name under which it serves the model.
        inputs: Columns: a value per input name; or one bare value.
        instances: Rows, instead of inputs.
        signature_name: The signature to call.
        version: A version; None for the newest that is ready.
        timeout: Seconds.

    Raises:
        ServerError: No answer, or an answer other than 200; the message holds the server's own.
    """
    question = {"inputs": inputs} if instances is None else {"instances": instances}
    body = {"signature_name": signature_name, **question}
    status, answer = post_predict(url, model_name, body, version=version, timeout=timeout)
    if status != 200:
        raise ServerError(refusal_text(url, model_name, status, answer))
    return answer["outputs" if instances is None else "predictions"]


def post_predict(
    url: str, model_name: str, body: dict[str, Any], *, version: int | None = None, timeout: float = 30.0
) -> tuple[int, dict[str, Any]]:
    """Returns the HTTP status and the parsed answer to a predict request; a 200 holds `outputs` or `predictions`.

    Raises:
        ServerError: No answer, or one that is not a model server's.
    """
    path = f"{_model_path(model_name, version)}:predict"
    status, answer = _call(url, "POST", path, timeout, json.dumps(body).encode("utf-8"))
    if status == 200 and not answer.keys() & {"outputs", "predictions"}:
        raise ServerError(f"{url}{path}: the answer has no outputs: {answer}; is it a model server's address?")
    return status, answer


def refusal_text(url: str, model_name: str, status: int, answer: dict[str, Any]) -> str:
    """Returns what an answer other than 200 says, and whose it is."""
    return f"{url}: model {model_name}: HTTP {status}: {answer.get('error', answer)}"


def check_url(url: Any) -> None:
    """Refuses what cannot be a server's REST address.

    Raises:
        ParameterError: It is not of the form http://host:port.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except (ValueError, TypeError, AttributeError):
        usable = False
    if not usable:
        raise ParameterError(f"{url!r} is not the REST address of a model server; give it as http://host:8501")


def model_status(
    url: str, model_name: str, *, version: int | None = None, timeout: float = 10.0
) -> tuple[VersionStatus, ...]:
    """Returns the status of each version the server has known, newest first; empty when it knows none.

    Raises:
        ServerError: No answer, or neither 200 nor 404.
    """
    path = _model_path(model_name, version)
    status, answer = _call(url, "GET", path, timeout)
    if status == 404:
        return ()
    if status != 200:
        raise ServerError(f"{url}{path}: HTTP {status}: {answer.get('error', '')}")
    entries = answer.get("model_version_status", [])
    return tuple(
        VersionStatus(version=int(entry["version"]), state=entry["state"], message=entry["status"]["error_message"])
        for entry in entries
    )


def wait_available(
    url: str,
    model_name: str,
    version: int | None = None,
    *,
    timeout: float = 60.0,
    poll_seconds: float = 0.25,
    while_true: Callable[[], bool] = lambda: True,
) -> int:
    """Returns the version that is AVAILABLE: the one asked for, or the newest.

    Args:
        url: The server's REST address, as http://host:8501.
        model_name: The name under which it serves the model.
        version: A version; None for the newest that is ready.
        timeout: Seconds.
        poll_seconds: Seconds between two looks.
        while_true: Ends the waiting as if the time were over, once it says no.

    Raises:
        ServerError: It ended with an error, or was not available in time; the message holds its last state.
    """
    deadline = time.monotonic() + timeout
    while True:
        last = _last_state(url, model_name, version, max(0.1, min(10.0, deadline - time.monotonic())))
        if last.state == "AVAILABLE":
            return last.version
        what = f"model {model_name}" + (f" version {version}" if version is not None else "")
        if version is not None and last.state == "END" and last.message:
            raise ServerError(f"{url}: {what} did not load: {last.message}")
        if time.monotonic() >= deadline or not while_true():
            reason = f": {last.message}" if last.message else ""
            raise ServerError(f"{url}: {what} not AVAILABLE after {timeout:.3g} s; last state: {last.state}{reason}")
        time.sleep(min(poll_seconds, max(0.0, deadline - time.monotonic())))


def _last_state(url: str, model_name: str, version: int | None, timeout: float) -> VersionStatus:
    """Returns one status for the question asked; of several versions the newest available one, else the newest."""
    try:
        entries = model_status(url, model_name, version=version, timeout=timeout)
    except ServerError as error:
        return VersionStatus(version=version or 0, state=NO_ANSWER, message=str(error))
    available = [entry for entry in entries if entry.state == "AVAILABLE"]
    return next(iter(available or entries), VersionStatus(version=version or 0, state=NOT_LISTED))


def _model_path(model_name: str, version: int | None) -> str:
    path = f"/v1/models/{urllib.parse.quote(model_name, safe='')}"
    return path if version is None else f"{path}/versions/{version}"


def _call(url: str, method: str, path: str, timeout: float, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    check_url(url)
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, parts.path.rstrip("/") + path, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, _parse(response.read())
    except (OSError, http.client.HTTPException) as error:
        raise ServerError(f"{url}: no answer from the model server: {error or type(error).__name__}") from error
    finally:
        connection.close()


def _parse(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = {"error": body[:200].decode("utf-8", "replace")}
    return value if isinstance(value, dict) else {"error": str(value)[:200]}

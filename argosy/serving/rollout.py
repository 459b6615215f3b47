"""Golden requests put to servers: to a throw-away one before a model is published, to the live ones after it."""

import logging
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from argosy.errors import GateError, SavedModelCallError, ServerError
from argosy.saved_model.golden import Call, GoldenCase, check_golden, from_json, to_json
from argosy.serving import client
from argosy.serving.addresses import server_urls

log = logging.getLogger("argosy.serving")

CANDIDATE_LOAD_SECONDS = 300.0
_MOST_DIFFERENCES = 5
_ASK_AGAIN_SECONDS = 0.25
_MAY_PASS = (404, 429, 502, 503)
"""HTTP statuses of a server that does not have the version yet, or of what stands before it."""


def check_candidate(model_directory: str, model_name: str, cases: Sequence[GoldenCase]) -> None:
    """Serves a SavedModel from a throw-away server and asks its golden requests over REST and gRPC.

    Signatures without a golden request are called with no rows, which shows variables that the file does not hold.

    Raises:
        GateError: It does not load, does not run, or answers otherwise than it did at training time.
    """
    from argosy.serving.server import LoadPolicy, ModelServer

    with tempfile.TemporaryDirectory(prefix="argosy-candidate-") as base_path:
        Path(base_path, "1").symlink_to(Path(model_directory).resolve(), target_is_directory=True)
        with ModelServer(model_name, base_path, poll_seconds=0.1, load=LoadPolicy(max_retries=0)) as server:
            try:
                server.wait_ready(CANDIDATE_LOAD_SECONDS)
                rest = check_golden(rest_call(server.url, model_name, None, cases), cases)
                over_grpc = check_golden(grpc_call(server.address, model_name), cases)
                empty = _call_without_rows(server.address, model_name, {case.signature for case in cases})
            except ServerError as error:
                raise GateError(f"the candidate {model_directory} was not published: {error}") from error
    differences = [f"REST: {text}" for text in rest] + [f"gRPC: {text}" for text in over_grpc] + empty
    if differences:
        raise GateError(
            f"the candidate {model_directory} was not published: served, it does not answer its golden requests as the "
            f"model did at training time; {_listed(differences)}"
        )
    log.info("candidate %s answers %d golden requests alike over REST and gRPC", model_directory, len(cases))


def await_servers(
    urls: Sequence[str], model_name: str, version: int, cases: Sequence[GoldenCase], *, timeout: float
) -> None:
    """Returns once every server reports the version AVAILABLE and answers the golden requests alike.

    Args:
        urls: REST addresses. Of a host with several IP addresses (a headless Service) each is asked; who comes while
            this waits is asked too, who goes no longer.
        model_name: The name under which the servers serve the model.
        version: The version that was published.
        cases: What to ask.
        timeout: Seconds, for all servers together.

    Raises:
        ServerError: One has not got so far in time; the message names it and its last state.
        GateError: One answers otherwise than the model did at training time.
    """
    deadline = time.monotonic() + timeout
    for url in urls:
        done: set[str] = set()
        while waiting := [server for server in _servers(url, deadline) if server not in done]:
            server = waiting[0]
            differences = _answers(url, server, model_name, version, cases, deadline)
            if differences:
                raise GateError(
                    f"{server}: model {model_name} version {version} is AVAILABLE but does not answer as at training "
                    f"time; {_listed(differences)}"
                )
            if differences is not None:
                log.info("%s serves %s version %d", server, model_name, version)
                done.add(server)


def _servers(url: str, deadline: float) -> list[str]:
    """Returns the servers behind an address, once there are any."""
    while True:
        try:
            return server_urls(url)
        except ServerError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_ASK_AGAIN_SECONDS)


def _answers(
    url: str, server: str, model_name: str, version: int, cases: Sequence[GoldenCase], deadline: float
) -> list[str] | None:
    """Returns how a server's answers differ, once it has the version; None when it is no longer behind the address.

    Behind one address there may still be several servers, where something stands before them.
    """

    def is_there() -> bool:
        return server in _servers(url, deadline)

    while True:
        try:
            left = max(0.0, deadline - time.monotonic())
            client.wait_available(server, model_name, version, timeout=left, while_true=is_there)
        except ServerError:
            if is_there():
                raise
            log.info("%s has gone", server)
            return None
        try:
            return check_golden(rest_call(server, model_name, version, cases), cases)
        except ServerError as error:
            if is_there() and time.monotonic() >= deadline:
                raise
            log.info("%s; asked again", error)
            time.sleep(_ASK_AGAIN_SECONDS)


def rest_call(url: str, model_name: str, version: int | None, cases: Sequence[GoldenCase]) -> Call:
    """Returns the function that asks a server golden requests over REST.

    It raises SavedModelCallError when the model refused the request, ServerError when the model was not reached.
    """
    # A signature with one output answers with the bare value, so its name has to come from the case.
    output_names = {case.signature: list(case.outputs) for case in cases}

    def call(signature: str, inputs: dict[str, Any]) -> Mapping[str, Any]:
        body = {"signature_name": signature, "inputs": inputs}
        status, answered = client.post_predict(url, model_name, body, version=version)
        if status in _MAY_PASS:
            raise ServerError(client.refusal_text(url, model_name, status, answered))
        if status != 200:
            raise SavedModelCallError(client.refusal_text(url, model_name, status, answered))
        answer, names = answered["outputs"], output_names[signature]
        if isinstance(answer, dict) and set(names) <= set(answer):
            return answer
        return {names[0]: answer} if len(names) == 1 else {}

    return call


def grpc_call(address: str, model_name: str) -> Call:
    """Returns the function that asks a server golden requests over gRPC."""
    from argosy.serving import grpc_client

    known = grpc_client.signatures(address, model_name)

    def call(signature: str, inputs: dict[str, Any]) -> Mapping[str, Any]:
        infos = known[signature].inputs if signature in known else {}
        arrays = {
            name: from_json(value, infos[name].numpy_dtype) if name in infos else np.asarray(value)
            for name, value in inputs.items()
        }
        outputs = grpc_client.predict(address, model_name, arrays, signature_name=signature)
        return {name: to_json(array) for name, array in outputs.items()}

    return call


def _call_without_rows(address: str, model_name: str, but: set[str]) -> list[str]:
    """Returns what is wrong with the signatures that no golden request covers, one line each."""
    from argosy.serving import grpc_client

    problems = []
    for name, signature in grpc_client.signatures(address, model_name).items():
        shapes = {key: info.shape for key, info in signature.inputs.items()}
        if name in but or not all(shape and shape[0] is None for shape in shapes.values()):
            continue
        feeds = {
            key: np.zeros([size or 0 for size in shapes[key] or ()], info.numpy_dtype)
            for key, info in signature.inputs.items()
        }
        try:
            grpc_client.predict(address, model_name, feeds, signature_name=name)
        except SavedModelCallError as error:
            # Some models cannot take zero rows and say so otherwise; this code means that the model has no such state.
            if error.code == "FAILED_PRECONDITION":
                problems.append(f"signature {name} cannot run: {error}")
    return problems


def _listed(differences: Sequence[str]) -> str:
    rest = len(differences) - _MOST_DIFFERENCES
    return "; ".join(differences[:_MOST_DIFFERENCES]) + (f"; and {rest} more" if rest > 0 else "")

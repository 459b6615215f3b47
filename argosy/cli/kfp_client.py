"""A Kubeflow Pipelines server, through KFP's own client: the door to `kfp.Client` and `kfp_server_api`.

Every failure leaves as an error of ours that names the address and what was tried.
"""

import contextlib
import dataclasses
import io
import json
import logging
import os
import ssl
import tempfile
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from argosy.errors import ParameterError, PipelineError, ServerError

HEALTH = "/apis/v2beta1/healthz"
PROBE_SECONDS = 10
FINAL_STATES = ("SUCCEEDED", "FAILED", "SKIPPED", "CANCELED")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a server is and how to be let in.

    Attributes:
        url: With its scheme, without a slash at its end.
        token: A bearer token; empty for none.
        namespace: The user's namespace, where the server has several users; else empty.
    """

    url: str
    token: str = ""
    namespace: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunState:
    """How far a run is.

    Attributes:
        state: As the server calls it: PENDING, RUNNING, SUCCEEDED, FAILED...
        error: Why it failed; empty where it did not or nothing is said.
        tasks: Task -> its state, in the order in which they began.
        errors: Task -> why it failed.
    """

    state: str
    error: str = ""
    tasks: Mapping[str, str] = dataclasses.field(default_factory=dict)
    errors: Mapping[str, str] = dataclasses.field(default_factory=dict)


def connect(endpoint: Endpoint) -> Any:
    """Returns a `kfp.Client` of a server that answered.

    Raises:
        ServerError: It cannot be reached, does not let us in, or is no Kubeflow Pipelines.
    """
    try:
        import kfp
    except ImportError as error:
        raise ParameterError("submitting needs the kfp SDK: pip install 'argosy[kfp]'") from error
    _probe(endpoint)
    with warnings.catch_warnings(), _answers(endpoint, "connect"):
        warnings.simplefilter("ignore")
        return kfp.Client(
            host=endpoint.url,
            existing_token=endpoint.token or None,
            namespace=endpoint.namespace or "kubeflow",
            ssl_ca_cert=os.environ.get("SSL_CERT_FILE"),
        )


def find_experiment(client: Any, endpoint: Endpoint, name: str) -> str:
    """Returns the id of the experiment of that name, which is made where there is none.

    Raises:
        ServerError: The server refuses it.
    """
    with _answers(endpoint, f"find or make the experiment {name!r}"):
        return str(client.create_experiment(name, namespace=endpoint.namespace or None).experiment_id)


def create_run(
    client: Any,
    endpoint: Endpoint,
    documents: Sequence[Mapping[str, Any]],
    *,
    experiment_id: str,
    name: str,
    parameters: Mapping[str, Any],
    pipeline_root: str = "",
) -> str:
    """Returns the id of a new run of the compiled pipeline.

    Raises:
        PipelineError: The server refuses the pipeline or its parameters.
        ServerError: It refuses us, or fails.
    """
    with tempfile.TemporaryDirectory() as folder, _answers(endpoint, f"create the run {name!r}"):
        package = Path(folder, "pipeline.yaml")
        package.write_text(yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True), encoding="utf-8")
        run = client.run_pipeline(
            experiment_id,
            name,
            pipeline_package_path=str(package),
            params=dict(parameters),
            pipeline_root=pipeline_root or None,
        )
    return str(run.run_id)


def run_state(client: Any, endpoint: Endpoint, run_id: str) -> RunState:
    """Returns how far a run is.

    Raises:
        ServerError: The server does not say.
    """
    with _answers(endpoint, f"ask for the run {run_id}"):
        run = client.get_run(run_id)
    details = [task for task in (run.run_details.task_details if run.run_details else None) or [] if task.display_name]
    return RunState(
        state=run.state or "PENDING",
        error=(run.error.message or "") if run.error else "",
        tasks={task.display_name: task.state or "PENDING" for task in details},
        errors={task.display_name: task.error.message for task in details if task.error and task.error.message},
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirection as it is: it leads to a page to sign in on, which is no answer."""

    def redirect_request(self, *arguments: Any, **others: Any) -> None:
        return None


def _probe(endpoint: Endpoint) -> None:
    """Asks for the server's health without KFP's client, which would take half a minute over one that is not there."""
    url = endpoint.url + HEALTH
    headers = {"Accept": "application/json"}
    if endpoint.token:
        headers["Authorization"] = f"Bearer {endpoint.token}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=PROBE_SECONDS) as response:
            body = response.read(100_000)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(endpoint, f"GET {url}", error.code, error.read(10_000)) from error
    except (OSError, ValueError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or error
        raise ServerError(
            f"no Kubeflow Pipelines can be reached at {endpoint.url}: tried GET {url} for {PROBE_SECONDS} s, "
            f"found {reason}; check the address, and that a port-forward or VPN is up"
        ) from error
    try:
        json.loads(body)
    except ValueError as error:
        raise ServerError(
            f"{endpoint.url} is no Kubeflow Pipelines API: GET {url} answered {body[:60]!r}; behind Kubeflow's "
            "dashboard the address ends in /pipeline, and a page to sign in on means that a token is needed"
        ) from error


def _refusal(endpoint: Endpoint, tried: str, status: int, body: bytes | str | None) -> ServerError | PipelineError:
    """Returns the error that an HTTP status means."""
    message = _message(body)
    if status in (301, 302, 303, 307, 308, 401, 403):
        how = "a bearer token" if endpoint.token else "no token"
        who = f" and the namespace {endpoint.namespace!r}" if endpoint.namespace else ""
        return ServerError(
            f"{endpoint.url} does not let us in (HTTP {status}{message}): tried {tried} with {how}{who}; "
            "give a token that is valid there by --token-file, and --namespace where the server has several users"
        )
    if status == 404 and tried.endswith(HEALTH):
        return ServerError(
            f"{endpoint.url} is no Kubeflow Pipelines API: {tried} answered HTTP 404; "
            "behind Kubeflow's dashboard the address ends in /pipeline"
        )
    if status == 413 or "too large" in message.lower() or "larger than max" in message.lower():
        return PipelineError(
            f"the pipeline is larger than {endpoint.url} takes (HTTP {status}{message}); "
            "move code into images, data into artifacts, or cut the pipeline in two"
        )
    if status in (400, 409):
        return PipelineError(f"{endpoint.url} refuses to {tried} (HTTP {status}{message})")
    return ServerError(f"{endpoint.url} failed to {tried} (HTTP {status}{message}); the same may work later")


@contextlib.contextmanager
def _answers(endpoint: Endpoint, tried: str) -> Iterator[None]:
    """Turns what KFP's client raises into our errors, and keeps what it prints and logs to itself."""
    import kfp
    import kfp_server_api
    import urllib3
    from google.protobuf.json_format import ParseError

    silenced = logging.getLogger("urllib3.connectionpool")
    level = silenced.level
    silenced.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    except kfp_server_api.ApiException as error:
        raise _refusal(endpoint, tried, error.status or 0, error.body or error.reason) from error
    except ParseError as error:
        raise PipelineError(
            f"the kfp SDK here ({kfp.__version__}) does not know all that is in the pipeline, which another one "
            f"compiled: {str(error).splitlines()[0]}; compile it with this SDK, or install that one"
        ) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ServerError(f"{endpoint.url} cannot be reached any more to {tried}: {error}") from error
    except ValueError as error:
        raise ServerError(f"{endpoint.url} did not answer as Kubeflow Pipelines does, to {tried}: {error}") from error
    finally:
        silenced.setLevel(level)


def _message(body: bytes | str | None) -> str:
    """Returns what a refusal says in words, behind a colon: the server's `message` or `error`, or the text itself."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    with contextlib.suppress(ValueError):
        found = json.loads(text)
        if isinstance(found, dict):
            text = str(found.get("message") or found.get("error") or found.get("error_message") or text)
    first = " ".join(text.split())
    return f": {first[:500]}" if first and not first.startswith("<") else ""

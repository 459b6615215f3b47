"""A cluster's API server, through the `kubernetes` client that kfp brings: the door to it, and to Argo's Workflows.

Every failure leaves as an error of ours that names the server, what was tried, and what is missing.
"""

import contextlib
import dataclasses
import json
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from argosy.errors import ArgosyError, ParameterError, PipelineError, ServerError, UserError

GROUP, VERSION = "argoproj.io", "v1alpha1"
TIMEOUTS = (5, 60)
"""Seconds to connect, and to wait for an answer."""

METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""What to ask for where an object's content, a secret's say, is none of our business."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """An API server and the namespace that we work in.

    Attributes:
        api: The `kubernetes.client.ApiClient`.
        server: The server's address.
        namespace: Where Workflows are.
        context: The kubeconfig's context; empty inside a pod.
    """

    api: Any
    server: str
    namespace: str
    context: str = ""

    @property
    def workflows(self) -> str:
        """The path of the namespace's Workflows."""
        return f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/workflows"


class MissingError(UserError):
    """The server answered, and what was asked for is not there."""


class ForbiddenError(UserError):
    """The server answered that we may not do it."""


@contextlib.contextmanager
def connected(namespace: str = "", context: str = "") -> Iterator[Cluster]:
    """Yields the cluster of KUBECONFIG (or ~/.kube/config), or the one that this process is a pod of.

    Args:
        namespace: Where to work; empty for the context's own, else `default`.
        context: Which context of the kubeconfig; empty for its current one.

    Raises:
        ParameterError: There is no configuration, or it cannot be used.
    """
    try:
        from kubernetes import client, config
    except ImportError as error:
        raise ParameterError("talking to a cluster needs the kubernetes client: pip install 'argosy[kfp]'") from error
    configuration = client.Configuration()
    own = ""
    files = os.environ.get("KUBECONFIG") or "~/.kube/config"
    with _quiet():
        try:
            if _is_there(files):
                contexts, current = config.list_kube_config_contexts(config_file=files)
                chosen = next((one for one in contexts if one["name"] == context), None) if context else current
                if chosen is None:
                    known = ", ".join(one["name"] for one in contexts) or "none"
                    raise ParameterError(f"{files} has no context {context!r}; Known: {known}")
                config.load_kube_config(config_file=files, context=chosen["name"], client_configuration=configuration)
                own, context = chosen["context"].get("namespace", ""), chosen["name"]
            elif "KUBERNETES_SERVICE_HOST" in os.environ:
                config.load_incluster_config(client_configuration=configuration)
                own = _pod_namespace()
            else:
                raise ParameterError(
                    f"no cluster is known: there is no {files}; set KUBECONFIG to the file that kubectl uses"
                )
        except (config.ConfigException, yaml.YAMLError, OSError, ValueError, TypeError, KeyError) as error:
            reason = " ".join(str(error).split())
            raise ParameterError(f"the cluster's configuration {files} cannot be used: {reason}") from error
    configuration.retries = False
    with client.ApiClient(configuration) as api:
        yield Cluster(api=api, server=configuration.host, namespace=namespace or own or "default", context=context)


def call(
    cluster: Cluster,
    method: str,
    path: str,
    tried: str,
    *,
    body: Any = None,
    query: Mapping[str, str] | None = None,
    accept: str = "application/json",
) -> Any:
    """Returns what the API server answers to one request, as JSON values.

    Args:
        cluster: Whom to ask.
        method: GET, POST, PATCH (a JSON merge patch) or DELETE.
        path: With its leading slash.
        tried: In words, for the message of an error: "create the Workflow".
        body: As JSON values.
        query: What goes behind the question mark.
        accept: The answer's type.

    Raises:
        MissingError: It is not there.
        ForbiddenError: We may not do it.
        PipelineError: The server refuses what was sent.
        ServerError: It does not let us in, cannot be reached, or fails.
    """
    answer = _send(cluster, method, path, tried, body, query, accept)
    try:
        return json.loads(answer)
    except ValueError as error:
        raise ServerError(
            f"{_named(cluster)} is no Kubernetes API: {method} {path} answered {answer[:60]!r}"
        ) from error


def create_workflow(cluster: Cluster, manifest: Mapping[str, Any]) -> str:
    """Returns the name of the Workflow (or WorkflowTemplate, CronWorkflow) that was made of the manifest.

    Raises:
        ArgosyError: See `call`.
    """
    kind = str(manifest.get("kind", "Workflow"))
    path = f"/apis/{GROUP}/{VERSION}/namespaces/{cluster.namespace}/{kind.lower()}s"
    made = call(cluster, "POST", path, f"create the {kind}", body=manifest)
    return str(made["metadata"]["name"])


def read_workflow(cluster: Cluster, name: str) -> dict[str, Any]:
    """Returns a Workflow.

    Raises:
        MissingError: There is none of that name any more.
        ArgosyError: See `call`.
    """
    return dict(call(cluster, "GET", f"{cluster.workflows}/{name}", f"read the Workflow {name}"))


def list_workflows(cluster: Cluster) -> list[dict[str, Any]]:
    """Returns the Workflows of the namespace that Argosy compiled, the newest first.

    Raises:
        ArgosyError: See `call`.
    """
    query = {"labelSelector": "argosy.dev/pipeline"}
    found = call(cluster, "GET", cluster.workflows, "list the Workflows", query=query)["items"]
    return sorted(found, key=lambda one: one["metadata"].get("creationTimestamp", ""), reverse=True)


def stop_workflow(cluster: Cluster, name: str) -> None:
    """Ends a Workflow; its exit handlers still run.

    Raises:
        ArgosyError: See `call`.
    """
    body = {"spec": {"shutdown": "Stop"}}
    call(cluster, "PATCH", f"{cluster.workflows}/{name}", f"stop the Workflow {name}", body=body)


def read_log(cluster: Cluster, pod: str, *, container: str = "main", lines: int = 0) -> str:
    """Returns what a pod's container printed, or the last lines of it.

    Raises:
        MissingError: The pod is gone.
        ArgosyError: See `call`.
    """
    query = {"container": container, **({"tailLines": str(lines)} if lines else {})}
    path = f"/api/v1/namespaces/{cluster.namespace}/pods/{pod}/log"
    answer = _send(cluster, "GET", path, f"read the log of pod {pod}", None, query, "*/*")
    return answer.decode("utf-8", "replace")


def _send(
    cluster: Cluster, method: str, path: str, tried: str, body: Any, query: Mapping[str, str] | None, accept: str
) -> bytes:
    import urllib3
    from kubernetes.client import ApiException

    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    try:
        with _quiet():
            response, _, _ = cluster.api.call_api(
                path,
                method,
                query_params=list((query or {}).items()),
                header_params={"Accept": accept, "Content-Type": kind},
                body=body,
                auth_settings=["BearerToken"],
                _preload_content=False,
                _request_timeout=TIMEOUTS,
            )
            return bytes(response.data)
    except ApiException as error:
        if not error.status:
            raise _unreachable(cluster, tried, error.reason) from error
        raise _refusal(cluster, f"{method} {path}", tried, error) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _unreachable(cluster, tried, getattr(error, "reason", None) or error) from error


def _unreachable(cluster: Cluster, tried: str, reason: object) -> ServerError:
    # urllib3 puts the connection object's address before what it has to say.
    said = re.sub(r".*object at 0x[0-9a-f]+>:? ?", "", " ".join(str(reason).split()))
    return ServerError(
        f"{_named(cluster)} cannot be reached to {tried}: {said}; check that the cluster runs, "
        "that a VPN or tunnel to it is up, and which cluster KUBECONFIG names"
    )


def _refusal(cluster: Cluster, request: str, tried: str, error: Any) -> ArgosyError:
    """Returns the error that an HTTP status means."""
    status, message, details = error.status or 0, *_answer(error.body)
    said = f": {message}" if message else ""
    who = _named(cluster)
    if status == 401:
        return ServerError(
            f"{who} does not let us in (HTTP 401{said}), to {tried}: the kubeconfig's credentials are not valid there; "
            "sign in to the cluster again"
        )
    if status == 403:
        return ForbiddenError(
            f"{who} does not allow us to {tried}{said}; ask for a Role that does, as manifests/argo has"
        )
    if status == 404 and details is None and f"/apis/{GROUP}/" in request:
        return MissingError(
            f"{who} has no Argo Workflows: it knows no {GROUP}/{VERSION} (HTTP 404); install version 3.6 or newer"
        )
    if status == 404:
        if (details or {}).get("kind") == "namespaces":
            return MissingError(
                f"{who} has no namespace {cluster.namespace!r}: kubectl create namespace {cluster.namespace}"
            )
        return MissingError(f"{who} cannot {tried}{said}")
    if status == 413 or any(words in message for words in ("too large", "larger than max", "Too long")):
        return PipelineError(
            f"the Workflow is larger than {who} takes (HTTP {status}{said}); "
            "move code into images, data into artifacts, or cut the pipeline in two"
        )
    if status in (400, 409, 422):
        return PipelineError(f"{who} refuses to {tried} (HTTP {status}{said})")
    return ServerError(f"{who} failed to {tried} (HTTP {status}{said}); the same may work later")


def _answer(body: bytes | str | None) -> tuple[str, dict[str, Any] | None]:
    """Returns what a refusal says in one line, and its `details`; None for a page that is no Status object."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict) and found.get("kind") == "Status":
        return " ".join(str(found.get("message", "")).split())[:1000], dict(found.get("details") or {})
    return ("" if text.startswith("<") else " ".join(text.split())[:200]), None


def _named(cluster: Cluster) -> str:
    return f"the API server {cluster.server}" + (f" (context {cluster.context})" if cluster.context else "")


def _is_there(files: str) -> bool:
    return any(os.path.exists(os.path.expanduser(file)) for file in files.split(os.pathsep) if file)  # noqa: PTH110, PTH111


def _pod_namespace() -> str:
    with contextlib.suppress(OSError):
        return Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace").read_text().strip()
    return ""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what the client logs and warns of to itself; each failure is told once, by us."""
    loggers = [logging.getLogger(name) for name in ("urllib3.connectionpool", "kubernetes", "root")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)

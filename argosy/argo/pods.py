"""The parts that all pods have in common: security, volumes, the store's credentials, retries, resources."""

import json
from collections.abc import Mapping
from typing import Any

from argosy.argo.options import MOUNT, ArgoOptions, artifact_root
from argosy.errors import PipelineError
from argosy.plan.spec import RetryPolicy

USER = 10001
"""Whom every pod runs as, unless its author says otherwise; no image needs to know the number."""
TEMPORARY, WORK, ARTIFACTS, CREDENTIALS = "argosy-tmp", "argosy-work", "argosy-artifacts", "argosy-store"
CREDENTIALS_FOLDER = "/var/run/argosy-store"
RESTRICTED: Mapping[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""What the restricted Pod Security Standard demands of each container."""


def pod_security() -> dict[str, Any]:
    """Returns the security context of every pod."""
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def sidecar_patch() -> str:
    """Returns the patch that makes Argo's own containers restricted ones."""
    patch = {
        "initContainers": [{"name": "init", "securityContext": dict(RESTRICTED)}],
        "containers": [{"name": "wait", "securityContext": dict(RESTRICTED)}],
    }
    return json.dumps(patch)


def container_security(own: Mapping[str, Any], *, read_only: bool) -> dict[str, Any]:
    """Returns a container's security context: restricted, with what its author set.

    Args:
        own: What the author set.
        read_only: Whether its root can be so.
    """
    return {**RESTRICTED, **({"readOnlyRootFilesystem": True} if read_only else {}), **own}


def volumes(options: ArgoOptions) -> list[dict[str, Any]]:
    """Returns the volumes of the Workflow that its pods mount."""
    root = artifact_root(options.artifact_root)
    found: list[dict[str, Any]] = [{"name": TEMPORARY, "emptyDir": {}}, {"name": WORK, "emptyDir": {}}]
    if root.claim:
        found.append({"name": ARTIFACTS, "persistentVolumeClaim": {"claimName": root.claim}})
    if _has_key_file(options):
        found.append({"name": CREDENTIALS, "secret": {"secretName": options.store_secret}})
    return found


def mounts(options: ArgoOptions, folder: str) -> list[dict[str, Any]]:
    """Returns the mounts of one of our containers; `folder` is its own part of /tmp."""
    found: list[dict[str, Any]] = [{"name": TEMPORARY, "mountPath": "/tmp", "subPath": folder}]
    if artifact_root(options.artifact_root).claim:
        found.append({"name": ARTIFACTS, "mountPath": MOUNT})
    if _has_key_file(options):
        found.append({"name": CREDENTIALS, "mountPath": CREDENTIALS_FOLDER, "readOnly": True})
    return found


def store_environment(options: ArgoOptions) -> dict[str, Any]:
    """Returns the fields of a container that give it the store's credentials."""
    variables = [{"name": "HOME", "value": "/tmp"}]
    if _has_key_file(options):
        variables.append({"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": f"{CREDENTIALS_FOLDER}/credentials.json"})
        return {"env": variables}
    if options.store_secret:
        return {"env": variables, "envFrom": [{"secretRef": {"name": options.store_secret}}]}
    return {"env": variables}


def retry_strategy(policy: RetryPolicy) -> dict[str, Any]:
    """Returns Argo's form of a retry policy.

    The cap of a single wait, which Argo 3.6 does not know, is there only where a wait would exceed it.

    Raises:
        PipelineError: The factor is no whole number, and Argo knows no others.
    """
    backoff: dict[str, Any] = {}
    if policy.backoff_seconds > 0:
        factor = policy.backoff_factor
        if factor < 1 or not factor.is_integer():
            raise PipelineError(f"has a back-off factor of {factor:g}, and Argo takes whole numbers from 1; set 1 or 2")
        backoff = {"duration": _seconds(policy.backoff_seconds), "factor": str(int(factor))}
        if policy.backoff_seconds * factor ** (policy.max_retries - 1) > policy.backoff_max_seconds:
            backoff["cap"] = _seconds(policy.backoff_max_seconds)
    fields = {"limit": str(policy.max_retries), "retryPolicy": "Always", "backoff": backoff}
    return {key: value for key, value in fields.items() if value}


def _seconds(value: float) -> str:
    return f"{value:g}s" if value < 1e6 else f"{int(value)}s"


def _has_key_file(options: ArgoOptions) -> bool:
    """Google's libraries read credentials from a file, all others from variables."""
    return bool(options.store_secret) and artifact_root(options.artifact_root).scheme == "gs"

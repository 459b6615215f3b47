"""The parts that all pods have in common: security, volumes, the store's credentials, retries, resources."""

import json
from collections.abc import Mapping
from typing import Any

from argosy.argo.options import MOUNT, ArgoOptions, artifact_root
from argosy.errors import PipelineError
from argosy.plan.spec import RetryPolicy

GOOGLE_ENDPOINT = "STORAGE_EMULATOR_HOST"
"""What Google's libraries take another address than Google's from."""
USER = 10001
"""Whom every pod runs as, unless its author says otherwise; no image needs to know the number."""
WORK, ARTIFACTS, CREDENTIALS, AUTHORITY = "argosy-work", "argosy-artifacts", "argosy-store", "argosy-metadata"
CREDENTIALS_FOLDER, AUTHORITY_FOLDER = "/var/run/argosy-store", "/var/run/argosy-metadata"
RESTRICTED: Mapping[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""What the restricted Pod Security Standard demands of each container."""
LAST_WORDS: Mapping[str, Any] = {"terminationMessagePolicy": "FallbackToLogsOnError"}
"""Puts the end of a container's log into the pod's status where the container fails and does not say why."""


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
    """Returns the patch that makes Argo's own containers restricted ones, which say why they failed."""
    own = {"securityContext": dict(RESTRICTED), **LAST_WORDS}
    patch = {"initContainers": [{"name": "init", **own}], "containers": [{"name": "wait", **own}]}
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
    found: list[dict[str, Any]] = [{"name": WORK, "emptyDir": {}}]
    if root.claim:
        found.append({"name": ARTIFACTS, "persistentVolumeClaim": {"claimName": root.claim}})
    if _has_key_file(options):
        found.append({"name": CREDENTIALS, "secret": {"secretName": options.store_secret}})
    if options.metadata_secret:
        found.append({"name": AUTHORITY, "secret": {"secretName": options.metadata_secret}})
    return found


def temporary(folder: str) -> dict[str, Any]:
    """Returns the mount of a container's /tmp, which no other container sees."""
    return {"name": WORK, "mountPath": "/tmp", "subPath": folder}


def root_mounts(options: ArgoOptions) -> list[dict[str, Any]]:
    """Returns the mounts by which any container comes to an artifact root that is a claim."""
    return [{"name": ARTIFACTS, "mountPath": MOUNT}] if artifact_root(options.artifact_root).claim else []


def own_mounts(options: ArgoOptions) -> list[dict[str, Any]]:
    """Returns the mounts of a container of ours: the artifact root, and what proves who we and others are."""
    found = root_mounts(options)
    if _has_key_file(options):
        found.append({"name": CREDENTIALS, "mountPath": CREDENTIALS_FOLDER, "readOnly": True})
    if options.metadata_secret:
        found.append({"name": AUTHORITY, "mountPath": AUTHORITY_FOLDER, "readOnly": True})
    return found


def own_environment(options: ArgoOptions) -> dict[str, Any]:
    """Returns the fields of a container of ours that give it the store's credentials and the service's authority."""
    variables: list[dict[str, Any]] = [{"name": "HOME", "value": "/tmp"}]
    if options.metadata_secret:
        variables.append({"name": "MLMD_CA_FILE", "value": f"{AUTHORITY_FOLDER}/ca.crt"})
    if _has_key_file(options):
        variables.append({"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": f"{CREDENTIALS_FOLDER}/credentials.json"})
        endpoint = {"name": options.store_secret, "key": GOOGLE_ENDPOINT, "optional": True}
        variables.append({"name": GOOGLE_ENDPOINT, "valueFrom": {"secretKeyRef": endpoint}})
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

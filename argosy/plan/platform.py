"""What the kubernetes document may say about a task's pod: every field that kfp-kubernetes 2.16 knows."""

from collections.abc import Mapping
from typing import Any

from argosy.plan.document import Node, node

Fields = Mapping[str, "Fields | None"]
"""Field -> the fields inside it; None for a value, a map with free keys, or KFP's own reference to an input."""


def _values(*names: str) -> dict[str, Fields | None]:
    return dict.fromkeys(names)


_SELECTORS = _values("key", "operator", "values")
_METADATA = _values("labels", "annotations")
PLATFORM_FIELDS: Fields = {
    "secretAsVolume": _values("secretName", "mountPath", "optional", "secretNameParameter"),
    "secretAsEnv": {
        **_values("secretName", "optional", "secretNameParameter"),
        "keyToEnv": _values("secretKey", "envVar"),
    },
    "pvcMount": {
        **_values("constant", "componentInputParameter", "mountPath", "pvcNameParameter", "subPath"),
        "taskOutputParameter": _values("producerTask", "outputParameterKey"),
    },
    "nodeSelector": _values("labels", "nodeSelectorJson"),
    "podMetadata": _METADATA,
    "imagePullSecret": _values("secretName", "secretNameParameter"),
    "imagePullPolicy": None,
    "configMapAsVolume": _values("configMapName", "mountPath", "optional", "configMapNameParameter"),
    "configMapAsEnv": {
        **_values("configMapName", "optional", "configMapNameParameter"),
        "keyToEnv": _values("configMapKey", "envVar"),
    },
    "activeDeadlineSeconds": None,
    "fieldPathAsEnv": _values("name", "fieldPath"),
    "tolerations": _values("key", "operator", "value", "effect", "tolerationSeconds", "tolerationJson"),
    "genericEphemeralVolume": {
        **_values("volumeName", "mountPath", "accessModes", "size", "defaultStorageClass", "storageClassName"),
        "metadata": _METADATA,
    },
    "nodeAffinity": {
        **_values("weight", "nodeAffinityJson"),
        "matchExpressions": _SELECTORS,
        "matchFields": _SELECTORS,
    },
    "podAffinity": {
        **_values("matchPodLabels", "topologyKey", "namespaces", "matchNamespaceLabels", "weight", "anti"),
        "matchPodExpressions": _SELECTORS,
        "matchNamespaceExpressions": _SELECTORS,
    },
    "enabledSharedMemory": _values("volumeName", "size"),
    "emptyDirMounts": _values("volumeName", "mountPath", "medium", "sizeLimit"),
    "securityContext": _values("runAsUser", "runAsGroup", "runAsNonRoot"),
}


def read_platform(platform: Node, what: str) -> dict[str, Any]:
    """Returns an executor's kubernetes configuration as it stands, every field of it known.

    Raises:
        PipelineError: A field is not known, at any depth.
    """
    _check(platform, PLATFORM_FIELDS, f"the kubernetes configuration of {what}")
    return dict(platform)


def _check(value: Any, fields: Fields, what: str) -> None:
    for item in value if isinstance(value, list) else [value]:
        for name, inside in node(item, what, tuple(fields)).items():
            known = fields[name]
            if known is not None:
                _check(inside, known, f"{name} in {what}")

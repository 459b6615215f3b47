"""A task's kubernetes configuration (`argosy.plan.platform`) as fields of its template and container."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from argosy.errors import PipelineError

Read = Callable[[Mapping[str, Any]], str]
"""From one of the configuration's references to an input (runtimeValue and the like) to the text that stands for it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What a configuration adds.

    Attributes:
        template: Fields of the template.
        container: Fields of the container, without those below.
        env: Variables of the container.
        mounts: Volume mounts of the container.
        volumes: Volumes of the template.
    """

    template: Mapping[str, Any]
    container: Mapping[str, Any]
    env: tuple[Mapping[str, Any], ...] = ()
    mounts: tuple[Mapping[str, Any], ...] = ()
    volumes: tuple[Mapping[str, Any], ...] = ()


def read_settings(platform: Mapping[str, Any], read: Read) -> Settings:
    """Returns what a configuration adds to a task's template.

    Args:
        platform: As it stands in the spec.
        read: Resolves a reference to an input.

    Raises:
        PipelineError: Something in it cannot depend on an input in Argo, or is not well formed.
    """
    volumes = [
        (mount, source) for key, make in _VOLUMES.items() for entry in platform.get(key, [])
        for mount, source in [make(entry, read)]
    ]  # fmt: skip
    named = [(f"volume-{number}", mount, source) for number, (mount, source) in enumerate(volumes, 1)]
    return Settings(
        template=_template(platform, read),
        container=_container(platform),
        env=tuple(_environment(platform, read)),
        mounts=tuple({"name": name, **mount} for name, mount, _ in named),
        volumes=tuple({"name": name, **source} for name, _, source in named),
    )


def pull_secrets(platform: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the names of the secrets for the registry.

    Raises:
        PipelineError: A name depends on an input.
    """
    return tuple(
        str(_constant(entry, "secretNameParameter", "secretName", "an image pull secret"))
        for entry in platform.get("imagePullSecret", [])
    )


def _template(platform: Mapping[str, Any], read: Read) -> dict[str, Any]:
    selectors: dict[str, str] = {}
    for entry in _listed(platform.get("nodeSelector")):
        labels = _constant(entry, "nodeSelectorJson", "labels", "a node selector") or {}
        selectors.update({key: str(value) for key, value in labels.items()})
    metadata = platform.get("podMetadata", {})
    fields = {
        "nodeSelector": selectors,
        "tolerations": [_toleration(entry) for entry in platform.get("tolerations", [])],
        "affinity": _affinity(platform),
        "metadata": {key: dict(metadata[key]) for key in ("labels", "annotations") if metadata.get(key)},
    }
    return {key: value for key, value in fields.items() if value}


def _container(platform: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if platform.get("imagePullPolicy"):
        fields["imagePullPolicy"] = platform["imagePullPolicy"]
    if platform.get("securityContext"):
        security = platform["securityContext"]
        fields["securityContext"] = {
            key: value if key == "runAsNonRoot" else int(value) for key, value in security.items()
        }
    return fields


def _environment(platform: Mapping[str, Any], read: Read) -> list[dict[str, Any]]:
    variables = []
    for key, kind, name_key in (
        ("secretAsEnv", "secret", "secretName"),
        ("configMapAsEnv", "configMap", "configMapName"),
    ):
        for entry in platform.get(key, []):
            source = _name(entry, name_key, read)
            for pair in entry.get("keyToEnv", []):
                reference = {"name": source, "key": pair[f"{kind}Key"], **_optional(entry)}
                variables.append({"name": pair["envVar"], "valueFrom": {f"{kind}KeyRef": reference}})
    variables += [
        {"name": entry["name"], "valueFrom": {"fieldRef": {"fieldPath": entry["fieldPath"]}}}
        for entry in platform.get("fieldPathAsEnv", [])
    ]
    return variables


def _secret_volume(entry: Mapping[str, Any], read: Read) -> tuple[dict[str, Any], dict[str, Any]]:
    source = {"secretName": _name(entry, "secretName", read), **_optional(entry)}
    return {"mountPath": entry["mountPath"], "readOnly": True}, {"secret": source}


def _config_volume(entry: Mapping[str, Any], read: Read) -> tuple[dict[str, Any], dict[str, Any]]:
    source = {"name": _name(entry, "configMapName", read), **_optional(entry)}
    return {"mountPath": entry["mountPath"], "readOnly": True}, {"configMap": source}


def _claim_volume(entry: Mapping[str, Any], read: Read) -> tuple[dict[str, Any], dict[str, Any]]:
    mount = {"mountPath": entry["mountPath"], **({"subPath": entry["subPath"]} if entry.get("subPath") else {})}
    if "pvcNameParameter" in entry:
        claim = read(entry["pvcNameParameter"])
    elif "constant" in entry:
        claim = entry["constant"]
    else:
        claim = read({key: entry[key] for key in ("componentInputParameter", "taskOutputParameter") if key in entry})
    return mount, {"persistentVolumeClaim": {"claimName": claim}}


def _ephemeral_volume(entry: Mapping[str, Any], read: Read) -> tuple[dict[str, Any], dict[str, Any]]:
    spec: dict[str, Any] = {
        "accessModes": list(entry.get("accessModes", [])),
        "resources": {"requests": {"storage": entry["size"]}},
    }
    if entry.get("storageClassName") and not entry.get("defaultStorageClass"):
        spec["storageClassName"] = entry["storageClassName"]
    metadata = {key: dict(value) for key, value in entry.get("metadata", {}).items() if value}
    claim = {**({"metadata": metadata} if metadata else {}), "spec": spec}
    return {"mountPath": entry["mountPath"]}, {"ephemeral": {"volumeClaimTemplate": claim}}


def _empty_volume(entry: Mapping[str, Any], read: Read) -> tuple[dict[str, Any], dict[str, Any]]:
    fields = {key: entry[key] for key in ("medium", "sizeLimit") if entry.get(key)}
    return {"mountPath": entry["mountPath"]}, {"emptyDir": fields}


def _shared_memory(entry: Mapping[str, Any], read: Read) -> tuple[dict[str, Any], dict[str, Any]]:
    size = {"sizeLimit": entry["size"]} if entry.get("size") else {}
    return {"mountPath": "/dev/shm"}, {"emptyDir": {"medium": "Memory", **size}}


_VOLUMES: Mapping[str, Callable[[Mapping[str, Any], Read], tuple[dict[str, Any], dict[str, Any]]]] = {
    "secretAsVolume": _secret_volume,
    "configMapAsVolume": _config_volume,
    "pvcMount": _claim_volume,
    "genericEphemeralVolume": _ephemeral_volume,
    "emptyDirMounts": _empty_volume,
    "enabledSharedMemory": _shared_memory,
}


def _toleration(entry: Mapping[str, Any]) -> dict[str, Any]:
    given = _constant(entry, "tolerationJson", "", "a toleration") or {
        key: value for key, value in entry.items() if key != "tolerationJson"
    }
    if "tolerationSeconds" in given:
        given = {**given, "tolerationSeconds": int(given["tolerationSeconds"])}
    return dict(given)


def _affinity(platform: Mapping[str, Any]) -> dict[str, Any]:
    required: list[dict[str, Any]] = []
    preferred: list[dict[str, Any]] = []
    affinity: dict[str, Any] = {}
    for entry in platform.get("nodeAffinity", []):
        whole = _constant(entry, "nodeAffinityJson", "", "a node affinity")
        if whole:
            affinity["nodeAffinity"] = dict(whole)
            continue
        term = {key: list(entry[key]) for key in ("matchExpressions", "matchFields") if entry.get(key)}
        if entry.get("weight"):
            preferred.append({"weight": int(entry["weight"]), "preference": term})
        else:
            required.append(term)
    if required or preferred:
        affinity["nodeAffinity"] = _terms({"nodeSelectorTerms": required} if required else None, preferred)
    for entry in platform.get("podAffinity", []):
        kind = affinity.setdefault("podAntiAffinity" if entry.get("anti") else "podAffinity", {})
        term = _pod_term(entry)
        if entry.get("weight"):
            weighted = {"weight": int(entry["weight"]), "podAffinityTerm": term}
            kind.setdefault("preferredDuringSchedulingIgnoredDuringExecution", []).append(weighted)
        else:
            kind.setdefault("requiredDuringSchedulingIgnoredDuringExecution", []).append(term)
    return affinity


def _terms(required: Any, preferred: Sequence[Any]) -> dict[str, Any]:
    return {
        **({"requiredDuringSchedulingIgnoredDuringExecution": required} if required else {}),
        **({"preferredDuringSchedulingIgnoredDuringExecution": list(preferred)} if preferred else {}),
    }


def _pod_term(entry: Mapping[str, Any]) -> dict[str, Any]:
    term: dict[str, Any] = {"topologyKey": entry.get("topologyKey", "")}
    for key, labels, expressions in (
        ("labelSelector", "matchPodLabels", "matchPodExpressions"),
        ("namespaceSelector", "matchNamespaceLabels", "matchNamespaceExpressions"),
    ):
        selector = {"matchLabels": dict(entry.get(labels, {})), "matchExpressions": list(entry.get(expressions, []))}
        filled = {name: value for name, value in selector.items() if value}
        if filled:
            term[key] = filled
    if entry.get("namespaces"):
        term["namespaces"] = list(entry["namespaces"])
    return term


def _name(entry: Mapping[str, Any], key: str, read: Read) -> str:
    return read(entry[f"{key}Parameter"]) if f"{key}Parameter" in entry else str(entry[key])


def _optional(entry: Mapping[str, Any]) -> dict[str, bool]:
    return {"optional": True} if entry.get("optional") else {}


def _constant(entry: Mapping[str, Any], reference: str, plain: str, what: str) -> Any:
    """Returns a value that Argo takes no parameter for."""
    if reference not in entry:
        return entry.get(plain)
    constant = entry[reference].get("runtimeValue", {}).get("constant")
    if constant is None:
        raise PipelineError(f"has {what} that depends on an input, which Argo cannot do; give a constant")
    return constant


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []

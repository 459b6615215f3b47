"""What a pod asks for of its node: processors, memory, accelerators."""

import json
from collections.abc import Mapping

from argosy.argo import dynamic
from argosy.argo import expression as expr
from argosy.argo.scope import Scope
from argosy.plan.placeholders import has_placeholder
from argosy.plan.spec import ContainerExecutor

_AMOUNTS = (
    ("requests", "cpu", "resourceCpuRequest", "cpuRequest", ""),
    ("requests", "memory", "resourceMemoryRequest", "memoryRequest", "G"),
    ("limits", "cpu", "resourceCpuLimit", "cpuLimit", ""),
    ("limits", "memory", "resourceMemoryLimit", "memoryLimit", "G"),
)
"""Kubernetes's field and resource, the spec's field, its older field, and the unit of that."""


def fixed_resources(body: object) -> dict[str, dict[str, str]]:
    """Returns the resources of a container that depend on no input, in the API's form."""
    fixed = {
        side: {name: value for name, value in amounts.items() if not has_placeholder({name: value})}
        for side, amounts in _amounts(body).items()
    }
    return {side: amounts for side, amounts in fixed.items() if amounts}


def resource_patch(at: Scope, container: str) -> str:
    """Returns a patch with the resources that depend on inputs, for which the API has no place; empty for none."""
    found = dynamic.settings(at)
    patch = {
        side: {
            _dynamic(name, found): _dynamic(value, found)
            for name, value in amounts.items()
            if has_placeholder({name: value})
        }
        for side, amounts in _amounts(at.component.body).items()
    }
    filled = {side: amounts for side, amounts in patch.items() if amounts}
    return json.dumps({"containers": [{"name": container, "resources": filled}]}) if filled else ""


def _dynamic(text: str, found: Mapping[str, tuple[str, str]]) -> str:
    return expr.tag(expr.own_input(found[text][0])) if text in found else text


def _amounts(body: object) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    resources = body.resources if isinstance(body, ContainerExecutor) else {}
    for side, name, field, older, unit in _AMOUNTS:
        if resources.get(field) not in (None, ""):
            found.setdefault(side, {})[name] = str(resources[field])
        elif resources.get(older):
            found.setdefault(side, {})[name] = f"{resources[older]:g}{unit}"
    accelerator = resources.get("accelerator", {})
    kind = accelerator.get("resourceType", accelerator.get("type"))
    if kind:
        count = accelerator.get("resourceCount", accelerator.get("count", 1))
        found.setdefault("limits", {})[str(kind)] = str(count)
    return found

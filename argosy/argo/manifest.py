"""A manifest as text, and whether it is one that a cluster can take."""

import json
import re
from typing import Any

import yaml

from argosy.errors import PipelineError

MAX_BYTES = 1_000_000
"""etcd takes 1.5 MiB for an object, and Argo keeps the states of the tasks in the same one."""


def to_yaml(manifest: dict[str, Any]) -> str:
    """Returns the manifest as YAML: the same text for the same manifest, in ASCII, one line a text."""
    return yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, width=1_000_000)


class _Dumper(yaml.SafeDumper):
    """Quotes every text that some reader of YAML takes for something else: Go reads `n` as false, `1e3` as a number."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    is_plain = re.fullmatch(r"[A-Za-z][-A-Za-z0-9_./]+", value)
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if is_plain else "'")


_Dumper.add_representer(str, _text)


def check_size(manifest: dict[str, Any]) -> None:
    """Returns if a cluster takes a manifest of this size.

    Raises:
        PipelineError: It is too large; the message names the largest template, or the parameters.
    """
    total = _bytes(manifest)
    if total <= MAX_BYTES:
        return
    spec = manifest["spec"].get("workflowSpec", manifest["spec"])
    sizes = {f"the template {template['name']!r}": _bytes(template) for template in spec["templates"]}
    sizes["the run's parameters"] = _bytes(spec.get("arguments", {}))
    largest = max(sizes, key=lambda name: sizes[name])
    raise PipelineError(
        f"the Workflow takes {total} bytes, and a cluster takes {MAX_BYTES} at most; most of it is {largest}, "
        f"with {sizes[largest]}. Move code into images and data into artifacts, or cut the pipeline in two"
    )


def _bytes(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")).encode())

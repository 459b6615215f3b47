"""How large a pipeline may be for KFP's backend, which hands its parts around as arguments of programs."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from argosy.errors import PipelineError, located
from argosy.plan.document import Node

MAX_ARGUMENT = 131_071
"""Bytes of one argument of a Linux program: KFP's driver gets a task, a component or a container's spec as one."""
MAX_PIPELINE = 1_000_000
"""Bytes of all of it: a run is one object, of which Kubernetes takes 1.5 MiB with the states of its tasks."""


def check_size(documents: Sequence[Node]) -> None:
    """Returns if the backend takes a compiled pipeline of this size.

    Raises:
        PipelineError: A part of it, or all of it, is too large; the message names the largest part.
    """
    parts = list(_parts(documents[0]))
    for task, what, size in parts:
        if size > MAX_ARGUMENT:
            with located(task=task):
                raise PipelineError(
                    f"{what} takes {size} bytes, and KFP's backend takes {MAX_ARGUMENT} at most (one argument of its "
                    f"driver); {_largest(parts)}. Move code into a folder, which `argosy submit` uploads, or into a "
                    "module of an image, data into an artifact"
                )
    total = sum(_bytes(document) for document in documents)
    if total > MAX_PIPELINE:
        _, what, size = max(parts, key=lambda part: part[2])
        raise PipelineError(
            f"the compiled pipeline takes {total} bytes, and KFP's backend takes {MAX_PIPELINE} at most; "
            f"the largest part is {what} with {size}. Move code into folders, which `argosy submit` uploads, or into "
            "images, or cut the pipeline in two"
        )


def _largest(parts: Sequence[tuple[str, str, int]]) -> str:
    name, _, size = max((part for part in parts if part[0]), key=lambda part: part[2])
    return f"the largest task is {name!r} with {size}"


def _parts(spec: Node) -> Iterator[tuple[str, str, int]]:
    """Yields (task, part, bytes); a task's own part before the group's that contains it."""
    components = spec.get("components", {})
    for component in {**components, "root": spec.get("root", {})}.values():
        for task, body in component.get("dag", {}).get("tasks", {}).items():
            yield task, "its spec, with the constants that it is given,", _bytes(body)
    for name, component in components.items():
        yield "", f"the component {name!r}", _bytes(component)
    yield "", "the pipeline's root, with every task's constants,", _bytes(spec.get("root", {}))
    for label, executor in spec.get("deploymentSpec", {}).get("executors", {}).items():
        yield "", f"the executor {label!r}", _bytes(executor)


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

"""What a pod is told on its command line: pairs of a flag and a value; values between tasks are JSON in ASCII."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.errors import ParameterError, PipelineError, did_you_mean

WORK = "/tmp/argosy"
"""Where a pod keeps what it needs for its own; Argo reads the outputs in `outputs` there."""
SHARED = "/argosy"
"""What the containers of a pod with a container of the user's share."""
PHASES = ("", "around")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PodTask:
    """One task of a run, as its pod is told it.

    Attributes:
        spec: The pipeline's name, the component, its executor, `cache`, `cache_key`, and the `files` for Argo.
        inputs: Values of the task's inputs by name, decoded; references for an artifact; None for no value.
        run: The Workflow's name.
        uid: The Workflow's uid.
        pod_name: The pod's name, of which there is one for each attempt.
        task: The task's path in the pipeline.
        root: Where outputs go: an absolute path, s3:// or gs://.
        created: When the Workflow was created.
        again: Whether the task has to run also where an earlier pod of the run finished it.
        metadata: The metadata store's URI; empty for none.
        phase: Empty for a step of ours; `around` a container of the user's.
        work: The folder for the pod's own files.
        shared: The folder that a pod's containers share.
        mounts: The folder in which the user's container finds `s3`, `gcs` and `minio`.
    """

    spec: Mapping[str, Any]
    inputs: Mapping[str, Any]
    run: str
    uid: str
    pod_name: str
    task: str
    root: str
    created: str = ""
    again: bool = False
    metadata: str = ""
    phase: str = ""
    work: Path = Path(WORK)
    shared: Path = Path(SHARED)
    mounts: Path = Path("/")


def read_arguments(argv: Sequence[str]) -> PodTask:
    """Returns what the command line says.

    Raises:
        ParameterError: A flag is unknown, is missing, or has a value that is not what it has to be.
        PipelineError: The spec is not one.
    """
    elements = [_element(part) for part in argv]
    one = dict(_pairs(elements))
    if one.get("phase", "") not in PHASES:
        raise ParameterError(f"--phase {one['phase']!r}; {did_you_mean(one['phase'], PHASES[1:])}")
    missing = [flag for flag in _REQUIRED if not one.get(flag)]
    if missing:
        raise ParameterError(f"--{missing[0]} is missing; compile the pipeline with the version of Argosy that runs it")
    return PodTask(
        spec=_spec(one["pod"]),
        inputs=dict(_input(value) for flag, value in _pairs(elements) if flag == "input"),
        run=one["run"],
        uid=one["uid"],
        pod_name=one["pod_name"],
        task=one["task"],
        root=one["root"].rstrip("/"),
        created=one.get("created", ""),
        again=one.get("again", "false") == "true",
        metadata=one.get("metadata", ""),
        phase=one.get("phase", ""),
        work=Path(one.get("work", WORK)),
        shared=Path(one.get("shared", SHARED)),
        mounts=Path(one.get("mounts", "/")),
    )


_REQUIRED = ("pod", "run", "uid", "pod_name", "task", "root")
_KNOWN = (*_REQUIRED, "input", "created", "again", "metadata", "phase", "work", "shared", "mounts")


def _element(text: str) -> str:
    """Argo hands a long argument over in a file, and the file's name, behind an @, in its place."""
    if not text.startswith("@/"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except OSError as error:
        raise ParameterError(f"the argument {text} names a file that cannot be read: {error}") from error


def _pairs(argv: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(argv) % 2:
        raise ParameterError(f"the command line needs pairs of a flag and a value, found {len(argv)} arguments")
    for flag, value in zip(argv[::2], argv[1::2], strict=True):
        name = flag.removeprefix("--")
        if name not in _KNOWN or name == flag:
            raise ParameterError(f"unknown argument {flag[:60]!r}; {did_you_mean(name, _KNOWN)}")
        yield name, value


def _input(pair: str) -> tuple[str, Any]:
    name, sign, text = pair.partition("=")
    if not sign:
        raise ParameterError(f"--input takes NAME=JSON, found {pair[:60]!r}")
    try:
        return name, json.loads(text)
    except ValueError as error:
        raise ParameterError(f"--input {name}: not JSON ({error}): {text[:60]!r}") from error


def _spec(text: str) -> dict[str, Any]:
    try:
        spec = json.loads(text)
    except ValueError as error:
        raise PipelineError(f"--pod is not JSON ({error}); compile the pipeline again") from error
    if not isinstance(spec, dict) or not {"pipeline", "name", "component", "executor"} <= set(spec):
        raise PipelineError("--pod needs pipeline, name, component and executor; compile the pipeline again")
    return spec

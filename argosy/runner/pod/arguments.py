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
PHASES = ("", "stage", "publish")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PodTask:
    """One task of a run, as its pod is told it.

    Attributes:
        spec: The pipeline's name, the component, its executor, and the names of the files for Argo.
        inputs: Values of the task's inputs by name, decoded; a reference list for an artifact; None for no value.
        paths: Keys to follow inside inputs.
        texts: Inputs that are texts with placeholders.
        collected: Inputs that Argo gathered from a loop, and from how many loops around each other.
        run: The Workflow's name.
        uid: The Workflow's uid.
        pod_name: The pod's name, of which there is one for each attempt.
        task: The task's path in the pipeline.
        created: When the Workflow was created.
        cache: Whether outputs of other runs may be taken.
        cache_key: A key of the author's own; empty for the computed one.
        again: Whether the task has to run also where an earlier pod of the run finished it.
        root: Where outputs go: an absolute path, s3:// or gs://.
        metadata: The metadata store's URI; empty for none.
        phase: Empty for all of it; `stage` or `publish` around a container of the user's.
        work: The folder for the pod's own files.
        shared: The folder that a pod's containers share.
        mounts: The folder in which the user's container finds `s3`, `gcs` and `minio`.
    """

    spec: Mapping[str, Any]
    inputs: Mapping[str, Any]
    paths: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, Any]
    collected: Mapping[str, int]
    run: str
    uid: str
    pod_name: str
    task: str
    created: str = ""
    cache: bool = False
    cache_key: str = ""
    again: bool = False
    root: str = ""
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
    given: dict[str, list[str]] = {}
    for flag, value in _pairs([_element(part) for part in argv]):
        given.setdefault(flag, []).append(value)
    one = {flag: values[-1] for flag, values in given.items() if flag not in _MANY}
    missing = [flag for flag in _REQUIRED if not one.get(flag)]
    if missing:
        raise ParameterError(f"--{missing[0]} is missing; compile the pipeline with the version of Argosy that runs it")
    if one.get("phase", "") not in PHASES:
        raise ParameterError(f"--phase {one['phase']!r}; {did_you_mean(one['phase'], PHASES[1:])}")
    return PodTask(
        spec=_spec(one["pod"]),
        inputs={name: _json("input", name, text) for name, text in _named("input", given)},
        paths={name: tuple(_json("path", name, text)) for name, text in _named("path", given)},
        texts={name: _json("text", name, text) for name, text in _named("text", given)},
        collected={name: int(_json("collected", name, text)) for name, text in _named("collected", given)},
        cache=_flag("cache", one),
        again=_flag("again", one),
        root=one["root"].rstrip("/"),
        run=one["run"],
        uid=one["uid"],
        pod_name=one["pod_name"],
        task=one["task"],
        created=one.get("created", ""),
        cache_key=one.get("cache_key", ""),
        metadata=one.get("metadata", ""),
        phase=one.get("phase", ""),
        work=Path(one.get("work", WORK)),
        shared=Path(one.get("shared", SHARED)),
        mounts=Path(one.get("mounts", "/")),
    )


_REQUIRED = ("pod", "run", "uid", "pod_name", "task", "root")
_MANY = ("input", "path", "text", "collected")
_OPTIONAL = ("created", "cache", "cache_key", "again", "metadata", "phase", "work", "shared", "mounts")
_KNOWN = (*_REQUIRED, *_OPTIONAL, *_MANY)


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
        if flag.removeprefix("--") not in _KNOWN or not flag.startswith("--"):
            raise ParameterError(f"unknown argument {flag!r}; {did_you_mean(flag, [f'--{name}' for name in _KNOWN])}")
        yield flag.removeprefix("--"), value


def _named(flag: str, given: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    for pair in given.get(flag, ()):
        name, sign, text = pair.partition("=")
        if not sign:
            raise ParameterError(f"--{flag} takes NAME=JSON, found {pair[:60]!r}")
        yield name, text


def _json(flag: str, name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ParameterError(f"--{flag} {name}: not JSON ({error}): {text[:60]!r}") from error


def _flag(name: str, one: Mapping[str, str]) -> bool:
    text = one.get(name, "false")
    if text not in ("true", "false"):
        raise ParameterError(f"--{name} takes true or false, found {text!r}")
    return text == "true"


def _spec(text: str) -> dict[str, Any]:
    try:
        spec = json.loads(text)
    except ValueError as error:
        raise PipelineError(f"--pod is not JSON ({error}); compile the pipeline again") from error
    if not isinstance(spec, dict) or not {"pipeline", "name", "component", "executor"} <= set(spec):
        raise PipelineError("--pod needs pipeline, name, component and executor; compile the pipeline again")
    return spec

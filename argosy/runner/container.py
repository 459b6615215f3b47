"""What a task's container gets of this machine: its part of the file system, processor and memory."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.errors import ArtifactError, ParameterError
from argosy.plan.check_kfp_resources import quantity
from argosy.pointer import read_pointer

SYSTEM = ("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin", "sys", "usr")
"""Folders of the root that an image has its own of; what lies there is never taken from this machine."""
OCCUPIED = tuple(map(Path, ("/", "/opt", "/opt/argosy", "/tmp", "/var", "/var/run")))
"""Folders in which an image has something of its own, beside which this machine's may lie."""
GIGABYTE = 10**9


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mount:
    """A folder or file of this machine that a container sees at the same path."""

    path: Path
    writable: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """What a container may take: cores and bytes; None for no limit. Requests weigh only when the machine is short."""

    cores: float | None = None
    memory: int | None = None
    cores_asked: float | None = None
    memory_asked: int | None = None


def mounts(root: Path, step: str, parameters: Mapping[str, Any], uris: Iterable[str]) -> tuple[Mount, ...]:
    """Returns the root, to write in, and the local data that the task is told of, to read; parents come first.

    Data are input artifacts outside the root, what pointers among the inputs point to, and every absolute path in a
    parameter that exists on this machine, unless it lies where an image has its own files. A link inside a folder
    that leads out of it leads nowhere in the container. What a Pusher pushes to is made, and writable.

    Args:
        root: The run's root.
        step: The Argosy step; empty for other containers.
        parameters: The task's parameters.
        uris: Of its input artifacts.
    """
    writable = [root, *_pushed_to(step, parameters)]
    read = [path for uri in uris for path in _artifact_paths(uri)]
    read += [path for value in parameters.values() for path in _paths(value) if _is_data(path)]
    found: list[Mount] = []
    wanted = [*(Mount(path=path, writable=True) for path in writable), *(Mount(path=path) for path in read)]
    for one in sorted(wanted, key=lambda one: (len(one.path.parts), not one.writable)):
        above = [other for other in found if one.path.is_relative_to(other.path)]
        if not above or (one.writable and not above[-1].writable):
            found.append(one)
    return tuple(found)


def limits(resources: Mapping[str, Any]) -> Limits:
    """Returns the limits of a spec's resources, whose placeholders have been replaced.

    >>> limits({"resourceCpuLimit": "500m", "resourceMemoryLimit": "2Gi"})
    Limits(cores=0.5, memory=2147483648, cores_asked=None, memory_asked=None)

    Raises:
        ParameterError: One is no quantity.
    """
    return Limits(
        cores=_amount(resources, "CpuLimit", 1),
        memory=_bytes(_amount(resources, "MemoryLimit", GIGABYTE)),
        cores_asked=_amount(resources, "CpuRequest", 1),
        memory_asked=_bytes(_amount(resources, "MemoryRequest", GIGABYTE)),
    )


def _amount(resources: Mapping[str, Any], name: str, unit: int) -> float | None:
    """KFP writes each both as a text and, in an older field, as a number of cores or gigabytes."""
    text = resources.get(f"resource{name}")
    try:
        if text:
            return float(quantity(str(text)))
    except ValueError as error:
        raise ParameterError(f"{name} {text!r} is no quantity; a number and a unit, as 500m or 2Gi") from error
    number = resources.get(name[0].lower() + name[1:])
    return float(number) * unit if number else None


def _bytes(amount: float | None) -> int | None:
    return None if amount is None else int(amount)


def _pushed_to(step: str, parameters: Mapping[str, Any]) -> Iterator[Path]:
    destination = parameters.get("push_destination")
    filesystem = destination.get("filesystem") if step == "pusher" and isinstance(destination, dict) else None
    folder = filesystem.get("base_directory") if isinstance(filesystem, dict) else None
    if isinstance(folder, str) and folder.startswith("/"):
        # Made by the engine, it would belong to root.
        Path(folder).mkdir(parents=True, exist_ok=True)
        yield Path(folder)


def _artifact_paths(uri: str) -> Iterator[Path]:
    if "://" in uri and not uri.startswith("file://"):
        return
    path = fs.local_path(uri)
    if not path.exists():
        return
    yield path
    try:
        pointer = read_pointer(str(path)) if path.is_dir() else None
    except ArtifactError:
        # The step says what is wrong with it.
        return
    if pointer is not None:
        yield from (target for target in _paths(pointer["uri"]) if target.exists())


def _paths(value: Any) -> Iterator[Path]:
    if isinstance(value, dict | list):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from _paths(inside)
    elif isinstance(value, str) and value.startswith(("/", "file:///")) and not set(value) & {"\n", "\0", "*", "{"}:
        yield fs.local_path(value)


def _is_data(path: Path) -> bool:
    if ".." in path.parts or path in OCCUPIED:
        return False
    try:
        return path.parts[1] not in SYSTEM and not path.is_socket() and path.exists()
    except OSError:
        return False

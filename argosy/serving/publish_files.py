"""Numbered versions in a local folder: published by a rename.

    <base>/<version>/                        a version: what servers look for
    <base>/.<version>.<unique>.tmp/          being copied
    <base>/.<version>.<unique>.pending       published, but not yet seen on the servers it was published for
    <base>/.<version>.<unique>.rejected/     withdrawn; empty, kept so that its number is not used again

No name but the first is a number, so servers never look at the others.
"""

import contextlib
import re
import shutil
import time
import uuid
from pathlib import Path

from argosy import fs
from argosy.errors import StorageError
from argosy.serving.versions import list_versions

_RESERVED = re.compile(r"\.([0-9]+)\.[0-9a-f]+\.(tmp|pending|rejected)")
_TRIES = 100
_STALE_SECONDS = 24 * 3600.0


def publish(model_directory: str, base_path: str | Path) -> int:
    """Copies a SavedModel to a new version, which appears complete or not at all, and returns its number.

    Raises:
        StorageError: It could not be copied; nothing is left of it.
    """
    base = Path(base_path)
    _remove_stale(base)
    for _ in range(_TRIES):
        version = next_version(base)
        marker = base / f".{version}.{uuid.uuid4().hex}.pending"
        _reserve(marker)
        try:
            fs.copy_directory(model_directory, str(base / str(version)))
            return version
        except StorageError:
            marker.unlink(missing_ok=True)
            if not (base / str(version)).exists():
                raise
    raise StorageError(f"{base}: {_TRIES} times another publisher took the version first; push again")


def next_version(base_path: str | Path) -> int:
    """Returns a number above every one that was ever used under the base path, and not below the time in seconds."""
    used = [*(list_versions(base_path) or {}), *(number for number, _ in _reserved(Path(base_path)))]
    return max(int(time.time()), max(used, default=0) + 1)


def find_published(model_directory: str, base_path: str | Path) -> int | None:
    """Returns the newest version if it holds the same files as the model; otherwise None."""
    versions = list_versions(base_path)
    if not versions:
        return None
    newest = max(versions)
    return newest if fs.digest(str(versions[newest])) == fs.digest(model_directory) else None


def is_pending(base_path: str | Path, version: int) -> bool:
    """Whether a version was published by a push that did not come to its end."""
    return any(number == version and path.suffix == ".pending" for number, path in _reserved(Path(base_path)))


def confirm(base_path: str | Path, version: int) -> None:
    """Ends the pending state of a version."""
    for number, path in _reserved(Path(base_path)):
        if number == version and path.suffix == ".pending":
            path.unlink(missing_ok=True)


def withdraw(base_path: str | Path, version: int) -> None:
    """Takes a version away in one step; servers fall back to the one before it at their next look.

    Raises:
        StorageError: It could not be renamed.
    """
    base = Path(base_path)
    away = base / f".{version}.{uuid.uuid4().hex}.rejected"
    try:
        (base / str(version)).rename(away)
        for child in away.iterdir():
            fs.remove(str(child))
    except OSError as error:
        raise StorageError(f"cannot withdraw {base / str(version)}: {error}; remove it by hand") from error
    confirm(base, version)


def _reserve(marker: Path) -> None:
    try:
        fs.write_bytes(str(marker), b"")
    except StorageError as error:
        raise StorageError(
            f"cannot publish in {marker.parent}: {error.__cause__}; give a folder that this process can write to"
        ) from error


def _reserved(base: Path) -> list[tuple[int, Path]]:
    if not base.is_dir():
        return []
    matches = [(_RESERVED.fullmatch(path.name), path) for path in base.iterdir()]
    return [(int(match[1]), path) for match, path in matches if match]


def _remove_stale(base: Path) -> None:
    """Removes what publishers that were killed while they copied left behind."""
    for _, path in _reserved(base):
        # Another publisher may rename its copy into place at any moment.
        with contextlib.suppress(FileNotFoundError):
            if path.suffix == ".tmp" and time.time() - path.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(path, ignore_errors=True)

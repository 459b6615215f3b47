"""Inputs that lie in stores, brought into the pod before its process starts."""

import logging
import time
from pathlib import Path

from argosy import fs
from argosy.errors import ArtifactError
from argosy.metadata.records import Artifact
from argosy.pointer import read_pointer
from argosy.runner import stored
from argosy.runner.call import Artifacts
from argosy.runner.pod.places import Places, is_staged

log = logging.getLogger("argosy.pod")


def fetch_inputs(artifacts: Artifacts, places: Places, *, follow: bool) -> dict[str, str]:
    """Brings every input here, each once, and returns where those are whose URI does not say it, by URI.

    Args:
        artifacts: The inputs.
        places: Where to.
        follow: Whether what a pointer points to is brought in its place.

    Raises:
        ArtifactError: An input is not there, or is no longer what its producer published.
        StorageError: One cannot be read.
    """
    paths = {}
    unique = {artifact.uri: artifact for found in artifacts.values() for artifact in found}
    # What lies inside another one comes after it, and is here already.
    for uri, artifact in sorted(unique.items()):
        path = places.path(uri)
        if is_staged(uri):
            _fetch_artifact(artifact, path)
            paths[uri] = path
        target = _pointed_to(path) if follow else None
        if target is not None and is_staged(target["uri"]):
            paths[uri] = places.path(target["uri"])
            _fetch(target["uri"], paths[uri], target["digest"])
    return paths


def _fetch_artifact(artifact: Artifact, path: str) -> None:
    if not stored.digest(artifact):
        # Published without a single file: a store has no empty directories.
        Path(path).mkdir(parents=True, exist_ok=True)
        return
    if not fs.exists(artifact.uri):
        raise ArtifactError(f"nothing is at {artifact.uri}; was it removed since the task that made it ran?")
    _fetch(artifact.uri, path, stored.digest(artifact))


def _fetch(uri: str, path: str, digest: str) -> None:
    if Path(path).exists():
        return
    begun = time.monotonic()
    size = fs.download_directory(uri, path, expected_digest=digest)
    log.info("fetched %s: %.1f MB in %.1f s", uri, size / 1e6, time.monotonic() - begun)


def _pointed_to(path: str) -> dict[str, str] | None:
    return read_pointer(path) if Path(path).is_dir() else None

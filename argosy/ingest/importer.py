"""The body of the importer."""

import logging
from typing import Any

from argosy import fs
from argosy.artifacts import ARTIFACT_TYPES, AnyArtifact, Examples, Output
from argosy.errors import DataError, ParameterError, did_you_mean
from argosy.examples.layout import split_files, split_names
from argosy.examples.split_patterns import CUSTOM_SPLIT_PATTERN, with_split_patterns
from argosy.pointer import write_pointer

_log = logging.getLogger("argosy.ingest")


def importer(
    artifact: Output[AnyArtifact],
    *,
    artifact_uri: str,
    artifact_type: str = "system.Artifact",
    metadata: dict[str, Any] | None = None,
    fingerprint: str = "",
) -> None:
    """Brings what exists elsewhere into a pipeline: a pointer with its URI, type and digest, and no copy.

    Args:
        artifact: Gets the pointer, the given metadata, and artifact_uri, artifact_type and digest.
        artifact_uri: Where it lives: a path, made absolute, or a URI.
        artifact_type: Its type's title.
        metadata: To be recorded with it; strings and numbers.
        fingerprint: Its digest taken before the run; empty: taken now.

    Raises:
        ParameterError: The type is unknown, or a metadata value neither string nor number.
        ArtifactError: Its splits are to lie where a custom_split_pattern says, and no file does.
        DataError: There is nothing at the URI, or it is not what it was when its fingerprint was taken.
    """
    titles = [kind.title for kind in ARTIFACT_TYPES]
    if artifact_type not in titles:
        raise ParameterError(f"artifact_type: unknown type {artifact_type!r}; {did_you_mean(artifact_type, titles)}")
    for key, value in (metadata or {}).items():
        if not isinstance(value, str | int | float):
            raise ParameterError(f"metadata: {key} is {value!r}; give a string or a number")
    if artifact_type == Examples.title and CUSTOM_SPLIT_PATTERN in (metadata or {}):
        _check_splits(artifact_uri, str((metadata or {})[CUSTOM_SPLIT_PATTERN]))
    uri = artifact_uri if fs.is_remote(artifact_uri) else str(fs.local_path(artifact_uri).absolute())
    digest = fs.digest(uri) if artifact_uri else ""
    if not digest:
        raise DataError(f"artifact_uri {artifact_uri!r}: found no file there; give the path or URI of the artifact")
    if fingerprint and fingerprint != digest:
        raise DataError(f"artifact_uri {artifact_uri}: the content has changed since the run began; run it again")
    write_pointer(artifact.path, uri, artifact_type, digest)
    artifact.metadata.update(metadata or {})
    artifact.metadata.update(artifact_uri=uri, artifact_type=artifact_type, digest=digest)
    _log.info("imported %s as %s", uri, artifact_type)


def _check_splits(uri: str, patterns: str) -> None:
    path = with_split_patterns(uri, patterns)
    for split in split_names(path):
        split_files(path, split)

"""What the runner keeps of an artifact in the metadata store, and how it reads it back.

TFX's own keys (`name`, `pipeline_name`, `producer_component`, `is_external`) and scalar metadata stand as they are, for
whoever reads the store; the runner's keys begin with `__`. Metadata also stands whole as JSON, which keeps its types.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from argosy import fs
from argosy.metadata.records import Artifact, Properties

METADATA_ONLY = ("system.Metrics", "system.ClassificationMetrics", "system.SlicedClassificationMetrics")
"""Types that may have no bytes: all that they say is in their metadata."""

_TITLE, _VERSION, _DIGEST, _LISTING, _METADATA = (
    "__schema_title__", "__schema_version__", "__digest__", "__listing__", "__metadata__",
)  # fmt: skip


def title(artifact: Artifact) -> str:
    """Returns the schema title with which its producer declared it."""
    return str(artifact.properties.get(_TITLE, "system.Artifact"))


def version(artifact: Artifact) -> str:
    """Returns the schema version with which its producer declared it."""
    return str(artifact.properties.get(_VERSION, ""))


def metadata(artifact: Artifact) -> dict[str, Any]:
    """Returns the metadata that its producer recorded."""
    return dict(json.loads(str(artifact.properties.get(_METADATA, "{}"))))


def fingerprint(artifact: Artifact) -> str:
    """Returns what stands for it in cache keys: the digest of its bytes and of its metadata, which its readers see."""
    content = digest(artifact) if is_readable(artifact.uri) else artifact.uri
    text = json.dumps([content, metadata(artifact)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def digest(artifact: Artifact) -> str:
    """Returns the digest of its bytes as they were published; the empty string when there were none."""
    return str(artifact.properties.get(_DIGEST, ""))


def properties(
    *, title: str, version: str = "", metadata: Mapping[str, Any], content: Properties, **tfx: str | int
) -> dict[str, Any]:
    """Returns the properties under which an artifact is stored; `content` is what `content_of` returned."""
    scalars = {key: value for key, value in metadata.items() if isinstance(value, int | float | str)}
    own = {_TITLE: title, _VERSION: version, _METADATA: json.dumps(metadata, sort_keys=True)}
    return {**scalars, **tfx, **own, **content}


def content(digest: str) -> Properties:
    """Returns what `content_of` does of bytes whose digest is known and whose listing is not."""
    return {_DIGEST: digest}


def content_of(uri: str, path: str = "") -> Properties:
    """Returns the digest of what lies at the URI, and a listing that tells whether to take a digest again.

    With `path`, the bytes are read there, where they lay before they were brought to the URI.

    A scheme that Argosy cannot read, such as http://, has an empty digest: there the URI stands for the content.
    """
    if not is_readable(uri):
        return {_DIGEST: ""}
    return {_DIGEST: fs.digest(path or uri), _LISTING: _listing(uri)}


def damage(artifact: Artifact) -> str:
    """Returns what is wrong with a stored artifact's bytes, in words; the empty string when nothing is."""
    published = digest(artifact)
    if not is_readable(artifact.uri) or (not published and title(artifact) in METADATA_ONLY):
        return ""
    if not fs.exists(artifact.uri):
        return f"{artifact.uri} is gone"
    if artifact.properties.get(_LISTING) == _listing(artifact.uri):
        return ""
    return "" if fs.digest(artifact.uri) == published else f"{artifact.uri} was changed"


def is_readable(uri: str) -> bool:
    """Whether the URI's scheme is one whose bytes Argosy can read."""
    return "://" not in uri or uri.startswith(("file://", *fs.REMOTE_SCHEMES))


def _listing(uri: str) -> str:
    total = hashlib.sha256()
    if fs.is_remote(uri):
        for entry in fs.list_entries(uri):
            total.update(f"{entry.uri}\0{entry.size}\0{entry.modified.timestamp()}\0".encode())
        return total.hexdigest()
    for file in fs.list_files(uri):
        status = fs.local_path(file).stat()
        total.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return total.hexdigest()

"""The manifest of a version in an object store: what it consists of. A version is complete when it is there."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from argosy import fs
from argosy.errors import ArtifactError

MANIFEST_FILE = "argosy-manifest.json"
_FORMAT = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class ListedFile:
    """A file of a version.

    Attributes:
        path: Relative to the version's folder, with slashes.
        size: Bytes.
        sha256: Of its content, in hex.
    """

    path: str
    size: int
    sha256: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a version consists of.

    Attributes:
        version: Its number.
        digest: `argosy.fs.digest` of all its files, the manifest not among them.
        files: All of them, by path.
    """

    version: int
    digest: str
    files: tuple[ListedFile, ...]


def describe(model_directory: str, version: int) -> Manifest:
    """Returns the manifest of a local directory as a version.

    Raises:
        ArtifactError: It holds a link, which an object store cannot hold, or a file by the manifest's name.
        StorageError: A file cannot be read.
    """
    root, files = Path(model_directory), []
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            raise ArtifactError(f"{path} is a link, which an object store cannot hold; put a copy in its place")
        if path.is_file():
            name = path.relative_to(root).as_posix()
            files.append(ListedFile(path=name, size=path.stat().st_size, sha256=_sha256(path)))
    if any(file.path == MANIFEST_FILE for file in files):
        raise ArtifactError(f"{root}: {MANIFEST_FILE} is the name of what Pusher writes beside a model; rename it")
    return Manifest(version=version, digest=fs.digest(model_directory), files=tuple(files))


def to_bytes(manifest: Manifest) -> bytes:
    """Returns the manifest as a file."""
    body = {"format": _FORMAT, **dataclasses.asdict(manifest)}
    return (json.dumps(body, indent=1) + "\n").encode("ascii")


def from_bytes(data: bytes) -> Manifest:
    """Returns the manifest in a file.

    Raises:
        ArtifactError: It is none, or one of another format.
    """
    try:
        body = json.loads(data)
        if body["format"] != _FORMAT:
            raise ArtifactError(f"{MANIFEST_FILE} has format {body['format']}, this Argosy reads {_FORMAT}; update it")
        files = tuple(
            ListedFile(path=str(f["path"]), size=int(f["size"]), sha256=str(f["sha256"])) for f in body["files"]
        )
        return Manifest(version=int(body["version"]), digest=str(body["digest"]), files=files)
    except (ValueError, LookupError, TypeError) as error:
        raise ArtifactError(f"{MANIFEST_FILE} is no manifest: {error!r}; push the model again") from error


def differences(manifest: Manifest, directory: Path) -> Iterator[str]:
    """Yields how a local directory differs from the manifest, one line each; what else is in it is a difference too."""
    listed = {file.path: file for file in manifest.files}
    there = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}
    for name in sorted({*listed, *there} - {MANIFEST_FILE}):
        if name not in there:
            yield f"{name} is missing"
        elif name not in listed:
            yield f"{name} is not listed"
        elif there[name].stat().st_size != listed[name].size:
            yield f"{name} has {there[name].stat().st_size} bytes, not {listed[name].size}"
        elif _sha256(there[name]) != listed[name].sha256:
            yield f"{name} has another SHA-256"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Pointer artifacts: a directory with one small file that says where the artifact itself lives.

What the importer writes. Whoever opens an input artifact follows it first, so a step never meets a pointer.
"""

import json

from argosy import fs
from argosy.errors import ArtifactError

FILE = "pointer.json"
_KEYS = {"uri", "type", "digest"}


def write_pointer(directory: str, uri: str, type: str, digest: str) -> None:  # noqa: A002 - the key's name in the file
    """Writes the pointer to `uri` into a directory.

    Args:
        directory: The pointer artifact's own directory.
        uri: Where the artifact lives.
        type: The title of its type.
        digest: `fs.digest` of what it points to, at this time.

    Raises:
        StorageError: It cannot be written.
    """
    content = json.dumps({"uri": uri, "type": type, "digest": digest}, indent=1, sort_keys=True)
    fs.write_bytes(f"{directory.rstrip('/')}/{FILE}", content.encode())


def read_pointer(directory: str) -> dict[str, str] | None:
    """Returns uri, type and digest of a pointer artifact; None when the directory is none.

    Raises:
        ArtifactError: Its pointer file is not one.
    """
    file = f"{directory.rstrip('/')}/{FILE}"
    if not fs.exists(file):
        return None
    try:
        pointer = json.loads(fs.read_bytes(file))
    except ValueError as error:
        raise ArtifactError(f"{file}: not JSON ({error}); import the artifact again") from error
    if not isinstance(pointer, dict) or set(pointer) != _KEYS or not all(isinstance(v, str) for v in pointer.values()):
        raise ArtifactError(f"{file}: expected the texts {', '.join(sorted(_KEYS))}; import the artifact again")
    return pointer


def follow(path: str) -> tuple[str, str]:
    """Returns the URI and the path that an artifact's path stands for: those in the pointer there, or itself.

    Raises:
        ArtifactError: A pointer points to nothing, to another pointer, or to content that has changed since.
    """
    pointer = read_pointer(path)
    if pointer is None:
        return path, path
    uri = pointer["uri"]
    target = uri if fs.is_remote(uri) else str(fs.local_path(uri))
    if not fs.exists(target):
        raise ArtifactError(f"{path} points to {uri}, where there is nothing; import it again")
    if read_pointer(target) is not None:
        raise ArtifactError(f"{path} points to {uri}, which is a pointer itself; import what that points to")
    if pointer["digest"] and fs.digest(target) != pointer["digest"]:
        raise ArtifactError(f"{path} points to {uri}, whose content has changed since; import it again")
    return uri, target

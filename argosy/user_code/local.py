"""Code of this machine on its way to where steps can see it: into the spec, or under a root, by its digest."""

import hashlib
import re
from pathlib import Path

from argosy import fs
from argosy.errors import ParameterError
from argosy.user_code.inline import MAX_INLINE_BYTES, inline_file
from argosy.user_code.load import file_bytes
from argosy.user_code.reference import ARCHIVES, TEXTS, Reference, parse_reference

FOLDER = "argosy-code"
"""Below a root, what holds code, each in a folder of its digest."""


def localised(value: str, folder: Path) -> str:
    """Returns a parameter's value with a small local file as text, other local code by its absolute path.

    Args:
        value: What the author wrote.
        folder: From where relative paths are taken.

    Raises:
        ParameterError: There is no such file or folder, or it is not what it can be.
    """
    reference = parse_reference(value)
    if reference is None or not reference.is_local:
        return value
    path = (folder / reference.address).absolute()
    if not reference.is_package and (not path.is_file() or path.stat().st_size <= MAX_INLINE_BYTES):
        return inline_file(path)
    if not path.exists():
        raise ParameterError(f"{path}: no such file or folder; paths are relative to the pipeline's own file")
    if path.is_file() and not path.name.endswith((*TEXTS, *ARCHIVES)):
        raise ParameterError(
            f"{path}: neither Python, YAML or pbtxt nor an archive ({', '.join(ARCHIVES)}), by its ending"
        )
    return str(Reference(address=str(path), digest=reference.digest))


def stored(value: str, root: str) -> str:
    """Returns a parameter's value with local code put under a root, and every address with the digest of what is there.

    The digest names the folder, so that the same code lies there once and is not written again.

    Args:
        value: What a compiled pipeline has.
        root: A URI or absolute path.

    Raises:
        ParameterError: The code is not there, or not what it has to be.
        StorageError: It cannot be read or written.
    """
    reference = parse_reference(value)
    if reference is None or (reference.digest and not reference.is_local):
        return value
    data = file_bytes(reference)
    digest = hashlib.sha256(data).hexdigest()
    if not reference.is_local or Path(reference.address).is_relative_to(Path(root, FOLDER)):
        return str(Reference(address=reference.address, digest=digest))
    name = re.sub(r"[^A-Za-z0-9._-]", "_", Path(reference.address).resolve().name)
    uri = f"{root.rstrip('/')}/{FOLDER}/{digest}/{name}{'.zip' if Path(reference.address).is_dir() else ''}"
    if not fs.exists(uri):
        fs.write_bytes(uri, data)
    return str(Reference(address=uri, digest=digest))

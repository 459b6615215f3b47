"""Where Pusher publishes: the parameter push_destination, in TFX's form."""

from pathlib import Path
from typing import Any

from argosy import fs
from argosy.errors import ParameterError, did_you_mean

VERSIONINGS = ("AUTO", "UNIX_TIMESTAMP")
_KEYS = ("base_directory", "versioning")


def base_directory(push_destination: dict[str, Any]) -> str:
    """Returns the absolute folder of the numbered versions, or its s3:// or gs:// URI without a slash at its end.

    A relative folder is taken from the working directory.

    >>> base_directory({"filesystem": {"base_directory": "/models/penguins"}})
    '/models/penguins'
    >>> base_directory({"filesystem": {"base_directory": "s3://models/penguins/"}})
    's3://models/penguins'

    Raises:
        ParameterError: A key that is not known, or a value that cannot be used.
    """
    filesystem = _only(push_destination, ("filesystem",), "push_destination").get("filesystem")
    if not isinstance(filesystem, dict):
        raise ParameterError('push_destination: give {"filesystem": {"base_directory": FOLDER}}')
    values = _only(filesystem, _KEYS, "push_destination.filesystem")
    directory, versioning = values.get("base_directory"), values.get("versioning", "AUTO")
    if not isinstance(directory, str) or not directory:
        raise ParameterError(
            f"push_destination.filesystem.base_directory: {directory!r}; give the path of a folder, or s3:// or gs://"
        )
    if versioning not in VERSIONINGS:
        hint = did_you_mean(str(versioning), VERSIONINGS)
        raise ParameterError(f"push_destination.filesystem.versioning: {versioning!r}; {hint}")
    if not fs.is_remote(directory):
        return str(Path.cwd() / fs.local_path(directory))
    uri = directory.rstrip("/")
    if uri.count("/") < 3:
        raise ParameterError(
            f"push_destination.filesystem.base_directory: {directory}: versions of one model go below a name in the "
            f"bucket; give it as {uri or directory}/MODEL"
        )
    return uri


def _only(values: dict[str, Any], known: tuple[str, ...], where: str) -> dict[str, Any]:
    for key in values:
        if key not in known:
            raise ParameterError(f"{where}: unknown key {key!r}; {did_you_mean(key, known)}")
    return values

"""What a cache must know before a task that reads from outside is started: has the outside changed?

The outside is data and the user's code; what code of this machine a task is given is kept in the root as it was.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.runner.cache_key import UNKNOWN_DATA
from argosy.user_code import FILE_PARAMETERS, stored


def fill_sources(step: str, parameters: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Returns the parameters with `span`, `version` and `fingerprint` filled in where the step has them to be filled.

    Args:
        step: The Argosy step's name; every step but example_gen and importer is left as it is.
        parameters: Its parameters, defaults included.
        root: From where relative paths are taken, as the task itself will.
    """
    if step == "example_gen" and not parameters.get("fingerprint"):
        from argosy.ingest.source import resolve_source

        found = resolve_source({**parameters, "input_base": _absolute(str(parameters.get("input_base", "")), root)})
        # Never the same twice, so that no cache takes an old answer for it.
        found["fingerprint"] = found["fingerprint"] or f"{UNKNOWN_DATA} {datetime.now(UTC).isoformat()}"
        return {**parameters, **{name: value for name, value in found.items() if name in parameters}}
    if step == "importer" and not parameters.get("fingerprint"):
        uri = _absolute(str(parameters["artifact_uri"]), root)
        return {**parameters, "fingerprint": fs.digest(uri) if _is_local(uri) else ""}
    return dict(parameters)


def fill_code(step: str, parameters: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Returns the parameters with the code that they name kept in the root, or with its digest where it is elsewhere.

    Args:
        step: The Argosy step's name; a user's own component, which has none, is left as it is.
        parameters: Its parameters.
        root: The runs' root.

    Raises:
        ParameterError: The code is not there, or not what it has to be.
        StorageError: It cannot be read or kept.
    """
    if not step:
        return dict(parameters)
    found = {name: parameters[name] for name in FILE_PARAMETERS if isinstance(parameters.get(name), str)}
    return {**parameters, **{name: stored(value, str(root)) for name, value in found.items()}}


def with_source(reason: str, step: str, parameters: Mapping[str, Any]) -> str:
    """Returns the reason for running a task or not, and with it the span that it reads where it reads one."""
    if step != "example_gen":
        return reason
    from argosy.ingest.source import describe_span

    span = describe_span(parameters)
    return f"{reason}; reads {span}" if span else reason


def _absolute(uri: str, root: Path) -> str:
    return uri if "://" in uri or not uri else str(root / uri)


def _is_local(uri: str) -> bool:
    return "://" not in uri or uri.startswith("file://")

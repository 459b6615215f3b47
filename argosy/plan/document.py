"""A compiled spec as plain dictionaries, and strict access to their fields: what is not known is refused."""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from argosy.errors import PipelineError, did_you_mean

Node = Mapping[str, Any]


def load_documents(source: str | os.PathLike[str] | Sequence[Node]) -> list[Node]:
    """Returns the documents of a compiled spec.

    Args:
        source: A path; or the YAML or JSON text itself (a text of more than one line, or that begins with a brace);
            or the documents.

    Raises:
        PipelineError: The file cannot be read, or is no YAML.
    """
    if not isinstance(source, str | os.PathLike):
        return [node(document, "the document") for document in source]
    path = file_of(source)
    if path is None:
        return _parsed(str(source))
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PipelineError(f"the compiled pipeline cannot be read: {error}") from error


def file_of(source: str | os.PathLike[str] | Sequence[Node]) -> Path | None:
    """Returns the path that the source is; None where it is the content itself."""
    if isinstance(source, os.PathLike):
        return Path(source)
    if isinstance(source, str) and "\n" not in source and not source.lstrip().startswith("{"):
        return Path(source)
    return None


def node(value: Any, what: str, known: Collection[str] | None = None) -> Node:
    """Returns the value as a dictionary, nothing for None.

    Raises:
        PipelineError: It is no dictionary, or has a field that is not known.

    >>> node({"dga": 1}, "it", ("dag",))
    Traceback (most recent call last):
    ...
    argosy.errors.PipelineError: it has the field 'dga', which Argosy does not interpret; did you mean 'dag'? Known: dag
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise PipelineError(f"{what} must be a mapping, found {value!r}")
    for key in value:
        if not isinstance(key, str):
            raise PipelineError(f"{what} has the key {key!r}, which is no text")
        if known is not None and key not in known:
            raise PipelineError(
                f"{what} has the field {key!r}, which Argosy does not interpret; {did_you_mean(key, known)}"
            )
    return value


def text(parent: Node, key: str, what: str, default: str | None = None) -> str:
    """Returns a text field.

    Raises:
        PipelineError: It is missing and has no default, or is no text.
    """
    value = parent.get(key, default)
    if not isinstance(value, str):
        raise PipelineError(f"{what} needs the text field {key!r}, found {value!r}")
    return value


def texts(parent: Node, key: str, what: str) -> tuple[str, ...]:
    """Returns a field that is a list of texts; empty when it is missing."""
    values = parent.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise PipelineError(f"{what} needs a list of texts in {key!r}, found {values!r}")
    return tuple(values)


def flag(parent: Node, key: str, what: str) -> bool:
    """Returns a boolean field; False when it is missing."""
    value = parent.get(key, False)
    if not isinstance(value, bool):
        raise PipelineError(f"{what} needs true or false in {key!r}, found {value!r}")
    return value


def count(parent: Node, key: str, what: str) -> int:
    """Returns a field that is a whole number of zero or more; 0 when it is missing. KFP also writes it as a text."""
    value = parent.get(key, 0)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        raise PipelineError(f"{what} needs a whole number, zero or more, in {key!r}, found {value!r}")
    return int(value)


def seconds(parent: Node, key: str, what: str, default: float) -> float:
    """Returns a duration such as '3.5s' in seconds.

    >>> seconds({"backoffDuration": "2s"}, "backoffDuration", "retryPolicy", 0.0)
    2.0
    """
    if key not in parent:
        return default
    match = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(parent[key]))
    if match is None:
        raise PipelineError(f"{what} needs a duration such as '10s' in {key!r}, found {parent[key]!r}")
    return float(match[1])


def key_name(name: str, what: str) -> str:
    """Returns the name of a task, input or output, which also stands in paths and URIs.

    Raises:
        PipelineError: It has a blank or another character that does not belong there, or is longer than 200.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}", name):
        raise PipelineError(f"{what} {name!r}: a name has letters, digits, '_', '-' and '.', at most 200 in all")
    return name


def one_of(parent: Node, what: str, known: Sequence[str]) -> tuple[str, Any]:
    """Returns the name and value of the one field that is there.

    Raises:
        PipelineError: There is none, more than one, or one that is not known.
    """
    node(parent, what, known)
    if len(parent) != 1:
        raise PipelineError(f"{what} needs exactly one of {', '.join(known)}, found {', '.join(parent) or 'none'}")
    return next(iter(parent.items()))


def _parsed(content: str) -> list[Node]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = [document for document in yaml.load_all(content, Loader=loader) if document is not None]
    except yaml.YAMLError as error:
        raise PipelineError(f"the compiled pipeline is no YAML: {error}") from error
    return [node(document, "the compiled pipeline") for document in documents]

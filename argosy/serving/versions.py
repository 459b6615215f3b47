"""Versions of a model on disk: `<base path>/<number>`, by TF Serving's rules for what counts as a number."""

import re
from pathlib import Path

_NUMBER = re.compile(r"[+-]?[0-9]+")
_LARGEST = 2**63 - 1


def version_number(name: str) -> int | None:
    """Returns the version that a folder's name stands for; None when it stands for none.

    >>> [version_number(name) for name in ("7", "007", "v7", "7.0", ".7.a1.tmp", "-7")]
    [7, 7, None, None, None, None]
    """
    if not _NUMBER.fullmatch(name):
        return None
    number = int(name)
    return number if 0 <= number <= _LARGEST else None


def list_versions(base_path: str | Path) -> dict[int, Path] | None:
    """Returns the folders of all versions, by number; None when the base path is missing or cannot be read.

    The two must not be confused: an empty base path unloads a model, an unreadable one changes nothing.
    """
    try:
        children = sorted(Path(base_path).iterdir())
    except OSError:
        return None
    return {number: child for child in children if (number := version_number(child.name)) is not None}

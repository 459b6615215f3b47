"""The version of MLMD's tables, and the refusal of another."""

import re

from argosy.errors import UserError

_OTHER = re.compile(r"database version (\d+) is (older|greater) than library version (\d+)")


def refuse_other_version(text: str, where: str) -> None:
    """Raises when the library says that the tables are of another version; does nothing for any other text.

    Raises:
        UserError: With both versions.
    """
    found = _OTHER.search(text)
    if found is None:
        return
    stored, order, known = found.groups()
    remedy = (
        "upgrade its tables with `argosy metadata serve --upgrade` (back it up first), or use an older ml-metadata"
        if order == "older"
        else "use the ml-metadata that wrote it, or a newer one"
    )
    raise UserError(
        f"{where} was written by another version of ml-metadata: its schema version is {stored}, "
        f"this one knows {known}; {remedy}"
    )

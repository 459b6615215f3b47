"""What is under a base path in an object store: complete versions, versions on their way, numbers that were used.

<base>/<version>/...                       the files of a version, and last its manifest
<base>/.<version>.<unique>.pending         its push has not come to its end; rewritten while it uploads
<base>/.<version>.<unique>.rejected        withdrawn; kept so that its number is not used again
"""

import dataclasses
import datetime
import re
import uuid

from argosy import fs
from argosy.errors import StorageError
from argosy.serving.manifest import MANIFEST_FILE, Manifest, from_bytes
from argosy.serving.versions import version_number

_MARKER = re.compile(r"\.([0-9]+)\.[0-9a-f]+\.(pending|rejected)")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shelf:
    """One look at a base path.

    Attributes:
        complete: Version -> the URI of its folder.
        begun: Version without a manifest -> when its push last gave a sign, by the store's clock; None for never.
        pending: Version -> the URIs of its pending markers.
        sizes: Version -> file, relative to its folder -> bytes; of complete and begun ones.
        highest: The highest number ever used; 0 for none.
    """

    complete: dict[int, str]
    begun: dict[int, datetime.datetime | None]
    pending: dict[int, list[str]]
    sizes: dict[int, dict[str, int]]
    highest: int


def look(base: str) -> Shelf:
    """Returns what is under a base path now.

    Raises:
        StorageError: The store does not say.
    """
    base = base.rstrip("/")
    folders: dict[int, str] = {}
    sizes: dict[int, dict[str, int]] = {}
    pending: dict[int, list[str]] = {}
    signs: dict[int, datetime.datetime] = {}
    used = [0]
    for entry in fs.list_entries(base):
        first, _, rest = entry.uri.removeprefix(f"{base}/").partition("/")
        number, marker = version_number(first), _MARKER.fullmatch(first)
        if rest and number is not None:
            folders[number] = f"{base}/{first}"
            sizes.setdefault(number, {})[rest] = entry.size
        elif marker and not rest:
            number = int(marker[1])
            if marker[2] == "pending":
                pending.setdefault(number, []).append(entry.uri)
                signs[number] = max(entry.modified, signs.get(number, entry.modified))
        if number is not None:
            used.append(number)
    complete = {number: uri for number, uri in folders.items() if MANIFEST_FILE in sizes[number]}
    begun = {number: signs.get(number) for number in {*folders, *pending} - set(complete)}
    return Shelf(complete=complete, begun=begun, pending=pending, sizes=sizes, highest=max(used))


def read_manifest(version_uri: str) -> Manifest:
    """Returns the manifest of a complete version.

    Raises:
        StorageError: It cannot be read.
        ArtifactError: It is none.
    """
    return from_bytes(fs.read_bytes(f"{version_uri}/{MANIFEST_FILE}"))


def put_marker(base: str, version: int, kind: str) -> str:
    """Writes a marker of a version, `pending` or `rejected`, and returns its URI.

    Raises:
        StorageError: It cannot be written.
    """
    uri = f"{base.rstrip('/')}/.{version}.{uuid.uuid4().hex}.{kind}"
    try:
        fs.write_bytes(uri, b"")
    except StorageError as error:
        raise StorageError(f"cannot publish in {base}: {error}") from error
    return uri


def take_down(base: str, version: int) -> None:
    """Removes all that is of a version: its manifest first, its pending markers last.

    Raises:
        StorageError: Something cannot be removed.
    """
    shelf = look(base)
    folder = shelf.complete.get(version)
    if folder:
        fs.remove(f"{folder}/{MANIFEST_FILE}")
    fs.remove(folder or f"{base.rstrip('/')}/{version}")
    for marker in shelf.pending.get(version, []):
        fs.remove(marker)

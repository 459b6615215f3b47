"""Numbered versions under an s3:// or gs:// URI, which has no rename: a version is complete when its manifest is there.

Two publishers never get one number: each writes a marker with it, then looks; who sees another's gives way. The stores
list what was written before (S3 since 2020, Cloud Storage, MinIO), so of two at least one sees the other.
"""

import contextlib
import datetime
import logging
import random
import threading
import time
from collections.abc import Iterator, Mapping

from argosy import fs
from argosy.errors import StorageError
from argosy.serving.manifest import MANIFEST_FILE, Manifest, describe, to_bytes
from argosy.serving.shelf import look, put_marker, read_manifest, take_down

log = logging.getLogger("argosy.serving")

SILENT_SECONDS = 20.0
"""A push that has given no sign for so long has died."""
_SIGN_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 1.0
_TRIES = 100


def publish(model_directory: str, base: str) -> int:
    """Uploads a SavedModel as a new version, which is complete once its manifest is there, and returns its number.

    What a push that died has left is removed; whether one has died takes up to `SILENT_SECONDS` to see.

    Raises:
        ArtifactError: The model holds what a store cannot.
        StorageError: It could not be uploaded; nothing is left of it.
    """
    begun_before, seen = look(base).begun, time.monotonic()
    version, marker = _reserve(base)
    try:
        with _signs_of_life(marker):
            manifest = describe(model_directory, version)
            # Last of the model's files: a server that reads the store itself tries what has no saved_model.pb later.
            fs.upload_directory(model_directory, f"{base}/{version}", last="saved_model.pb")
            _check_upload(base, manifest, marker)
            fs.write_bytes(f"{base}/{version}/{MANIFEST_FILE}", to_bytes(manifest))
    except BaseException:
        with contextlib.suppress(StorageError):
            take_down(base, version)
        raise
    _remove_dead(base, begun_before, seen)
    return version


def next_version(base: str) -> int:
    """Returns a number above every one that was ever used under the base path, and not below the time in seconds."""
    return max(int(time.time()), look(base).highest + 1)


def find_published(model_directory: str, base: str) -> int | None:
    """Returns the newest version if it holds the same files as the model; otherwise None."""
    complete = look(base).complete
    if not complete:
        return None
    newest = max(complete)
    return newest if read_manifest(complete[newest]).digest == fs.digest(model_directory) else None


def is_pending(base: str, version: int) -> bool:
    """Whether a version was published by a push that did not come to its end."""
    return version in look(base).pending


def confirm(base: str, version: int) -> None:
    """Ends the pending state of a version."""
    for marker in look(base).pending.get(version, []):
        fs.remove(marker)


def withdraw(base: str, version: int) -> None:
    """Takes a version away: its manifest first, so that no puller sees it from then on.

    Raises:
        StorageError: It is not there or cannot be removed.
    """
    if version not in look(base).complete:
        raise StorageError(f"cannot withdraw {base}/{version}: there is no such version")
    try:
        put_marker(base, version, "rejected")
        take_down(base, version)
    except StorageError as error:
        raise StorageError(f"cannot withdraw {base}/{version}: {error}; remove it by hand") from error


def _reserve(base: str) -> tuple[int, str]:
    """Returns a number that is this publisher's alone, and its marker."""
    for _ in range(_TRIES):
        version = next_version(base)
        marker = put_marker(base, version, "pending")
        if look(base).pending.get(version) == [marker]:
            return version, marker
        fs.remove(marker)
        time.sleep(random.uniform(0.0, 0.5))
    raise StorageError(f"{base}: {_TRIES} times another publisher took the version first; push again")


@contextlib.contextmanager
def _signs_of_life(marker: str) -> Iterator[None]:
    """Rewrites the marker every few seconds while the block runs."""
    over = threading.Event()

    def sign() -> None:
        while not over.wait(_SIGN_SECONDS):
            try:
                fs.write_bytes(marker, b"")
            except StorageError as error:
                log.warning("%s", error)

    thread = threading.Thread(target=sign, name="argosy-push-sign", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _check_upload(base: str, manifest: Manifest, marker: str) -> None:
    shelf = look(base)
    if marker not in shelf.pending.get(manifest.version, []):
        raise StorageError(f"{base}/{manifest.version}: taken for dead by another push, and removed; push again")
    there = shelf.sizes.get(manifest.version, {})
    if there != {file.path: file.size for file in manifest.files}:
        raise StorageError(f"{base}/{manifest.version}: what is there is not what was uploaded; push again")


def _remove_dead(base: str, before: Mapping[int, datetime.datetime | None], seen: float) -> None:
    """Removes the versions that had been begun when this push began, and whose pushes have not given a sign since."""
    watched = dict(before)
    while watched:
        begun, silent = look(base).begun, time.monotonic() - seen
        for version, sign in before.items():
            if version not in begun or begun[version] != sign:
                watched.pop(version, None)
            elif sign is None or silent >= SILENT_SECONDS:
                log.info("%s/%d: removing what a push that died has left", base, version)
                take_down(base, version)
        if watched:
            time.sleep(_LOOK_AGAIN_SECONDS)

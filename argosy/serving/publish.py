"""Numbered versions under a base path: published whole, never under a number that was used before, withdrawn whole.

The base path is a local folder (`publish_files`: a version appears by a rename) or an s3:// or gs:// URI
(`publish_objects`: a version appears with its manifest).
"""

from pathlib import Path

from argosy import fs
from argosy.serving import publish_files, publish_objects


def publish(model_directory: str, base_path: str | Path) -> int:
    """Copies a SavedModel to a new version, which appears complete or not at all, and returns its number.

    The number is the time in seconds, or one more than the highest ever used here. The version is pending until
    `confirm`.

    Raises:
        StorageError: It could not be copied; nothing is left of it.
    """
    if fs.is_remote(str(base_path)):
        return publish_objects.publish(model_directory, str(base_path))
    return publish_files.publish(model_directory, base_path)


def next_version(base_path: str | Path) -> int:
    """Returns a number above every one that was ever used under the base path, and not below the time in seconds."""
    if fs.is_remote(str(base_path)):
        return publish_objects.next_version(str(base_path))
    return publish_files.next_version(base_path)


def find_published(model_directory: str, base_path: str | Path) -> int | None:
    """Returns the newest version if it holds the same files as the model; otherwise None."""
    if fs.is_remote(str(base_path)):
        return publish_objects.find_published(model_directory, str(base_path))
    return publish_files.find_published(model_directory, base_path)


def is_pending(base_path: str | Path, version: int) -> bool:
    """Whether a version was published by a push that did not come to its end."""
    if fs.is_remote(str(base_path)):
        return publish_objects.is_pending(str(base_path), version)
    return publish_files.is_pending(base_path, version)


def confirm(base_path: str | Path, version: int) -> None:
    """Ends the pending state of a version."""
    if fs.is_remote(str(base_path)):
        return publish_objects.confirm(str(base_path), version)
    return publish_files.confirm(base_path, version)


def withdraw(base_path: str | Path, version: int) -> None:
    """Takes a version away in one step; servers fall back to the one before it at their next look.

    Raises:
        StorageError: It could not be taken away.
    """
    if fs.is_remote(str(base_path)):
        return publish_objects.withdraw(str(base_path), version)
    return publish_files.withdraw(base_path, version)

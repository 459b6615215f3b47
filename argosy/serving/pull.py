"""Copies complete versions of a model from an object store to a folder that a server looks at: `argosy pull`.

A side-car beside a server that cannot read the store, or had better not: a version appears in the folder by a rename,
after each of its files has the SHA-256 that its manifest says.
"""

import http.server
import logging
import os
import re
import shutil
import signal
import threading
import time
import uuid
from pathlib import Path

from argosy import fs
from argosy.errors import ArgosyError, ParameterError, ServerError, StorageError
from argosy.serving.manifest import MANIFEST_FILE, differences, from_bytes
from argosy.serving.shelf import look
from argosy.serving.versions import list_versions

log = logging.getLogger("argosy.serving")

_UNIQUE = re.compile(r"[0-9a-f]{32}")
_LEFTOVER = re.compile(r"\.{1,2}[0-9]+(\.[0-9a-f]{32}\.tmp){1,2}")


def pull(
    source: str, destination: str, *, poll_seconds: float, once: bool = False, keep: int = 2, health_port: int = 0
) -> None:
    """Copies versions as they appear, until SIGTERM or SIGINT ends the process; call it from the main thread.

    A store that does not answer, or a version that arrives broken, is said once and tried again at the next look.

    Args:
        source: The base path of the versions, s3:// or gs://.
        destination: The folder that the server looks at; made when it is not there.
        poll_seconds: Time between two looks.
        once: Look once and return.
        keep: How many of the newest versions the folder holds.
        health_port: Where /healthz answers 200 once there is a version, 503 before; 0 for nowhere.

    Raises:
        ParameterError: A value that cannot work.
        StorageError: The folder cannot be written; with `once`, the store does not answer or a copy failed.
        ServerError: The port is taken.
        ArtifactError: With `once`: a version is not what its manifest says.
    """
    _check(source, destination, poll_seconds, keep)
    folder = Path(destination)
    prepare_folder(folder)
    if once:
        pull_once(source, folder, keep=keep)
        return
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    if health_port:
        _serve_health(folder, health_port)
    log.info("pulling %s to %s, the %d newest versions, every %g s", source, folder, keep, poll_seconds)
    # A download is not to be waited for: the process ends at once, and the next one removes what is half there.
    threading.Thread(
        target=_follow, args=(source, folder), kwargs={"keep": keep, "poll_seconds": poll_seconds}, daemon=True
    ).start()
    over.wait()
    log.info("ending")
    logging.shutdown()
    os._exit(0)


def pull_once(source: str, destination: Path, *, keep: int) -> list[int]:
    """Makes a folder hold the newest complete versions of a store and returns the versions that it got, newest first.

    A version that cannot be had is passed over for the one before it. What is no longer among the newest is removed,
    but never the last one that the folder has.

    Raises:
        StorageError: The store does not answer, or a version could not be copied.
        ArtifactError: A version is not what its manifest says.
    """
    offered, present = look(source).complete, list_versions(destination) or {}
    good: list[int] = []
    got: list[int] = []
    failure: ArgosyError | None = None
    for version in sorted(offered, reverse=True):
        if len(good) == keep:
            break
        try:
            if version not in present:
                _fetch(offered[version], version, destination)
                got.append(version)
            good.append(version)
        except ArgosyError as error:
            failure = failure or error
    if good:
        for version in sorted(present.keys() - set(good)):
            _drop(present[version])
    if failure is not None:
        raise failure
    return got


def prepare_folder(destination: Path) -> None:
    """Makes the folder and removes what a puller that was ended has left half done.

    Raises:
        StorageError: It cannot be made or written to.
    """
    try:
        destination.mkdir(parents=True, exist_ok=True)
        for path in destination.iterdir():
            if _LEFTOVER.fullmatch(path.name):
                shutil.rmtree(path)
        probe = destination / f".0.{uuid.uuid4().hex}.tmp"
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise StorageError(
            f"cannot pull to {destination}: {error}; give a folder that this process can write"
        ) from error


def _check(source: str, destination: str, poll_seconds: float, keep: int) -> None:
    if not fs.is_remote(source):
        raise ParameterError(f"source {source}: give the s3:// or gs:// URI that Pusher publishes to")
    if fs.is_remote(destination):
        raise ParameterError(f"destination {destination}: give a local folder")
    if poll_seconds <= 0:
        raise ParameterError(f"poll: {poll_seconds:g}; give seconds, more than 0")
    if keep < 1:
        raise ParameterError(f"keep: {keep}; give 1 or more")


def _follow(source: str, destination: Path, *, keep: int, poll_seconds: float) -> None:
    said = ""
    while True:
        try:
            pull_once(source, destination, keep=keep)
            problem = "" if list_versions(destination) else f"{source}: no complete version yet"
        except ArgosyError as error:
            problem = str(error)
        except Exception as error:
            log.exception("looking at %s", source)
            problem = f"bug in Argosy: {type(error).__name__}: {error}"
        if _UNIQUE.sub("", problem) != said:
            log.warning("%s", problem) if problem else log.info("%s: all is well again", source)
        said = _UNIQUE.sub("", problem)
        time.sleep(poll_seconds)


def _fetch(uri: str, version: int, destination: Path) -> None:
    part = destination / f".{version}.{uuid.uuid4().hex}.tmp"
    try:
        size = fs.download_directory(uri, str(part))
        manifest = from_bytes((part / MANIFEST_FILE).read_bytes())
        wrong = [*differences(manifest, part)] if manifest.version == version else [f"of version {manifest.version}"]
        if wrong:
            raise StorageError(f"{uri} is not what its manifest says: {'; '.join(wrong[:5])}; push the model again")
        part.rename(destination / str(version))
    except OSError as error:
        raise StorageError(f"cannot copy {uri} to {destination}: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    log.info("version %d: %d files, %d bytes, as its manifest says", version, len(manifest.files), size)


def _drop(path: Path) -> None:
    away = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        path.rename(away)
        shutil.rmtree(away)
    except OSError as error:
        raise StorageError(f"cannot remove {path}: {error}") from error
    log.info("version %s: removed", path.name)


def _serve_health(folder: Path, port: int) -> None:
    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            versions = sorted(list_versions(folder) or {})
            found = self.path == "/healthz"
            self.send_response((200 if versions else 503) if found else 404)
            self.end_headers()
            if found:
                self.wfile.write(f"versions: {', '.join(map(str, versions)) or 'none yet'}\n".encode())

        def log_message(self, *arguments: object) -> None:
            """Writes nothing: probes come every few seconds."""

    try:
        server = http.server.ThreadingHTTPServer(("", port), Health)
    except OSError as error:
        raise ServerError(f"cannot listen on port {port}: {error}; give another with --health-port") from error
    threading.Thread(target=server.serve_forever, name="argosy-pull-health", daemon=True).start()

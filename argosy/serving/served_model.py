"""One model that follows its base path: versions are found, loaded, swapped without a gap, and unloaded.

    START -> LOADING -> AVAILABLE -> UNLOADING -> END          (LOADING -> END with an error, after all its tries)

The newest version on disk is wanted, or the one that was asked for. It loads while the old one serves; the old one
goes when the new one is AVAILABLE and the last request on it has ended. A version that ended stays listed, and is not
tried again unless it leaves the disk and comes back. A base path that is missing changes nothing; one without versions
unloads the model.
"""

import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from argosy.errors import ArgosyError
from argosy.saved_model.session import SessionModel, load_session_model
from argosy.serving.status import CallError
from argosy.serving.versions import list_versions

log = logging.getLogger("argosy.serving")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoadPolicy:
    """How often a version that does not load is tried again.

    Attributes:
        max_retries: Tries after the first one.
        retry_seconds: Time between two tries.
    """

    max_retries: int = 5
    retry_seconds: float = 60.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class VersionState:
    """What is known of one version.

    Attributes:
        code: "OK", or the status name of the error that its last load ended with.
        message: That error.
    """

    version: int
    state: str
    code: str = "OK"
    message: str = ""


@dataclasses.dataclass(kw_only=True)
class _Version:
    """The moving parts behind one VersionState, guarded by the model's lock."""

    path: Path
    now: VersionState
    wanted: bool = True
    model: SessionModel | None = None
    requests: int = 0
    tries: int = 0
    next_try: float = 0.0


class ServedModel:
    """A model under a name. `step` is called by one thread; everything else by any."""

    def __init__(
        self, name: str, base_path: str | Path, *, poll_seconds: float, load: LoadPolicy, version: int | None = None
    ) -> None:
        self.name = name
        self._base_path = Path(base_path)
        self._version = version
        self._poll_seconds = poll_seconds
        self._load = load
        self._lock = threading.Lock()
        self._versions: dict[int, _Version] = {}
        self._next_poll = 0.0
        self._lack = ""

    def step(self) -> None:
        """Takes what is due: a look at the disk, unloads, then at most one load (which takes as long as it takes)."""
        now = time.monotonic()
        if now >= self._next_poll:
            self._next_poll = now + self._poll_seconds
            self._discover()
        self._unload()
        due = self._next_to_load(now)
        if due is not None:
            self._try_load(due)
            self._unload()

    def states(self) -> tuple[VersionState, ...]:
        """Returns every version that this process has known, newest first."""
        with self._lock:
            return tuple(version.now for _, version in sorted(self._versions.items(), reverse=True))

    @contextlib.contextmanager
    def acquire(self, number: int | None = None) -> Iterator[tuple[int, SessionModel]]:
        """Yields a version's number and the model, which stays loaded until the block ends; None: the newest ready one.

        Raises:
            CallError: NOT_FOUND: it is not loaded.
        """
        version = self._take(number)
        try:
            assert version.model is not None
            yield version.now.version, version.model
        finally:
            with self._lock:
                version.requests -= 1

    def close(self, grace_seconds: float) -> None:
        """Unloads everything; requests in flight have `grace_seconds` to end."""
        deadline = time.monotonic() + grace_seconds
        with self._lock:
            for version in self._versions.values():
                version.wanted = False
        while self._unload() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _take(self, number: int | None) -> _Version:
        with self._lock:
            ready = [key for key, version in self._versions.items() if version.now.state == "AVAILABLE"]
            wanted = max(ready, default=None) if number is None else number
            if wanted not in ready:
                which = f"Latest({self.name})" if number is None else f"Specific({self.name}, {number})"
                raise CallError("NOT_FOUND", f"Servable not found for request: {which}")
            version = self._versions[wanted]
            version.requests += 1
            return version

    def _discover(self) -> None:
        found = list_versions(self._base_path)
        what = "version, a folder with a number for a name"
        if found and self._version is not None:
            found = {number: path for number, path in found.items() if number == self._version}
            what = f"version {self._version}"
        lack = "is not there" if found is None else "" if found else f"holds no {what}"
        if lack != self._lack:
            self._lack = lack
            log.info("base path %s %s", self._base_path, f"{lack}: waiting" if lack else "has versions")
        if found is None:
            return
        newest = max(found, default=None)
        with self._lock:
            for number, version in self._versions.items():
                version.wanted = number == newest and (version.wanted or version.now.state == "AVAILABLE")
            if newest is not None and not self._is_wanted(newest):
                self._versions[newest] = _Version(path=found[newest], now=VersionState(version=newest, state="START"))

    def _is_wanted(self, number: int) -> bool:
        """Whether it is listed as wanted, or still on its way out: then it waits for a later look at the disk."""
        version = self._versions.get(number)
        return version is not None and (version.wanted or version.now.state == "UNLOADING")

    def _unload(self) -> bool:
        """Closes what nothing uses any more; returns whether something is still to be closed."""
        closing = []
        with self._lock:
            wanted = [version for version in self._versions.values() if version.wanted]
            may_go = not wanted or any(version.now.state == "AVAILABLE" for version in wanted)
            for version in self._versions.values():
                if version.wanted or version.now.state == "END":
                    continue
                if version.now.state in ("START", "LOADING"):
                    version.now = dataclasses.replace(version.now, state="END")
                elif may_go:
                    version.now = dataclasses.replace(version.now, state="UNLOADING")
            going = [version for version in self._versions.values() if version.now.state == "UNLOADING"]
            for version in going:
                if version.requests == 0 and version.model is not None:
                    closing.append(version.model)
                    version.model = None
                    version.now = dataclasses.replace(version.now, state="END")
                    log.info("%s version %d: unloaded", self.name, version.now.version)
        for model in closing:
            model.close()
        return len(going) > len(closing)

    def _next_to_load(self, now: float) -> _Version | None:
        with self._lock:
            for version in self._versions.values():
                if version.wanted and version.now.state in ("START", "LOADING") and version.next_try <= now:
                    version.now = dataclasses.replace(version.now, state="LOADING")
                    return version
        return None

    def _try_load(self, version: _Version) -> None:
        number = version.now.version
        try:
            model = load_session_model(str(version.path))
        except Exception as error:  # whatever a model's loading raises, the server goes on with the old version
            self._failed(version, "FAILED_PRECONDITION" if isinstance(error, ArgosyError) else "INTERNAL", error)
            return
        with self._lock:
            version.model = model
            version.now = VersionState(version=number, state="AVAILABLE")
        log.info("%s version %d: AVAILABLE", self.name, number)

    def _failed(self, version: _Version, code: str, error: Exception) -> None:
        version.tries += 1
        last = version.tries > self._load.max_retries
        with self._lock:
            version.next_try = time.monotonic() + self._load.retry_seconds
            version.now = dataclasses.replace(
                version.now, state="END" if last else "LOADING", code=code, message=str(error)
            )
        then = "not tried again" if last else f"tried again in {self._load.retry_seconds:g} s"
        log.warning("%s version %d does not load, %s: %s", self.name, version.now.version, then, error)

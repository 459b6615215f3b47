"""Worker processes of the runner in this process (`direct_running_mode=multi_processing`): one that dies ends the run.

Beam starts them, notices when one ends with an error (its thread `run_worker` raises), and goes on waiting for its
answer.
"""

import concurrent.futures
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from argosy.errors import InfrastructureError

_WATCHER = "run_worker"
_WORKER = b"apache_beam.runners.worker.sdk_worker_main"
_GRACE_S = 5.0


def run_with_workers(run: Callable[[], object]) -> None:
    """Runs a pipeline to its end, which a death of one of its worker processes is as well.

    `run` has a thread of its own, because nothing wakes it when it waits for a worker that is gone: it is left behind.

    Raises:
        InfrastructureError: A worker process has died.
    """
    deaths: concurrent.futures.Future[BaseException | None] = concurrent.futures.Future()
    done: concurrent.futures.Future[object] = concurrent.futures.Future()
    threading.Thread(target=_settle, args=(done, run), daemon=True).start()
    with _noticing(deaths):
        try:
            either: list[concurrent.futures.Future[Any]] = [done, deaths]
            first = concurrent.futures.wait(either, return_when=concurrent.futures.FIRST_COMPLETED).done
            # A worker that ends badly when all work is done, as it is told to end, has done no harm.
            concurrent.futures.wait((done,), timeout=_GRACE_S)
        finally:
            if not done.done():
                _kill_workers()
    if done in first:
        done.result()
    elif not done.done() or done.exception():
        raise InfrastructureError(
            f"a worker process of the Beam pipeline has died ({deaths.result()}), as when memory runs out; nothing is "
            "published: give it more memory or fewer workers (direct_num_workers), and run the step again"
        )


def _settle(done: concurrent.futures.Future[object], run: Callable[[], object]) -> None:
    try:
        done.set_result(run())
    except BaseException as error:
        done.set_exception(error)


@contextlib.contextmanager
def _noticing(deaths: concurrent.futures.Future[BaseException | None]) -> Iterator[None]:
    """Puts the first error of a thread that watches a worker into `deaths`, and drops what others say of it."""
    before = threading.excepthook

    def notice(error: threading.ExceptHookArgs) -> None:
        watched = error.thread is not None and error.thread.name == _WATCHER
        if watched and not deaths.done():
            deaths.set_result(error.exc_value)
        elif not watched and not error.exc_type.__module__.startswith("grpc"):
            before(error)

    threading.excepthook = notice
    try:
        yield
    finally:
        for thread in threading.enumerate():
            if thread.name == _WATCHER:
                thread.join(_GRACE_S)
        threading.excepthook = before


def _kill_workers() -> None:
    """Ends the worker processes that this process has started, at any depth."""
    parents = {}
    for entry in Path("/proc").iterdir():
        # A process may be gone by now.
        with contextlib.suppress(OSError, ValueError, IndexError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    for pid in ours - {os.getpid()}:
        with contextlib.suppress(OSError):
            if _WORKER in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)

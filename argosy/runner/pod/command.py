"""The command line of a pod, and how its process ends."""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from argosy.errors import ArgosyError, located
from argosy.runner.pod.arguments import read_arguments
from argosy.runner.pod.launch import launch
from argosy.runner.report import State

TERMINATION_LOG = Path("/dev/termination-log")
"""Where Kubernetes looks for why a container ended; `kubectl describe` and Argo show it."""
TERMINATION_LIMIT = 4000
CANCELED_EXIT_CODE = 143


def main(argv: Sequence[str]) -> int:
    """Runs one task and returns the process's exit code; the last line of a failure's log is its cause."""
    try:
        with located(argument="--pod"):
            task = read_arguments(argv)
    except ArgosyError as error:
        return _end(str(error), error.exit_code)
    report = launch(task)
    if report is None:
        return 0
    if report.state == State.CANCELED:
        return _end(report.error, CANCELED_EXIT_CODE)
    if not report.error:
        return 0
    code = report.exit_code or 1
    return _end(f"task {report.name}: {report.error}", 128 - code if code < 0 else code)


def _end(cause: str, exit_code: int) -> int:
    line = " ".join(cause.split())
    sys.stdout.flush()
    sys.stderr.write(f"ERROR: {line}\n")
    with contextlib.suppress(OSError):
        if TERMINATION_LOG.exists():
            TERMINATION_LOG.write_text(line[:TERMINATION_LIMIT], encoding="utf-8")
    return exit_code

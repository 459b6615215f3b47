"""`argosy logs`: what a task printed."""

import argparse
import shutil
import sys
from pathlib import Path

from argosy.cli.runs import find_task
from argosy.errors import ArtifactError
from argosy.runner.history import read_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("task", metavar="TASK", help="the task's name, as `argosy explain` prints it")
    parser.add_argument("--run", default="", metavar="RUN", help="a run's id (default: the last run)")
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")


def main(arguments: argparse.Namespace) -> int:
    """Copies the log to stdout."""
    task = find_task(read_report(arguments.root, arguments.run), arguments.task)
    if not task.log:
        raise ArtifactError(f"task {task.name} started no process, so it has no log: {task.reason}")
    with Path(task.log).open(encoding="utf-8", errors="replace") as log:
        shutil.copyfileobj(log, sys.stdout)
    return 0

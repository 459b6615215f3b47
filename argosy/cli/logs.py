"""`argosy logs`: what a task printed."""

import argparse
import shutil
import sys

from argosy.cli.argo_questions import logs as workflow_logs
from argosy.cli.argo_runs import add_cluster_arguments
from argosy.cli.runs import find_task
from argosy.runner.history import log_path, read_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("task", metavar="TASK", help="the task's name, as `argosy explain` prints it")
    parser.add_argument("--run", default="", metavar="RUN", help="a run's id (default: the last run)")
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")
    add_cluster_arguments(parser)


def main(arguments: argparse.Namespace) -> int:
    """Copies the log to stdout."""
    if arguments.namespace:
        sys.stdout.write(workflow_logs(arguments))
        return 0
    report = read_report(arguments.root, arguments.run or None)
    file = log_path(arguments.root, report.run_id, find_task(report, arguments.task).name)
    with file.open(encoding="utf-8", errors="replace") as log:
        shutil.copyfileobj(log, sys.stdout)
    return 0

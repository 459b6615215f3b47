"""`argosy logs`: what a task printed, or prints."""

import argparse
import shutil
import sys

from argosy.cli.argo_questions import logs as workflow_logs
from argosy.cli.argo_runs import add_cluster_arguments
from argosy.cli.runs import alike
from argosy.runner.history import follow_log, log_path, read_report
from argosy.runner.report import RunReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("task", metavar="TASK", help="the task's name, as `argosy explain` prints it")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until the task has ended")
    parser.add_argument("--run", default="", metavar="RUN", help="a run's id (default: the last run)")
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")
    add_cluster_arguments(parser)


def main(arguments: argparse.Namespace) -> int:
    """Copies the log to stdout."""
    if arguments.namespace:
        sys.stdout.write(workflow_logs(arguments))
        return 0
    report = read_report(arguments.root, arguments.run or None)
    task = _full_name(report, arguments.task)
    if arguments.follow:
        for line in follow_log(arguments.root, report.run_id, task):
            print(line, flush=True)
        return 0
    with log_path(arguments.root, report.run_id, task).open(encoding="utf-8", errors="replace") as log:
        shutil.copyfileobj(log, sys.stdout)
    return 0


def _full_name(report: RunReport, name: str) -> str:
    """Returns the task's name; one that is still at work is not in the report, and is called as KFP calls tasks."""
    return next((task.name for task in report.tasks if alike(task.name, name)), name.replace("_", "-"))

"""`argosy runs`: what ran in a root. Also how the other commands find a run, a task and an artifact."""

import argparse
import time
from pathlib import Path

from argosy.cli.argo_runs import add_cluster_arguments, follow_run, list_reports
from argosy.errors import ArtifactError, ParameterError, did_you_mean
from argosy.runner.history import list_runs, read_report
from argosy.runner.report import RunReport, TaskReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")
    parser.add_argument("--follow", default="", metavar="RUN", help="follow a run on a cluster, and fail if it fails")
    parser.add_argument(
        "--metadata", default="", metavar="URI",
        help="with --namespace: the metadata service, to record as failed what killed pods left running there",
    )  # fmt: skip
    add_cluster_arguments(parser)


def main(arguments: argparse.Namespace) -> int:
    """Prints one line for each run, the newest first; with --follow, follows one to its end instead."""
    if arguments.follow and not arguments.namespace:
        raise ParameterError("--follow is for a run on a cluster: give its --namespace")
    if arguments.metadata and not arguments.namespace:
        raise ParameterError("--metadata is for the runs on a cluster: give their --namespace")
    if arguments.follow:
        return follow_run(arguments)
    reports = list_reports(arguments) if arguments.namespace else list_runs(arguments.root)
    if not reports:
        print(f"no runs in {f'namespace {arguments.namespace}' if arguments.namespace else arguments.root}")
    for report in reports:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(report.started))
        cached = sum(task.cached for task in report.tasks)
        line = f"{report.run_id}  {when}  {report.pipeline:<20} {report.state:<9} {report.seconds:7.1f} s"
        print(f"{line}  {len(report.tasks)} tasks, {cached} cached" + (f"  {report.error}" if report.error else ""))
    return 0


def find_task(report: RunReport, name: str) -> TaskReport:
    """Returns the task of that name; `-` and `_` are alike, as KFP turns one into the other.

    Raises:
        ParameterError: The run has no such task.
    """
    for task in report.tasks:
        if alike(task.name, name):
            return task
    raise ParameterError(
        f"run {report.run_id} has no task {name!r}; {did_you_mean(name, [task.name for task in report.tasks])}"
    )


def alike(one: str, other: str) -> bool:
    """Returns whether two names mean the same task: KFP turns `_` into `-`."""
    return one.replace("_", "-") == other.replace("_", "-")


def artifact_path(root: str, uri: str) -> Path:
    """Returns the path of an artifact given by its URI, a path relative to here or to the root, or TASK.OUTPUT.

    Raises:
        ArtifactError: There is no such artifact.
    """
    for path in (Path(uri.removeprefix("file://")), Path(root) / uri):
        if path.exists():
            return path
    task_name, _, output = uri.rpartition(".")
    if task_name and "://" not in uri and not Path(uri).is_absolute():
        task = find_task(read_report(root), task_name)
        if output not in task.outputs:
            raise ArtifactError(f"task {task.name} has no output {output!r}; {did_you_mean(output, task.outputs)}")
        return Path(task.outputs[output].uris[0])
    raise ArtifactError(f"nothing at {uri}; give an artifact's folder, or TASK.OUTPUT of the last run")

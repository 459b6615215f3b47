"""The runs on a cluster, as `argosy runs` lists and follows them, and how the other commands find one."""

import argparse
import sys
from typing import Any

from argosy.cli.argo_client import Cluster, connected, list_workflows, read_workflow
from argosy.cli.argo_follow import follow, on_interrupt
from argosy.cli.argo_left import record_left
from argosy.cli.argo_status import exit_code, run_report
from argosy.errors import ArgosyError, UserError
from argosy.runner.progress import show_progress
from argosy.runner.report import CANCELED_EXIT_CODE, RunReport, State


def add_cluster_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares how to ask of a run on a cluster instead of one in a root."""
    parser.add_argument("--namespace", default="", metavar="N", help="a run on a cluster: in this namespace")
    parser.add_argument("--context", default="", metavar="C", help="which cluster (default: kubeconfig's current one)")


def list_reports(arguments: argparse.Namespace) -> list[RunReport]:
    """Returns the reports of the runs in a namespace, the newest first; with --metadata, sets that right as well."""
    with connected(arguments.namespace, arguments.context) as cluster:
        workflows = list_workflows(cluster)
    reports = [run_report(workflow) for workflow in workflows]
    for workflow, report in zip(workflows, reports, strict=True) if arguments.metadata else ():
        for line in record_left(workflow, report, arguments.metadata):
            print(line, file=sys.stderr)
    return reports


def follow_run(arguments: argparse.Namespace) -> int:
    """Follows a run on a cluster to its end, and returns what a local run would."""
    with connected(arguments.namespace, arguments.context) as cluster:
        try:
            with show_progress() as on_event:
                report = follow(cluster, arguments.follow, on_event)
        except KeyboardInterrupt:
            print(on_interrupt(cluster, arguments.follow), file=sys.stderr)
            return CANCELED_EXIT_CODE
        tell_left(cluster, report, arguments.metadata)
        return exit_code(report)


def tell_left(cluster: Cluster, report: RunReport, metadata: str = "") -> None:
    """Sets the metadata service right about a run that has ended, and says on stderr what that changed."""
    if report.state == State.SUCCEEDED:
        return
    try:
        for line in record_left(read_workflow(cluster, report.run_id), report, metadata):
            print(line, file=sys.stderr)
    except ArgosyError as error:
        print(
            f"whether a killed pod left something running in the metadata service is not known: {error}",
            file=sys.stderr,
        )


def find_workflow(cluster: Cluster, run: str) -> dict[str, Any]:
    """Returns the Workflow of that name; with an empty one, of the newest run in the namespace.

    Raises:
        UserError: There is none.
        ArgosyError: The API server does not answer.
    """
    if run:
        return read_workflow(cluster, run)
    found = list_workflows(cluster)
    if not found:
        raise UserError(f"no runs in namespace {cluster.namespace}; `argosy submit --target argo` makes one")
    return found[0]

"""`argosy explain`: why each task of a run ran, or did not."""

import argparse
from collections.abc import Iterable

from argosy.cli.argo_questions import explain as explain_workflow
from argosy.cli.argo_questions import explain_from_store
from argosy.cli.argo_runs import add_cluster_arguments
from argosy.runner.history import explain, read_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--run", default="", metavar="RUN", help="a run's id (default: the last run)")
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")
    parser.add_argument("--metadata", default="", metavar="URI", help="a run that this metadata service knows")
    add_cluster_arguments(parser)


def main(arguments: argparse.Namespace) -> int:
    """Prints one line for each task."""
    for line in _lines(arguments):
        print(line)
    return 0


def _lines(arguments: argparse.Namespace) -> Iterable[str]:
    if arguments.namespace:
        return explain_workflow(arguments)
    if arguments.metadata:
        return explain_from_store(arguments)
    return explain(read_report(arguments.root, arguments.run or None))

"""`argosy explain`: why each task of a run ran, or did not."""

import argparse

from argosy.runner.history import explain, read_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--run", default="", metavar="RUN", help="a run's id (default: the last run)")
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")


def main(arguments: argparse.Namespace) -> int:
    """Prints one line for each task."""
    for line in explain(read_report(arguments.root, arguments.run or None)):
        print(line)
    return 0

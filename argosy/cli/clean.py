"""`argosy clean`: removes old runs and the artifacts that no other run refers to."""

import argparse

from argosy.errors import ParameterError
from argosy.runner.retention import clean


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument(
        "--keep", type=int, default=5, metavar="N", help="how many of the newest runs stay (default: 5)"
    )
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")


def main(arguments: argparse.Namespace) -> int:
    """Removes them and prints what went.

    Raises:
        ParameterError: `--keep` is below zero.
    """
    if arguments.keep < 0:
        raise ParameterError(f"--keep {arguments.keep}: give the number of runs that stay, 0 or more")
    cleaned = clean(arguments.root, keep=arguments.keep)
    for run_id in cleaned.runs:
        print(f"removed run {run_id}")
    print(f"removed {len(cleaned.runs)} runs and {cleaned.artifacts} artifacts")
    return 0

"""`argosy lineage`: what an artifact was made from, back to what entered from outside."""

import argparse
from pathlib import Path

from argosy.cli.runs import artifact_path
from argosy.errors import ArtifactError
from argosy.metadata import open_store, render, trace
from argosy.runner.layout import Layout


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("uri", metavar="URI", help="an artifact's folder, a pushed version, or TASK.OUTPUT")
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")


def main(arguments: argparse.Namespace) -> int:
    """Prints the lineage as a tree."""
    layout = Layout.at(arguments.root)
    if not layout.metadata.exists():
        raise ArtifactError(f"{layout.root} holds no metadata; name the root in which the pipeline ran with --root")
    uri = str(Path(artifact_path(arguments.root, arguments.uri)).absolute())
    with open_store(layout.metadata) as store:
        print(render(trace(store, uri, root=str(layout.root))))
    return 0

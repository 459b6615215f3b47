"""`argosy lineage`: what an artifact was made from, back to what entered from outside."""

import argparse
from pathlib import Path

from argosy.cli.argo_questions import lineage as workflow_lineage
from argosy.cli.argo_runs import add_cluster_arguments
from argosy.cli.runs import artifact_path
from argosy.errors import ArtifactError
from argosy.metadata import open_store, render, trace
from argosy.runner.layout import Layout


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("uri", metavar="URI", help="an artifact's folder, a pushed version, or TASK.OUTPUT")
    parser.add_argument("--root", default=".argosy", help="the runs' root (default: .argosy)")
    parser.add_argument("--run", default="", metavar="RUN", help="which run TASK.OUTPUT is of, on a cluster")
    parser.add_argument("--metadata", default="", metavar="URI", help="the metadata service, as grpc://HOST:PORT")
    add_cluster_arguments(parser)


def main(arguments: argparse.Namespace) -> int:
    """Prints the lineage as a tree."""
    if arguments.namespace or arguments.metadata:
        print(workflow_lineage(arguments))
        return 0
    layout = Layout.at(arguments.root)
    if not layout.metadata.exists():
        raise ArtifactError(f"{layout.root} holds no metadata; name the root in which the pipeline ran with --root")
    with open_store(layout.metadata) as store:
        uri = _uri(arguments.root, arguments.uri)
        print(render(trace(store, uri, root=str(layout.root))))
    return 0


def _uri(root: str, given: str) -> str:
    """Returns the URI of TASK.OUTPUT; anything else as it is, because lineage knows what is no longer there, too."""
    if "/" in given or given.isdigit() or Path(given).exists():
        return given
    return str(artifact_path(root, given).absolute())

"""The `argosy` command line."""

import argparse
import importlib
import os
import sys

from argosy import __version__
from argosy.errors import ArgosyError

COMMANDS = {
    "run": "run a pipeline on this machine",
    "compile": "compile a pipeline into a spec",
    "submit": "run a pipeline on Kubeflow Pipelines, or on Argo Workflows",
    "runs": "list the runs in a root",
    "logs": "print a task's log",
    "explain": "say why each task of the last run ran or not",
    "lineage": "show what an artifact was made from",
    "show": "show an artifact as text, or as a page",
    "schema": "compare schemas, let one grow with statistics, or keep one",
    "clean": "remove old runs and what only they refer to",
    "images": "build the components' images, and list what they weigh",
    "serve": "serve a model over REST and gRPC",
    "pull": "copy versions of a model from an object store to where a server looks for them",
    "metadata": "serve a metadata store over gRPC, or see whether one answers",
}


def main(argv: list[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0, or the code of the error's class in `argosy.errors`."""
    parser = argparse.ArgumentParser(
        prog="argosy", description="Production ML pipelines on Kubernetes and on a laptop."
    )
    parser.add_argument("--version", action="version", version=f"argosy {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=purpose, description=f"{purpose[:1].upper()}{purpose[1:]}.")
        importlib.import_module(f"argosy.cli.{name}").add_arguments(subparser)
    arguments = parser.parse_args(argv)
    try:
        return int(importlib.import_module(f"argosy.cli.{arguments.command}").main(arguments))
    except ArgosyError as error:
        print(f"argosy {arguments.command}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"argosy {arguments.command}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`argosy logs x | head`); Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())

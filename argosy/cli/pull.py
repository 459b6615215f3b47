"""`argosy pull`: the side-car of a model server whose models are in an object store."""

import argparse

from argosy.run import prepare_process


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("source", metavar="SOURCE", help="the s3:// or gs:// URI that Pusher publishes to")
    parser.add_argument("destination", metavar="DESTINATION", help="the folder that the server looks at")
    parser.add_argument("--poll", type=float, default=10.0, metavar="SECONDS", help="time between looks (default: 10)")
    parser.add_argument("--once", action="store_true", help="copy what is there now, and end")
    parser.add_argument("--keep", type=int, default=2, metavar="N", help="how many versions to hold (default: 2)")
    parser.add_argument(
        "--health-port", type=int, default=0, metavar="PORT", help="where /healthz answers 200 once there is a version"
    )


def main(arguments: argparse.Namespace) -> int:
    """Copies versions until SIGTERM."""
    prepare_process()
    from argosy.serving.pull import pull

    pull(
        arguments.source,
        arguments.destination,
        poll_seconds=arguments.poll,
        once=arguments.once,
        keep=arguments.keep,
        health_port=arguments.health_port,
    )
    return 0

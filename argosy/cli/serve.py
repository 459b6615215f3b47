"""`argosy serve`: a model over TensorFlow Serving's REST and gRPC API, new versions as they appear."""

import argparse
import signal
import sys

from argosy.errors import ParameterError
from argosy.run import prepare_process


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--model-name", required=True, metavar="N", help="the name that clients use")
    parser.add_argument("--model-base-path", required=True, metavar="DIR", help="the folder of the numbered versions")
    parser.add_argument("--model-version", type=int, metavar="V", help="the one to serve (default: always the newest)")
    parser.add_argument("--port", type=int, default=8500, help="the gRPC port (default: 8500; 0 for any)")
    parser.add_argument("--rest-api-port", type=int, default=8501, help="the REST port (default: 8501; 0 for any)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--drain-seconds",
        type=float,
        default=0.0,
        metavar="S",
        help="after SIGTERM, go on answering for so long while clients are sent elsewhere (default: 0)",
    )
    parser.add_argument(
        "--grpc-channel-arguments",
        default="",
        metavar="K=V,...",
        help="gRPC channel arguments, as grpc.max_connection_age_ms=10000,grpc.max_connection_age_grace_ms=20000",
    )


def main(arguments: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM."""
    grpc_arguments = channel_arguments(arguments.grpc_channel_arguments)
    # The first process of a container ignores a signal without a handler, and imports take seconds.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    prepare_process()
    from argosy.saved_model.quiet import absorb_first_remarks

    absorb_first_remarks()
    from argosy.serving.server import serve

    serve(
        arguments.model_name,
        arguments.model_base_path,
        port=arguments.port,
        rest_port=arguments.rest_api_port,
        host=arguments.host,
        grpc_arguments=grpc_arguments,
        drain_seconds=arguments.drain_seconds,
        version=arguments.model_version,
    )
    return 0


def channel_arguments(text: str) -> dict[str, int | str]:
    """Returns gRPC channel arguments from TF Serving's notation; a value that is a whole number becomes one.

    >>> channel_arguments("grpc.max_connection_age_ms=10000,grpc.primary_user_agent=us")
    {'grpc.max_connection_age_ms': 10000, 'grpc.primary_user_agent': 'us'}

    Raises:
        ParameterError: A part is not of the form name=value.
    """
    found: dict[str, int | str] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals or not name:
            raise ParameterError(f"--grpc-channel-arguments: {part!r}; give NAME=VALUE, several with commas between")
        found[name] = int(value) if value.lstrip("-").isdecimal() else value
    return found

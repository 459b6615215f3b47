"""`argosy serve`: a model over TensorFlow Serving's REST and gRPC API, new versions as they appear."""

import argparse

from argosy.run import prepare_process


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("--model-name", required=True, metavar="N", help="the name that clients use")
    parser.add_argument("--model-base-path", required=True, metavar="DIR", help="the folder of the numbered versions")
    parser.add_argument("--port", type=int, default=8500, help="the gRPC port (default: 8500; 0 for any)")
    parser.add_argument("--rest-api-port", type=int, default=8501, help="the REST port (default: 8501; 0 for any)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")


def main(arguments: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM."""
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
    )
    return 0

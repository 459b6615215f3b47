"""`argosy metadata`: MLMD's gRPC service over a database, and a look at whether one answers."""

import argparse
import time
from pathlib import Path

from argosy.errors import ArtifactError, ParameterError
from argosy.metadata import open_store
from argosy.metadata.location import MySQL, SQLite, read_location
from argosy.run import prepare_process

_HIGHEST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    subparsers = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    purpose = "serve a database over the protocol of ML Metadata's service"
    serve = subparsers.add_parser("serve", help=purpose, description=f"{purpose[:1].upper()}{purpose[1:]}.")
    serve.add_argument(
        "--database",
        required=True,
        metavar="DB",
        help="a SQLite file, or mysql://USER@HOST[:PORT]/NAME with the password in MLMD_PASSWORD",
    )
    serve.add_argument("--port", type=int, default=8080, help="the port (default: 8080; 0 for any)")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    serve.add_argument("--upgrade", action="store_true", help="migrate tables of an older schema version")
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help="the server's certificate chain (default: no TLS)")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key")
    serve.add_argument("--tls-client-ca", type=Path, metavar="FILE", help="let in only clients that this CA signed")
    purpose = "say whether a store answers"
    check = subparsers.add_parser("check", help=purpose, description=f"{purpose[:1].upper()}{purpose[1:]}.")
    check.add_argument("uri", metavar="URI", help="grpc://HOST:PORT, mysql://USER@HOST/NAME or a SQLite file")
    check.add_argument("--wait", type=float, default=0.0, metavar="S", help="seconds to wait for it (default: 0)")


def main(arguments: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM, or checks."""
    prepare_process()
    return _serve(arguments) if arguments.action == "serve" else _check(arguments)


def _serve(arguments: argparse.Namespace) -> int:
    place = read_location(arguments.database)
    if not isinstance(place, SQLite | MySQL):
        raise ParameterError(f"--database {arguments.database!r}: give a SQLite file or mysql://USER@HOST[:PORT]/NAME")
    if not 0 <= arguments.port <= _HIGHEST_PORT:
        raise ParameterError(f"--port {arguments.port}: give one from 1 to {_HIGHEST_PORT}, or 0 for any that is free")
    from argosy.metadata.server import ServerOptions, serve

    options = ServerOptions(
        host=arguments.host,
        port=arguments.port,
        upgrade=arguments.upgrade,
        certificate=arguments.tls_cert,
        key=arguments.tls_key,
        client_authority=arguments.tls_client_ca,
    )
    serve(place, options)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    place = read_location(arguments.uri)
    if isinstance(place, SQLite) and not place.path.exists():
        raise ArtifactError(
            f"no metadata store at {place.path}; a path is a SQLite file, a service is grpc://HOST:PORT"
        )
    with open_store(arguments.uri, wait_seconds=arguments.wait) as store:
        started = time.monotonic()
        runs = len(store.contexts("pipeline_run"))
        milliseconds = (time.monotonic() - started) * 1000
    print(f"{place} answers in {milliseconds:.0f} ms; it knows {runs} runs")
    return 0

"""`argosy images`: build the components' images, push them, list what they weigh."""

import argparse
import contextlib
import sys
import threading

from argosy.errors import ParameterError
from argosy.runner.image_build import BuildEvent, BuildOptions, build_images, push_image
from argosy.runner.image_catalogue import IMAGES, LAYERS, VARIANTS, chosen, reference
from argosy.runner.image_context import build_context, checkout, revision
from argosy.runner.image_engine import build_network, connect
from argosy.runner.image_sizes import ImageSize, read_sizes, shared_bytes, together


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    subparsers = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = subparsers.add_parser("build", help="build images in the Docker engine", description="Build images.")
    build.add_argument("names", nargs="*", metavar="NAME", help=f"which (default: all): {', '.join(IMAGES)}; {', '.join(VARIANTS)}")  # fmt: skip # noqa: E501
    build.add_argument("--push", action="store_true", help="push them to the registry")
    build.add_argument("--base", default="", metavar="IMAGE", help="the image below all (default: the Dockerfile's)")
    build.add_argument(
        "--network",
        default="",
        metavar="MODE",
        help="the builds' network mode (default: ARGOSY_BUILD_NETWORK; host where the engine has no bridge)",
    )
    build.add_argument("--jobs", type=int, default=2, metavar="N", help="how many builds at once (default: 2)")
    listing = subparsers.add_parser("list", help="list what images weigh", description="List what images weigh.")
    for subparser in (build, listing):
        subparser.add_argument("--registry", default="", metavar="R", help="the names' prefix (default: argosy)")
        subparser.add_argument("--tag", default="", metavar="T", help="the tag (default: Argosy's version)")


def main(arguments: argparse.Namespace) -> int:
    """Builds or lists."""
    return build(arguments) if arguments.action == "build" else list_images(arguments)


def build(arguments: argparse.Namespace) -> int:
    """Builds the images and prints the name and id of each, or the name by digest of each that was pushed.

    Raises:
        ParameterError: A name is unknown, or there is no registry to push to.
        InfrastructureError: The engine, the registry or a build failed.
    """
    names = chosen(arguments.names)
    if arguments.push and not arguments.registry:
        raise ParameterError("--push needs --registry: the prefix of the names, as ghcr.io/you")
    if arguments.jobs < 1:
        raise ParameterError(f"--jobs has to be at least 1, found {arguments.jobs}")
    folder = checkout()
    with contextlib.closing(connect()) as client:
        network = build_network(client, arguments.network)
    options = BuildOptions(
        registry=arguments.registry,
        tag=arguments.tag,
        base=arguments.base,
        network=network,
        revision=revision(folder),
        jobs=arguments.jobs,
    )
    built = build_images(names, build_context(folder), options, show_build)
    for name, image_id in built.items():
        full_name = reference(name, registry=arguments.registry, tag=arguments.tag)
        if arguments.push:
            print(f"{full_name.rpartition(':')[0]}@{push_image(full_name, show_push)}")
        else:
            print(f"{full_name} {image_id}")
    return 0


def list_images(arguments: argparse.Namespace) -> int:
    """Prints a line for each image that the engine has: size, its own and its shared part, digest; then the sum.

    Raises:
        InfrastructureError: No engine answers.
    """
    names = [reference(name, registry=arguments.registry, tag=arguments.tag) for name in (*IMAGES, *VARIANTS)]
    with contextlib.closing(connect()) as client:
        images = list(read_sizes(client, names).values())
    if not images:
        print(f"none of {names[0]} ... is in the engine; `argosy images build` makes them")
        return 0
    print(table(images))
    return 0


def table(images: list[ImageSize]) -> str:
    """Returns the images' sizes in MB, a line each, and what all of them take together."""
    width = max(len(image.reference) for image in images)
    lines = [f"{'image':<{width}}  {'size':>8}  {'own':>8}  {'shared':>8}  digest"]
    for image in images:
        shared = shared_bytes(image, images)
        sizes = "  ".join(f"{size / 1e6:5.0f} MB" for size in (image.size, image.size - shared, shared))
        lines.append(f"{image.reference:<{width}}  {sizes}  {image.digest or f'{image.id} (not pushed)'}")
    return "\n".join([*lines, f"together {together(images) / 1e6:.0f} MB, each layer once"])


_printing = threading.Lock()


def show_build(event: BuildEvent) -> None:
    """Prints a build's progress to stderr: each step on a terminal, starts and ends elsewhere."""
    if event.id:
        kind = "layer " if event.name in LAYERS else ""
        _say(f"{kind}{event.name}: built in {event.seconds:.1f} s")
    elif sys.stderr.isatty():
        _say(f"{event.name}: {event.step[:100]}")
    elif event.step == "starting":
        _say(f"{event.name}: building")


def show_push(event: BuildEvent) -> None:
    """Prints a push's progress to stderr: its transfers on a terminal, its end elsewhere."""
    if event.id:
        sys.stderr.write("\r\x1b[K" if sys.stderr.isatty() else "")
        _say(f"{event.reference}: pushed in {event.seconds:.1f} s")
    elif sys.stderr.isatty():
        sys.stderr.write(f"\r{event.reference}: {event.step}\x1b[K")


def _say(text: str) -> None:
    with _printing:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

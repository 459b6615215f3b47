"""The cost of the images: a build from nothing, a second one, and what the images weigh."""

import contextlib
import io
import os
import time
import uuid
from typing import Any

from argosy.cli.images import table
from argosy.errors import InfrastructureError
from argosy.runner.image_build import BuildEvent, BuildOptions, build_images
from argosy.runner.image_catalogue import IMAGES, LAYERS, chosen, reference
from argosy.runner.image_context import build_context, checkout
from argosy.runner.image_engine import build_network, connect
from argosy.runner.image_sizes import read_sizes

TAG = "benchmark"


def main() -> None:
    try:
        client = connect()
    except InfrastructureError as error:
        print(f"images: not measured: {error}")
        return
    with contextlib.closing(client):
        base = fresh_base(client)
        options = BuildOptions(tag=TAG, base=base, network=build_network(client))
        try:
            cold, warm = build_seconds(options), build_seconds(options)
            print(f"images: a second build of all {len(IMAGES)} takes {cold / warm:.0f} times less than the first")
            print(f"  from nothing  {cold:6.1f} s on {os.cpu_count()} cores  (goal: under 720 s)")
            print(f"  again         {warm:6.1f} s  (goal: under 60 s)")
            sizes = read_sizes(client, [reference(name, tag=TAG) for name in IMAGES])
            print(table(list(sizes.values())))
            for name, recipe in IMAGES.items():
                size = sizes[reference(name, tag=TAG)].size
                if recipe.budget:
                    print(f"  {name:<18} {size / recipe.budget:4.0%} of its budget of {recipe.budget / 1e6:.0f} MB")
        finally:
            for name in (*IMAGES, *LAYERS):
                remove(client, reference(name, tag=TAG))
            remove(client, base)


def fresh_base(client: Any) -> str:
    """Returns the name of a base that the engine has never built on: the usual one and a new label."""
    name = f"argosy/benchmark-base:{uuid.uuid4().hex[:12]}"
    text = (checkout() / LAYERS["runtime"].dockerfile).read_text(encoding="utf-8")
    usual = text.partition("ARG BASE=")[2].split()[0]
    dockerfile = f"FROM {usual}\nLABEL argosy.benchmark={name}\n"
    client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=name, network_mode=build_network(client), rm=True)
    return name


def build_seconds(options: BuildOptions) -> float:
    start = time.perf_counter()
    build_images(chosen([]), build_context(checkout()), options, quiet)
    return time.perf_counter() - start


def quiet(event: BuildEvent) -> None:
    """Prints nothing: the figures are the output."""


def remove(client: Any, name: str) -> None:
    import docker.errors

    with contextlib.suppress(docker.errors.ImageNotFound):
        client.images.remove(name, force=True)


if __name__ == "__main__":
    main()

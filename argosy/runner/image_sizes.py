"""What images weigh in the engine: alone, and together, where each layer counts once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from argosy.runner.image_engine import engine_errors

EMPTY_LAYER = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
"""The digest of a tar without entries."""


@dataclass(frozen=True, kw_only=True)
class ImageSize:
    """One image in the engine.

    Attributes:
        reference: Its full name.
        layers: Its layers from the base up, as (digest of the content, bytes, uncompressed).
        id: The digest of its configuration.
        digest: What a registry calls it; empty for one that was neither pushed nor pulled.
    """

    reference: str
    layers: tuple[tuple[str, int], ...]
    id: str
    digest: str = ""

    @property
    def size(self) -> int:
        """Bytes, uncompressed."""
        return sum(size for _, size in self.layers)


def read_sizes(client: Any, references: Iterable[str]) -> dict[str, ImageSize]:
    """Returns reference -> size of those that the engine has.

    Raises:
        InfrastructureError: The engine stopped answering.
    """
    import docker.errors

    found = {}
    for reference in references:
        with engine_errors(f"looking at {reference}"):
            try:
                details = client.api.inspect_image(reference)
            except docker.errors.ImageNotFound:
                continue
            found[reference] = ImageSize(
                reference=reference,
                layers=_layers(details["RootFS"].get("Layers") or [], client.api.history(reference)),
                id=details["Id"],
                digest=_digest(reference, details.get("RepoDigests") or []),
            )
    return found


def shared_bytes(image: ImageSize, others: Iterable[ImageSize]) -> int:
    """Returns how much of an image is in layers that at least one of the others has too.

    >>> one = ImageSize(reference="a:1", id="", layers=(("base", 100), ("own", 5)))
    >>> shared_bytes(one, [ImageSize(reference="b:1", id="", layers=(("base", 100),))])
    100
    """
    elsewhere = {layer for other in others if other.reference != image.reference for layer in other.layers}
    return sum(layer[1] for layer in set(image.layers) & elsewhere)


def together(images: Iterable[ImageSize]) -> int:
    """Returns the bytes of all images, each layer counted once: what a machine with all of them holds."""
    return sum(size for _, size in {layer for image in images for layer in image.layers})


def _layers(digests: list[str], history: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    """Joins digests with sizes: the history's steps without a size made no layer, or the empty one.

    Where the two do not fit (an image of another builder), the top layer stands for the whole image.
    """
    sizes = [entry["Size"] for entry in reversed(history) if entry["Size"]]
    real = [digest for digest in digests if digest != EMPTY_LAYER]
    if len(real) != len(sizes):
        return (*((digest, 0) for digest in digests[:-1]), (digests[-1], sum(sizes)))
    return tuple(zip(real, sizes, strict=True))


def _digest(reference: str, digests: list[str]) -> str:
    repository = reference.rpartition(":")[0]
    return next((digest.partition("@")[2] for digest in digests if digest.partition("@")[0] == repository), "")

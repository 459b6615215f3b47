"""The images there are, what each is built from and on, and how large it may become."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from argosy import __version__
from argosy.errors import ParameterError, did_you_mean

MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one image is built.

    Attributes:
        dockerfile: Its path in a checkout.
        needs: The recipes that have to be built before: what its Dockerfile names in FROM.
        target: The stage to stop at; empty for the last.
        arguments: Build arguments of its own.
        suffix: What its tag ends in, behind the version.
        budget: The largest size in bytes, uncompressed; None for no limit.
    """

    dockerfile: str
    needs: tuple[str, ...] = ()
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""
    budget: int | None = None


def _layer(name: str, below: str, *, target: str = "") -> Recipe:
    needs = ("toolchain",) if target else (f"{name}-packages", below)
    return Recipe(dockerfile=f"images/layers/{name}/Dockerfile", needs=needs, target=target)


def _step(name: str, layer: str, megabytes: int | None) -> Recipe:
    budget = None if megabytes is None else megabytes * MEGABYTE
    return Recipe(dockerfile=f"images/{name}/Dockerfile", needs=("code", layer), budget=budget)


LAYERS = {
    "runtime": Recipe(dockerfile="images/layers/python/Dockerfile", target="runtime"),
    "toolchain": Recipe(dockerfile="images/layers/python/Dockerfile", target="toolchain", needs=("runtime",)),
    "code": Recipe(dockerfile="images/layers/code/Dockerfile", needs=("toolchain",)),
    "core-packages": _layer("core", "", target="packages"),
    "core": _layer("core", "runtime"),
    "beam-packages": _layer("beam", "", target="packages"),
    "beam": _layer("beam", "core"),
    "tensorflow-packages": _layer("tensorflow", "", target="packages"),
    "tensorflow": _layer("tensorflow", "beam"),
    "tensorflow-gpu-packages": _layer("tensorflow-gpu", "", target="packages"),
    "tensorflow-gpu": _layer("tensorflow-gpu", "beam"),
    "cli-packages": Recipe(dockerfile="images/cli/Dockerfile", target="packages", needs=("code", "toolchain")),
}
"""What images share, `argosy/layer-<name>` in the engine, never pushed by itself. `-packages` are a layer's packages
alone: those of different layers are installed at the same time, the layers stand one on the other."""

IMAGES = {
    "schema_gen": _step("schema_gen", "core", 450),
    "import_schema_gen": _step("import_schema_gen", "core", 450),
    "example_validator": _step("example_validator", "core", 450),
    "example_diff": _step("example_diff", "core", 450),
    "distribution_validator": _step("distribution_validator", "core", 450),
    "importer": _step("importer", "core", 450),
    "example_gen": _step("example_gen", "beam", 850),
    "statistics_gen": _step("statistics_gen", "beam", 850),
    "transform": _step("transform", "tensorflow", 2000),
    "trainer": _step("trainer", "tensorflow", 2000),
    "evaluator": _step("evaluator", "tensorflow", 2000),
    "pusher": _step("pusher", "tensorflow", 2000),
    "serve": _step("serve", "tensorflow", None),
    "metadata": _step("metadata", "core", 450),
    "cli": Recipe(dockerfile="images/cli/Dockerfile", needs=("code", "core", "cli-packages")),
}
"""What `argosy images build` builds when no name is given."""

VARIANTS = {
    "trainer-gpu": Recipe(
        dockerfile="images/trainer/Dockerfile",
        needs=("code", "tensorflow-gpu"),
        arguments={"LAYER": "tensorflow-gpu"},
        suffix="-gpu",
    ),
}
"""What has to be asked for by name."""


def recipe(name: str) -> Recipe:
    """Returns the recipe of a layer, an image or a variant."""
    return {**LAYERS, **IMAGES, **VARIANTS}[name]


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Returns the images that the names mean, all of `IMAGES` for none; `-` and `_` are alike.

    >>> chosen(["schema-gen", "trainer_gpu"])
    ('schema_gen', 'trainer-gpu')

    Raises:
        ParameterError: There is no such image.
    """
    known = {name.replace("_", "-"): name for name in (*IMAGES, *VARIANTS)}
    found = []
    for name in names:
        key = name.replace("_", "-")
        if key not in known:
            raise ParameterError(f"no image {name!r}; {did_you_mean(key, known)}")
        found.append(known[key])
    return tuple(dict.fromkeys(found)) or tuple(IMAGES)


def reference(name: str, *, registry: str = "", tag: str = "") -> str:
    """Returns an image's full name, as the component's spec has it unless a registry or tag is given.

    >>> reference("schema_gen"), reference("trainer-gpu", registry="ghcr.example/team", tag="v2")
    ('argosy/schema-gen:0.1.0', 'ghcr.example/team/trainer:v2-gpu')
    """
    if name in LAYERS:
        return f"argosy/layer-{name}:{tag or __version__}"
    suffix = recipe(name).suffix
    repository = name.removesuffix(suffix).replace("_", "-")
    return f"{(registry or 'argosy').rstrip('/')}/{repository}:{tag or __version__}{suffix}"


def needed(names: Iterable[str]) -> tuple[str, ...]:
    """Returns the names and all that has to be built before them, in an order that works.

    >>> needed(["code"])
    ('runtime', 'toolchain', 'code')
    """
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in order:
            for below in recipe(name).needs:
                visit(below)
            order[name] = None

    for name in names:
        visit(name)
    return tuple(order)

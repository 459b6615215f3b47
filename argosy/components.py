"""The components, as KFP authors use them: `from argosy.components import trainer`.

Each is loaded from its compiled spec; called inside a pipeline it returns a KFP task. Two things are done for the
author: a parameter that names a local Python, YAML or schema file (relative to the pipeline's own file) is replaced by
the file's text, and the path of larger code or of data becomes absolute. `load` gives a component from another
registry, tag or digest.
"""

import importlib.resources
import re
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from argosy.errors import ParameterError, did_you_mean
from argosy.user_code import FILE_PARAMETERS
from argosy.user_code import localised as localised_code

__all__ = [
    "distribution_validator",
    "evaluator",
    "example_diff",
    "example_gen",
    "example_validator",
    "import_schema_gen",
    "importer",
    "load",
    "pusher",
    "schema_gen",
    "statistics_gen",
    "trainer",
    "transform",
]

PATH_PARAMETERS = ("input_base", "artifact_uri")
GPU_STEPS = ("trainer",)
"""Whose images there are for GPUs as well."""


def load(name: str, *, registry: str = "", tag: str = "", digest: str = "") -> Callable[..., Any]:
    """Returns a component, its image taken from `registry/` and at `:tag` or `@digest` where those are given.

    Raises:
        ParameterError: There is no such component.
    """
    from kfp import components

    spec = yaml.safe_load(spec_text(name))
    for executor in spec["deploymentSpec"]["executors"].values():
        container = executor["container"]
        container["image"] = image(container["image"], registry=registry, tag=tag, digest=digest)
    component = components.load_component_from_text(yaml.safe_dump(spec, sort_keys=False))

    def call(*arguments: Any, **parameters: Any) -> Any:
        folder = Path(sys._getframe(1).f_globals.get("__file__", ".")).resolve().parent
        return component(*arguments, **{key: localised(key, value, folder) for key, value in parameters.items()})

    call.__name__ = call.__qualname__ = name
    call.__doc__ = component.description
    call.component_spec = component.component_spec  # type: ignore[attr-defined]
    return call


def spec_text(name: str) -> str:
    """Returns the compiled spec of a component, `components/<name>/component.yaml`.

    Raises:
        ParameterError: There is no such component.
    """
    known = [entry for entry in __all__ if entry != "load"]
    if name not in known:
        raise ParameterError(f"no component {name!r}; {did_you_mean(name, known)}")
    checkout = Path(__file__).parent.parent / "components" / name / "component.yaml"
    if checkout.is_file():
        return checkout.read_text(encoding="utf-8")
    return (importlib.resources.files("argosy") / "component_specs" / f"{name}.yaml").read_text(encoding="utf-8")


def image(name: str, *, registry: str = "", tag: str = "", digest: str = "") -> str:
    """Returns an image's name at another registry, tag or digest.

    >>> image("argosy/trainer:0.1.0", registry="ghcr.example/team", tag="v2")
    'ghcr.example/team/trainer:v2'
    """
    repository, own_tag = _parted(name)
    if registry:
        repository = f"{registry.rstrip('/')}/{repository.rsplit('/', 1)[-1]}"
    if digest:
        return f"{repository}@{digest}"
    return f"{repository}:{tag}" if tag else f"{repository}{own_tag}"


def _parted(name: str) -> tuple[str, str]:
    """Returns an image's name cut before its tag or digest; a port of the registry is neither."""
    name, at, digest = name.partition("@")
    folder, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    return f"{folder}{slash}{last}", at + digest if digest else colon + tag


def relocate(
    spec: dict[str, Any],
    *,
    registry: str = "",
    tag: str = "",
    digests: Mapping[str, str] | None = None,
    gpu: Collection[str] = (),
) -> None:
    """Puts the images of a compiled pipeline's Argosy steps at another registry, tag or digest; others stay.

    Args:
        spec: The PipelineSpec; changed in place.
        registry: What goes before the image's own name.
        tag: For every step without a digest.
        digests: By step, `sha256:` and 64 digits.
        gpu: The steps that take their image for GPUs, whose tag ends in `-gpu`.

    Raises:
        ParameterError: A digest is none, or a step is none, has no image for GPUs, or is not in the pipeline.
    """
    for_gpu = {name.replace("-", "_") for name in gpu}
    for name in sorted(for_gpu.difference(GPU_STEPS)):
        raise ParameterError(f"no image for GPUs of {name!r}; {did_you_mean(name, GPU_STEPS)}")
    wanted = {name.replace("-", "_"): digest for name, digest in (digests or {}).items()}
    known = [entry for entry in __all__ if entry != "load"]
    for name, digest in wanted.items():
        if name not in known:
            raise ParameterError(f"a digest for {name!r}, which is no component; {did_you_mean(name, known)}")
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            raise ParameterError(f"the digest {digest!r} of {name}: write sha256: and 64 hexadecimal digits")
    found = set()
    for executor in spec.get("deploymentSpec", {}).get("executors", {}).values():
        container = executor.get("container", {})
        name = step_name(container)
        if name:
            found.add(name)
            moved = image(container["image"], registry=registry, tag=tag, digest=wanted.get(name, ""))
            if name in for_gpu and name not in wanted and not moved.endswith("-gpu"):
                moved += "-gpu"
            container["image"] = moved
    if unused := sorted({*wanted, *for_gpu} - found):
        what = "a digest" if unused[0] in wanted else "an image for GPUs"
        raise ParameterError(f"{what} for {unused[0]!r}, which is no step of the pipeline; {did_you_mean('', found)}")


def step_name(container: Mapping[str, Any]) -> str:
    """Returns which of Argosy's steps a compiled container runs; empty for none.

    >>> step_name({"command": ["python", "-m", "argosy.run"], "args": ["--component", "trainer"]})
    'trainer'
    """
    command, args = container.get("command", []), container.get("args", [])
    if "argosy.run" not in command or "--component" not in args[:-1]:
        return ""
    return str(args[args.index("--component") + 1])


def localised(key: str, value: Any, folder: Path) -> Any:
    """Returns a step parameter's value with a local file as text and other local paths absolute; others as they are.

    Args:
        key: The step's parameter.
        value: What it was given.
        folder: From where relative paths are taken.

    Raises:
        ParameterError: There is no such file.
    """
    if not isinstance(value, str) or not value:
        return value
    if key in FILE_PARAMETERS:
        return localised_code(value, folder)
    if key in PATH_PARAMETERS and "\n" not in value and "://" not in value:
        return str((folder / value).absolute())
    return value


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return load(name)
    except ParameterError as error:
        raise AttributeError(str(error)) from error

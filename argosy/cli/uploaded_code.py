"""The user's larger code, on its way to a place under the pipeline root that a cluster's pods can read."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from argosy import fs
from argosy.cli.local_inputs import Given, given_values, local_parameters
from argosy.errors import ParameterError, PipelineError, StorageError, located
from argosy.user_code import FILE_PARAMETERS, Reference, parse_reference, stored
from argosy.user_code.load import file_bytes

WITHOUT_DIGEST = "KFP's cache does not notice when it changes; put #sha256=... behind the address"


def refuse_local_code(spec: dict[str, Any]) -> None:
    """Returns if a compiled pipeline names no code that lies on this machine.

    Raises:
        PipelineError: It does; the message names where.
    """
    for given, reference in _references(given_values(spec)):
        if reference.is_local:
            with located(**{given.owner: given.name}):
                raise PipelineError(
                    f"{given.parameter} is {reference.address}, which is too much to travel in the spec; `argosy "
                    "submit` uploads it and `argosy run` takes it from there, for a compiled file give a URI of it"
                )


def pending_code(
    spec: dict[str, Any], arguments: dict[str, Any], root: str, option: str = "--pipeline-root"
) -> list[Given]:
    """Returns what has to be uploaded or looked at before a run: values that name code without a digest.

    Args:
        spec: The compiled pipeline.
        arguments: The values of its parameters that were given.
        root: The pipeline root; it matters only where code lies on this machine.
        option: What gives it on the command line.

    Raises:
        ParameterError: The code cannot travel, or cannot be put under the root.
    """
    reached = local_parameters(spec)
    own = [
        Given(owner="parameter", name=name, parameter=reached[name], holder=arguments, key=name)
        for name in arguments
        if name in reached
    ]
    declared = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    overruled = [id(declared[name]) for name in arguments if name in declared]
    pending = []
    for given, reference in _references([*given_values(spec), *own]):
        if id(given.holder) in overruled:
            continue
        with located(**{given.owner: given.name}):
            if reference.is_local:
                file_bytes(reference)
                _check_root(root, reference, option)
            if reference.is_local or not reference.digest:
                pending.append(given)
    return pending


def store_code(pending: Sequence[Given], root: str) -> list[str]:
    """Puts code under the pipeline root, its address in the place of what named it, and returns notes on that.

    Raises:
        StorageError: It cannot be written.
    """
    notes = []
    for given in pending:
        with located(**{given.owner: given.name}):
            reference = parse_reference(given.value)
            assert reference is not None
            try:
                given.put(stored(given.value, root))
            except StorageError as error:
                if reference.is_local:
                    raise
                notes.append(
                    f"{given.owner} {given.name}: its code cannot be seen from here ({error}): {WITHOUT_DIGEST}"
                )
                continue
            if reference.is_local:
                notes.append(f"{given.owner} {given.name}: {reference.name} is at {given.value}")
    return notes


def _references(found: Iterable[Given]) -> Iterator[tuple[Given, Reference]]:
    for given in found:
        if given.parameter in FILE_PARAMETERS and isinstance(given.value, str):
            with located(**{given.owner: given.name}):
                reference = parse_reference(given.value)
            if reference is not None:
                yield given, reference


def _check_root(root: str, reference: Reference, option: str) -> None:
    what = f"{reference.address} is uploaded under the root of the run's artifacts"
    if not root:
        raise ParameterError(f"{what}, and there is none: give one by {option} s3://BUCKET/FOLDER")
    if root.startswith("minio://"):
        raise ParameterError(
            f"{what}, and {root} is what KFP's own pods call their store: give {option} s3://BUCKET/FOLDER, and "
            "the store's address as AWS_ENDPOINT_URL, here and in the steps' pods"
        )
    if root.startswith("pvc://"):
        raise ParameterError(
            f"{what}, and {root} cannot be written from here: give a URI of the code, which pods can read"
        )
    if not fs.is_remote(root):
        raise ParameterError(f"{what}, and {root} is a path, which pods cannot see: give {option} s3://BUCKET/FOLDER")

"""The one entry point of every image: `python -m argosy.run --component NAME --interface N --executor_input JSON`.

Reads KFP's ExecutorInput (JSON, or @file), gives the step's executor function typed artifacts and parameters, and
writes what came back in both of KFP's forms. No kfp is imported. Types come from the executor's own annotations:
backends turn integers into floats, leave optional values out, add keys of their own and drop the artifacts' types.

With `--pod` it is one task of an Argo Workflow: see `argosy.runner.pod`.
"""

import argparse
import importlib
import inspect
import json
import logging
import os
import sys
import traceback
import types
import typing
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.artifacts import FILE_TYPES, MOUNTS, AnyArtifact, ArtifactType, Examples, Input, Output
from argosy.errors import (
    BUG_EXIT_CODE,
    ArgosyError,
    ArtifactError,
    ParameterError,
    UserCodeError,
    did_you_mean,
    located,
)
from argosy.examples.split_patterns import CUSTOM_SPLIT_PATTERN, with_split_patterns
from argosy.pointer import follow

INTERFACE = 1
"""The interface that this version speaks; it changes only when callers of the old one would break."""

EXECUTORS = {
    "example_gen": "argosy.ingest.executor",
    "importer": "argosy.ingest.importer",
    "statistics_gen": "argosy.data_validation.statistics_step",
    "schema_gen": "argosy.data_validation.schema_step",
    "import_schema_gen": "argosy.data_validation.schema_step",
    "example_validator": "argosy.data_validation.validation_step",
    "example_diff": "argosy.data_validation.diff_step",
    "distribution_validator": "argosy.data_validation.distribution_step",
    "transform": "argosy.transform.executor",
    "trainer": "argosy.training.executor",
    "evaluator": "argosy.model_analysis.executor",
    "pusher": "argosy.serving.executor",
}
"""Step -> the module that holds its executor, a function of the same name."""

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
"""Set before numpy is imported: BLAS threads that spin cost the accumulators five times their work."""

GPU_STEPS = ("trainer", "evaluator")


def main(argv: list[str] | None = None) -> int:
    """Runs one step and returns the process's exit code; the last line of a failure's log is its cause."""
    prepare_process()
    argv = sys.argv[1:] if argv is None else argv
    if "--pod" in argv:
        from argosy.runner.pod import main as run_pod

        return run_pod(argv)
    parser = argparse.ArgumentParser(prog="argosy.run")
    parser.add_argument("--component", required=True)
    parser.add_argument("--interface", type=int, required=True)
    parser.add_argument("--executor_input", required=True)
    arguments = parser.parse_args(argv)
    try:
        with located(step=arguments.component):
            run_step(arguments.component, arguments.interface, read_executor_input(arguments.executor_input))
    except ArgosyError as error:
        if isinstance(error, UserCodeError):
            traceback.print_exc()
        return _fail(str(error), error.exit_code)
    except Exception as error:
        traceback.print_exc()
        return _fail(
            f"step {arguments.component}: bug in Argosy: {type(error).__name__}: {error} (traceback above)",
            BUG_EXIT_CODE,
        )
    return 0


def prepare_process() -> None:
    """Sets the process up for the heavy libraries, before they are imported: threads, and what they print."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("argosy").setLevel(logging.INFO)
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda record: not record.getMessage().startswith("crcmod package not found"))
    warnings.filterwarnings("ignore", category=FutureWarning, module="google")
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def read_executor_input(text: str) -> dict[str, Any]:
    """Returns the ExecutorInput of `--executor_input`: JSON, or `@` and the path of a file that holds it.

    Raises:
        ParameterError: It is not a JSON object.
    """
    if text.startswith("@"):
        text = fs.read_bytes(text[1:]).decode()
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ParameterError(
            f"--executor_input is not JSON ({error}); a pipeline that puts user text into a constant by an f-string "
            "breaks it when the text holds a quote, a backslash or a newline: pass the value whole"
        ) from error
    if not isinstance(value, dict):
        raise ParameterError(f"--executor_input has to be a JSON object, found {type(value).__name__}")
    return value


def run_step(component: str, interface: int, executor_input: Mapping[str, Any]) -> None:
    """Calls the executor of the step and writes its outputs.

    Raises:
        ParameterError: The step or its interface is unknown, or a parameter does not fit.
        ArtifactError: An input artifact is missing or of another type.
    """
    if component not in EXECUTORS:
        raise ParameterError(f"no such component; {did_you_mean(component, EXECUTORS)}")
    if interface != INTERFACE:
        raise ParameterError(
            f"the pipeline was compiled for interface {interface}, this image speaks {INTERFACE}; "
            "compile the pipeline with the version of Argosy that the image has"
        )
    if component not in GPU_STEPS:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    function = getattr(importlib.import_module(EXECUTORS[component]), component)
    bound = bind(function, executor_input)
    for output in _outputs(bound):
        Path(output.path).parent.mkdir(parents=True, exist_ok=True)
    values = function(**bound) or {}
    write_outputs(executor_input, values, _outputs(bound))


def bind(function: Callable[..., Any], executor_input: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the function's arguments, taken from ExecutorInput and coerced by the function's own annotations.

    Raises:
        ParameterError: A required parameter is missing or a value does not fit its annotation.
        ArtifactError: A required artifact is missing or has another type than the function takes.
    """
    inputs, outputs = executor_input.get("inputs", {}), executor_input.get("outputs", {})
    parameters = {key: value for key, value in inputs.get("parameterValues", {}).items() if value is not None}
    bound: dict[str, Any] = {}
    for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
        kind, type_ = _unwrap(parameter.annotation)
        optional = parameter.default is not inspect.Parameter.empty
        if kind == "output":
            # A spec of an earlier release may lack an output that has come since.
            if name in outputs.get("artifacts", {}) or not optional:
                bound[name] = _output(name, type_, outputs.get("artifacts", {}))
        elif kind in ("input", "inputs"):
            given = inputs.get("artifacts", {})
            found = [_input(name, type_, raw) for raw in given.get(name, {}).get("artifacts", [])]
            if found or (kind == "inputs" and name in given):
                bound[name] = found if kind == "inputs" else found[0]
            elif not optional:
                raise ArtifactError(f"input {name!r} was not given; wire it to a step that makes one")
        elif name in parameters:
            bound[name] = coerce(name, parameters[name], type_)
        elif not optional:
            raise ParameterError(f"parameter {name!r} is required and was not given")
    return bound


def coerce(name: str, value: Any, type_: Any) -> Any:
    """Returns a parameter's value as the type that the executor declares.

    >>> coerce("steps", 3.0, int)
    3

    Raises:
        ParameterError: The value does not fit.
    """
    origin = typing.get_origin(type_) or type_
    if origin is int and not isinstance(value, bool) and isinstance(value, int | float) and value == int(value):
        return int(value)
    if origin is float and not isinstance(value, bool) and isinstance(value, int | float):
        return float(value)
    if origin in (str, bool, list, dict) and isinstance(value, origin):
        return value
    raise ParameterError(
        f"parameter {name!r} has to be of type {origin.__name__}, "
        f"found {type(value).__name__}: {json.dumps(value)[:200]}"
    )


def write_outputs(executor_input: Mapping[str, Any], values: Mapping[str, Any], outputs: list[Output[Any]]) -> None:
    """Writes every output parameter's file and the executor output, which lists every declared artifact.

    Both say the same: one reader prefers the one, another the other.
    """
    declared = executor_input.get("outputs", {})
    missing = sorted(set(declared.get("parameters", {})) - set(values))
    if missing:
        raise AssertionError(f"the executor returned no value for {', '.join(missing)}")
    for name, where in declared.get("parameters", {}).items():
        text = values[name] if isinstance(values[name], str) else json.dumps(values[name])
        fs.write_bytes(where["outputFile"], text.encode())
    result: dict[str, Any] = {}
    if values:
        result["parameterValues"] = dict(values)
    if outputs:
        result["artifacts"] = {output.name: {"artifacts": [_record(output)]} for output in outputs}
    if "outputFile" in declared:
        fs.write_bytes(declared["outputFile"], json.dumps(result).encode())


def local_path(uri: str, custom_path: str = "") -> str:
    """Returns where KFP's launcher, or the embedded runner, keeps an artifact's bytes on this machine.

    >>> local_path("s3://bucket/key")
    '/s3/bucket/key'
    """
    if custom_path:
        return custom_path
    for scheme, mount in MOUNTS.items():
        if uri.startswith(scheme):
            return f"/{mount}/{uri.removeprefix(scheme)}"
    return str(fs.local_path(uri))


def _fail(cause: str, exit_code: int) -> int:
    sys.stderr.write(f"ERROR: {' '.join(cause.split())}\n")
    return exit_code


def _unwrap(annotation: Any) -> tuple[str, Any]:
    """Returns (input | inputs | output | parameter, the artifact's or value's type)."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        annotation = next(member for member in typing.get_args(annotation) if member is not type(None))
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Output, Input):
        return origin.__name__.lower(), arguments[0]
    if origin is list and arguments and typing.get_origin(arguments[0]) is Input:
        return "inputs", typing.get_args(arguments[0])[0]
    return "parameter", annotation


def _input(name: str, type_: type[ArtifactType], raw: Mapping[str, Any]) -> Input[Any]:
    title = raw.get("type", {}).get("schemaTitle", "")
    if title not in ("", AnyArtifact.title, type_.title) and type_ is not AnyArtifact:
        raise ArtifactError(f"input {name!r} has to be of type {type_.title}, found {title}")
    given = local_path(raw["uri"], raw.get("customPath", ""))
    uri, path = follow(given)
    if not fs.is_remote(path) and not Path(path).exists():
        raise ArtifactError(f"input {name!r}: nothing at {path}; was it removed since the step that made it ran?")
    metadata = {key: _plain(value) for key, value in raw.get("metadata", {}).items()}
    if type_ is Examples and metadata.get(CUSTOM_SPLIT_PATTERN):
        with located(input=repr(name)):
            path = with_split_patterns(path, metadata[CUSTOM_SPLIT_PATTERN])
    return Input(uri=raw["uri"] if uri == given else uri, path=path, name=raw.get("name", name), metadata=metadata)


def _output(name: str, type_: type[ArtifactType], declared: Mapping[str, Any]) -> Output[Any]:
    if name not in declared:
        raise ParameterError(f"the spec declares no output {name!r}; compile the pipeline with this version of Argosy")
    raw = declared[name]["artifacts"][0]
    path = Path(local_path(raw["uri"], raw.get("customPath", "")))
    (path.parent if type_ in FILE_TYPES else path).mkdir(parents=True, exist_ok=True)
    return Output(uri=raw["uri"], path=str(path), name=name, metadata={})


def _record(output: Output[Any]) -> dict[str, Any]:
    if not Path(output.path).exists():
        raise AssertionError(f"the executor wrote nothing to its output {output.name!r}")
    return {"name": output.name, "uri": output.uri, "metadata": output.metadata}


def _outputs(bound: Mapping[str, Any]) -> list[Output[Any]]:
    return [value for value in bound.values() if isinstance(value, Output)]


def _plain(value: Any) -> Any:
    """Undoes the wrapping that the KFP backend gives to lists and dictionaries in metadata."""
    if isinstance(value, dict) and set(value) in ({"list"}, {"struct"}):
        return json.dumps(next(iter(value.values())))
    return value


def _leave(exit_code: int) -> None:
    """Ends the process. Where Arrow's S3 client was used it does without a clean-up, in which that crashes at times."""
    sys.stdout.flush()
    sys.stderr.flush()
    if "argosy.fs.s3" in sys.modules:
        os._exit(exit_code)
    sys.exit(exit_code)


if __name__ == "__main__":
    _leave(main())

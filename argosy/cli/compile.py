"""`argosy compile`: a folder with a pipeline.py becomes KFP's PipelineSpec."""

import argparse
import importlib.util
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import yaml

from argosy import fs
from argosy.cli.local_inputs import local_parameters, localise_defaults
from argosy.errors import ArgosyError, PipelineError, located
from argosy.plan import read_plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("pipeline", metavar="PIPELINE", help="a folder with a pipeline.py, or a compiled YAML file")
    parser.add_argument("--target", choices=["kfp"], default="kfp", help="what will run it (default: kfp)")
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="where to write the spec")


def main(arguments: argparse.Namespace) -> int:
    """Compiles, checks by reading the spec back, and writes it."""
    documents = load_spec(arguments.pipeline)
    with located(pipeline=arguments.pipeline):
        read_plan(documents)
    fs.write_bytes(arguments.output, yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True).encode())
    for whose, name, value in local_paths(documents):
        print(
            f"note: {whose} reads {name}={value}, a path of this machine: `argosy run` can see it, "
            "a cluster's pods cannot; give a URI for those",
            file=sys.stderr,
        )
    print(arguments.output)
    return 0


def load_spec(pipeline: str) -> list[dict[str, Any]]:
    """Returns the spec's YAML documents (the pipeline, then platform settings if any) of a folder or a compiled file.

    Raises:
        PipelineError: It is neither, or it does not compile.
    """
    path = Path(pipeline)
    if path.is_dir() and (path / "pipeline.py").is_file():
        return compile_pipeline(path / "pipeline.py")
    if path.suffix == ".py" and path.is_file():
        return compile_pipeline(path)
    if path.is_file():
        try:
            documents = [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise PipelineError(f"{path} is not YAML: {error}") from error
        if documents and all(isinstance(document, dict) for document in documents) and "root" in documents[0]:
            return documents
        raise PipelineError(f"{path} holds no compiled pipeline; `argosy compile` writes one")
    raise PipelineError(f"{path} is neither a folder with a pipeline.py nor a compiled YAML file")


def compile_pipeline(file: Path) -> list[dict[str, Any]]:
    """Returns the compiled spec of the one `@dsl.pipeline` in a Python file.

    Raises:
        PipelineError: The file raises, defines no pipeline or several, or the SDK refuses it.
    """
    try:
        import kfp  # noqa: F401
    except ImportError as error:
        raise PipelineError("compiling needs the kfp SDK: pip install 'argosy[kfp]'") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        documents = _compile(file)
    localise_defaults(documents[0], file.resolve().parent)
    return documents


def local_paths(documents: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Returns (whose, parameter, path) for each constant and each default that is an absolute path of this machine."""
    spec = documents[0]
    found = [
        (f"task {task}", name, source.get("runtimeValue", {}).get("constant"))
        for component in (spec["root"], *spec.get("components", {}).values())
        for task, one in component.get("dag", {}).get("tasks", {}).items()
        for name, source in one.get("inputs", {}).get("parameters", {}).items()
    ]
    declared = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    found += [("the pipeline", name, declared.get(name, {}).get("defaultValue")) for name in local_parameters(spec)]
    return [
        (whose, name, value)
        for whose, name, value in found
        if isinstance(value, str) and value.startswith("/") and "\n" not in value
    ]


def _compile(file: Path) -> list[dict[str, Any]]:
    from kfp import compiler
    from kfp.dsl.graph_component import GraphComponent

    spec = importlib.util.spec_from_file_location(f"argosy_pipeline_{file.resolve().parent.name}", file.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except ArgosyError as error:
        raise type(error)(f"{file}: {error}") from error
    except Exception as error:
        raise PipelineError(f"{file}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    found = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, GraphComponent) and getattr(value.pipeline_func, "__module__", "") == module.__name__
    }
    if len(found) > 1:  # the others are nested in the one that bears the folder's name
        found = {
            name: found[name] for name in ("pipeline", file.resolve().parent.name.replace("-", "_")) if name in found
        }
    if len(found) != 1:
        raise PipelineError(
            f"{file} has to define one @dsl.pipeline, or one called 'pipeline' or like the folder among several"
        )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "pipeline.yaml"
        compiler.Compiler().compile(pipeline_func=next(iter(found.values())), package_path=str(target))
        return [document for document in yaml.safe_load_all(target.read_text(encoding="utf-8")) if document]

"""`argosy compile`: a folder with a pipeline.py becomes KFP's PipelineSpec, or a Workflow for Argo."""

import argparse
import copy
import importlib.util
import re
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import yaml

from argosy import fs
from argosy.cli.local_inputs import localise_defaults, unreachable_paths
from argosy.components import relocate, step_name
from argosy.errors import ArgosyError, ParameterError, PipelineError, located
from argosy.plan import Plan, read_plan
from argosy.plan.check_kfp import check_kfp
from argosy.plan.check_kfp_size import check_size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("pipeline", metavar="PIPELINE", help="a folder with a pipeline.py, or a compiled YAML file")
    parser.add_argument("--target", choices=["kfp", "argo"], default="kfp", help="what will run it (default: kfp)")
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="where to write the spec")
    add_image_arguments(parser)
    from argosy.cli.compile_argo import add_argo_arguments

    argo = parser.add_argument_group("with --target argo")
    argo.add_argument("--namespace", default="", metavar="N", help="where it runs (default: left to who creates it)")
    add_argo_arguments(argo)


def add_image_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares where the images of a pipeline's steps are: the same for every command that needs them."""
    parser.add_argument("--registry", default="", metavar="R", help="registry and folder of the steps' images")
    parser.add_argument("--tag", default="", metavar="T", help="tag of the steps' images (default: Argosy's version)")
    parser.add_argument(
        "--digest", action="append", default=[], metavar="NAME=sha256:...", help="a step's image by digest; repeatable"
    )
    parser.add_argument(
        "--pull-secret", action="append", default=[], metavar="S", help="an image pull secret's name; repeatable"
    )


def main(arguments: argparse.Namespace) -> int:
    """Compiles, checks what the target would refuse, and writes it."""
    if arguments.target == "argo":
        from argosy.argo import to_yaml
        from argosy.cli.compile_argo import argo_manifest

        manifest = argo_manifest(arguments)
        plan = read_plan(load_spec(arguments.pipeline))
        text = to_yaml(manifest)
    else:
        documents = target_documents(arguments)
        uncache_sources(documents)
        plan = check_for_kfp(documents)
        text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)
    fs.write_bytes(arguments.output, text.encode())
    defaults = {name: declared.default for name, declared in plan.root.parameters.items()}
    for task, name, value in unreachable_paths(plan, defaults):
        print(
            f"note: task {task} has {name}={value}, a path of this machine: `argosy run` can see it, "
            "a cluster's pods cannot; give a URI for those, or mount a volume there",
            file=sys.stderr,
        )
    print(arguments.output)
    return 0


def target_documents(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Returns the documents of a pipeline with its images where the arguments say, checked for KFP.

    Raises:
        PipelineError: KFP's backend would refuse it, or fail over it.
        ParameterError: An argument does not fit the pipeline.
    """
    documents = load_spec(arguments.pipeline)
    with located(pipeline=arguments.pipeline):
        check_for_kfp(documents)
        relocate(documents[0], registry=arguments.registry, tag=arguments.tag, digests=digests(arguments.digest))
        documents = with_pull_secrets(documents, arguments.pull_secret)
        check_for_kfp(documents)
    return documents


def uncache_sources(documents: list[dict[str, Any]]) -> None:
    """Switches KFP's cache off for each ExampleGen that is not told its input's fingerprint.

    KFP looks into its cache before the step's code runs, and would not notice that the data have changed.
    """
    executors = documents[0]["deploymentSpec"]["executors"]
    components = documents[0]["components"]
    for component in (documents[0]["root"], *components.values()):
        for task in component.get("dag", {}).get("tasks", {}).values():
            label = components[task["componentRef"]["name"]].get("executorLabel", "")
            is_source = step_name(executors.get(label, {}).get("container", {})) == "example_gen"
            if is_source and "fingerprint" not in task.get("inputs", {}).get("parameters", {}):
                task["cachingOptions"] = {}


def check_for_kfp(documents: list[dict[str, Any]]) -> Plan:
    """Returns the plan of a compiled pipeline that KFP's backend can run.

    Raises:
        PipelineError: It cannot.
    """
    plan = read_plan(documents)
    check_kfp(plan)
    check_size(documents)
    return plan


def with_pull_secrets(documents: list[dict[str, Any]], secrets: list[str]) -> list[dict[str, Any]]:
    """Returns the documents with image pull secrets on every container, as kfp-kubernetes writes them.

    Raises:
        ParameterError: A secret's name is none.
    """
    if not secrets:
        return documents
    for secret in secrets:
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", secret) or len(secret) > 253:
            raise ParameterError(f"--pull-secret {secret!r}: a secret's name has small letters, digits, '-' and '.'")
    pipeline, *platforms = documents
    platform = copy.deepcopy(platforms[0]) if platforms else {"platforms": {}}
    kubernetes = platform["platforms"].setdefault("kubernetes", {})
    executors = kubernetes.setdefault("deploymentSpec", {}).setdefault("executors", {})
    for label, executor in pipeline.get("deploymentSpec", {}).get("executors", {}).items():
        if "container" not in executor:
            continue
        listed = executors.setdefault(label, {}).setdefault("imagePullSecret", [])
        known = {entry.get("secretName") for entry in listed}
        listed += [
            {"secretName": name, "secretNameParameter": {"runtimeValue": {"constant": name}}}
            for name in dict.fromkeys(secrets)
            if name not in known
        ]
    return [pipeline, platform]


def digests(given: list[str]) -> dict[str, str]:
    """Returns step -> digest, of arguments such as trainer=sha256:...

    Raises:
        ParameterError: One is not of that form.
    """
    found = {}
    for text in given:
        name, separator, digest = text.partition("=")
        if not separator:
            raise ParameterError(f"--digest {text!r}: write it as name=sha256:...")
        found[name] = digest
    return found


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

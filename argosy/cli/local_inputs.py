"""Local files that reach a step through a pipeline's parameter: a module's text, the absolute path of data.

A step's own constant is seen to by `argosy.components`; a pipeline parameter has its value only here: its default is
relative to the pipeline's file, what `--param` gives to the working directory.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from argosy.components import FILE_PARAMETERS, PATH_PARAMETERS, localised, step_name
from argosy.plan import Plan
from argosy.plan.spec import Constant, ContainerExecutor, ImporterExecutor
from argosy.plan.walk import Place, known_value, places

Spec = Mapping[str, Any]


def localise_defaults(spec: dict[str, Any], folder: Path) -> None:
    """Puts texts and absolute paths into the defaults of a compiled pipeline's parameters.

    Raises:
        ParameterError: A default names a module that is not there.
    """
    declared = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    for name, step_parameter in local_parameters(spec).items():
        if "defaultValue" in declared.get(name, {}):
            declared[name]["defaultValue"] = localised(step_parameter, declared[name]["defaultValue"], folder)


def local_parameters(spec: Spec) -> dict[str, str]:
    """Returns pipeline parameter -> the step's parameter that it becomes, for those that name local files."""
    return dict(_reached(spec, spec.get("root", {})))


def unreachable_paths(plan: Plan, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yields (task, parameter, path) for each local path that a pod could not see: one that no volume is mounted at.

    Args:
        plan: The pipeline.
        arguments: The values of its parameters.
    """
    for place in places(plan):
        body = place.component.body
        if isinstance(body, ImporterExecutor):
            if isinstance(body.artifact_uri, Constant) and _is_local(body.artifact_uri.value):
                yield place.path, "artifact_uri", body.artifact_uri.value
        elif isinstance(body, ContainerExecutor) and step_of(place):
            mounted = [Path(mount.get("mountPath", "")) for mount in body.platform.get("pvcMount", [])]
            for name, value in _paths(place, arguments):
                if _is_local(value) and not any(Path(value).is_relative_to(folder) for folder in mounted):
                    yield place.path, name, value


def step_of(place: Place) -> str:
    """Returns which of Argosy's steps a task runs; empty for none."""
    body = place.component.body
    if not isinstance(body, ContainerExecutor):
        return ""
    return step_name({"command": body.command, "args": body.args})


def _paths(place: Place, arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in PATH_PARAMETERS:
        if name in place.component.parameters:
            yield name, known_value(place, name, arguments)
    destination = known_value(place, "push_destination", arguments)
    if isinstance(destination, dict) and isinstance(destination.get("filesystem"), dict):
        yield "push_destination", destination["filesystem"].get("base_directory")


def _is_local(value: Any) -> bool:
    return isinstance(value, str) and value != "" and ("://" not in value or value.startswith("file://"))


def _reached(spec: Spec, component: Spec) -> Iterator[tuple[str, str]]:
    """Yields (the component's input, the step's parameter) for each way down to a step of Argosy's."""
    if "executorLabel" in component:
        if _is_step(spec, component["executorLabel"]):
            yield from ((name, name) for name in (*FILE_PARAMETERS, *PATH_PARAMETERS))
        return
    for task in component.get("dag", {}).get("tasks", {}).values():
        inner = spec.get("components", {}).get(task.get("componentRef", {}).get("name"), {})
        sources = task.get("inputs", {}).get("parameters", {})
        for name, step_parameter in _reached(spec, inner):
            source = sources.get(name, {})
            if "componentInputParameter" in source and "parameterExpressionSelector" not in source:
                yield source["componentInputParameter"], step_parameter


def _is_step(spec: Spec, label: str) -> bool:
    executor = spec.get("deploymentSpec", {}).get("executors", {}).get(label, {})
    return step_name(executor.get("container", {})) != ""

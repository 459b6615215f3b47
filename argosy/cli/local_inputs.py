"""Local files that reach a step through a pipeline's parameter: a module's text, the absolute path of data.

A step's own constant is seen to by `argosy.components`; a pipeline parameter has its value only here: its default is
relative to the pipeline's file, what `--param` gives to the working directory.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from argosy.components import FILE_PARAMETERS, PATH_PARAMETERS, localised

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
    return "argosy.run" in executor.get("container", {}).get("command", [])

"""Local files that a compiled pipeline names: a module's text, the absolute path of larger code or of data.

A constant that an author gives to a step is seen to by `argosy.components`. One that reaches it through a parameter of
the pipeline, or of a pipeline in it, has its value only here: it is relative to the pipeline's file, what `--param`
gives to the working directory.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from argosy.components import PATH_PARAMETERS, localised, step_name
from argosy.plan import Plan
from argosy.plan.spec import Constant, ContainerExecutor, ImporterExecutor
from argosy.plan.walk import Place, known_value, places, source_parameter
from argosy.user_code import FILE_PARAMETERS

PUSH_DESTINATION = "push_destination"
Spec = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Given:
    """A value that reaches a step's parameter: a task's constant, a parameter's default, an argument.

    Attributes:
        owner: What has it, for messages: "task" or "parameter".
        name: Of the owner.
        parameter: The step's parameter.
        holder: The part of the spec that the value stands in, under `key`.
        key: Where.
    """

    owner: str
    name: str
    parameter: str
    holder: dict[str, Any]
    key: str

    @property
    def value(self) -> Any:
        """The value."""
        return self.holder[self.key]

    def put(self, value: Any) -> None:
        """Puts another value in its place."""
        self.holder[self.key] = value


def localise(spec: dict[str, Any], folder: Path) -> None:
    """Puts texts and absolute paths into a compiled pipeline where it names local files.

    Raises:
        ParameterError: There is no such file.
    """
    for given in given_values(spec):
        given.put(localised(given.parameter, given.value, folder))


def given_values(spec: dict[str, Any]) -> Iterator[Given]:
    """Yields what a compiled pipeline says itself of its steps' parameters that may name local files."""
    components = spec.get("components", {})
    for component in (spec["root"], *components.values()):
        declared = component.get("inputDefinitions", {}).get("parameters", {})
        for name, parameter in _reached(spec, component):
            if "dag" in component and "defaultValue" in declared.get(name, {}):
                yield Given(
                    owner="parameter", name=name, parameter=parameter, holder=declared[name], key="defaultValue"
                )
        for task, body in component.get("dag", {}).get("tasks", {}).items():
            sources = body.get("inputs", {}).get("parameters", {})
            for name, parameter in _reached(spec, components.get(body.get("componentRef", {}).get("name"), {})):
                value = sources.get(name, {}).get("runtimeValue", {})
                if "constant" in value:
                    yield Given(owner="task", name=task, parameter=parameter, holder=value, key="constant")


def local_parameters(spec: Spec) -> dict[str, str]:
    """Returns pipeline parameter -> the step's parameter that it becomes, for those that name local files."""
    return dict(_reached(spec, spec.get("root", {})))


@dataclasses.dataclass(frozen=True, kw_only=True)
class LocalPath:
    """A path that a task is given.

    Attributes:
        task: The task's path.
        label: Its executor's, in the spec; empty where no container runs.
        parameter: Of the task.
        path: What it is given.
        source: The pipeline's parameter that it comes from; empty for a constant.
    """

    task: str
    label: str
    parameter: str
    path: str
    source: str


def unreachable_paths(plan: Plan, arguments: Mapping[str, Any]) -> Iterator[LocalPath]:
    """Yields each local path that a pod could not see: one that no volume is mounted at.

    Args:
        plan: The pipeline.
        arguments: The values of its parameters.
    """
    for place in places(plan):
        body = place.component.body
        if isinstance(body, ImporterExecutor):
            if isinstance(body.artifact_uri, Constant) and _is_local(body.artifact_uri.value):
                yield _local_path(place, "", "artifact_uri", body.artifact_uri.value)
        elif isinstance(body, ContainerExecutor) and step_of(place):
            mounted = [Path(mount.get("mountPath", "")) for mount in body.platform.get("pvcMount", [])]
            for name, value in _paths(place, arguments):
                if _is_local(value) and not any(Path(value).is_relative_to(folder) for folder in mounted):
                    yield _local_path(place, body.label, name, value)


def step_of(place: Place) -> str:
    """Returns which of Argosy's steps a task runs; empty for none."""
    body = place.component.body
    if not isinstance(body, ContainerExecutor):
        return ""
    return step_name({"command": body.command, "args": body.args})


def _local_path(place: Place, label: str, parameter: str, path: str) -> LocalPath:
    source = source_parameter(place, parameter)
    return LocalPath(task=place.path, label=label, parameter=parameter, path=path, source=source)


def _paths(place: Place, arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in PATH_PARAMETERS:
        if name in place.component.parameters:
            yield name, known_value(place, name, arguments)
    destination = known_value(place, PUSH_DESTINATION, arguments)
    if isinstance(destination, dict) and isinstance(destination.get("filesystem"), dict):
        yield PUSH_DESTINATION, destination["filesystem"].get("base_directory")


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

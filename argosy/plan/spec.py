"""A Plan: a compiled pipeline as frozen dataclasses, resolved and checked. The one thing that runner and argo read.

Plan ── root: Component ── body: Dag ── tasks: Task ── component (a name in Plan.components)
                               │          └─ parameters, artifacts: where each input comes from
                               └─ parameter_outputs, artifact_outputs: which task's output
A leaf's body is a ContainerExecutor or an ImporterExecutor.
"""

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

from argosy.plan.condition import Expression
from argosy.plan.values import ParameterType


@dataclasses.dataclass(frozen=True, kw_only=True)
class ParameterInput:
    """A declared parameter.

    Attributes:
        type: What its value must be.
        default: None where there is none; then an optional parameter may stay without a value.
        optional: Whether it may be left out.
        literals: The only values that it may have; empty for any.
        description: For a person.
    """

    type: ParameterType
    default: Any = None
    optional: bool = False
    literals: tuple[Any, ...] = ()
    description: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ArtifactInput:
    """A declared input artifact, or a list of them."""

    title: str
    version: str = ""
    optional: bool = False
    is_list: bool = False
    description: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ParameterOutput:
    """A declared output parameter."""

    type: ParameterType
    description: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ArtifactOutput:
    """A declared output artifact, or (a DAG's) list of them."""

    title: str
    version: str = ""
    is_list: bool = False
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    description: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Constant:
    """A value that stands in the spec. `path` selects inside it (see ComponentInput)."""

    value: Any
    path: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class RuntimeText:
    """A text with placeholders such as {{$.inputs.parameters['x']}}, x being another input of the same task.

    Attributes:
        text: The text, or a list or struct with such texts in it; texts stay texts inside them.
        path: As in ComponentInput.
    """

    text: Any
    path: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class ComponentInput:
    """An input of the enclosing DAG.

    Attributes:
        name: The input's name.
        path: Keys to follow inside the value, which is a struct or its JSON text; empty for the whole value.
    """

    name: str
    path: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskOutput:
    """An output of another task of the same DAG; of a task with an iterator, the list over its iterations."""

    task: str
    output: str
    path: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskFinalStatus:
    """How another task of the same DAG ended (an exit handler's input)."""

    task: str
    path: tuple[str, ...] = ()


ParameterSource = Constant | RuntimeText | ComponentInput | TaskOutput | TaskFinalStatus
ArtifactSource = ComponentInput | TaskOutput


@dataclasses.dataclass(frozen=True, kw_only=True)
class ContainerExecutor:
    """A command in an image. Texts may hold container placeholders.

    Attributes:
        label: Its name in the spec.
        image: The image's name.
        command: The program and its first arguments.
        args: The other arguments.
        env: Environment variables.
        resources: The spec's resources, as they stand there.
        platform: The executor's kubernetes configuration (second document), as it stands there.
        timeout_seconds: How long one attempt may take; None for no limit.
    """

    label: str
    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    resources: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    platform: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    timeout_seconds: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImporterExecutor:
    """Registers what exists at a URI as an artifact; starts no process.

    Attributes:
        label: Its name in the spec.
        artifact_uri: Constant, RuntimeText or ComponentInput (of the importer's own inputs).
        title: The artifact type's schema title.
        version: The artifact type's schema version.
        metadata: To be recorded; texts may hold placeholders of the importer's own inputs.
        reimport: False allows an artifact that was imported before to be taken again.
        unresolved: The URI as it stands in the spec, where KFP's compiler left a reference in it and Argosy takes the
            importer's input `uri` instead; empty otherwise.
    """

    label: str
    artifact_uri: Constant | RuntimeText | ComponentInput
    title: str
    version: str = ""
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    reimport: bool = False
    unresolved: str = ""


class Trigger(enum.Enum):
    """When a task may start, given how the tasks that it depends on ended."""

    ALL_SUCCEEDED = "ALL_UPSTREAM_TASKS_SUCCEEDED"
    ALL_COMPLETED = "ALL_UPSTREAM_TASKS_COMPLETED"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Up to `max_retries` more attempts; wait `backoff_seconds * factor ** k` before each, at most the maximum."""

    max_retries: int
    backoff_seconds: float = 0.0
    backoff_factor: float = 2.0
    backoff_max_seconds: float = 3600.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class RawItems:
    """Items that stand in the spec."""

    items: tuple[Any, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ParameterItems:
    """Items that are the value of one of the task's own parameters (a list, or its JSON text)."""

    input: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class ArtifactItems:
    """Items that are one of the task's own input artifact lists."""

    input: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Iterator:
    """Runs a task once for each item.

    Attributes:
        items: Where the items come from.
        item_input: The component's input that takes one item; RawItems and ParameterItems fill a parameter,
            ArtifactItems an artifact.
        parallelism: How many iterations may run at a time; 0 for no limit.
    """

    items: RawItems | ParameterItems | ArtifactItems
    item_input: str
    parallelism: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """One step of a DAG.

    Attributes:
        name: Its key in the DAG: unique there, and what other tasks name.
        display_name: What a person reads.
        component: A name in Plan.components.
        parameters: Source of each parameter; the component's default stands in for one that is not here.
        artifacts: Source of each input artifact.
        depends_on: Every task that has to end first, those whose outputs it reads included; sorted.
        condition: Over the task's own parameters; None where there is none.
        trigger: Whether it needs the success of what it depends on.
        iterator: None where the task runs once.
        retry: None for one attempt.
        cache: Whether an earlier run's outputs may be taken.
        cache_key: A key of the author's own; empty for the computed one.
    """

    name: str
    display_name: str
    component: str
    parameters: Mapping[str, ParameterSource] = dataclasses.field(default_factory=dict)
    artifacts: Mapping[str, ArtifactSource] = dataclasses.field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    condition: Expression | None = None
    trigger: Trigger = Trigger.ALL_SUCCEEDED
    iterator: Iterator | None = None
    retry: RetryPolicy | None = None
    cache: bool = False
    cache_key: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dag:
    """Tasks, and what of theirs the DAG puts out. More than one source for an output: the first whose task ran."""

    tasks: Mapping[str, Task]
    parameter_outputs: Mapping[str, tuple[TaskOutput, ...]] = dataclasses.field(default_factory=dict)
    artifact_outputs: Mapping[str, tuple[TaskOutput, ...]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Component:
    """An interface and what stands behind it. Mappings keep the order of the spec."""

    name: str
    body: ContainerExecutor | ImporterExecutor | Dag
    parameters: Mapping[str, ParameterInput] = dataclasses.field(default_factory=dict)
    artifacts: Mapping[str, ArtifactInput] = dataclasses.field(default_factory=dict)
    output_parameters: Mapping[str, ParameterOutput] = dataclasses.field(default_factory=dict)
    output_artifacts: Mapping[str, ArtifactOutput] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole pipeline. `root` is a component whose body is a Dag; its inputs are the pipeline's."""

    name: str
    root: Component
    components: Mapping[str, Component]
    description: str = ""
    display_name: str = ""
    default_pipeline_root: str = ""

    @property
    def dag(self) -> Dag:
        """The root's tasks and outputs."""
        assert isinstance(self.root.body, Dag)
        return self.root.body

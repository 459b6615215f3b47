"""A leaf task, ready for the driver, and what comes of a task."""

import dataclasses
import enum
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.metadata.records import Artifact
from argosy.plan.spec import Component, Task
from argosy.runner.report import State

Artifacts = Mapping[str, Sequence[Artifact]]


class Mode(enum.Enum):
    """What is to be done with a task of a partial or resumed run."""

    RUN = "run"
    RUN_AGAIN = "run, also if it has finished before the run was resumed"
    REUSE = "take what its newest execution made"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Call:
    """One task of one run, its inputs resolved.

    Attributes:
        path: The task's path: the names of the DAGs around it and its own, in a loop as `for-loop-1[0]`.
        task: As the plan has it.
        component: What it runs.
        parameters: Its parameters, also those that its component does not declare; defaults are included.
        artifacts: Its input artifacts; an optional one without value is not there.
        mode: Whether to run it.
    """

    path: tuple[str, ...]
    task: Task
    component: Component
    parameters: Mapping[str, Any]
    artifacts: Artifacts
    mode: Mode = Mode.RUN

    @property
    def name(self) -> str:
        """The path as text."""
        return "/".join(self.path)


def component_name(component: Component) -> str:
    """Returns the component's name without the prefix of KFP's compiler."""
    return component.name.removeprefix("comp-")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """What a task hands on.

    Attributes:
        state: How it ended.
        parameters: Its output parameters.
        artifacts: Its output artifacts, a list for each.
        error: The cause of a failure in one line.
        exit_code: Of a failed process.
    """

    state: State
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    artifacts: Artifacts = dataclasses.field(default_factory=dict)
    error: str = ""
    exit_code: int | None = None

"""How a run and its tasks ended, as values and as the JSON of `report.schema.json`."""

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

from argosy.errors import BUG_EXIT_CODE, InfrastructureError, UserError

CANCELED_EXIT_CODE = 130
_PASSED_ON = (2, 3, 4, BUG_EXIT_CODE)


class State(enum.StrEnum):
    """Where a task or a run stands; PENDING and RUNNING are not final."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELED = "CANCELED"


@dataclasses.dataclass(frozen=True, kw_only=True)
class OutputReport:
    """One output: its artifacts' type and URIs (several only for a list)."""

    type: str
    uris: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskReport:
    """How one task ended.

    Attributes:
        name: Its path in the pipeline, such as `trainer` or `for-loop-1[0]/trainer`.
        state: How it ended.
        seconds: Wall time, all attempts and waits included.
        cached: Whether earlier outputs were taken and no process was started.
        reason: In words, why it ran, or was cached, skipped or canceled.
        component: The component's name.
        execution_id: Its number in the metadata store; 0 when it never got one.
        attempts: How many processes were started.
        exit_code: Of the last one; None when there was none.
        error: The cause of a failure in one line; else empty.
        log: Its log file; empty when no process was started.
        outputs: Output artifacts by name.
        parameters: Output parameters by name.
    """

    name: str
    state: State
    seconds: float = 0.0
    cached: bool = False
    reason: str = ""
    component: str = ""
    execution_id: int = 0
    attempts: int = 0
    exit_code: int | None = None
    error: str = ""
    log: str = ""
    outputs: Mapping[str, OutputReport] = dataclasses.field(default_factory=dict)
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunReport:
    """How a run ended.

    Attributes:
        run_id: Its name.
        pipeline: The pipeline's name.
        state: FAILED as soon as any task failed, an exit task included; RUNNING while it goes on.
        started: Seconds since 1970.
        seconds: Wall time.
        root: The root, an absolute path.
        arguments: The pipeline's parameters, defaults included.
        error: The first failure in one line; else empty.
        tasks: In the order in which they ended.
        parameters: The pipeline's own output parameters.
    """

    run_id: str
    pipeline: str
    state: State
    started: float
    seconds: float
    root: str
    arguments: Mapping[str, Any]
    error: str = ""
    tasks: tuple[TaskReport, ...] = ()
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """What a process that reports this run returns: 0, 130 when canceled, else the first failed task's class."""
        if self.state == State.CANCELED:
            return CANCELED_EXIT_CODE
        if self.state == State.SUCCEEDED:
            return 0
        return next((exit_code(task) for task in self.tasks if task.state == State.FAILED), BUG_EXIT_CODE)


def exit_code(task: TaskReport) -> int:
    """Returns the class of a failed task's exit code: its own when it is one of ours, else the nearest."""
    if task.exit_code in _PASSED_ON:
        return task.exit_code
    return InfrastructureError.exit_code if (task.exit_code or 0) < 0 else UserError.exit_code


def to_json(report: RunReport) -> dict[str, Any]:
    """Returns the report as JSON values."""
    plain = dataclasses.asdict(report)
    plain["tasks"] = [task_to_json(task) for task in report.tasks]
    plain["state"] = str(report.state)
    return plain


def from_json(value: Mapping[str, Any]) -> RunReport:
    """Returns the report that `to_json` wrote."""
    tasks = tuple(task_from_json(task) for task in value["tasks"])
    return RunReport(**{**value, "state": State(value["state"]), "tasks": tasks})


def task_to_json(task: TaskReport) -> dict[str, Any]:
    """Returns one task's report as JSON values."""
    plain = dataclasses.asdict(task)
    outputs = {name: {**output, "uris": list(output["uris"])} for name, output in plain["outputs"].items()}
    return {**plain, "state": str(task.state), "outputs": outputs}


def task_from_json(value: Mapping[str, Any]) -> TaskReport:
    """Returns the report that `task_to_json` wrote."""
    outputs = {
        name: OutputReport(type=output["type"], uris=tuple(output["uris"])) for name, output in value["outputs"].items()
    }
    return TaskReport(**{**value, "state": State(value["state"]), "outputs": outputs})

"""What a run tells while it goes on, as values."""

import dataclasses
from collections.abc import Callable

from argosy.runner.report import RunReport, State


@dataclasses.dataclass(frozen=True, kw_only=True)
class Waiting:
    """Another process, with this id, works in the root."""

    root: str
    pid: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recovered:
    """Executions that a dead runner left behind were marked as failed, and their half-written outputs removed."""

    tasks: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunStarted:
    """The run has its id; `tasks` are the pipeline's top-level tasks in a possible order."""

    run_id: str
    pipeline: str
    tasks: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pulling:
    """The engine lacks this image, and fetches it before the run begins."""

    image: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskChanged:
    """A task has started (RUNNING) or ended; `seconds` since it started."""

    task: str
    state: State
    seconds: float = 0.0
    cached: bool = False
    reason: str = ""
    error: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskPrinted:
    """A task has printed a line; told only to who asked for it."""

    task: str
    line: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunEnded:
    """The run is over, and this is its report."""

    report: RunReport


RunEvent = Waiting | Pulling | Recovered | RunStarted | TaskChanged | TaskPrinted | RunEnded
OnEvent = Callable[[RunEvent], None]


def ignore(event: RunEvent) -> None:
    """Does nothing with it."""

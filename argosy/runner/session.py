"""What all tasks of one run share."""

import dataclasses
import threading
from collections.abc import Callable

from argosy.metadata.records import Context
from argosy.metadata.store import Store
from argosy.plan.spec import Plan
from argosy.runner.docker_engine import Engine
from argosy.runner.events import OnEvent
from argosy.runner.layout import Layout
from argosy.runner.options import RunOptions
from argosy.runner.record import RunName
from argosy.runner.report import TaskReport
from argosy.runner.watchdog import Watchdog


@dataclasses.dataclass(frozen=True, kw_only=True)
class Session:
    """One run while it goes on; safe to use from several threads.

    Attributes:
        plan: What is run.
        options: How.
        layout: Where.
        store: The metadata store.
        run_id: The run's name.
        resumed: Whether the run was begun before.
        created_utc: When the run was begun, as text.
        stop: Set when everything has to end.
        workers: How many tasks may run a process at a time.
        slots: Held by each task that runs a process.
        watchdog: Ends what runs should this process die.
        on_event: Told what happens, one event at a time.
        finish: Called with each task's report when it has ended.
        engine: Where tasks run in their images; None where they are processes of this machine.
    """

    plan: Plan
    options: RunOptions
    layout: Layout
    store: Store
    run_id: str
    resumed: bool
    created_utc: str
    stop: threading.Event
    workers: int
    slots: threading.Semaphore
    watchdog: Watchdog
    on_event: OnEvent
    finish: Callable[[TaskReport], None]
    engine: Engine | None = None

    @property
    def name(self) -> RunName:
        """What the run is called in the store."""
        return RunName(pipeline=self.plan.name, run_id=self.run_id)

    def node(self, task: str) -> Context:
        """Returns the context of one task over all runs."""
        return self.name.node(task)

    def phase(self, name: str, task: str) -> None:
        """Says that a task has reached a phase boundary."""
        self.options.on_phase(name, task)

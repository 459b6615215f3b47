"""A whole run: the root is locked and set right, the tasks run, and the record is kept."""

import dataclasses
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from argosy import fs
from argosy.errors import BusyError
from argosy.metadata import open_store
from argosy.plan.resolve import Iteration, root_parameters
from argosy.plan.spec import ContainerExecutor, Plan
from argosy.runner import history
from argosy.runner.call import Result
from argosy.runner.dag import Place, run_dag
from argosy.runner.docker_engine import Engine, closed_after, open_engine, require_images
from argosy.runner.events import (
    OnEvent,
    Pulling,
    Recovered,
    RunEnded,
    RunEvent,
    RunStarted,
    TaskChanged,
    Waiting,
    ignore,
)
from argosy.runner.executor_subprocess import require_runnable
from argosy.runner.layout import Layout
from argosy.runner.leftover import no_containers_left
from argosy.runner.lock import locked
from argosy.runner.options import DOCKER, RunOptions
from argosy.runner.partial import executors_to_run, in_order, modes
from argosy.runner.recovery import recover
from argosy.runner.report import RunReport, State, TaskReport
from argosy.runner.session import Session
from argosy.runner.signals import stopping
from argosy.runner.watchdog import Watchdog


def run_pipeline(plan: Plan, options: RunOptions, on_event: OnEvent = ignore) -> RunReport:
    """Runs a plan and returns the report, also of a run that failed or was stopped.

    What is wrong before any task can start is raised; nothing is recorded then.

    Raises:
        ParameterError: An argument is unknown, missing or of the wrong type.
        PipelineError: A task needs an image that cannot run here or is not there, or a partial run names no task.
        InfrastructureError: No Docker engine answers.
        UserError: The root's metadata store belongs to another program, or there is no such run to resume.
        BusyError: Another runner works in the root, and waiting is not wanted.
        StorageError: The root cannot be written.
        KeyboardInterrupt: Stopped while waiting for the root.
    """
    planned = modes(plan.dag, options.from_task, options.to_task)
    if options.executor != DOCKER:
        for name, component in plan.components.items():
            if isinstance(component.body, ContainerExecutor):
                require_runnable(name.removeprefix("comp-"), component.body)
    if not options.resume:
        root_parameters(plan, options.arguments)
    given = _Given(
        plan=plan,
        options=options,
        layout=Layout.at(options.root),
        stop=threading.Event(),
        tell=_one_at_a_time(on_event),
        engine=open_engine(options.docker_network) if options.executor == DOCKER else None,
    )
    with closed_after(given.engine):
        if given.engine is not None:
            needed = executors_to_run(plan, planned)
            require_images(given.engine, needed, lambda image: given.tell(Pulling(image=image)))
        return _when_alone(given)


def _when_alone(given: "_Given") -> RunReport:
    with stopping(given.stop):
        try:
            wait = given.options.wait
            with locked(given.layout.lock, wait=wait, on_wait=given.tell_waiting, stopped=given.stop.is_set):
                return _run_in_root(given)
        except BusyError:
            if given.stop.is_set():
                raise KeyboardInterrupt from None
            raise


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Given:
    plan: Plan
    options: RunOptions
    layout: Layout
    stop: threading.Event
    tell: OnEvent
    engine: Engine | None

    def tell_waiting(self, pid: int) -> None:
        self.tell(Waiting(root=str(self.layout.root), pid=pid))


def _run_in_root(given: _Given) -> RunReport:
    plan, layout = given.plan, given.layout
    with no_containers_left(layout, given.engine), open_store(layout.metadata) as store, Watchdog() as watchdog:
        orphans = recover(store, layout)
        if orphans:
            given.tell(Recovered(tasks=orphans))
        earlier = _to_resume(given)
        first = _begun(given, earlier)
        given.tell(RunStarted(run_id=first.run_id, pipeline=plan.name, tasks=_top_level(plan)))
        recorder = _Recorder(layout, first, given.tell)
        workers = given.options.workers or min(4, max(2, os.cpu_count() or 2))
        session = Session(
            plan=plan,
            options=given.options,
            layout=layout,
            store=store,
            run_id=first.run_id,
            resumed=earlier is not None,
            created_utc=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(first.started)),
            stop=given.stop,
            workers=workers,
            slots=threading.Semaphore(workers),
            watchdog=watchdog,
            on_event=given.tell,
            finish=recorder.finish,
            engine=given.engine,
        )
        place = Place(
            path=(),
            inputs=Iteration(parameters=first.arguments, artifacts={}),
            modes=modes(plan.dag, given.options.from_task, given.options.to_task),
        )
        result = run_dag(session, plan.dag, place)
        report = recorder.ended(result, stopped=given.stop.is_set())
    given.tell(RunEnded(report=report))
    return report


def _begun(given: _Given, earlier: RunReport | None) -> RunReport:
    """Returns the report of a run in which nothing has happened yet, after writing the run's record."""
    kept = history.read_arguments(given.layout, earlier.run_id) if earlier else {}
    arguments = {**kept, **given.options.arguments}
    first = RunReport(
        run_id=earlier.run_id if earlier else f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}",
        pipeline=given.plan.name,
        state=State.RUNNING,
        started=_now(given.layout),
        seconds=0.0,
        root=str(given.layout.root),
        arguments=root_parameters(given.plan, arguments),
    )
    folder = given.layout.run(first.run_id)
    described = json.dumps(dataclasses.asdict(given.plan), default=_plain, indent=1)
    fs.write_bytes(str(folder / "plan.json"), described.encode())
    fs.write_bytes(str(folder / "arguments.json"), json.dumps(arguments, indent=1).encode())
    history.write_report(given.layout, first)
    return first


def _now(layout: Layout) -> float:
    """Returns the time, later than any run here began: a clock that was set back must not make this run an old one."""
    newest = max((report.started for report in history.list_runs(layout.root)), default=0.0)
    return max(time.time(), newest + 0.001)


class _Recorder:
    """Keeps the run's report on disk up to date while tasks end."""

    def __init__(self, layout: Layout, first: RunReport, tell: OnEvent) -> None:
        self._layout, self._report, self._tell = layout, first, tell
        self._begun = time.monotonic()
        self._lock = threading.Lock()

    def finish(self, task: TaskReport) -> None:
        with self._lock:
            self._write(tasks=(*self._report.tasks, task))
        self._tell(
            TaskChanged(
                task=task.name,
                state=task.state,
                seconds=task.seconds,
                cached=task.cached,
                reason=task.reason,
                error=task.error,
            )
        )

    def ended(self, result: Result, *, stopped: bool) -> RunReport:
        with self._lock:
            state = State.CANCELED if stopped and result.state != State.SUCCEEDED else result.state
            failed = [task for task in self._report.tasks if task.state == State.FAILED]
            error = f"{failed[0].name}: {failed[0].error}" if failed and state == State.FAILED else ""
            self._write(state=state, error=error, parameters=dict(result.parameters))
            return self._report

    def _write(self, **changes: Any) -> None:
        seconds = round(time.monotonic() - self._begun, 3)
        self._report = dataclasses.replace(self._report, seconds=seconds, **changes)
        history.write_report(self._layout, self._report)


def _to_resume(given: _Given) -> RunReport | None:
    if not given.options.resume:
        return None
    if given.options.run_id:
        return history.read_report(given.layout.root, given.options.run_id)
    mine = [report for report in history.list_runs(given.layout.root) if report.pipeline == given.plan.name]
    return mine[0] if mine and mine[0].state != State.SUCCEEDED else None


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _top_level(plan: Plan) -> tuple[str, ...]:
    return in_order({name: task.depends_on for name, task in plan.dag.tasks.items()})


def _one_at_a_time(on_event: OnEvent) -> Callable[[RunEvent], None]:
    lock = threading.Lock()

    def tell(event: RunEvent) -> None:
        with lock:
            on_event(event)

    return tell

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
from argosy.metadata.store import Store
from argosy.plan.resolve import Iteration, root_parameters
from argosy.plan.spec import ContainerExecutor, Plan
from argosy.runner import history
from argosy.runner.call import Result
from argosy.runner.dag import Place, run_dag
from argosy.runner.events import OnEvent, Recovered, RunEnded, RunEvent, RunStarted, TaskChanged, Waiting, ignore
from argosy.runner.executor_subprocess import require_runnable
from argosy.runner.layout import Layout
from argosy.runner.lock import locked
from argosy.runner.options import RunOptions
from argosy.runner.partial import in_order, modes
from argosy.runner.recovery import recover
from argosy.runner.report import RunReport, State, TaskReport
from argosy.runner.session import Session
from argosy.runner.signals import stopping


def run_pipeline(plan: Plan, options: RunOptions, on_event: OnEvent = ignore) -> RunReport:
    """Runs a plan and returns the report, also of a run that failed or was stopped.

    What is wrong before any task can start is raised; nothing is recorded then.

    Raises:
        ParameterError: An argument is unknown, missing or of the wrong type.
        PipelineError: A task needs an image that cannot run here, or a partial run names no task.
        UserError: The root's metadata store belongs to another program, or there is no such run to resume.
        BusyError: Another runner works in the root, and waiting is not wanted.
        StorageError: The root cannot be written.
        KeyboardInterrupt: Stopped while waiting for the root.
    """
    for name, component in plan.components.items():
        if isinstance(component.body, ContainerExecutor):
            require_runnable(name.removeprefix("comp-"), component.body)
    modes(plan.dag, options.from_task, options.to_task)
    if not options.resume:
        root_parameters(plan, options.arguments)
    layout, stop, tell = Layout.at(options.root), threading.Event(), _one_at_a_time(on_event)

    def waiting(pid: int) -> None:
        tell(Waiting(root=str(layout.root), pid=pid))

    with stopping(stop):
        try:
            with locked(layout.lock, wait=options.wait, on_wait=waiting, stopped=stop.is_set):
                return _run_in_root(plan, options, layout, stop, tell)
        except BusyError:
            if stop.is_set():
                raise KeyboardInterrupt from None
            raise


def _run_in_root(plan: Plan, options: RunOptions, layout: Layout, stop: threading.Event, tell: OnEvent) -> RunReport:
    with open_store(layout.metadata) as store:
        orphans = recover(store, layout)
        if orphans:
            tell(Recovered(tasks=orphans))
        earlier = _to_resume(plan, options, layout)
        kept = history.read_arguments(layout, earlier.run_id) if earlier else {}
        given = {**kept, **options.arguments}
        arguments = root_parameters(plan, given)
        first = RunReport(
            run_id=earlier.run_id if earlier else f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}",
            pipeline=plan.name,
            state=State.RUNNING,
            started=time.time(),
            seconds=0.0,
            root=str(layout.root),
            arguments=arguments,
        )
        _write_record(layout, plan, given, first)
        tell(RunStarted(run_id=first.run_id, pipeline=plan.name, tasks=_top_level(plan)))
        recorder = _Recorder(layout, first, tell)
        session = _session(plan, options, layout, store, stop, recorder, resumed=earlier is not None)
        place = Place(
            path=(),
            inputs=Iteration(parameters=arguments, artifacts={}),
            modes=modes(plan.dag, options.from_task, options.to_task),
        )
        result = run_dag(session, plan.dag, place)
        report = recorder.ended(result, stopped=stop.is_set())
    tell(RunEnded(report=report))
    return report


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


def _session(
    plan: Plan,
    options: RunOptions,
    layout: Layout,
    store: Store,
    stop: threading.Event,
    recorder: _Recorder,
    *,
    resumed: bool,
) -> Session:
    workers = options.workers or min(4, max(2, os.cpu_count() or 2))
    return Session(
        plan=plan,
        options=options,
        layout=layout,
        store=store,
        run_id=recorder._report.run_id,
        resumed=resumed,
        created_utc=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(recorder._report.started)),
        stop=stop,
        workers=workers,
        slots=threading.Semaphore(workers),
        on_event=recorder._tell,
        finish=recorder.finish,
    )


def _to_resume(plan: Plan, options: RunOptions, layout: Layout) -> RunReport | None:
    if options.resume and options.run_id:
        return history.read_report(layout.root, options.run_id)
    if not options.resume:
        return None
    mine = [report for report in history.list_runs(layout.root) if report.pipeline == plan.name]
    return mine[0] if mine and mine[0].state != State.SUCCEEDED else None


def _write_record(layout: Layout, plan: Plan, given: Mapping[str, Any], report: RunReport) -> None:
    folder = layout.run(report.run_id)
    described = json.dumps(dataclasses.asdict(plan), default=_plain, indent=1)
    fs.write_bytes(str(folder / "plan.json"), described.encode())
    fs.write_bytes(str(folder / "arguments.json"), json.dumps(given, indent=1).encode())
    history.write_report(layout, report)


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

"""A DAG's tasks in the order of their dependencies, independent ones side by side."""

import concurrent.futures
import dataclasses
import uuid
from collections.abc import Mapping

from argosy.errors import ArgosyError
from argosy.plan.placeholders import RunContext
from argosy.plan.resolve import Iteration, condition_holds, iterations, resolve_artifacts, resolve_parameters
from argosy.plan.scope import Outputs, Scope, collect, dag_outputs, final_status
from argosy.plan.spec import Component, Dag, ImporterExecutor, Task, Trigger
from argosy.runner.call import Call, Mode, Result
from argosy.runner.launch import launch
from argosy.runner.launch_importer import launch_importer
from argosy.runner.report import State, TaskReport
from argosy.runner.session import Session

_STATUS_NAMES = {State.CANCELED: "CANCELLED"}
Path = tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the pipeline a DAG's tasks are, what they can read, and what is to be done with them.

    Attributes:
        path: Of the DAG itself; empty for the root.
        inputs: The DAG's own inputs.
        modes: What to do with each task; tasks that are not there are left out.
    """

    path: Path
    inputs: Iteration
    modes: Mapping[str, Mode]


def run_dag(session: Session, dag: Dag, place: Place) -> Result:
    """Runs every task of a DAG that can run, and returns what the DAG hands on.

    A task that fails holds up what depends on it and nothing else. The DAG has failed when one of its tasks has.
    """
    results: dict[str, Result] = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(dag.tasks))) as pool:
        running: dict[concurrent.futures.Future[Result], str] = {}
        while len(results) < len(dag.tasks):
            for name, task in dag.tasks.items():
                if name in results or name in running.values() or not set(task.depends_on) <= set(results):
                    continue
                running[pool.submit(_run_task, session, task, place, dict(results))] = name
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                if future.exception() is not None:
                    # No report could be made (the disk is full, say): the others must not go on for hours.
                    session.stop.set()
                results[running.pop(future)] = future.result()
    return _combined(results, dag_outputs(dag, _scope(session, place, results)))


def _run_task(session: Session, task: Task, place: Place, results: Mapping[str, Result]) -> Result:
    """Returns how a task ended whose upstream tasks have all ended."""
    path = (*place.path, task.name)
    held_up = _held_up(session, task, place, results)
    if held_up is not None:
        return _without_running(session, path, task, held_up)
    component = session.plan.components[task.component]
    scope = _scope(session, place, results)
    context = _context(session, path, task)
    try:
        parameters = resolve_parameters(task, component, scope, context)
        if not condition_holds(task, parameters):
            return _without_running(session, path, task, (State.SKIPPED, "its condition is false"))
        artifacts = resolve_artifacts(task, component, scope)
        items = iterations(task, component, parameters, artifacts)
    except ArgosyError as error:
        report = TaskReport(
            name="/".join(path),
            state=State.FAILED,
            component=task.component.removeprefix("comp-"),
            error=str(error),
            exit_code=error.exit_code,
        )
        session.finish(report)
        return Result(state=State.FAILED, error=report.error, exit_code=report.exit_code)
    mode = place.modes[task.name]
    if session.resumed and task.trigger is Trigger.ALL_COMPLETED and mode is Mode.RUN:
        # What it is there for, cleaning up say, has to be done after what was done since.
        mode = Mode.RUN_AGAIN
    if task.iterator is None:
        return _run_component(session, task, component, path, items[0], mode)
    return _run_loop(session, task, component, path, items, mode)


def _run_loop(
    session: Session, task: Task, component: Component, path: Path, items: tuple[Iteration, ...], mode: Mode
) -> Result:
    assert task.iterator is not None
    # Every process needs a slot anyway; more threads than slots would only wait.
    width = min(filter(None, (task.iterator.parallelism, session.workers, len(items) or 1)))
    with concurrent.futures.ThreadPoolExecutor(max_workers=width) as pool:
        paths = [(*path[:-1], f"{task.name}[{index}]") for index in range(len(items))]
        results = list(
            pool.map(lambda one, inputs: _run_component(session, task, component, one, inputs, mode), paths, items)
        )
    good = [_outputs(result) for result in results if result.state == State.SUCCEEDED]
    return _combined({str(number): result for number, result in enumerate(results)}, collect(component, good))


def _run_component(
    session: Session, task: Task, component: Component, path: Path, inputs: Iteration, mode: Mode
) -> Result:
    if isinstance(component.body, Dag):
        modes = dict.fromkeys(component.body.tasks, mode)
        return run_dag(session, component.body, Place(path=path, inputs=inputs, modes=modes))
    call = Call(
        path=path,
        task=task,
        component=component,
        parameters=inputs.parameters,
        artifacts=inputs.artifacts,
        mode=mode,
    )
    start = launch_importer if isinstance(component.body, ImporterExecutor) else launch
    return start(session, call, _context(session, path, task))


def _held_up(session: Session, task: Task, place: Place, results: Mapping[str, Result]) -> tuple[State, str] | None:
    if session.stop.is_set():
        return State.CANCELED, "the run was stopped"
    if task.name not in place.modes:
        return State.SKIPPED, "outside this partial run"
    if task.trigger is Trigger.ALL_COMPLETED:
        return None
    for state, words in ((State.CANCELED, "was canceled"), (State.FAILED, "failed"), (State.SKIPPED, "was skipped")):
        names = [name for name in task.depends_on if results[name].state == state]
        if names:
            return (state if state == State.CANCELED else State.SKIPPED), f"{names[0]} {words}"
    return None


def _without_running(session: Session, path: Path, task: Task, why: tuple[State, str]) -> Result:
    state, reason = why
    session.finish(
        TaskReport(name="/".join(path), state=state, reason=reason, component=task.component.removeprefix("comp-"))
    )
    return Result(state=state)


def _scope(session: Session, place: Place, results: Mapping[str, Result]) -> Scope:
    return Scope(
        parameters=place.inputs.parameters,
        artifacts=place.inputs.artifacts,
        outputs={name: _outputs(result) for name, result in results.items() if result.state == State.SUCCEEDED},
        statuses={
            name: final_status(
                _STATUS_NAMES.get(result.state, str(result.state)),
                job=session.run_id,
                task=name,
                error_code=result.exit_code if result.error else None,
                error_message=result.error or None,
            )
            for name, result in results.items()
        },
    )


def _outputs(result: Result) -> Outputs:
    return Outputs(
        parameters=result.parameters, artifacts={name: tuple(found) for name, found in result.artifacts.items()}
    )


def _combined(results: Mapping[str, Result], outputs: Outputs) -> Result:
    for state in (State.FAILED, State.CANCELED):
        first = next((result for result in results.values() if result.state == state), None)
        if first is not None:
            return Result(state=state, error=first.error, exit_code=first.exit_code)
    return Result(state=State.SUCCEEDED, parameters=outputs.parameters, artifacts=outputs.artifacts)


def _context(session: Session, path: Path, task: Task) -> RunContext:
    return RunContext(
        pipeline_job_name=session.run_id,
        pipeline_job_resource_name=session.run_id,
        pipeline_job_uuid=str(uuid.uuid5(uuid.NAMESPACE_OID, session.run_id)),
        pipeline_task_name=task.name,
        pipeline_task_uuid=str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join((session.run_id, *path)))),
        pipeline_root=str(session.layout.artifacts),
        pipeline_job_create_time_utc=session.created_utc,
        pipeline_job_schedule_time_utc=session.created_utc,
    )

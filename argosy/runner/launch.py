"""One task in three phases, driver, executor and publisher, with a report in every case."""

import contextlib
import dataclasses
import time
import traceback
from collections.abc import Iterator
from typing import Any

from argosy.errors import BUG_EXIT_CODE, ArgosyError, GateError
from argosy.plan.placeholders import RunContext
from argosy.plan.resolve import retry_wait
from argosy.plan.spec import ContainerExecutor, RetryPolicy
from argosy.runner import driver, publisher, stored
from argosy.runner.attempt import Failure, attempt
from argosy.runner.cache import CACHED_EXECUTION, RUN, TASK, Decision, Hit
from argosy.runner.call import Call, Result, component_name
from argosy.runner.events import TaskChanged
from argosy.runner.executor_subprocess import is_argosy
from argosy.runner.outcome import Outcome
from argosy.runner.prepared import Prepared
from argosy.runner.publisher import Published
from argosy.runner.report import OutputReport, State, TaskReport
from argosy.runner.session import Session

POLL_SECONDS = 0.1


class Canceled(Exception):  # noqa: N818
    """The run was stopped before this task got its turn."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Ended:
    report: TaskReport
    published: Published = dataclasses.field(default_factory=Published)


def launch(session: Session, call: Call, context: RunContext) -> Result:
    """Runs one task, or takes earlier outputs of it, and returns what it hands on."""
    begun = time.monotonic()
    try:
        ended = _phases(session, call, context)
    except Canceled:
        ended = _Ended(report=_report(call, State.CANCELED, reason="the run was stopped"))
    except ArgosyError as error:
        ended = _Ended(report=_report(call, State.FAILED, error=str(error), exit_code=error.exit_code))
    except Exception as error:
        _log_traceback(session, call)
        message = f"bug in Argosy's runner: {type(error).__name__}: {error} (traceback in the task's log)"
        ended = _Ended(report=_report(call, State.FAILED, error=message, exit_code=BUG_EXIT_CODE))
    report = dataclasses.replace(ended.report, seconds=round(time.monotonic() - begun, 3))
    session.finish(report)
    return Result(
        state=report.state,
        parameters=ended.published.parameters,
        artifacts=ended.published.artifacts,
        error=report.error,
        exit_code=report.exit_code,
    )


def _phases(session: Session, call: Call, context: RunContext) -> _Ended:
    session.phase("driver.begin", call.name)
    prepared, decision = driver.prepare(session, call, context)
    if decision.hit is not None:
        published = publisher.publish_cached(session.store, prepared, decision.hit)
        return _Ended(report=_cached(session, call, decision.hit, decision.reason), published=published)
    with _slot(session):
        session.on_event(TaskChanged(task=call.name, state=State.RUNNING, reason=decision.reason))
        prepared = driver.register(session, call, prepared)
        session.phase("driver.allotted", call.name)
        try:
            return _execute(session, call, prepared, decision, context)
        except Exception as error:
            publisher.publish_failed(session.store, prepared, str(error))
            raise


def _execute(session: Session, call: Call, prepared: Prepared, decision: Decision, context: RunContext) -> _Ended:
    attempts, outcome = _attempts(session, prepared, context, call.task.retry)
    report = _report(
        call,
        State.SUCCEEDED,
        reason=decision.reason,
        execution_id=prepared.execution.id,
        attempts=attempts,
        log=str(session.layout.log(session.run_id, call.name)),
    )
    session.phase("publisher.begin", call.name)
    published = outcome if isinstance(outcome, Failure) else _publish(session, prepared, outcome)
    if isinstance(published, Failure):
        if published.exit_code == GateError.exit_code and _is_step(call):
            findings = publisher.keep_findings(prepared, session.layout.findings(session.run_id, call.name))
            published = dataclasses.replace(published, error=f"{published.error}; what it wrote is in {findings}")
        publisher.publish_failed(session.store, prepared, published.error, canceled=published.canceled)
        state = State.CANCELED if published.canceled else State.FAILED
        error = "" if published.canceled else published.error
        return _Ended(report=dataclasses.replace(report, state=state, error=error, exit_code=published.exit_code))
    session.phase("publisher.published", call.name)
    return _Ended(report=dataclasses.replace(report, exit_code=0, **_outputs(published)), published=published)


def _is_step(call: Call) -> bool:
    """Whether the task is a step of ours, so that its exit codes mean what `argosy.errors` says."""
    return isinstance(call.component.body, ContainerExecutor) and is_argosy(call.component.body)


def _publish(session: Session, prepared: Prepared, outcome: Outcome) -> Published | Failure:
    try:
        return publisher.publish_complete(session.store, prepared, outcome)
    except ArgosyError as error:
        return Failure(error=str(error), exit_code=error.exit_code)


def _attempts(
    session: Session, prepared: Prepared, context: RunContext, policy: RetryPolicy | None
) -> tuple[int, Outcome | Failure]:
    limit = 1 + (policy.max_retries if policy else 0)
    for number in range(1, limit + 1):
        outcome = attempt(session, prepared, context, number)
        if isinstance(outcome, Outcome) or outcome.canceled or number == limit:
            return number, outcome
        assert policy is not None
        # Others may use the slot meanwhile.
        session.slots.release()
        try:
            stopped = session.stop.wait(retry_wait(policy, number - 1))
        finally:
            session.slots.acquire()
        if stopped:
            return number, dataclasses.replace(outcome, canceled=True)
    raise AssertionError("unreachable: a task has at least one attempt")


@contextlib.contextmanager
def _slot(session: Session) -> Iterator[None]:
    while not session.slots.acquire(timeout=POLL_SECONDS):
        if session.stop.is_set():
            raise Canceled
    try:
        if session.stop.is_set():
            raise Canceled
        yield
    finally:
        session.slots.release()


def _report(call: Call, state: State, **more: Any) -> TaskReport:
    return TaskReport(name=call.name, state=state, component=component_name(call.component), **more)


def _cached(session: Session, call: Call, hit: Hit, reason: str) -> TaskReport:
    origin = int(hit.execution.properties.get(CACHED_EXECUTION, 0))
    made_by = next(iter(session.store.executions([origin])), hit.execution) if origin else hit.execution
    properties = made_by.properties
    log = session.layout.log(str(properties.get(RUN, "")), str(properties.get(TASK, call.name)))
    published = Published(parameters=hit.parameters, artifacts=hit.artifacts)
    return _report(
        call,
        State.SUCCEEDED,
        cached=True,
        reason=reason,
        execution_id=hit.execution.id,
        log=str(log) if log.exists() else "",
        **_outputs(published),
    )


def _outputs(published: Published) -> dict[str, Any]:
    outputs = {
        name: OutputReport(
            type=stored.title(artifacts[0]) if artifacts else "", uris=tuple(artifact.uri for artifact in artifacts)
        )
        for name, artifacts in published.artifacts.items()
    }
    return {"outputs": outputs, "parameters": dict(published.parameters)}


def _log_traceback(session: Session, call: Call) -> None:
    file = session.layout.log(session.run_id, call.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as log:
        log.write(traceback.format_exc())

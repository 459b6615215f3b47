"""The end of a task in its pod: what it hands on, and its report."""

import contextlib
import dataclasses
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from argosy.errors import BUG_EXIT_CODE, ArgosyError, ServerError
from argosy.metadata.store import Store
from argosy.runner import publisher as records
from argosy.runner import stored
from argosy.runner.attempt import Failure
from argosy.runner.outcome import Outcome
from argosy.runner.pod import publisher
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.begin import Begun
from argosy.runner.prepared import Prepared
from argosy.runner.publisher import Published
from argosy.runner.report import OutputReport, State, TaskReport


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ended:
    """What a pod has come to.

    Attributes:
        report: For people.
        published: For the tasks after it.
        staged: The task, where a container of the user's has to run yet.
        began: When the task's first container began, in seconds since 1970; 0 where that is this one.
    """

    report: TaskReport
    published: Published = dataclasses.field(default_factory=Published)
    staged: Prepared | None = None
    began: float = 0.0


def taken(store: Store, begun: Begun) -> Ended:
    """Returns earlier outputs, after recording that they were taken."""
    hit = begun.decision.hit
    assert hit is not None
    published = records.publish_cached(store, begun.prepared, hit)
    report = report_of(begun.task, cached=True, reason=begun.decision.reason, execution_id=hit.execution.id)
    return Ended(report=dataclasses.replace(report, outputs=described(published)), published=published)


def finish(store: Store, begun: Begun, outcome: Outcome | Failure) -> Ended:
    """Returns what a process has made, after publishing it; a failure where it made nothing, after recording that.

    Raises:
        ServerError: The metadata service stays away, so that neither can be recorded.
    """
    if isinstance(outcome, Outcome):
        try:
            published = publisher.publish(store, begun.prepared, outcome, begun.places)
        except ServerError:
            raise
        except ArgosyError as error:
            outcome = Failure(error=str(error), exit_code=error.exit_code)
        else:
            report = dataclasses.replace(ran(begun), exit_code=0, outputs=described(published))
            return Ended(report=report, published=published)
    cause = publisher.publish_failed(store, begun.prepared, outcome, begun.places)
    return Ended(report=_failed(ran(begun), dataclasses.replace(outcome, error=cause)))


def failed(task: PodTask, failure: Failure) -> Ended:
    """Returns the end of a task that failed before it was registered, or after it was published."""
    return Ended(report=_failed(report_of(task), failure))


def report_of(task: PodTask, **more: Any) -> TaskReport:
    """Returns the report of a task that succeeded, as far as the task's own words go."""
    component = str(task.spec["name"]).removeprefix("comp-")
    return TaskReport(name=task.task, state=State.SUCCEEDED, component=component, **more)


def described(published: Published) -> dict[str, OutputReport]:
    """Returns the output artifacts as reports name them."""
    return {
        name: OutputReport(
            type=stored.title(artifacts[0]) if artifacts else "", uris=tuple(artifact.uri for artifact in artifacts)
        )
        for name, artifacts in published.artifacts.items()
    }


def guarded(task: PodTask, work: Callable[[], Ended]) -> Ended:
    """Returns what the work comes to; whatever it raises is a failure with its cause in one line."""
    try:
        return work()
    except ArgosyError as error:
        return failed(task, Failure(error=str(error), exit_code=error.exit_code))
    except Exception as error:
        traceback.print_exc()
        cause = f"bug in Argosy's pod: {type(error).__name__}: {error} (traceback above)"
        return failed(task, Failure(error=cause, exit_code=BUG_EXIT_CODE))


@contextlib.contextmanager
def recorded(store: Store, begun: Begun) -> Iterator[None]:
    """Records that the task failed when the body raises; not when it is the store that does not answer."""
    try:
        yield
    except ServerError:
        # The execution stays as running, and another pod of the task discards it.
        raise
    except Exception as error:
        finish(store, begun, Failure(error=str(error), exit_code=getattr(error, "exit_code", BUG_EXIT_CODE)))
        raise


def ran(begun: Begun) -> TaskReport:
    """Returns the report of a task that had to run and has succeeded."""
    return report_of(begun.task, reason=begun.decision.reason, execution_id=begun.prepared.execution.id, attempts=1)


def _failed(report: TaskReport, failure: Failure) -> TaskReport:
    state = State.CANCELED if failure.canceled else State.FAILED
    return dataclasses.replace(report, state=state, error=failure.error, exit_code=failure.exit_code)

"""The beginning of a task in its pod, the same for a step of ours and for a container of the user's."""

import dataclasses
import logging

from argosy.metadata.store import Store
from argosy.plan.placeholders import RunContext
from argosy.runner.cache import Decision
from argosy.runner.call import Call
from argosy.runner.options import OnPhase
from argosy.runner.pod import driver
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.places import Places, places_of
from argosy.runner.prepared import Prepared

log = logging.getLogger("argosy.pod")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Begun:
    """A task after its driver.

    Attributes:
        task: As the pod was told.
        call: The same, its inputs resolved.
        context: What the run's placeholders stand for.
        places: Its folders.
        prepared: Its record; registered where there is no hit.
        decision: Whether it has to run.
    """

    task: PodTask
    call: Call
    context: RunContext
    places: Places
    prepared: Prepared
    decision: Decision


def begin(store: Store, task: PodTask, call: Call, context: RunContext, on_phase: OnPhase) -> Begun:
    """Returns the task with the cache's answer; where it has to run, registered as running.

    Raises:
        DataError: What the task reads from outside is not there.
        StorageError: It cannot be looked at, or the root cannot be written.
        ServerError: The metadata service stays away.
    """
    on_phase("driver.begin", task.task)
    if not task.metadata:
        log.warning("%s: no cache and no lineage", driver.NO_STORE)
    driver.abandon_earlier_pods(store, task)
    call, prepared, decision = driver.prepare(store, task, call)
    log.info("%s of run %s: %s", task.task, task.run, decision.reason)
    places = places_of(task)
    if decision.hit is None:
        prepared = driver.register(store, places, prepared)
        on_phase("driver.registered", task.task)
        on_phase("driver.allotted", task.task)
    return Begun(task=task, call=call, context=context, places=places, prepared=prepared, decision=decision)

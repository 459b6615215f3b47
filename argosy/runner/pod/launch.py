"""One task in its pod, from its decoded command line to a report in every case."""

import contextlib
import dataclasses
import threading
import time

from argosy.errors import ArgosyError
from argosy.metadata import open_store
from argosy.plan.spec import ImporterExecutor
from argosy.runner.attempt import Failure
from argosy.runner.options import OnPhase, ignore_phase
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.begin import begin
from argosy.runner.pod.ended import Ended, failed, finish, guarded, recorded, taken
from argosy.runner.pod.executor import execute
from argosy.runner.pod.foreign import around
from argosy.runner.pod.importer import import_input
from argosy.runner.pod.inputs import read_call
from argosy.runner.pod.publisher import write_outputs, write_report
from argosy.runner.report import TaskReport
from argosy.runner.signals import stopping


def launch(task: PodTask, on_phase: OnPhase = ignore_phase) -> TaskReport:
    """Does the pod's task, writes what Argo reads, and returns the report.

    Args:
        task: What the pod was told.
        on_phase: Called at each of `argosy.runner.options.PHASES` (for tests of crashes).
    """
    began = time.time()
    stop = threading.Event()
    with stopping(stop):
        ended = guarded(task, lambda: (around if task.phase == "around" else _alone)(task, on_phase, stop))
        return _conclude(task, ended, began)


def _alone(task: PodTask, on_phase: OnPhase, stop: threading.Event) -> Ended:
    with contextlib.closing(open_store(task.metadata)) as store:
        call, context = read_call(task, store)
        if isinstance(call.component.body, ImporterExecutor):
            return import_input(store, task, call, context)
        begun = begin(store, task, call, context, on_phase)
        if begun.decision.hit is not None:
            return taken(store, begun)
        with recorded(store, begun):
            on_phase("executor.begin", task.task)
            outcome = execute(begun, stop)
            on_phase("executor.end", task.task)
        on_phase("publisher.begin", task.task)
        ended = finish(store, begun, outcome)
        on_phase("publisher.published", task.task)
        return ended


def _conclude(task: PodTask, ended: Ended, began: float) -> TaskReport:
    try:
        write_outputs(task, ended.published)
    except ArgosyError as error:
        ended = failed(task, Failure(error=str(error), exit_code=error.exit_code))
    report = dataclasses.replace(ended.report, seconds=round(time.time() - began, 3))
    with contextlib.suppress(ArgosyError):
        write_report(task, report)
    return report

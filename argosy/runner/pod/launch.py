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
from argosy.runner.pod import foreign
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.begin import begin
from argosy.runner.pod.ended import Ended, failed, finish, guarded, recorded, taken
from argosy.runner.pod.executor import execute
from argosy.runner.pod.importer import import_input
from argosy.runner.pod.inputs import read_call
from argosy.runner.pod.publisher import write_outputs, write_report
from argosy.runner.report import TaskReport
from argosy.runner.signals import stopping


def launch(task: PodTask, on_phase: OnPhase = ignore_phase) -> TaskReport | None:
    """Does the pod's part of the task, writes what Argo reads, and returns the report; None of a first phase.

    Args:
        task: What the pod was told.
        on_phase: Called at each of `argosy.runner.options.PHASES` (for tests of crashes).
    """
    began = time.time()
    stop = threading.Event()
    with stopping(stop):
        if task.phase == "stage":
            foreign.stage(task, on_phase)
            return None
        if task.phase == "publish":
            ended = guarded(task, lambda: foreign.publish(task, on_phase))
        else:
            ended = guarded(task, lambda: _whole(task, on_phase, stop))
        return _conclude(task, dataclasses.replace(ended, began=ended.began or began))


def _whole(task: PodTask, on_phase: OnPhase, stop: threading.Event) -> Ended:
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


def _conclude(task: PodTask, ended: Ended) -> TaskReport:
    try:
        write_outputs(task, ended.published)
    except ArgosyError as error:
        ended = failed(task, Failure(error=str(error), exit_code=error.exit_code))
    report = dataclasses.replace(ended.report, seconds=round(time.time() - ended.began, 3))
    with contextlib.suppress(ArgosyError):
        write_report(task, report)
    return report

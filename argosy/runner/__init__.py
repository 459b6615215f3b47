"""The embedded runner: a Plan run on this machine, without Docker and without a cluster.

    with show_progress() as on_event:
        report = run_pipeline(plan, RunOptions(root=".argosy", arguments={"steps": 100}), on_event)
    print(report.state, explain(report))

Each task goes through three phases (`launch`): `driver` (inputs, cache, a place to write to), `executor_subprocess` or
`executor_docker`, `publisher` (outcome into ML Metadata), with a report in every case. `dag` decides what runs when;
`history`, `clean` and `layout` know what a root keeps. `pod` does the same three phases for one task in a pod of a
Workflow.
"""

from argosy.runner.events import (
    OnEvent,
    Pulling,
    Recovered,
    RunEnded,
    RunEvent,
    RunStarted,
    TaskChanged,
    TaskPrinted,
    Waiting,
)
from argosy.runner.history import explain, follow_log, list_runs, log_path, read_report
from argosy.runner.layout import Layout
from argosy.runner.options import RunOptions
from argosy.runner.report import OutputReport, RunReport, State, TaskReport, to_json
from argosy.runner.retention import Cleaned, clean
from argosy.runner.run import run_pipeline

__all__ = [
    "Cleaned",
    "Layout",
    "OnEvent",
    "OutputReport",
    "Pulling",
    "Recovered",
    "RunEnded",
    "RunEvent",
    "RunOptions",
    "RunReport",
    "RunStarted",
    "State",
    "TaskChanged",
    "TaskPrinted",
    "TaskReport",
    "Waiting",
    "clean",
    "explain",
    "follow_log",
    "list_runs",
    "log_path",
    "read_report",
    "run_pipeline",
    "to_json",
]

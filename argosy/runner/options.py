"""What a person may choose for one run."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PHASES = (
    "driver.begin",
    "driver.registered",
    "driver.allotted",
    "executor.begin",
    "executor.end",
    "publisher.begin",
    "publisher.published",
)
"""The boundaries inside one task, in order."""

SUBPROCESS, DOCKER = "subprocess", "docker"
EXECUTORS = (SUBPROCESS, DOCKER)

OnPhase = Callable[[str, str], None]


def ignore_phase(phase: str, task: str) -> None:
    """Does nothing."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How to run a plan.

    Attributes:
        root: Where everything is kept; made when it is not there.
        arguments: The pipeline's parameters; those with defaults may be left out.
        resume: Go on with this pipeline's newest run that did not succeed; with none, begin a new one.
        run_id: The run to resume; empty for the newest.
        no_cache: Take no earlier outputs, whatever the tasks allow.
        from_task: Run this top-level task and what follows from it; take earlier outputs for the rest.
        to_task: Run only this top-level task and what it needs.
        beam_args: Added to the `beam_pipeline_args` of every task that has them; not part of cache keys.
        workers: How many tasks may run at a time; 0 for the number of cores, between 2 and 4.
        executor: One of EXECUTORS: tasks as processes of this machine, or in their images on a Docker engine.
        docker_network: The network mode of containers; empty for ARGOSY_DOCKER_NETWORK's, or what the engine has.
        docker_env: Variables that every container gets, such as credentials of storage; not part of cache keys.
        logs: Tell each line that a task prints, as it prints it.
        wait: Whether to wait while another runner works in the root.
        grace_seconds: What a task has after SIGTERM before it is killed.
        backend_like: Give tasks their ExecutorInput as KFP's backend would spoil it (a test mode).
        on_phase: Called with (phase, task) at each of PHASES (for tests of crashes).
    """

    root: str | Path = ".argosy"
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    resume: bool = False
    run_id: str = ""
    no_cache: bool = False
    from_task: str = ""
    to_task: str = ""
    beam_args: tuple[str, ...] = ()
    workers: int = 0
    executor: str = SUBPROCESS
    docker_network: str = ""
    docker_env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    logs: bool = False
    wait: bool = True
    grace_seconds: float = 5.0
    backend_like: bool = False
    on_phase: OnPhase = ignore_phase

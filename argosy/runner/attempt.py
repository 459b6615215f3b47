"""One attempt of a task: its process, and what that left."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.errors import ArgosyError, UserError
from argosy.plan.executor_input import as_backend, to_json
from argosy.plan.placeholders import RunContext
from argosy.plan.render import constant_lookup, container_lookup, render_command, render_constant, render_text
from argosy.plan.spec import ContainerExecutor
from argosy.runner import container, executor_docker, executor_subprocess
from argosy.runner.cache_key import step_name
from argosy.runner.events import TaskPrinted
from argosy.runner.executor_subprocess import ARGUMENT_LIMIT, Ended, Job, is_argosy, local_command
from argosy.runner.layout import portable
from argosy.runner.log_lines import each_line_told
from argosy.runner.outcome import Outcome, read_outcome
from argosy.runner.prepared import Prepared
from argosy.runner.session import Session

LAST_BYTES = 8192
ENDED_EARLY = "the process ended without an error and before its step had ended; does the user's code call os._exit?"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Failure:
    """Why an attempt brought nothing: the cause in one line, the process's exit code, whether it was canceled."""

    error: str
    exit_code: int | None
    canceled: bool = False


def attempt(session: Session, prepared: Prepared, context: RunContext, number: int) -> Outcome | Failure:
    """Returns the outputs of one process, started for this, or why there are none. Earlier attempts leave nothing."""
    work = session.layout.work(session.run_id, prepared.execution.id)
    fs.remove(str(prepared.folder))
    fs.remove(str(work))
    prepared.folder.mkdir(parents=True)
    for output in prepared.executor_input.get("outputs", {}).get("parameters", {}).values():
        fs.local_path(output["outputFile"]).parent.mkdir(parents=True, exist_ok=True)
    job = _job(session, prepared, context)
    _head(job, number)
    session.phase("executor.begin", prepared.task)
    try:
        with _lines_told(session, prepared.task, job):
            ended = _run(session, prepared, context, job)
    except ArgosyError as refused:
        return Failure(error=str(refused), exit_code=refused.exit_code)
    session.phase("executor.end", prepared.task)
    if ended.canceled:
        return Failure(error="canceled", exit_code=ended.exit_code, canceled=True)
    if ended.timed_out or ended.exit_code != 0:
        return Failure(error=cause(ended, job), exit_code=ended.exit_code)
    if ended_early(prepared):
        return Failure(error=ENDED_EARLY, exit_code=UserError.exit_code)
    try:
        return read_outcome(prepared.component, prepared.executor_input)
    except ArgosyError as error:
        return Failure(error=str(error), exit_code=error.exit_code)


def ended_early(prepared: Prepared) -> bool:
    """Whether an Argosy step has not come to its last act, which is to write the executor output."""
    body, outputs = prepared.component.body, prepared.executor_input.get("outputs", {})
    assert isinstance(body, ContainerExecutor)
    return is_argosy(body) and "outputFile" in outputs and not fs.exists(outputs["outputFile"])


def command_of(
    prepared: Prepared,
    context: RunContext,
    given: Mapping[str, Any],
    file: Path,
    *,
    local_path: Callable[[str], str] = str,
) -> tuple[list[str], list[str], dict[str, str]]:
    """Returns the command, its arguments and its variables, rendered.

    Args:
        prepared: The task.
        context: What the run's own placeholders stand for.
        given: The ExecutorInput.
        file: Gets the ExecutorInput too, for one that is too long for an argument.
        local_path: From an artifact's URI to its path.
    """
    body = prepared.component.body
    assert isinstance(body, ContainerExecutor)
    text = to_json(given)
    fs.write_bytes(str(file), text.encode())
    args = list(body.args)
    if len(text) > ARGUMENT_LIMIT and is_argosy(body):
        args = [f"@{file}" if part == "{{$}}" else part for part in args]
    extra = {name: value for name, value in prepared.parameters.items() if name not in prepared.component.parameters}
    lookup = container_lookup(given, context, additional=extra, local_path=local_path)
    command, args = (
        render_command(part, given, context, additional=extra, local_path=local_path) for part in (body.command, args)
    )
    env = {name: render_text(value, lookup) for name, value in body.env.items()}
    # Files in the root must not pass for modules.
    return command, args, {"PYTHONSAFEPATH": "1", **env} if is_argosy(body) else env


def _job(session: Session, prepared: Prepared, context: RunContext) -> Job:
    body = prepared.component.body
    assert isinstance(body, ContainerExecutor)
    given = as_backend(prepared.executor_input) if session.options.backend_like else prepared.executor_input
    file = session.layout.work(session.run_id, prepared.execution.id) / "executor_input.json"
    command, args, env = command_of(prepared, context, given, file)
    return Job(
        command=local_command(command, args) if session.engine is None else [*command, *args],
        env=env,
        cwd=session.layout.root,
        log=session.layout.log(session.run_id, prepared.task),
        timeout_seconds=body.timeout_seconds,
        grace_seconds=session.options.grace_seconds,
    )


def _lines_told(session: Session, task: str, job: Job) -> contextlib.AbstractContextManager[None]:
    if not session.options.logs:
        return contextlib.nullcontext()
    return each_line_told(job.log, lambda line: session.on_event(TaskPrinted(task=task, line=line)))


def _run(session: Session, prepared: Prepared, context: RunContext, job: Job) -> Ended:
    if session.engine is None:
        return executor_subprocess.run(job, session.stop, session.watchdog)
    job = dataclasses.replace(job, env={**session.options.docker_env, **job.env})
    return executor_docker.run(session.engine, _container(session, prepared, context), job, session.stop)


def _container(session: Session, prepared: Prepared, context: RunContext) -> executor_docker.Container:
    body = prepared.component.body
    assert isinstance(body, ContainerExecutor)
    root, task = session.layout.root, prepared.task
    lookup = constant_lookup(prepared.parameters, context)
    uris = [artifact.uri for artifact, _ in prepared.inputs]
    return executor_docker.Container(
        image=render_text(body.image, lookup),
        name=f"argosy-{session.run_id}-{portable(task.replace('/', '.'))}-{prepared.execution.id}",
        labels=executor_docker.labels(root, session.run_id, task),
        mounts=container.mounts(root, step_name(body), prepared.parameters, uris),
        limits=container.limits(render_constant(dict(body.resources), lookup)),
        own=is_argosy(body),
    )


def _head(job: Job, number: int) -> None:
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("a", encoding="utf-8") as log:
        log.write(f"# attempt {number}, {time.strftime('%Y-%m-%d %H:%M:%S')}\n")


def cause(ended: Ended, job: Job) -> str:
    """Returns in one line why a process failed, from how it ended and the end of its log."""
    if ended.timed_out:
        return f"timed out after {job.timeout_seconds:g} s"
    last = last_line(job.log)
    if ended.cause:
        return f"{ended.cause}; the last line of its log: {last}" if last and ended.cause not in last else ended.cause
    if ended.exit_code < 0:
        reason = f"killed by signal {-ended.exit_code}" + (" (out of memory?)" if ended.exit_code == -9 else "")
        return f"{reason}; the last line of its log: {last}" if last else reason
    return last.removeprefix("ERROR: ") or f"exit code {ended.exit_code}"


def last_line(file: Path) -> str:
    """Returns the last line of a log that says something; the empty string when there is none."""
    with file.open("rb") as log:
        size = log.seek(0, 2)
        log.seek(max(0, size - LAST_BYTES))
        lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    return "" if not lines or lines[-1].startswith("# attempt ") else lines[-1].strip()

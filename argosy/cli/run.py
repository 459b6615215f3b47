"""`argosy run`: a pipeline's folder or its compiled spec, on this machine."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.artifacts import ModelBlessing
from argosy.cli.compile import load_spec
from argosy.cli.local_inputs import local_parameters
from argosy.cli.show import blessing
from argosy.components import localised
from argosy.errors import ParameterError, did_you_mean, located
from argosy.plan import Plan, read_plan
from argosy.plan.values import ParameterType
from argosy.runner.report import RunReport, State

DEFAULT_ROOT = ".argosy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("pipeline", metavar="PIPELINE", help="a folder with a pipeline.py, or a compiled YAML file")
    parser.add_argument("--root", default=DEFAULT_ROOT, metavar="DIR", help="where runs are kept (default: .argosy)")
    parser.add_argument(
        "--param", action="append", default=[], metavar="K=V", help="a pipeline parameter; lists and structs as JSON"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the newest run that did not succeed")
    parser.add_argument("--no-cache", action="store_true", help="take nothing from earlier runs")
    parser.add_argument("--from", dest="from_task", default="", metavar="TASK", help="run this task and what follows")
    parser.add_argument("--to", dest="to_task", default="", metavar="TASK", help="run this task and what it needs")
    parser.add_argument(
        "--executor",
        choices=["subprocess", "docker"],
        default="subprocess",
        help="run tasks as processes of this machine (the default), or each in its image on a Docker engine",
    )
    parser.add_argument(
        "--docker-network",
        default="",
        metavar="MODE",
        help="containers' network (default: bridge, or host without one)",
    )
    parser.add_argument(
        "--docker-env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="a variable for every container; without a value, this process's own",
    )
    parser.add_argument("--logs", action="store_true", help="show what tasks print, while they print it")
    parser.add_argument("--beam-args", default="", metavar="ARGS", help="Apache Beam's options, in one string")
    parser.add_argument("--json", action="store_true", help="print one report object on stdout")


def main(arguments: argparse.Namespace) -> int:
    """Runs the pipeline with progress on stderr; returns the exit code of the first task that failed."""
    from argosy.runner import RunOptions, run_pipeline, to_json
    from argosy.runner.progress import show_progress

    documents = load_spec(arguments.pipeline)
    with located(pipeline=arguments.pipeline):
        plan = read_plan(documents)
    local = local_parameters(documents[0])
    given = parameters(plan, arguments.param)
    if not arguments.resume:
        require_all(plan, given)
    options = RunOptions(
        root=arguments.root,
        arguments={name: localised(local.get(name, ""), value, Path.cwd()) for name, value in given.items()},
        resume=arguments.resume,
        no_cache=arguments.no_cache,
        from_task=arguments.from_task,
        to_task=arguments.to_task,
        beam_args=tuple(shlex.split(arguments.beam_args)),
        executor=arguments.executor,
        docker_network=arguments.docker_network,
        docker_env=dict(map(_variable, arguments.docker_env)),
        logs=arguments.logs,
    )
    with show_progress() as on_event:
        report = run_pipeline(plan, options, on_event)
    for line in what_to_know(report, arguments.root):
        print(line, file=sys.stderr)
    if arguments.json:
        print(json.dumps(to_json(report), indent=2))
    return report.exit_code


def what_to_know(report: RunReport, root: str) -> list[str]:
    """Returns what a person should know at the end: why a model was not blessed, and where a failed task's log is."""
    lines = []
    for task in report.tasks:
        for output in task.outputs.values():
            if output.type == ModelBlessing.title and not task.parameters.get("blessed", True):
                verdict = (line for uri in output.uris for line in blessing(Path(uri)).splitlines())
                lines += [f"{task.name}: the model is {next(verdict)}, so it is not pushed", *verdict]
        if task.state == State.FAILED and task.log:
            where = "" if root == DEFAULT_ROOT else f" --root {shlex.quote(root)}"
            lines.append(f"its log: argosy logs {task.name}{where}")
    return lines


def parameters(plan: Plan, given: list[str]) -> dict[str, Any]:
    """Returns the pipeline's parameters from `K=V` texts, each value as its declared type.

    Raises:
        ParameterError: A text has no `=`, a parameter is unknown, or a value is not of its type.
    """
    declared = plan.root.parameters
    values: dict[str, Any] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator:
            raise ParameterError(f"--param {text!r}: write it as name=value")
        if name not in declared:
            raise ParameterError(f"--param {name}: pipeline {plan.name} has no such parameter; "
                                 f"{did_you_mean(name, declared)}")  # fmt: skip
        values[name] = _parse(name, value, declared)
    return values


def require_all(plan: Plan, given: Mapping[str, Any]) -> None:
    """Returns if every parameter that has to be given is.

    Raises:
        ParameterError: One is not.
    """
    for name, declared in plan.root.parameters.items():
        if name not in given and declared.default is None and not declared.optional:
            raise ParameterError(
                f"pipeline {plan.name} needs a value of its parameter {name!r}; give one: --param {name}=..."
            )


def _variable(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator and name not in os.environ:
        raise ParameterError(f"--docker-env {name}: there is no such variable here; set it, or write {name}=VALUE")
    return name, value if separator else os.environ[name]


def _parse(name: str, text: str, declared: Mapping[str, Any]) -> Any:
    type_ = declared[name].type
    if type_ == ParameterType.STRING:
        return text
    try:
        return json.loads(text.lower() if type_ == ParameterType.BOOLEAN else text)
    except json.JSONDecodeError as error:
        raise ParameterError(f"--param {name}: {text!r} is no {type_}; give it as JSON") from error

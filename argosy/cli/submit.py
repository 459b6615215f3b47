"""`argosy submit`: a pipeline, compiled and checked, becomes a run on Kubeflow Pipelines or on Argo Workflows."""

import argparse
import datetime
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.cli import kfp_client
from argosy.cli.compile import add_image_arguments, target_documents, uncache_sources
from argosy.cli.compile_argo import add_argo_arguments
from argosy.cli.local_inputs import local_parameters, unreachable_paths
from argosy.cli.resolved_sources import fill_in_sources
from argosy.cli.run import parameters, require_all
from argosy.components import localised
from argosy.errors import ParameterError, PipelineError, ServerError, located
from argosy.plan import Plan, read_plan
from argosy.plan.resolve import root_parameters

MAX_SILENCE = 10
"""How often in a row the server may fail to say how far the run is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("pipeline", metavar="PIPELINE", help="a folder with a pipeline.py, or a compiled YAML file")
    parser.add_argument("--target", choices=["kfp", "argo"], default="kfp", help="what will run it (default: kfp)")
    parser.add_argument(
        "--param", action="append", default=[], metavar="K=V", help="a pipeline parameter; lists and structs as JSON"
    )
    parser.add_argument("--wait", action="store_true", help="follow the run, and fail if it fails")
    parser.add_argument("--poll", type=float, default=0.0, metavar="S", help="seconds between looks at the run")
    parser.add_argument(
        "--namespace", default="", metavar="N", help="your namespace; of KFP, where it has several users"
    )
    add_image_arguments(parser)
    kfp = parser.add_argument_group("with --target kfp")
    kfp.add_argument(
        "--endpoint", default=os.environ.get("KF_PIPELINES_ENDPOINT", ""), metavar="URL",
        help="the server of Kubeflow Pipelines (default: $KF_PIPELINES_ENDPOINT)",
    )  # fmt: skip
    kfp.add_argument("--experiment", default="Default", metavar="E", help="what to file the run under")
    kfp.add_argument("--token-file", default="", metavar="FILE", help="a file with a bearer token")
    kfp.add_argument("--pipeline-root", default="", metavar="URI", help="where the run's artifacts go")
    argo = parser.add_argument_group("with --target argo")
    argo.add_argument("--context", default="", metavar="C", help="which cluster (default: kubeconfig's current one)")
    argo.add_argument("--json", action="store_true", help="with --wait, print one report object on stdout")
    add_argo_arguments(argo)


def main(arguments: argparse.Namespace) -> int:
    """Submits the run and prints its address, or its name; with --wait, returns 0 only if it succeeded."""
    if arguments.target == "argo":
        from argosy.cli.submit_argo import submit

        return submit(arguments)
    endpoint = _endpoint(arguments)
    documents = target_documents(arguments)
    plan = read_plan(documents)
    given = _given(documents[0], plan, arguments.param)
    with located(pipeline=arguments.pipeline):
        values = root_parameters(plan, given)
        refuse_local_paths(plan, values)
        documents, notes = fill_in_sources(documents, plan, values)
    for note in notes:
        _say(note)
    uncache_sources(documents)
    client = kfp_client.connect(endpoint)
    experiment = kfp_client.find_experiment(client, endpoint, arguments.experiment)
    run_id = kfp_client.create_run(
        client,
        endpoint,
        documents,
        experiment_id=experiment,
        name=f"{plan.name} {datetime.datetime.now():%Y-%m-%d %H-%M-%S}",
        parameters=given,
        pipeline_root=arguments.pipeline_root,
    )
    print(f"{endpoint.url}/#/runs/details/{run_id}")
    return follow(client, endpoint, run_id, arguments.poll or 5.0) if arguments.wait else 0


def follow(client: Any, endpoint: kfp_client.Endpoint, run_id: str, poll: float) -> int:
    """Tells each change of a run's tasks on stderr until it ends; returns 0 if it succeeded, else 1.

    Raises:
        ServerError: The server did not answer ten times in a row, or does not let us in any more.
    """
    told: dict[str, str] = {}
    silence = 0
    while True:
        try:
            found = kfp_client.run_state(client, endpoint, run_id)
        except ServerError as error:
            silence += 1
            if silence >= MAX_SILENCE or "does not let us in" in str(error):
                raise ServerError(f"{error}. The run itself goes on") from error
            time.sleep(poll)
            continue
        silence = 0
        for task, state in {**found.tasks, f"run {run_id}": found.state}.items():
            if told.get(task) != state:
                reason = found.errors.get(task, "")
                _say(f"{state:<9} {task}{': ' + reason if reason else ''}")
        told = {**found.tasks, f"run {run_id}": found.state}
        if found.state in kfp_client.FINAL_STATES:
            if found.error:
                _say(f"the run says: {found.error}")
            return 0 if found.state == "SUCCEEDED" else 1
        time.sleep(poll)


def refuse_local_paths(plan: Plan, values: Mapping[str, Any]) -> None:
    """Returns if no step is given a path of this machine.

    Raises:
        PipelineError: One is; the message names the task.
    """
    for task, name, value in unreachable_paths(plan, values):
        with located(task=task):
            raise PipelineError(
                f"{name} is {value}, a path of this machine, which a cluster's pods cannot see; put it into an object "
                "store and give its URI, or mount a volume claim there by kfp.kubernetes.mount_pvc"
            )


def _endpoint(arguments: argparse.Namespace) -> kfp_client.Endpoint:
    url = arguments.endpoint.rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ParameterError(
            f"--endpoint {url!r}: give the address of Kubeflow Pipelines, as http://localhost:8080"
            if url
            else "--endpoint has to be given: the address of Kubeflow Pipelines, as http://localhost:8080"
        )
    token = ""
    if arguments.token_file:
        try:
            token = Path(arguments.token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ParameterError(f"--token-file {arguments.token_file}: cannot be read: {error}") from error
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ParameterError(f"--token-file {arguments.token_file}: holds no token, which is one line of text")
    return kfp_client.Endpoint(url=url, token=token, namespace=arguments.namespace)


def _given(spec: dict[str, Any], plan: Plan, texts: list[str]) -> dict[str, Any]:
    given = parameters(plan, texts)
    require_all(plan, given)
    local = local_parameters(spec)
    return {name: localised(local.get(name, ""), value, Path.cwd()) for name, value in given.items()}


def _say(text: str) -> None:
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)

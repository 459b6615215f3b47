"""`argosy submit`: a pipeline, compiled and checked, becomes a run on Kubeflow Pipelines or on Argo Workflows."""

import argparse
import copy
import datetime
import json
import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.cli import kfp_client
from argosy.cli.compile import add_image_arguments, check_for_kfp, target_documents, uncache_sources
from argosy.cli.compile_argo import add_argo_arguments
from argosy.cli.local_inputs import PUSH_DESTINATION, LocalPath, local_parameters, step_of, unreachable_paths
from argosy.cli.resolved_sources import fill_in_sources
from argosy.cli.run import parameters, require_all
from argosy.cli.uploaded_code import pending_code, store_code
from argosy.cli.volumes import with_volumes
from argosy.components import localised
from argosy.errors import ParameterError, PipelineError, ServerError, located
from argosy.plan import Plan, read_plan
from argosy.plan.resolve import root_parameters
from argosy.plan.walk import known_value, places
from argosy.serving.destination import base_directory

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
    parser.add_argument(
        "--volume", action="append", default=[], metavar="CLAIM=/FOLDER",
        help="mount a volume claim there, in the steps that are given a path in it; repeatable",
    )  # fmt: skip
    add_image_arguments(parser)
    kfp = parser.add_argument_group("with --target kfp")
    kfp.add_argument(
        "--endpoint", default=os.environ.get("KF_PIPELINES_ENDPOINT", ""), metavar="URL",
        help="the server of Kubeflow Pipelines (default: $KF_PIPELINES_ENDPOINT)",
    )  # fmt: skip
    kfp.add_argument("--experiment", default="Default", metavar="E", help="what to file the run under")
    kfp.add_argument("--token-file", default="", metavar="FILE", help="a file with a bearer token")
    kfp.add_argument("--pipeline-root", default="", metavar="URI", help="where the run's artifacts and code go")
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
        documents = with_volumes(documents, plan, values, arguments.volume)
        plan = check_for_kfp(_with_defaults(documents, given))
        refuse_local_paths(plan, values)
        check_destinations(plan, values)
        documents, notes = fill_in_sources(documents, plan, values)
        root = arguments.pipeline_root or documents[0].get("defaultPipelineRoot", "")
        code = pending_code(documents[0], given, root)
    for note in notes:
        _say(note)
    uncache_sources(documents)
    client = kfp_client.connect(endpoint)
    for note in store_code(code, root):
        _say(note)
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
        PipelineError: Some are; the message names each task and what to give instead.
    """
    found = [
        f"task {one.task}: {one.parameter} is {one.path}, a path of this machine: {_instead(one, values)}"
        for one in unreachable_paths(plan, values)
    ]
    if found:
        raise PipelineError(
            f"{'; '.join(found)}. A cluster's pods see what has a URI, and folders of a volume claim, which "
            "--volume CLAIM=/FOLDER mounts"
        )


def check_destinations(plan: Plan, values: Mapping[str, Any]) -> None:
    """Returns if each Pusher could publish where it is told to, as far as that is known: it is a pipeline's last step.

    Raises:
        ParameterError: One could not.
    """
    for place in places(plan):
        destination = known_value(place, PUSH_DESTINATION, values) if step_of(place) == "pusher" else None
        if isinstance(destination, dict):
            with located(task=place.path):
                base_directory(destination)


def _instead(found: LocalPath, values: Mapping[str, Any]) -> str:
    """Returns what to give on the command line: a URI of data, a folder on a volume to push to, which needs renames."""
    if not found.source:
        return "make it a parameter of the pipeline, or mount a volume claim there"
    if found.parameter != PUSH_DESTINATION:
        return f"give --param {found.source}=s3://BUCKET/{Path(found.path).name}"
    destination = copy.deepcopy(values[found.source])
    destination["filesystem"]["base_directory"] = f"/models/{Path(found.path).name}"
    return f"give --param {found.source}={shlex.quote(json.dumps(destination))} --volume CLAIM=/models"


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


def _with_defaults(documents: Sequence[dict[str, Any]], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the documents with the values as defaults, so that what is checked is what will run."""
    checked = copy.deepcopy(list(documents))
    for name, value in values.items():
        checked[0]["root"]["inputDefinitions"]["parameters"][name]["defaultValue"] = value
    return checked


def _say(text: str) -> None:
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)

"""`argosy submit --target argo`: a pipeline becomes a Workflow on a cluster, with no Kubeflow behind it."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.argo import argument_text
from argosy.argo.names import parameter_name
from argosy.argo.options import MOUNT
from argosy.cli.argo_client import connected, create_workflow
from argosy.cli.argo_follow import follow, how_to, leave_on_signal, on_interrupt
from argosy.cli.argo_preflight import check, workflow_spec
from argosy.cli.argo_runs import tell_left
from argosy.cli.argo_status import exit_code
from argosy.cli.compile import load_spec
from argosy.cli.compile_argo import argo_manifest
from argosy.cli.local_inputs import local_parameters, unreachable_paths
from argosy.cli.run import parameters, require_all
from argosy.cli.uploaded_code import pending_code, store_code
from argosy.cli.volumes import with_volumes
from argosy.components import localised
from argosy.errors import PipelineError, located
from argosy.plan import Plan, read_plan
from argosy.plan.resolve import root_parameters
from argosy.runner import to_json
from argosy.runner.progress import show_progress
from argosy.runner.report import CANCELED_EXIT_CODE


def submit(arguments: argparse.Namespace) -> int:
    """Creates the Workflow and prints its name; with --wait, returns what a local run would.

    Raises:
        ArgosyError: The pipeline cannot be compiled, the cluster lacks something, or does not answer.
    """
    documents = load_spec(arguments.pipeline)
    with located(pipeline=arguments.pipeline):
        plan = read_plan(documents)
    given = _given(documents[0], plan, arguments.param)
    with located(pipeline=arguments.pipeline):
        values = root_parameters(plan, given)
        documents = with_volumes(documents, plan, values, arguments.volume)
        plan = read_plan(documents)
        refuse_unseen_paths(plan, values, arguments.artifact_root)
        code = pending_code(documents[0], given, arguments.artifact_root, "--artifact-root")
    for note in store_code(code, arguments.artifact_root):
        print(note, file=sys.stderr)
    manifest = with_parameters(argo_manifest(arguments, documents), plan, given)
    namespace = arguments.namespace or manifest["metadata"].get("namespace", "")
    with connected(namespace, arguments.context) as cluster:
        manifest["metadata"]["namespace"] = cluster.namespace
        check(cluster, manifest)
        name = create_workflow(cluster, manifest)
        if not arguments.json:
            print(name, flush=True)
        if manifest["kind"] != "Workflow" or not arguments.wait:
            if manifest["kind"] == "Workflow":
                print(how_to(cluster, name), file=sys.stderr)
            return 0
        leave_on_signal()
        try:
            with show_progress() as on_event:
                report = follow(cluster, name, on_event, poll=arguments.poll or 1.0, tasks=tuple(plan.dag.tasks))
        except KeyboardInterrupt:
            print(on_interrupt(cluster, name), file=sys.stderr)
            return CANCELED_EXIT_CODE
        tell_left(cluster, report)
    if arguments.json:
        print(json.dumps(to_json(report), indent=2))
    return exit_code(report)


def with_parameters(manifest: dict[str, Any], plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the manifest with the pipeline's parameters as given."""
    declared = {one["name"]: one for one in workflow_spec(manifest).get("arguments", {}).get("parameters", [])}
    for name, value in given.items():
        declared[parameter_name(name)]["value"] = argument_text(value, plan.root.parameters[name].type)
    return manifest


def refuse_unseen_paths(plan: Plan, values: Mapping[str, Any], root: str) -> None:
    """Returns if no step is given a path that its pod cannot see: one that neither the root's claim nor a mount holds.

    Raises:
        PipelineError: One is; the message names the task.
    """
    claim = root.startswith("pvc://")
    for found in unreachable_paths(plan, values):
        if claim and Path(found.path.removeprefix("file://")).is_relative_to(MOUNT):
            continue
        with located(task=found.task):
            raise PipelineError(
                f"{found.parameter} is {found.path}, a path of this machine, which pods cannot see; give the URI of an "
                f"object store, mount a claim by --volume, or with --artifact-root pvc://CLAIM give a path below "
                f"{MOUNT}, where pods have that claim"
            )


def _given(spec: dict[str, Any], plan: Plan, texts: list[str]) -> dict[str, Any]:
    given = parameters(plan, texts)
    require_all(plan, given)
    local = local_parameters(spec)
    return {name: localised(local.get(name, ""), value, Path.cwd()) for name, value in given.items()}

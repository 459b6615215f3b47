"""`argosy compile --target argo`: the options that a Workflow has, and the manifest that they make of a pipeline."""

import argparse
from typing import Any, Protocol

from argosy import __version__
from argosy.argo import ArgoOptions, compile_argo
from argosy.argo.options import DAY
from argosy.cli.compile import digests
from argosy.components import image, relocate, step_name
from argosy.errors import ParameterError, located
from argosy.plan import read_plan

POD_STEP = "importer"
"""Whose image registers imports, and stages and publishes around a user's container: the smallest of ours."""


class Arguments(Protocol):
    """What takes options: a parser or a group of one."""

    def add_argument(self, *names: str, **fields: Any) -> argparse.Action:
        """Declares an option."""
        ...


def add_argo_arguments(parser: Arguments) -> None:
    """Declares what a person can choose of a Workflow, but for its namespace."""
    kinds = ["Workflow", "WorkflowTemplate", "CronWorkflow"]
    parser.add_argument("--kind", choices=kinds, default="Workflow", help="what to make (default: Workflow)")
    parser.add_argument("--name", default="", metavar="NAME", help="its name (default: the pipeline's)")
    parser.add_argument("--schedule", default="", metavar="CRON", help="when a CronWorkflow runs, as '0 3 * * *'")
    parser.add_argument("--timezone", default="", metavar="ZONE", help="of the schedule, as Europe/Berlin")
    parser.add_argument(
        "--artifact-root",
        default="",
        metavar="URI",
        help="s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or pvc://CLAIM/FOLDER",
    )
    parser.add_argument(
        "--metadata", default="", metavar="URI", help="ML Metadata, grpc://HOST:PORT or grpcs://... (default: none)"
    )
    parser.add_argument(
        "--metadata-secret", default="", metavar="NAME",
        help="a secret with ca.crt, the authority of grpcs:// (default: those that everybody knows)",
    )  # fmt: skip
    parser.add_argument("--service-account", default="", metavar="S", help="of the steps' pods")
    parser.add_argument("--pusher-service-account", default="", metavar="S", help="of the Pusher's pods")
    parser.add_argument(
        "--store-secret", default="", metavar="NAME",
        help="a secret with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL, or credentials.json for gs://",
    )  # fmt: skip
    parser.add_argument(
        "--deadline", type=int, default=7 * DAY, metavar="SECONDS", help="how long a run may take (default: 7 days)"
    )
    parser.add_argument(
        "--ttl", type=int, default=7 * DAY, metavar="SECONDS",
        help="how long a run's record stays after its end; 0 for ever (default: 7 days)",
    )  # fmt: skip
    parser.add_argument("--keep-pods", action="store_true", help="keep pods that succeeded until the record goes")


def argo_manifest(arguments: argparse.Namespace, documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the manifest of a compiled pipeline, whose images are put where the arguments say.

    Raises:
        PipelineError: Argo cannot do something in it; the message names the task.
        ParameterError: An option is not what it should be, or does not fit the pipeline.
    """
    if not arguments.artifact_root:
        raise ParameterError(
            "--target argo needs --artifact-root: s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or pvc://CLAIM/FOLDER"
        )
    given = digests(arguments.digest)
    own = given.get(POD_STEP, "")
    executors = documents[0].get("deploymentSpec", {}).get("executors", {}).values()
    if POD_STEP not in {step_name(executor.get("container", {})) for executor in executors}:
        given.pop(POD_STEP, None)
    with located(pipeline=arguments.pipeline):
        relocate(documents[0], registry=arguments.registry, tag=arguments.tag, digests=given, gpu=arguments.gpu)
        return compile_argo(read_plan(documents), _options(arguments, own))


def _options(arguments: argparse.Namespace, digest: str) -> ArgoOptions:
    name = f"argosy/{POD_STEP}:{__version__}"
    return ArgoOptions(
        kind=arguments.kind,
        name=arguments.name,
        schedule=arguments.schedule,
        timezone=arguments.timezone,
        namespace=arguments.namespace,
        service_account=arguments.service_account,
        pusher_service_account=arguments.pusher_service_account,
        artifact_root=arguments.artifact_root,
        metadata=arguments.metadata,
        metadata_secret=arguments.metadata_secret,
        store_secret=arguments.store_secret,
        pull_secrets=tuple(arguments.pull_secret),
        pod_image=image(name, registry=arguments.registry, tag=arguments.tag, digest=digest),
        deadline_seconds=arguments.deadline,
        ttl_seconds=arguments.ttl,
        keep_pods=arguments.keep_pods,
    )

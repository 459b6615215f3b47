"""What a person chooses when a pipeline becomes a Workflow."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Literal

from argosy.errors import ParameterError

Kind = Literal["Workflow", "WorkflowTemplate", "CronWorkflow"]
DAY = 86400
LONGEST_SECONDS = 2**31 - 1
"""68 years, the most that Kubernetes takes: no limit. Written out, since a cluster's defaults fill what is left out."""
LONGEST_NAMES: Mapping[Kind, int] = {"Workflow": 63, "WorkflowTemplate": 63, "CronWorkflow": 52}
"""Argo makes a label of a name, and a CronWorkflow's runs have their time behind it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ArgoOptions:
    """How a pipeline is made a manifest.

    Attributes:
        kind: What is made.
        name: The object's name; empty for the pipeline's own.
        schedule: When a CronWorkflow runs, in cron's form.
        timezone: In which the schedule is meant; empty for the controller's.
        namespace: Where it runs; empty for that of whoever creates it.
        service_account: Of the pods; empty for the namespace's default.
        pusher_service_account: Of the Pusher's pods; empty for the same.
        artifact_root: s3://bucket/prefix, gs://bucket/prefix, or pvc://CLAIM/folder.
        metadata: grpc://host:port or grpcs://host:port of ML Metadata; empty for none.
        metadata_secret: A secret whose `ca.crt` signed the certificate of grpcs://; empty for a public authority.
        store_secret: A secret with the store's credentials; empty where the pods have their own.
        pull_secrets: Secrets for the registry.
        pod_image: The image that registers imports, and stages and publishes around a user's container.
        deadline_seconds: How long a run may take; 0 for no limit.
        ttl_seconds: How long a run's record stays after its end; 0 for ever.
        keep_pods: Whether pods that succeeded stay as well.
    """

    kind: Kind = "Workflow"
    name: str = ""
    schedule: str = ""
    timezone: str = ""
    namespace: str = ""
    service_account: str = ""
    pusher_service_account: str = ""
    artifact_root: str = ""
    metadata: str = ""
    metadata_secret: str = ""
    store_secret: str = ""
    pull_secrets: tuple[str, ...] = ()
    pod_image: str = "argosy/importer"
    deadline_seconds: int = 7 * DAY
    ttl_seconds: int = 7 * DAY
    keep_pods: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Root:
    """Where artifacts go.

    Attributes:
        uri: As the pods see it.
        claim: The PersistentVolumeClaim to mount; empty for none.
        scheme: s3, gs or pvc.
    """

    uri: str
    claim: str
    scheme: str


MOUNT = "/artifacts"
"""Where the claim of an artifact root is mounted, in every pod."""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def artifact_root(uri: str) -> Root:
    """Returns where artifacts go.

    Raises:
        ParameterError: It is none of the three forms.

    >>> artifact_root("pvc://models/team").uri, artifact_root("s3://bucket/runs/").uri
    ('/artifacts/team', 's3://bucket/runs')
    """
    scheme, separator, rest = uri.partition("://")
    place, _, folder = rest.partition("/")
    folder = folder.strip("/")
    if not separator or scheme not in ("s3", "gs", "pvc") or not place:
        raise ParameterError(
            f"--artifact-root {uri!r}: write s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or pvc://CLAIM/FOLDER"
        )
    if "{{" in uri or "$" in uri or ".." in folder.split("/"):
        raise ParameterError(f"--artifact-root {uri!r}: it is taken as it stands, without '{{{{', '$' and '..'")
    if scheme == "pvc":
        if not _NAME.fullmatch(place):
            raise ParameterError(f"--artifact-root {uri!r}: a claim's name has small letters, digits, '-' and '.'")
        return Root(uri=f"{MOUNT}/{folder}".rstrip("/"), claim=place, scheme=scheme)
    return Root(uri=f"{scheme}://{place}/{folder}".rstrip("/"), claim="", scheme=scheme)


def check_options(options: ArgoOptions) -> None:
    """Returns if the options fit together and are what Kubernetes takes.

    Raises:
        ParameterError: They are not.
    """
    artifact_root(options.artifact_root)
    if bool(options.schedule) != (options.kind == "CronWorkflow"):
        raise ParameterError("--schedule goes with --kind CronWorkflow, and a CronWorkflow needs one")
    if options.schedule and not re.fullmatch(r"@\w+(?: \S+)?|\S+(?: \S+){4}", options.schedule):
        raise ParameterError(f"--schedule {options.schedule!r}: write five fields as cron does, such as '0 3 * * *'")
    names = {
        "--name": options.name,
        "--namespace": options.namespace,
        "--service-account": options.service_account,
        "--pusher-service-account": options.pusher_service_account,
        "--store-secret": options.store_secret,
        "--metadata-secret": options.metadata_secret,
        **{f"--pull-secret {name}": name for name in options.pull_secrets},
    }
    for option, name in names.items():
        if name and (not _NAME.fullmatch(name) or len(name) > 253):
            raise ParameterError(f"{option} {name!r}: a name has small letters, digits, '-' and '.'")
    if options.metadata and not re.fullmatch(r"grpcs?://[-\w.]+:\d+", options.metadata):
        raise ParameterError(
            f"--metadata {options.metadata!r}: write grpc://HOST:PORT or grpcs://HOST:PORT, or leave it out for none"
        )
    if options.metadata_secret and not options.metadata.startswith("grpcs://"):
        raise ParameterError("--metadata-secret goes with --metadata grpcs://HOST:PORT, whose authority it holds")
    for option, seconds in (("--deadline", options.deadline_seconds), ("--ttl", options.ttl_seconds)):
        if not 0 <= seconds <= LONGEST_SECONDS:
            raise ParameterError(f"{option} {seconds}: up to {LONGEST_SECONDS} seconds, or 0 for no limit")

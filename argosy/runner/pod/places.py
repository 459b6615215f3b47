"""Where a task's outputs go, and where the bytes of artifacts are in this pod.

<root>/<pipeline>/<uid of the run>/<task's path>/<pod>/<output>
<root>/<pipeline>/<uid of the run>/findings/<task>/
"""

import dataclasses
from pathlib import Path

from argosy import fs
from argosy.runner import stored
from argosy.runner.layout import portable
from argosy.runner.pod.arguments import PodTask

MOUNTS = {"s3://": "s3", "gs://": "gcs", "minio://": "minio"}
"""Scheme -> the folder in which KFP's launcher shows its artifacts to a container."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Places:
    """The folders of one task.

    Attributes:
        folder: Of its outputs, below the root; of this pod alone.
        findings: Where a gate's findings are kept.
        staged: The local folder under which artifacts of stores lie, each in its scheme's own folder.
        work: The local folder for what the process is told and says.
    """

    folder: str
    findings: str
    staged: Path
    work: Path

    def path(self, uri: str) -> str:
        """Returns where an artifact's bytes are, or are to be written, in this pod."""
        for scheme, folder in MOUNTS.items():
            if uri.startswith(scheme):
                return str(self.staged / folder / uri.removeprefix(scheme))
        return str(fs.local_path(uri))


def places_of(task: PodTask) -> Places:
    """Returns the places of a task.

    The user's container finds artifacts where KFP would show them, and shares a folder with ours; a step of ours has
    the pod for itself.
    """
    run = "/".join((task.root, portable(task.spec["pipeline"]), portable(task.uid)))
    path = "/".join(portable(part) for part in task.task.split("/"))
    return Places(
        folder=f"{run}/{path}/{portable(task.pod_name)}",
        findings=f"{run}/findings/{portable(task.task.replace('/', '.'))}",
        staged=task.mounts if task.phase else task.work / "staged",
        work=task.shared / "task" if task.phase else task.work / "task",
    )


def is_staged(uri: str) -> bool:
    """Whether an artifact's bytes have to be brought here, and its outputs there."""
    return stored.is_readable(uri) and fs.is_remote(uri)

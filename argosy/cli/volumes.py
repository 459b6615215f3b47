"""Volume claims in the pods of the steps that are given a path on them, said when a pipeline is submitted."""

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from argosy.cli.local_inputs import unreachable_paths
from argosy.errors import ParameterError
from argosy.plan import Plan


def with_volumes(
    documents: Sequence[dict[str, Any]], plan: Plan, values: Mapping[str, Any], volumes: Sequence[str]
) -> list[dict[str, Any]]:
    """Returns the documents with each claim mounted where a step reads or writes in its folder.

    Args:
        documents: The compiled pipeline; left as it is.
        plan: The same, read.
        values: The values of the pipeline's parameters.
        volumes: Texts as "claim=/folder".

    Raises:
        ParameterError: A text is malformed, or no step is given a path in the folder.
    """
    if not volumes:
        return list(documents)
    pipeline, *platforms = documents
    platform = copy.deepcopy(platforms[0]) if platforms else {"platforms": {}}
    kubernetes = platform["platforms"].setdefault("kubernetes", {})
    executors = kubernetes.setdefault("deploymentSpec", {}).setdefault("executors", {})
    paths = list(unreachable_paths(plan, values))
    for claim, folder in map(_parse, volumes):
        labels = {found.label for found in paths if PurePosixPath(found.path).is_relative_to(folder)} - {""}
        if not labels:
            raise ParameterError(
                f"--volume {claim}={folder}: no step is given a path in {folder}; leave it out, or give one"
            )
        for label in sorted(labels):
            executors.setdefault(label, {}).setdefault("pvcMount", []).append(_mount(claim, folder))
    return [pipeline, platform]


def _parse(text: str) -> tuple[str, str]:
    claim, separator, folder = text.partition("=")
    named = re.fullmatch(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", claim)
    if not separator or not named or not folder.startswith("/") or PurePosixPath(folder) == PurePosixPath("/"):
        raise ParameterError(
            f"--volume {text!r}: write it as CLAIM=/FOLDER, the name of a volume claim and where it goes"
        )
    return claim, str(PurePosixPath(folder))


def _mount(claim: str, folder: str) -> dict[str, Any]:
    return {
        "mountPath": folder,
        "constant": claim,
        "pvcNameParameter": {"runtimeValue": {"constant": claim}},
    }

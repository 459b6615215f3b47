"""Removes old runs, and the artifacts that none of the others refers to."""

import contextlib
import dataclasses
from collections.abc import Iterable
from pathlib import Path

from argosy import fs
from argosy.metadata import open_store
from argosy.metadata.records import Artifact, ArtifactState, Context
from argosy.metadata.store import Store
from argosy.metadata.types import PIPELINE_RUN
from argosy.runner import history
from argosy.runner.layout import Layout
from argosy.runner.lock import locked
from argosy.user_code import FILE_PARAMETERS


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What was removed: the runs' ids, and how many artifacts."""

    runs: tuple[str, ...]
    artifacts: int


def clean(root: str | Path, *, keep: int = 1) -> Cleaned:
    """Removes all but the newest `keep` runs, and artifacts and code in the root that no kept run made or used.

    What was pushed to a place outside the root's artifacts stays.

    Raises:
        BusyError: A runner is at work in the root.
    """
    layout = Layout.at(root)
    if not layout.root.exists():
        return Cleaned(runs=(), artifacts=0)
    with locked(layout.lock, wait=False):
        runs = [report.run_id for report in history.list_runs(root)]
        kept, old = runs[: max(keep, 0)], runs[max(keep, 0) :]
        removed = 0
        if layout.metadata.exists():
            with open_store(layout.metadata) as store:
                removed = _remove_unreferenced(store, layout, kept=kept)
                _remove_unused_code(store, layout, kept=kept)
        # Also those without a report, whose runner died before it wrote one.
        for folder in layout.runs.glob("*"):
            if folder.name not in kept:
                fs.remove(str(folder))
    return Cleaned(runs=tuple(old), artifacts=removed)


def _remove_unreferenced(store: Store, layout: Layout, *, kept: Iterable[str]) -> int:
    # By URI: a task may hand on what another one made.
    needed = {
        artifact.uri for run_id in kept for artifact in store.artifacts(context=Context(type=PIPELINE_RUN, name=run_id))
    }
    unneeded = [
        artifact for artifact in store.artifacts() if artifact.uri not in needed and _is_inside(artifact, layout)
    ]
    live = [artifact for artifact in unneeded if artifact.state == ArtifactState.LIVE]
    # The store first: an artifact that it calls LIVE has its bytes, whenever this process dies.
    if live:
        store.put_artifacts([dataclasses.replace(artifact, state=ArtifactState.DELETED) for artifact in live])
    for artifact in unneeded:
        fs.remove(artifact.uri)
        _remove_empty_parents(Path(artifact.uri), layout)
    return len(live)


def _remove_unused_code(store: Store, layout: Layout, *, kept: Iterable[str]) -> None:
    executions = [one for run_id in kept for one in store.executions(context=Context(type=PIPELINE_RUN, name=run_id))]
    used = " ".join(str(one.properties.get(name, "")) for one in executions for name in FILE_PARAMETERS)
    for folder in layout.code.glob("*"):
        if folder.name not in used:
            fs.remove(str(folder))


def _is_inside(artifact: Artifact, layout: Layout) -> bool:
    return "://" not in artifact.uri and Path(artifact.uri).is_relative_to(layout.artifacts)


def _remove_empty_parents(path: Path, layout: Layout) -> None:
    for parent in path.parents:
        if parent == layout.artifacts:
            return
        with contextlib.suppress(OSError):
            parent.rmdir()

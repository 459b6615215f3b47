"""Whether an earlier execution's outputs can be taken, and why or why not."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.metadata.records import Artifact, ArtifactState, Context, EventType, Execution, ExecutionState
from argosy.metadata.store import Store
from argosy.metadata.types import EXECUTION_CACHE
from argosy.runner import stored
from argosy.runner.cache_key import Ingredients, differences

RUN, TASK, INGREDIENTS, OUTPUT_PARAMETERS = "__run__", "__task__", "__ingredients__", "__output_parameters__"
CACHED_EXECUTION, UID = "__cached_execution__", "__uid__"
FINISHED = (ExecutionState.COMPLETE, ExecutionState.CACHED)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hit:
    """An earlier execution whose outputs are all there."""

    execution: Execution
    artifacts: Mapping[str, Sequence[Artifact]]
    parameters: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do: take the hit, or run (None); `reason` is for a person."""

    hit: Hit | None
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be decided.

    Attributes:
        node: The task's context in the store.
        task: The task's path.
        run_id: The run that asks.
        uid: Tells it from other runs of that name; empty where there are none.
        key: The cache key.
        made_of: The key's ingredients.
        allowed: Whether outputs of other runs may be taken.
        forbidden_by: If not, who says so.
        resumed: Whether what this run finished before may be taken.
        finished: How that is said.
    """

    node: Context
    task: str
    run_id: str
    key: str
    made_of: Ingredients
    uid: str = ""
    allowed: bool = True
    forbidden_by: str = ""
    resumed: bool = False
    finished: str = "finished before the run was resumed"


def decide(store: Store, question: Question) -> Decision:
    """Returns the newest usable execution with this key, or why there is none."""
    damaged = ""
    for execution in reversed(store.executions(context=Context(type=EXECUTION_CACHE, name=question.key))):
        if execution.state != ExecutionState.COMPLETE or not _may_take(execution, question):
            continue
        hit, damage = load(store, execution)
        if hit is not None:
            return Decision(hit=hit, reason=_taken(execution, question))
        damaged = damaged or f"earlier output {damage}"
    if not question.allowed:
        return Decision(hit=None, reason=question.forbidden_by)
    return Decision(hit=None, reason=damaged or _what_changed(store, question))


def newest(store: Store, node: Context) -> Hit | None:
    """Returns the newest finished execution of a task whose outputs are all there, whatever its key."""
    for execution in reversed(store.executions(context=node)):
        if execution.state in FINISHED and (hit := load(store, execution)[0]):
            return hit
    return None


def load(store: Store, execution: Execution) -> tuple[Hit | None, str]:
    """Returns an execution's outputs, or None and what is wrong with them."""
    events = [event for event in store.events(execution_ids=[execution.id]) if event.type == EventType.OUTPUT]
    found = {artifact.id: artifact for artifact in store.artifacts([event.artifact_id for event in events])}
    artifacts: dict[str, list[Artifact]] = {}
    for event in sorted(events, key=lambda event: [str(step).zfill(9) for step in event.path]):
        artifact = found[event.artifact_id]
        damage = stored.damage(artifact) if artifact.state == ArtifactState.LIVE else f"{artifact.uri} was removed"
        if damage:
            return None, damage
        artifacts.setdefault(str(event.path[0]), []).append(artifact)
    parameters = json.loads(str(execution.properties.get(OUTPUT_PARAMETERS, "{}")))
    return Hit(execution=execution, artifacts=artifacts, parameters=parameters), ""


def _may_take(execution: Execution, question: Question) -> bool:
    if _is_of(execution, question):
        return question.resumed and execution.properties.get(TASK) == question.task
    return question.allowed


def _taken(execution: Execution, question: Question) -> str:
    run = execution.properties.get(RUN, "?")
    return question.finished if _is_of(execution, question) else f"cached from run {run}"


def _is_of(execution: Execution, question: Question) -> bool:
    properties = execution.properties
    return properties.get(RUN) == question.run_id and properties.get(UID, "") == question.uid


def _what_changed(store: Store, question: Question) -> str:
    earlier = [one for one in store.executions(context=question.node) if INGREDIENTS in one.properties]
    if not earlier:
        return "first run"
    finished = [one for one in earlier if one.state in FINISHED]
    if not finished:
        return f"the last attempt {_ended(earlier[-1])}"
    changes = differences(json.loads(str(finished[-1].properties[INGREDIENTS])), question.made_of)
    return "; ".join(changes) or f"the last attempt {_ended(earlier[-1])}"


def _ended(execution: Execution) -> str:
    return "was canceled" if execution.state == ExecutionState.CANCELED else "failed"

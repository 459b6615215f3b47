"""ML Metadata: what ran, on what, and what came out, in the words and tables of MLMD.

    with open_store("runs/metadata.sqlite") as store:
        [execution] = store.executions(state=ExecutionState.RUNNING)
        print(render(trace(store, "runs/artifacts/penguins/pusher/9/pushed_model")))

`records` are values; `Store` is the protocol; `open_store` opens what a URI names: MLMD on SQLite, on MySQL or behind
its gRPC service; `MemoryStore` keeps everything in memory; `lineage` walks back from an artifact to its sources. Types,
contexts and states are those that TFX writes.
"""

from argosy.metadata.lineage import Lineage, render, trace
from argosy.metadata.memory import MemoryStore
from argosy.metadata.open import open_store
from argosy.metadata.records import Artifact, ArtifactState, Context, Event, EventType, Execution, ExecutionState
from argosy.metadata.store import Store

__all__ = [
    "Artifact",
    "ArtifactState",
    "Context",
    "Event",
    "EventType",
    "Execution",
    "ExecutionState",
    "Lineage",
    "MemoryStore",
    "Store",
    "open_store",
    "render",
    "trace",
]

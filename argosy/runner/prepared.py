"""What the driver hands to executor and publisher."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.metadata.records import Artifact, Context, Event, Execution
from argosy.plan.spec import Component


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prepared:
    """A task, resolved.

    Attributes:
        pipeline: The pipeline's name.
        task: Its path in the pipeline.
        component: What it runs.
        execution: Its record in the store, not stored yet for a cached one.
        contexts: What the record belongs to.
        inputs: Its input artifacts with their events.
        parameters: Its parameters, defaults included.
        folder: Where its outputs go, and nothing else.
        outputs: Its output artifacts, pending.
        executor_input: What its process is given.
    """

    pipeline: str
    task: str
    component: Component
    execution: Execution
    contexts: Sequence[Context]
    inputs: Sequence[tuple[Artifact, Event]]
    parameters: Mapping[str, Any]
    folder: Path = Path()
    outputs: Mapping[str, Artifact] = dataclasses.field(default_factory=dict)
    executor_input: Mapping[str, Any] = dataclasses.field(default_factory=dict)

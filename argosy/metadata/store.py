"""What the runner and lineage ask of a metadata store. Two keep it: MLMD (`mlmd.py`) and memory (`memory.py`)."""

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from argosy.metadata.records import Artifact, Context, Event, Execution, ExecutionState


class Store(Protocol):
    """Executions, artifacts and the events between them; safe to call from several threads."""

    def put_execution(
        self,
        execution: Execution,
        artifacts: Sequence[tuple[Artifact, Event | None]] = (),
        contexts: Sequence[Context] = (),
    ) -> tuple[Execution, list[Artifact]]:
        """Stores all of it or none of it, and returns the execution and artifacts with their ids.

        What has an id is updated, the rest is new. Each artifact gets its event (None: no new one). Contexts that
        exist by type and name are reused; execution and artifacts become members of each.
        """

    def put_artifacts(self, artifacts: Sequence[Artifact]) -> list[Artifact]:
        """Stores artifacts (with an id: updates them) and returns them with their ids."""

    def executions(
        self,
        ids: Sequence[int] | None = None,
        *,
        context: Context | None = None,
        state: ExecutionState | None = None,
    ) -> list[Execution]:
        """Returns the executions that match everything given, by id; ids that don't exist are left out."""

    def artifacts(
        self, ids: Sequence[int] | None = None, *, uri: str | None = None, context: Context | None = None
    ) -> list[Artifact]:
        """Returns the artifacts that match everything given, by id; ids that don't exist are left out."""

    def events(
        self, *, execution_ids: Sequence[int] | None = None, artifact_ids: Sequence[int] | None = None
    ) -> list[Event]:
        """Returns the events of these executions, or of these artifacts, in the order in which they were stored."""

    def contexts(self, type_name: str) -> list[Context]:
        """Returns the contexts of a type, by id."""

    def close(self) -> None:
        """Lets go of the file or connection."""

    def __enter__(self) -> Self:
        """Returns the store itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it."""

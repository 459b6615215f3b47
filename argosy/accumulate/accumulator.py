"""The one idea behind a statistic, an analyzer and a metric: a mergeable accumulator."""

from typing import Protocol, TypeVar

Batch = TypeVar("Batch", contravariant=True)
State = TypeVar("State")
Result = TypeVar("Result", covariant=True)


class Accumulator(Protocol[Batch, State, Result]):
    """A frozen dataclass of options with four pure functions over a state.

    `merge` is associative and commutative, `empty()` is its neutral element, batch boundaries do not matter, a state
    is picklable and bounded in memory. `add` and `merge` may reuse (mutate) their first argument; the caller must go
    on with what they return.
    """

    def empty(self) -> State:
        """Returns the state that has seen nothing."""

    def add(self, state: State, batch: Batch) -> State:
        """Returns the state that has also seen the batch."""

    def merge(self, state: State, other: State) -> State:
        """Returns the state that has seen what both have."""

    def result(self, state: State) -> Result:
        """Returns what the state amounts to; the state stays usable."""

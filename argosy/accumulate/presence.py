"""How many rows have a feature, and how many values each has."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from argosy.accumulate.quantiles import Quantiles, QuantilesState, QuantileSummary

UNSEEN_MINIMUM = np.iinfo(np.int64).max


@dataclasses.dataclass(kw_only=True, slots=True)
class PresenceState:
    """Counts, and the distribution of the number of values of a row."""

    rows: int = 0
    present: int = 0
    minimum: int = UNSEEN_MINIMUM
    maximum: int = 0
    total: int = 0
    lengths: QuantilesState = dataclasses.field(default_factory=QuantilesState)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PresenceResult:
    """What is known of a feature before its values are looked at.

    Attributes:
        present: Rows in which the feature is there, with no values too.
        missing: Rows in which it is null.
        minimum: The smallest number of values of a row that has it; 0 when none has.
        maximum: The largest.
        total: The number of values over all rows.
        lengths: The distribution of the number of values, over rows that have it.
    """

    present: int
    missing: int
    minimum: int
    maximum: int
    total: int
    lengths: QuantileSummary


@dataclasses.dataclass(frozen=True, kw_only=True)
class Presence:
    """Accumulates list arrays [rows], or null arrays: every row lacks the feature.

    >>> presence = Presence()
    >>> result = presence.result(presence.add(presence.empty(), pa.array([[1], [], None])))
    >>> result.present, result.missing, result.minimum, result.maximum
    (2, 1, 0, 1)
    """

    lengths: Quantiles = dataclasses.field(default_factory=Quantiles)

    def empty(self) -> PresenceState:
        return PresenceState(lengths=self.lengths.empty())

    def add(self, state: PresenceState, batch: pa.Array) -> PresenceState:
        state.rows += len(batch)
        present = len(batch) - batch.null_count
        if not present:
            return state
        lengths = pc.list_value_length(batch).drop_null().value_counts()
        sizes, counts = lengths.field("values").to_numpy(), lengths.field("counts").to_numpy()
        state.present += present
        state.minimum = min(state.minimum, int(sizes.min()))
        state.maximum = max(state.maximum, int(sizes.max()))
        state.total += int((sizes.astype(np.int64) * counts).sum())
        state.lengths = self.lengths.add(state.lengths, (sizes, counts))
        return state

    def merge(self, state: PresenceState, other: PresenceState) -> PresenceState:
        return PresenceState(
            rows=state.rows + other.rows,
            present=state.present + other.present,
            minimum=min(state.minimum, other.minimum),
            maximum=max(state.maximum, other.maximum),
            total=state.total + other.total,
            lengths=self.lengths.merge(state.lengths, other.lengths),
        )

    def result(self, state: PresenceState) -> PresenceResult:
        return PresenceResult(
            present=state.present,
            missing=state.rows - state.present,
            minimum=state.minimum if state.present else 0,
            maximum=state.maximum,
            total=state.total,
            lengths=self.lengths.result(state.lengths),
        )

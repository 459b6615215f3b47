"""Lengths of byte strings, and how many are not UTF-8."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclasses.dataclass(frozen=True, kw_only=True)
class StringLengthsResult:
    """All lengths in bytes.

    Attributes:
        count: How many strings were seen.
        total: The sum of their lengths.
        minimum: 0 when none was seen.
        maximum: 0 when none was seen.
        invalid_utf8: How many are not valid UTF-8.
    """

    count: int = 0
    total: int = 0
    minimum: int = 0
    maximum: int = 0
    invalid_utf8: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class StringLengths:
    r"""Accumulates flat binary arrays without nulls, or `(values, counts)`; the state is the result so far.

    >>> lengths = StringLengths()
    >>> lengths.result(lengths.add(lengths.empty(), pa.array([b"ab", b"\xff"])))
    StringLengthsResult(count=2, total=3, minimum=1, maximum=2, invalid_utf8=1)
    """

    def empty(self) -> StringLengthsResult:
        return StringLengthsResult()

    def add(self, state: StringLengthsResult, batch: pa.Array | tuple[pa.Array, np.ndarray]) -> StringLengthsResult:
        values, counts = batch if isinstance(batch, tuple) else (batch, np.ones(len(batch), np.int64))
        if not len(values):
            return state
        lengths = pc.binary_length(values).to_numpy()
        return self.merge(
            state,
            StringLengthsResult(
                count=int(counts.sum()),
                total=int((lengths * counts).sum()),
                minimum=int(lengths.min()),
                maximum=int(lengths.max()),
                invalid_utf8=_invalid_utf8(values, counts),
            ),
        )

    def merge(self, state: StringLengthsResult, other: StringLengthsResult) -> StringLengthsResult:
        if not state.count or not other.count:
            return state if state.count else other
        return StringLengthsResult(
            count=state.count + other.count,
            total=state.total + other.total,
            minimum=min(state.minimum, other.minimum),
            maximum=max(state.maximum, other.maximum),
            invalid_utf8=state.invalid_utf8 + other.invalid_utf8,
        )

    def result(self, state: StringLengthsResult) -> StringLengthsResult:
        return state


def is_utf8(value: bytes) -> bool:
    """Whether the bytes are valid UTF-8."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _invalid_utf8(values: pa.Array, counts: np.ndarray) -> int:
    try:
        values.cast(pa.string())
    except pa.ArrowInvalid:
        return sum(
            count for value, count in zip(values.to_pylist(), counts.tolist(), strict=True) if not is_utf8(value)
        )
    return 0

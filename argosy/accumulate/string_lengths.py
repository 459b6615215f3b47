"""Lengths of byte strings, and how many are not UTF-8."""

import dataclasses

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
    r"""Accumulates flat binary arrays without nulls; the state is the result so far.

    >>> lengths = StringLengths()
    >>> lengths.result(lengths.add(lengths.empty(), pa.array([b"ab", b"\xff"])))
    StringLengthsResult(count=2, total=3, minimum=1, maximum=2, invalid_utf8=1)
    """

    def empty(self) -> StringLengthsResult:
        return StringLengthsResult()

    def add(self, state: StringLengthsResult, batch: pa.Array) -> StringLengthsResult:
        if not len(batch):
            return state
        lengths = pc.binary_length(batch)
        extremes = pc.min_max(lengths).as_py()
        return self.merge(
            state,
            StringLengthsResult(
                count=len(batch),
                total=pc.sum(lengths).as_py(),
                minimum=extremes["min"],
                maximum=extremes["max"],
                invalid_utf8=_invalid_utf8(batch),
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


def _invalid_utf8(batch: pa.Array) -> int:
    try:
        batch.cast(pa.string())
    except pa.ArrowInvalid:
        return sum(not is_utf8(value) for value in batch.to_pylist())
    return 0

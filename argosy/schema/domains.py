"""What a feature may hold, as frozen dataclasses under tensorflow_metadata's names.

`extra` holds, serialized, what a proto says beyond what is modelled here. `StructDomain` is in `spec.py`, with the
features that it holds.
"""

import dataclasses
from typing import Literal

IntegerTime = Literal["", "UNIX_DAYS", "UNIX_SECONDS", "UNIX_MILLISECONDS", "UNIX_MICROSECONDS", "UNIX_NANOSECONDS"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class StringDomain:
    """The strings that a feature may hold; CATEGORICAL_NO: they are no categories, only a list."""

    name: str = ""
    values: tuple[str, ...] = ()
    is_categorical: Literal["", "CATEGORICAL_YES", "CATEGORICAL_NO"] = ""
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class IntDomain:
    """The integers that a feature may hold, both ends included; on a BYTES feature: its strings are integers."""

    name: str = ""
    min: int | None = None
    max: int | None = None
    is_categorical: bool = False
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FloatDomain:
    """The floats that a feature may hold, both ends included; on a BYTES feature: its strings are numbers."""

    name: str = ""
    min: float | None = None
    max: float | None = None
    disallow_nan: bool = False
    disallow_inf: bool = False
    is_categorical: bool = False
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class BoolDomain:
    """Truth values: 0 and 1, or for BYTES the two strings given; None: no string stands for it."""

    name: str = ""
    true_value: str | None = None
    false_value: str | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of a text a vocabulary must hold, and how long its tokens are on average, in characters."""

    min_coverage: float | None = None
    min_avg_token_length: float | None = None
    excluded_string_tokens: tuple[str, ...] = ()
    excluded_int_tokens: tuple[int, ...] = ()
    oov_string_tokens: tuple[str, ...] = ()
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TokenConstraint:
    """How often a token, an integer or a string, must and may occur in a row, and in which fraction of the rows."""

    int_value: int | None = None
    string_value: str | None = None
    min_per_sequence: int | None = None
    max_per_sequence: int | None = None
    min_fraction_of_sequences: float | None = None
    max_fraction_of_sequences: float | None = None
    extra: bytes = b""

    @property
    def value(self) -> int | str | None:
        """The token."""
        return self.string_value if self.int_value is None else self.int_value


@dataclasses.dataclass(frozen=True, kw_only=True)
class SequenceLength:
    """How many tokens a row must and may have, those that are excluded not counted."""

    excluded_int_values: tuple[int, ...] = ()
    excluded_string_values: tuple[str, ...] = ()
    min_sequence_length: int | None = None
    max_sequence_length: int | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class NaturalLanguageDomain:
    """Text as tokens; `vocabulary` names a vocabulary that others know."""

    vocabulary: str = ""
    coverage: Coverage | None = None
    token_constraints: tuple[TokenConstraint, ...] = ()
    sequence_length_constraints: SequenceLength | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageDomain:
    """Encoded images: the fraction that must be of a format TensorFlow reads, and how many bytes one may have."""

    minimum_supported_image_fraction: float | None = None
    max_image_byte_size: int | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TimeDomain:
    """Points in time: strings by strptime's directives, or integers of the unit since the epoch."""

    string_format: str | None = None
    integer_format: IntegerTime = ""
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TimeOfDayDomain:
    """Times of day: strings by strptime's directives, or integers as packed nanoseconds."""

    string_format: str | None = None
    integer_format: Literal["", "PACKED_64_NANOS"] = ""
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SemanticDomain:
    """A meaning without limits: `url`, `mid` (a knowledge graph's identifier), `audio`, `video`, `content_chunk`."""

    kind: Literal["url", "mid", "audio", "video", "content_chunk"]
    extra: bytes = b""

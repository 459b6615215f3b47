"""What a schema demands beside domains: presence, numbers of values, distances, sizes; and its annotations."""

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True, kw_only=True)
class Presence:
    """How often a feature must be there; None: no demand."""

    min_fraction: float | None = None
    min_count: int | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValueCount:
    """How many values a row may have, both ends included; None: no demand."""

    min: int | None = None
    max: int | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class UniqueConstraints:
    """How many different values a feature must and may have, both ends included; None: no demand."""

    min: int | None = None
    max: int | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparator:
    """How far a feature's distribution may lie from another's; None: that distance is not judged.

    Attributes:
        infinity_norm: The largest difference of a value's share of all, 0 to 1; of categories.
        jensen_shannon_divergence: Base 2, 0 to 1; of numbers and categories.
        histogram: Of numbers, the buckets that the divergence is of: QUANTILES, or STANDARD (DEFAULT and empty too).
        normalized_abs_difference: The largest difference of a value's count by the sum of all counts.
    """

    infinity_norm: float | None = None
    jensen_shannon_divergence: float | None = None
    histogram: Literal["", "DEFAULT", "STANDARD", "QUANTILES"] = ""
    normalized_abs_difference: float | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumExamplesComparator:
    """The least and the most that a number of examples may be of another's, as fractions of it."""

    min_fraction_threshold: float | None = None
    max_fraction_threshold: float | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatasetConstraints:
    """How many examples there must and may be, and how many against the previous span (drift) or version."""

    num_examples_drift_comparator: NumExamplesComparator | None = None
    num_examples_version_comparator: NumExamplesComparator | None = None
    min_examples_count: int | None = None
    max_examples_count: int | None = None
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Annotation:
    """What people noted; nothing is made of it."""

    tags: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DerivedSource:
    """From which features, by their paths, validation made a feature."""

    deriver_name: str = ""
    description: str = ""
    source_paths: tuple[tuple[str, ...], ...] = ()
    declaratively_configured: bool = False
    extra: bytes = b""

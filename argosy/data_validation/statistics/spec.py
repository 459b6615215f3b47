"""The statistics of a dataset as frozen dataclasses, under the names of tensorflow_metadata's protos."""

import dataclasses
from typing import Literal

from argosy.errors import ParameterError, did_you_mean

StatisticsType = Literal["INT", "FLOAT", "STRING", "BYTES", "STRUCT"]

DATASET_NAME = "All Examples"
"""What TFDV calls the statistics of all rows, as against a slice of them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bucket:
    """Values from `low` to `high`; both are the same for a point mass. Counts are fractions where interpolated."""

    low: float
    high: float
    count: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Histogram:
    """STANDARD: buckets of equal width. QUANTILES: buckets of about equal counts. NaN has no bucket."""

    type: Literal["STANDARD", "QUANTILES"]
    buckets: tuple[Bucket, ...]
    num_nan: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValueFrequency:
    """A value and in how many places it occurs."""

    value: str
    frequency: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class CommonStatistics:
    """What every feature has.

    Attributes:
        num_non_missing: Rows that have it, with no value too.
        num_missing: Rows that lack it.
        min_num_values: The smallest number of values of a row that has it.
        max_num_values: The largest.
        avg_num_values: The mean.
        tot_num_values: The number of values in all rows.
        num_values_histogram: Of the number of values; None when no row has the feature.
        max_nesting: Levels of lists; more than 1 only in statistics that others wrote.
    """

    num_non_missing: int = 0
    num_missing: int = 0
    min_num_values: int = 0
    max_num_values: int = 0
    avg_num_values: float = 0.0
    tot_num_values: int = 0
    num_values_histogram: Histogram | None = None
    max_nesting: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumericStatistics:
    """Of the values of an INT or FLOAT feature, NaN left out. All zero when there is no number.

    The standard deviation is the population's; it is NaN where an infinity is among the values.
    """

    mean: float = 0.0
    std_dev: float = 0.0
    num_zeros: int = 0
    min: float = 0.0
    median: float = 0.0
    max: float = 0.0
    histograms: tuple[Histogram, ...] = ()

    @property
    def num_nan(self) -> int:
        """How many values were NaN."""
        return max((histogram.num_nan for histogram in self.histograms), default=0)

    def histogram(self, kind: str) -> Histogram | None:
        """Returns the STANDARD or the QUANTILES histogram, where there is one."""
        return next((histogram for histogram in self.histograms if histogram.type == kind), None)


@dataclasses.dataclass(frozen=True, kw_only=True)
class StringStatistics:
    """Of the values of a STRING feature, or of a number that is a category.

    Attributes:
        avg_length: In bytes.
        unique: How many values differ.
        invalid_utf8_count: How many are not UTF-8.
        top_values: The most frequent; of equally frequent ones, the larger first.
        ranks: The same for many more values; domains are inferred from these and checked against these.
    """

    avg_length: float = 0.0
    unique: int = 0
    invalid_utf8_count: int = 0
    top_values: tuple[ValueFrequency, ...] = ()
    ranks: tuple[ValueFrequency, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The values that are known, sorted."""
        return tuple(sorted(entry.value for entry in self.ranks or self.top_values))


@dataclasses.dataclass(frozen=True, kw_only=True)
class FeatureStatistics:
    """Of one feature; `numeric` and `strings` are None where its type has none."""

    path: tuple[str, ...]
    type: StatisticsType
    common: CommonStatistics
    numeric: NumericStatistics | None = None
    strings: StringStatistics | None = None

    @property
    def name(self) -> str:
        """Its path as one string."""
        return ".".join(self.path)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatasetStatistics:
    """Of all features of a dataset (a split, a slice), by name."""

    name: str = DATASET_NAME
    num_examples: int = 0
    features: tuple[FeatureStatistics, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Returns the names of all features, in order."""
        return tuple(feature.name for feature in self.features)

    def feature(self, name: str) -> FeatureStatistics:
        """Returns the statistics of a feature.

        Raises:
            ParameterError: There are none of that name.
        """
        for feature in self.features:
            if feature.name == name:
                return feature
        raise ParameterError(f"no statistics of feature {name!r}: {did_you_mean(name, self.names())}")

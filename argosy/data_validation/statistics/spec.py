"""The statistics of a dataset as frozen dataclasses, under the names of tensorflow_metadata's protos."""

import dataclasses
from typing import Literal

from argosy.data_validation.statistics.cross.spec import CrossFeatureStatistics
from argosy.data_validation.statistics.tokens.spec import NaturalLanguageStatistics
from argosy.errors import ParameterError, did_you_mean
from argosy.schema import DerivedSource

StatisticsType = Literal["INT", "FLOAT", "STRING", "BYTES", "STRUCT"]

DATASET_NAME = "All Examples"
"""What TFDV calls the statistics of all rows, as against a slice of them."""

UNEXPECTED_VALUES, UNEXPECTED_COUNT = "values_out_of_domain", "count_out_of_domain"
"""Custom statistics: the most frequent values that are not in the schema's domain, and how many are not in all."""
WEIGHTED = "weighted_"
"""What the name of a custom statistic starts with that has weights in the places of counts."""


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
    """A value and how often it occurs, or the sum of the weights of the places where it does."""

    value: str
    frequency: float


CustomValue = float | str | Histogram | tuple[ValueFrequency, ...] | NaturalLanguageStatistics | bytes
"""A number, a text, a histogram, a rank histogram, statistics of tokens, or a serialized `google.protobuf.Any`."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class CustomStatistic:
    """A statistic that the protos have no field for: by its name."""

    name: str
    value: CustomValue


@dataclasses.dataclass(frozen=True, kw_only=True)
class WeightedCommonStatistics:
    """Weights where CommonStatistics has counts."""

    num_non_missing: float = 0.0
    num_missing: float = 0.0
    avg_num_values: float = 0.0
    tot_num_values: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class PresenceAndValencyStatistics:
    """Of one level of lists within lists: how many lists are there, and how many values each has."""

    num_non_missing: int = 0
    num_missing: int = 0
    min_num_values: int = 0
    max_num_values: int = 0
    tot_num_values: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class CommonStatistics:
    """What every feature has.

    Attributes:
        num_non_missing: Rows that have it, with no value too.
        num_missing: Rows that lack it.
        min_num_values: The smallest number of values of a row that has it; of lists within lists, the innermost values.
        max_num_values: The largest.
        avg_num_values: The mean.
        tot_num_values: The number of values in all rows.
        num_values_histogram: Of the number of values; None when no row has the feature.
        weighted_common_stats: None where rows have no weights.
        presence_and_valency_stats: One entry a level, the outermost first; empty unless there are lists within lists.
        weighted_presence_and_valency_stats: Likewise.
    """

    num_non_missing: int = 0
    num_missing: int = 0
    min_num_values: int = 0
    max_num_values: int = 0
    avg_num_values: float = 0.0
    tot_num_values: int = 0
    num_values_histogram: Histogram | None = None
    weighted_common_stats: WeightedCommonStatistics | None = None
    presence_and_valency_stats: tuple[PresenceAndValencyStatistics, ...] = ()
    weighted_presence_and_valency_stats: tuple[WeightedCommonStatistics, ...] = ()

    @property
    def max_nesting(self) -> int:
        """How many levels of lists there are."""
        return max(len(self.presence_and_valency_stats), 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class WeightedNumericStatistics:
    """Of numbers, each of which counts as its row's weight says."""

    mean: float = 0.0
    std_dev: float = 0.0
    median: float = 0.0
    histograms: tuple[Histogram, ...] = ()

    def histogram(self, kind: str) -> Histogram | None:
        """Returns the STANDARD or the QUANTILES histogram, where there is one."""
        return next((histogram for histogram in self.histograms if histogram.type == kind), None)


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumericStatistics:
    """Of the values of an INT or FLOAT feature, NaN left out. All zero when there is no number.

    The standard deviation is the population's; it is NaN where an infinity is among the values.
    `weighted_numeric_stats` is None where rows have no weights.
    """

    mean: float = 0.0
    std_dev: float = 0.0
    num_zeros: int = 0
    min: float = 0.0
    median: float = 0.0
    max: float = 0.0
    histograms: tuple[Histogram, ...] = ()
    weighted_numeric_stats: WeightedNumericStatistics | None = None

    @property
    def num_nan(self) -> int:
        """How many values were NaN."""
        return max((histogram.num_nan for histogram in self.histograms), default=0)

    def histogram(self, kind: str) -> Histogram | None:
        """Returns the STANDARD or the QUANTILES histogram, where there is one."""
        return next((histogram for histogram in self.histograms if histogram.type == kind), None)


@dataclasses.dataclass(frozen=True, kw_only=True)
class WeightedStringStatistics:
    """The most frequent values by the sum of the weights of the places where they are."""

    top_values: tuple[ValueFrequency, ...] = ()
    ranks: tuple[ValueFrequency, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class StringStatistics:
    """Of the values of a STRING feature, or of a number that is a category.

    Attributes:
        avg_length: In bytes.
        unique: How many values differ.
        invalid_utf8_count: How many are not UTF-8.
        top_values: The most frequent; of equally frequent ones, the larger first.
        ranks: The same for many more values; domains are inferred from these and checked against these.
        weighted_string_stats: None where rows have no weights.
    """

    avg_length: float = 0.0
    unique: int = 0
    invalid_utf8_count: int = 0
    top_values: tuple[ValueFrequency, ...] = ()
    ranks: tuple[ValueFrequency, ...] = ()
    weighted_string_stats: WeightedStringStatistics | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """The values that are known, sorted."""
        return tuple(sorted(entry.value for entry in self.ranks or self.top_values))


@dataclasses.dataclass(frozen=True, kw_only=True)
class BytesStatistics:
    """Of values that are no text, as images; `unique` is 0 where it was not counted."""

    unique: int = 0
    avg_num_bytes: float = 0.0
    min_num_bytes: float = 0.0
    max_num_bytes: float = 0.0
    max_num_bytes_int: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class FeatureStatistics:
    """Of one feature. At most one of `numeric`, `strings` and `binary` is there.

    A STRUCT has none of them; nor has a sparse or weighted feature of the schema, which is only in `custom_stats`.
    `derived` says what validation made it from; None: rows hold it.
    """

    path: tuple[str, ...]
    type: StatisticsType
    common: CommonStatistics
    numeric: NumericStatistics | None = None
    strings: StringStatistics | None = None
    binary: BytesStatistics | None = None
    custom_stats: tuple[CustomStatistic, ...] = ()
    derived: DerivedSource | None = None

    @property
    def name(self) -> str:
        """Its path as one string."""
        return ".".join(self.path)

    @property
    def is_described(self) -> bool:
        """Whether rows hold it; a sparse or weighted feature of the schema is made of others that they hold."""
        return self.type == "STRUCT" or not (self.numeric is self.strings is self.binary is None)

    def custom(self, name: str) -> CustomValue | None:
        """Returns the value of a custom statistic, where there is one."""
        return next((entry.value for entry in self.custom_stats if entry.name == name), None)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatasetStatistics:
    """Of all features of a dataset (a split, a slice), by name.

    Attributes:
        name: DATASET_NAME, or the key of a slice.
        num_examples: Rows.
        weighted_num_examples: The sum of their weights; 0 where they have none.
        features: One entry a feature.
        cross_features: One entry a pair of features.
        slices: The statistics of parts of the rows, by name; empty in those of a slice.
    """

    name: str = DATASET_NAME
    num_examples: int = 0
    weighted_num_examples: float = 0.0
    features: tuple[FeatureStatistics, ...] = ()
    cross_features: tuple[CrossFeatureStatistics, ...] = ()
    slices: tuple["DatasetStatistics", ...] = ()

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

    def slice(self, name: str) -> "DatasetStatistics":
        """Returns the statistics of a slice, or by DATASET_NAME these.

        Raises:
            ParameterError: There is no such slice.
        """
        by_name = {self.name: self} | {part.name: part for part in self.slices}
        if name not in by_name:
            raise ParameterError(f"no statistics of slice {name!r}: {did_you_mean(name, by_name)}")
        return by_name[name]

    def _repr_html_(self) -> str:
        """Returns the report, as notebooks show it."""
        from argosy.data_validation.report import statistics_page
        from argosy.page import framed

        return framed(statistics_page({self.name: self}))

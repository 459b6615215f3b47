"""Options of statistics, under TFDV's names; `parse_options.py` reads them from a dictionary."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from argosy.data_validation.statistics.generators import StatsGenerator

Path = tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SlicingSpec:
    """One way to divide the rows: a slice for each combination of values of the features.

    Attributes:
        features: By name the values to make slices of; None: every value that occurs.
    """

    features: Mapping[str, tuple[str, ...] | None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LiftOptions:
    """How lift is computed.

    Attributes:
        y_boundaries: Where given, cut the label, a number, into buckets.
        min_x_count: Values that fewer rows hold are left out.
        top_k_per_y: How many values of the greatest lift to keep; 0 with `bottom_k_per_y` 0: all.
        bottom_k_per_y: How many of the smallest.
    """

    y_boundaries: tuple[float, ...] = ()
    min_x_count: int = 0
    top_k_per_y: int = 0
    bottom_k_per_y: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class HistogramChoice:
    """For which features histograms, and with them medians, are computed: only those listed, or all but those."""

    histogram_paths: tuple[Path, ...] = ()
    histogram_mode: Literal["include", "exclude"] = "exclude"

    def includes(self, path: Path) -> bool:
        """Whether the feature has histograms."""
        return (path in self.histogram_paths) == (self.histogram_mode == "include")


@dataclasses.dataclass(frozen=True, kw_only=True)
class StatisticsOptions:
    """What is computed, and how much of it is kept.

    Attributes:
        num_top_values: Most frequent values that are listed.
        num_rank_histogram_buckets: Most frequent values that are kept for domains and distances.
        num_values_histogram_buckets: Of the number of values of a row.
        num_histogram_buckets: Of equal width.
        num_quantiles_histogram_buckets: Of equal counts.
        frequency_threshold: How often a listed value has to occur.
        weighted_frequency_threshold: The weight that a listed value has to have, where rows have weights.
        epsilon: By how much of the count the rank of a quantile may be wrong, once there are too many values to keep.
        use_sketch_based_topk_uniques: Whether to count the most frequent values of strings approximately, in little
            memory, from the start.
        weight_feature: The feature that is a row's weight; empty: rows have none.
        per_feature_weight_override: By feature the one that weighs it instead.
        slicing: In which ways to divide the rows.
        sample_rate: Which fraction of the rows to look at.
        sample_rate_by_split: The same by split; it goes before `sample_rate`.
        sample_seed: Other seeds choose other rows.
        feature_allowlist: The features to look at; empty: all.
        label_feature: The feature whose lift by each category is computed; empty: none.
        lift: How.
        feature_crosses: Pairs of numeric features whose covariance is computed; "all": every pair.
        enable_semantic_domain_stats: Whether to tell texts, images and times from other values.
        semantic_domain_stats_sample_rate: Which fraction of the values to look at for that.
        per_feature_stats_config: Which features have histograms.
        vocab_paths: By the name of a vocabulary that the schema names the file that holds it.
        generators: What computes statistics of one's own, beside the others.
        add_default_generators: Whether to describe features at all; else they have only what the generators say, what
            the schema composes, lift and covariances.
    """

    num_top_values: int = 20
    num_rank_histogram_buckets: int = 1000
    num_values_histogram_buckets: int = 10
    num_histogram_buckets: int = 10
    num_quantiles_histogram_buckets: int = 10
    frequency_threshold: int = 1
    weighted_frequency_threshold: float = 1.0
    epsilon: float = 0.01
    use_sketch_based_topk_uniques: bool = False
    weight_feature: str = ""
    per_feature_weight_override: Mapping[Path, str] = dataclasses.field(default_factory=dict)
    slicing: tuple[SlicingSpec, ...] = ()
    sample_rate: float = 1.0
    sample_rate_by_split: Mapping[str, float] = dataclasses.field(default_factory=dict)
    sample_seed: int = 0
    feature_allowlist: tuple[Path, ...] = ()
    label_feature: str = ""
    lift: LiftOptions = LiftOptions()
    feature_crosses: tuple[tuple[str, str], ...] | Literal["all"] = ()
    enable_semantic_domain_stats: bool = False
    semantic_domain_stats_sample_rate: float = 1.0
    per_feature_stats_config: HistogramChoice = HistogramChoice()
    vocab_paths: Mapping[str, str] = dataclasses.field(default_factory=dict)
    generators: tuple[StatsGenerator[Any], ...] = ()
    add_default_generators: bool = True

    def weight_of(self, path: Path) -> str:
        """Returns the feature that weighs a feature; empty: none does."""
        return self.per_feature_weight_override.get(path, self.weight_feature)

    def allows(self, path: Path) -> bool:
        """Whether a feature is looked at: one that is listed, is within one, or has one within it."""
        listed = self.feature_allowlist
        return not listed or any(path[: len(one)] == one[: len(path)] for one in listed)

    def weight_features(self) -> frozenset[str]:
        """Returns every feature that is a weight."""
        return frozenset({self.weight_feature, *self.per_feature_weight_override.values()} - {""})

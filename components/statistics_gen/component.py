"""The KFP face of StatisticsGen."""

from kfp import dsl

from components.artifact_types import Examples, ExampleStatistics, Schema
from components.container import step


@dsl.container_component
def statistics_gen(
    examples: dsl.Input[Examples],
    statistics: dsl.Output[ExampleStatistics],
    report: dsl.Output[dsl.HTML],
    schema: dsl.Input[Schema] = None,
    stats_options: dict = {},
    exclude_splits: list = [],
    beam_pipeline_args: list = [],
) -> dsl.ContainerSpec:
    """Computes descriptive statistics of every feature of every split.

    Args:
        examples: The rows.
        schema: Where given, says which numbers are categories, which strings are images, and which features are made of
            others (sparse and weighted ones).
        stats_options: Options by TFDV's names: how much is kept (num_top_values, num_histogram_buckets, epsilon...),
            weight_feature, slicing_config, sample_rate, sample_rate_by_split, feature_allowlist, label_feature,
            enable_semantic_domain_stats, and more, which docs/validation.md lists.
        exclude_splits: Names of splits to leave out.
        beam_pipeline_args: Apache Beam's own options.

    Returns:
        statistics: One FeatureStats.pb a split.
        report: The same as a page.
    """
    return step("statistics_gen")

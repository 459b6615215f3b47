"""The KFP face of DistributionValidator."""

from kfp import dsl

from components.artifact_types import ExampleAnomalies, ExampleStatistics
from components.container import step


@dsl.container_component
def distribution_validator(
    statistics: dsl.Input[ExampleStatistics],
    anomalies: dsl.Output[ExampleAnomalies],
    report: dsl.Output[dsl.HTML],
    config: dict,
    baseline_statistics: dsl.Input[ExampleStatistics] = None,
    include_split_pairs: list = [],
    custom_validation_config: dict = {},
    fail_on: str = "error",
) -> dsl.ContainerSpec:
    """Compares distributions of configured features with those of a baseline; by default an anomaly stops the run.

    Args:
        statistics: What StatisticsGen found.
        config: TFX's DistributionValidatorConfig: default_slice_config with feature and num_examples_comparator.
        baseline_statistics: What to compare with; without, every split passes.
        include_split_pairs: Pairs [split, baseline split] to compare; none: splits of one name.
        custom_validation_config: Conditions on the statistics of features, in TFX's CustomValidationConfig.
        fail_on: error, warning or never: the severity from which on anomalies fail this step.

    Returns:
        anomalies: One SchemaDiff.pb a pair of splits, with every measured distance.
        report: The same as a page.
    """
    return step("distribution_validator")

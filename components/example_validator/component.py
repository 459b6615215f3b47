"""The KFP face of ExampleValidator."""

from kfp import dsl

from components.artifact_types import ExampleAnomalies, Examples, ExampleStatistics, Schema
from components.container import step


@dsl.container_component
def example_validator(
    statistics: dsl.Input[ExampleStatistics],
    schema: dsl.Input[Schema],
    anomalies: dsl.Output[ExampleAnomalies],
    report: dsl.Output[dsl.HTML],
    previous_statistics: dsl.Input[ExampleStatistics] = None,
    serving_statistics: dsl.Input[ExampleStatistics] = None,
    previous_version_statistics: dsl.Input[ExampleStatistics] = None,
    examples: dsl.Input[Examples] = None,
    exclude_splits: list = [],
    environment: str = "",
    fail_on: str = "error",
    validation_options: dict = {},
    custom_validation_config: dict = {},
) -> dsl.ContainerSpec:
    """Compares statistics with the schema and reports every anomaly; by default an error stops the run.

    Args:
        statistics: What StatisticsGen found.
        schema: What the data should look like.
        previous_statistics: Of an earlier span: what the schema's drift_comparators compare with.
        serving_statistics: Of what is served: what the schema's skew_comparators compare with.
        previous_version_statistics: Of an earlier version of this span: what its number of rows is compared with.
        examples: The rows themselves, to tell which of them are wrong.
        exclude_splits: Names of splits to leave out.
        environment: The schema environment to validate in.
        fail_on: error, warning or never: the severity from which on anomalies fail this step.
        validation_options: features_needed, new_features_are_warnings, severity_overrides.
        custom_validation_config: Conditions on the statistics of features, in TFX's CustomValidationConfig.

    Returns:
        anomalies: One SchemaDiff.pb a split.
        report: The same as a page.
    """
    return step("example_validator")

"""The KFP face of ExampleValidator."""

from kfp import dsl

from components.artifact_types import ExampleAnomalies, ExampleStatistics, Schema
from components.container import step


@dsl.container_component
def example_validator(
    statistics: dsl.Input[ExampleStatistics],
    schema: dsl.Input[Schema],
    anomalies: dsl.Output[ExampleAnomalies],
    report: dsl.Output[dsl.HTML],
    exclude_splits: list = [],
    environment: str = "",
    fail_on: str = "error",
) -> dsl.ContainerSpec:
    """Compares statistics with the schema and reports every anomaly; by default an error stops the run.

    Args:
        statistics: What StatisticsGen found.
        schema: What the data should look like.
        exclude_splits: Names of splits to leave out.
        environment: The schema environment to validate in.
        fail_on: error, warning or never: the severity from which on anomalies fail this step.

    Returns:
        anomalies: One SchemaDiff.pb a split.
        report: The same as a page.
    """
    return step("example_validator")

"""The KFP face of SchemaGen."""

from kfp import dsl

from components.artifact_types import ExampleStatistics, Schema
from components.container import step


@dsl.container_component
def schema_gen(
    statistics: dsl.Input[ExampleStatistics],
    schema: dsl.Output[Schema],
    report: dsl.Output[dsl.HTML],
    infer_feature_shape: bool = True,
    splits: list = ["train"],
) -> dsl.ContainerSpec:
    """Infers a schema from statistics: types, presence, shapes, domains.

    Args:
        statistics: What StatisticsGen found.
        infer_feature_shape: Whether features that always have the same number of values get a fixed shape.
        splits: The splits to infer from; the others stay unseen, so that validation can find what is new in them.

    Returns:
        schema: schema.pbtxt.
        report: The same as a page.
    """
    return step("schema_gen")

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
    max_string_domain_size: int = 100,
    infer_numeric_ranges: bool = False,
    infer_integer_categories: int = 0,
) -> dsl.ContainerSpec:
    """Infers a schema from statistics: types, presence, shapes, domains.

    Args:
        statistics: What StatisticsGen found.
        infer_feature_shape: Whether features that always have the same number of values get a fixed shape.
        splits: The splits to infer from; the others stay unseen, so that validation can find what is new in them.
        max_string_domain_size: How many distinct strings at most make a domain.
        infer_numeric_ranges: Whether numbers get a domain from the smallest to the largest one seen.
        infer_integer_categories: Integers are categories when they lie in a range of at most so many; 0: never.

    Returns:
        schema: schema.pbtxt.
        report: The same as a page.
    """
    return step("schema_gen")

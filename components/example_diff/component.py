"""The KFP face of ExampleDiff."""

from kfp import dsl

from components.artifact_types import Examples, ExamplesDiff
from components.container import step


@dsl.container_component
def example_diff(
    examples_test: dsl.Input[Examples],
    examples_base: dsl.Input[Examples],
    diff: dsl.Output[ExamplesDiff],
    report: dsl.Output[dsl.HTML],
    config: dict,
    include_split_pairs: list = [],
) -> dsl.ContainerSpec:
    """Joins the rows of two datasets by what identifies them and counts, feature by feature, where they differ.

    Args:
        examples_test: The rows to judge.
        examples_base: The rows to compare them with.
        config: TFX's ExampleDiffConfig: paired_example_skew with identifier_features, ignore_features,
            skew_sample_size, float_round_ndigits, allow_duplicate_identifiers, confusion_config.
        include_split_pairs: Pairs [test split, base split] to compare; none: each with each.

    Returns:
        diff: For each pair of splits: counts by feature, how rows were paired, pairs that differ, pairs of values.
        report: The same as a page.
    """
    return step("example_diff")

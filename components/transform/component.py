"""The KFP face of Transform."""

from kfp import dsl

from components.artifact_types import Examples, Schema, TransformGraph
from components.container import step


@dsl.container_component
def transform(
    examples: dsl.Input[Examples],
    schema: dsl.Input[Schema],
    transform_graph: dsl.Output[TransformGraph],
    transformed_examples: dsl.Output[Examples],
    module_file: str = "",
    preprocessing_fn: str = "",
    splits_config: dict = {},
    custom_config: dict = {},
    materialize: bool = True,
    beam_pipeline_args: list = [],
) -> dsl.ContainerSpec:
    """Runs the user's preprocessing_fn over the data and freezes it into one graph for training and serving.

    Args:
        examples: The raw rows.
        schema: Their schema.
        module_file: The Python file that defines preprocessing_fn(inputs), or preprocessing_fn(inputs, custom_config);
            or a folder, archive or wheel of packages, at a path or URI.
        preprocessing_fn: Instead of module_file, or in its packages: the function's import path, as
            package.module.function.
        splits_config: {"analyze": [...], "transform": [...]}. Default: analyze train, transform all.
        custom_config: Handed to preprocessing_fn if it asks for it.
        materialize: Whether to write the transformed rows.
        beam_pipeline_args: Apache Beam's own options.

    Returns:
        transform_graph: The graph, its vocabularies and the schema of its output.
        transformed_examples: The transformed rows, split by split.
    """
    return step("transform")

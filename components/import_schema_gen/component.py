"""The KFP face of ImportSchemaGen."""

from kfp import dsl

from components.artifact_types import Schema
from components.container import step


@dsl.container_component
def import_schema_gen(
    schema: dsl.Output[Schema],
    report: dsl.Output[dsl.HTML],
    schema_file: str,
) -> dsl.ContainerSpec:
    """Takes a schema that a person keeps: checks that it contradicts nothing, and hands it on as it is.

    Args:
        schema_file: A schema.pbtxt, at a path beside the pipeline or at a URI.

    Returns:
        schema: schema.pbtxt, word for word.
        report: The same as a page.
    """
    return step("import_schema_gen")

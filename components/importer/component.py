"""The KFP face of the importer."""

from kfp import dsl

from components.container import step


@dsl.container_component
def importer(
    artifact: dsl.Output[dsl.Artifact],
    artifact_uri: str,
    artifact_type: str = "system.Artifact",
    metadata: dict = {},
    fingerprint: str = "",
) -> dsl.ContainerSpec:
    """Brings what exists elsewhere into a pipeline: a pointer with its URI, type and digest, and no copy.

    Args:
        artifact_uri: Where it lives: a path or a URI, also one that an earlier step computed.
        artifact_type: Its type's title, for example system.Model or system.ArgosyExamples.
        metadata: To be recorded with it; strings and numbers.
        fingerprint: Its digest taken before the run, so that a cache notices when it changes.

    Returns:
        artifact: The pointer.
    """
    return step("importer")

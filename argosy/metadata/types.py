"""The type names and typed properties that TFX gives to artifacts and contexts; the rest are custom properties."""

PIPELINE = "pipeline"
PIPELINE_RUN = "pipeline_run"
NODE = "node"
EXECUTION_CACHE = "execution_cache"

ARTIFACT_PROPERTIES: dict[str, dict[str, type]] = {
    "Examples": {"span": int, "version": int, "split_names": str},
    "ExampleStatistics": {"span": int, "split_names": str},
    "ExampleAnomalies": {"span": int, "split_names": str},
}


def artifact_type_name(schema_title: str) -> str:
    """Returns TFX's name for a KFP schema title.

    >>> artifact_type_name("system.ArgosyExamples"), artifact_type_name("system.Model")
    ('Examples', 'Model')
    """
    return schema_title.removeprefix("system.").removeprefix("Argosy") or "Artifact"

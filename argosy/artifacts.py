"""Typed artifacts: what a step reads and writes. An artifact is a directory (or a file) at a URI, typed, with metadata.

    def statistics_gen(examples: Input[Examples], statistics: Output[ExampleStatistics], *, exclude_splits: list): ...

An executor is a plain function. Its artifact parameters are annotated `Input[T]`, `Output[T]`, `Input[T] | None`
(optional) or `list[Input[T]]`, where T is one of the types below. Layouts on disk are TFX's. Metadata values are
strings and numbers.
"""

import dataclasses
from typing import Any, ClassVar, Generic, TypeVar


class ArtifactType:
    """A kind of artifact. `title` is its KFP schema title; the system.* titles are what the dashboard renders."""

    title: ClassVar[str] = "system.Artifact"


class AnyArtifact(ArtifactType):
    """Matches every type."""


class Examples(ArtifactType):
    """`Split-<name>/data_tfrecord-00000-of-0000N.gz`, or `data_parquet-00000-of-0000N.parquet`.

    Metadata: split_names (a JSON list), span, version (where the input has one), payload_format, file_format,
    num_examples (a JSON dict split -> rows written), num_input_rows (rows read; a step where they differ has failed).
    """

    title = "system.ArgosyExamples"


class ExampleStatistics(ArtifactType):
    """`Split-<name>/FeatureStats.pb`: a binary DatasetFeatureStatisticsList. Metadata: split_names."""

    title = "system.ArgosyExampleStatistics"


class Schema(ArtifactType):
    """`schema.pbtxt`: a tensorflow_metadata Schema as text."""

    title = "system.ArgosySchema"


class ExampleAnomalies(ArtifactType):
    """`Split-<name>/SchemaDiff.pb`: a binary Anomalies. Metadata: split_names, blessed (JSON: split -> 1 or 0)."""

    title = "system.ArgosyExampleAnomalies"


class ExamplesDiff(ArtifactType):
    """`SplitPair-<test>_<base>/{skew_stats,sample_pairs,match_stats,confusion}`: TFRecord files of TFDV's protos.

    Metadata: split_names (the pairs).
    """

    title = "system.ArgosyExamplesDiff"


class TransformGraph(ArtifactType):
    """`transform_fn/` (SavedModel), `transformed_metadata/schema.pbtxt` and `asset_map`, `metadata/schema.pbtxt`."""

    title = "system.ArgosyTransformGraph"


class ModelRun(ArtifactType):
    """Logs and checkpoints of one training run."""

    title = "system.ArgosyModelRun"


class HyperParameters(ArtifactType):
    """`best_hyperparameters.txt`: a JSON KerasTuner configuration."""

    title = "system.ArgosyHyperParameters"


class ModelEvaluation(ArtifactType):
    """`metrics-*.tfrecord`, `plots-*.tfrecord`, `validations.tfrecord`, `eval_config.json`, as TFMA writes them."""

    title = "system.ArgosyModelEvaluation"


class ModelBlessing(ArtifactType):
    """An empty file `BLESSED` or `NOT_BLESSED`, and `reasons.json`. Metadata: blessed (1 or 0)."""

    title = "system.ArgosyModelBlessing"


class InfraBlessing(ArtifactType):
    """An empty file `INFRA_BLESSED` or `INFRA_NOT_BLESSED`. Metadata: blessed (1 or 0), has_model."""

    title = "system.ArgosyInfraBlessing"


class PushedModel(ArtifactType):
    """A copy of the model that was pushed. Metadata: pushed (1 or 0), pushed_destination, pushed_version."""

    title = "system.ArgosyPushedModel"


class Model(ArtifactType):
    """`Format-Serving/` (a SavedModel) and, where there is one, `Format-TFMA/` (an EvalSavedModel)."""

    title = "system.Model"


class Metrics(ArtifactType):
    """Numbers that the dashboard shows as a table: metadata only, numbers only."""

    title = "system.Metrics"


class ClassificationMetrics(ArtifactType):
    """A confusion matrix or ROC curve that the dashboard draws: metadata only."""

    title = "system.ClassificationMetrics"


class HTML(ArtifactType):
    """One self-contained HTML file at the URI itself."""

    title = "system.HTML"


class Markdown(ArtifactType):
    """One Markdown file at the URI itself."""

    title = "system.Markdown"


ARTIFACT_TYPES: tuple[type[ArtifactType], ...] = (
    AnyArtifact, Examples, ExampleStatistics, Schema, ExampleAnomalies, ExamplesDiff, TransformGraph, ModelRun,
    HyperParameters, ModelEvaluation, ModelBlessing, InfraBlessing, PushedModel, Model, Metrics, ClassificationMetrics,
    HTML, Markdown,
)  # fmt: skip

MOUNTS = {"gs://": "gcs", "s3://": "s3", "minio://": "minio"}
"""Scheme -> the folder of the root in which KFP's launcher shows what it stages to a container."""

T = TypeVar("T", bound=ArtifactType)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Input(Generic[T]):
    """An artifact that a step reads.

    Attributes:
        uri: Where it lives: an absolute local path, or s3:// or gs://.
        path: The local path of its bytes (the URI itself when that is local).
        name: Its name in the metadata store, for messages.
        metadata: What its producer recorded.
    """

    uri: str
    path: str
    name: str = ""
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Output(Generic[T]):
    """An artifact that a step writes: it fills `path` (a directory that exists; for HTML and Markdown a new file).

    Attributes:
        uri: Where it will live.
        path: The local path to write to.
        name: The output's name in the step's signature.
        metadata: To be filled by the step; strings and numbers only, numbers only for Metrics.
    """

    uri: str
    path: str
    name: str = ""
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)


FILE_TYPES: tuple[type[ArtifactType], ...] = (HTML, Markdown)
"""Types whose URI is one file, not a directory."""

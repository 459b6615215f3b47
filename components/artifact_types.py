"""KFP's view of the artifact types of `argosy.artifacts`: same titles, so the SDK checks what is wired to what."""

from kfp import dsl

from argosy import artifacts


class Examples(dsl.Artifact):
    """Rows, split by split."""

    schema_title = artifacts.Examples.title
    schema_version = "0.0.1"


class ExampleStatistics(dsl.Artifact):
    """Statistics of each split."""

    schema_title = artifacts.ExampleStatistics.title
    schema_version = "0.0.1"


class Schema(dsl.Artifact):
    """What the data should look like."""

    schema_title = artifacts.Schema.title
    schema_version = "0.0.1"


class ExampleAnomalies(dsl.Artifact):
    """Where the data departs from the schema."""

    schema_title = artifacts.ExampleAnomalies.title
    schema_version = "0.0.1"


class ExamplesDiff(dsl.Artifact):
    """How the rows of two datasets differ."""

    schema_title = artifacts.ExamplesDiff.title
    schema_version = "0.0.1"


class TransformGraph(dsl.Artifact):
    """Feature engineering, frozen into a graph."""

    schema_title = artifacts.TransformGraph.title
    schema_version = "0.0.1"


class ModelRun(dsl.Artifact):
    """Logs and checkpoints of a training run."""

    schema_title = artifacts.ModelRun.title
    schema_version = "0.0.1"


class HyperParameters(dsl.Artifact):
    """The hyperparameters that a tuner found best."""

    schema_title = artifacts.HyperParameters.title
    schema_version = "0.0.1"


class ModelEvaluation(dsl.Artifact):
    """A model's metrics, overall and by slice."""

    schema_title = artifacts.ModelEvaluation.title
    schema_version = "0.0.1"


class ModelBlessing(dsl.Artifact):
    """The verdict on a model, with reasons."""

    schema_title = artifacts.ModelBlessing.title
    schema_version = "0.0.1"


class InfraBlessing(dsl.Artifact):
    """The verdict of a real model server on a model."""

    schema_title = artifacts.InfraBlessing.title
    schema_version = "0.0.1"


class PushedModel(dsl.Artifact):
    """A model that was rolled out."""

    schema_title = artifacts.PushedModel.title
    schema_version = "0.0.1"

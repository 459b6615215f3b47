"""The KFP face of Evaluator."""

from kfp import dsl

from components.artifact_types import Examples, ModelBlessing, ModelEvaluation, Schema
from components.container import step


@dsl.container_component
def evaluator(
    examples: dsl.Input[Examples],
    evaluation: dsl.Output[ModelEvaluation],
    blessing: dsl.Output[ModelBlessing],
    metrics: dsl.Output[dsl.Metrics],
    classification: dsl.Output[dsl.ClassificationMetrics],
    report: dsl.Output[dsl.HTML],
    blessed: dsl.OutputPath(bool),
    model: dsl.Input[dsl.Model] = None,
    baseline_model: dsl.Input[dsl.Model] = None,
    schema: dsl.Input[Schema] = None,
    eval_config: str = "",
    example_splits: list = ["eval"],
    beam_pipeline_args: list = [],
) -> dsl.ContainerSpec:
    """Computes metrics overall and by slice, checks them against thresholds, and blesses the model or says why not.

    Args:
        examples: Raw rows with labels.
        model: The candidate.
        baseline_model: The model to compare it with.
        schema: The schema of the examples.
        eval_config: TFMA's EvalConfig as YAML or JSON: a file beside the pipeline, its URI, or the text.
        example_splits: The splits to evaluate on.
        beam_pipeline_args: Apache Beam's own options.

    Returns:
        evaluation: Metrics, plots and the validation result.
        blessing: BLESSED or NOT_BLESSED, with reasons.
        metrics: The overall metrics, for the dashboard.
        classification: The confusion matrix and ROC curve, for the dashboard, where eval_config asks for these plots.
        report: The same as a page.
        blessed: Whether the model passed every threshold.
    """
    return step("evaluator")

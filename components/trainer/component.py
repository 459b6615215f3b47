"""The KFP face of Trainer."""

from kfp import dsl

from components.artifact_types import Examples, HyperParameters, ModelRun, Schema, TransformGraph
from components.container import step


@dsl.container_component
def trainer(
    examples: dsl.Input[Examples],
    model: dsl.Output[dsl.Model],
    model_run: dsl.Output[ModelRun],
    metrics: dsl.Output[dsl.Metrics],
    transform_graph: dsl.Input[TransformGraph] = None,
    schema: dsl.Input[Schema] = None,
    base_model: dsl.Input[dsl.Model] = None,
    hyperparameters: dsl.Input[HyperParameters] = None,
    module_file: str = "",
    run_fn: str = "",
    train_args: dict = {},
    eval_args: dict = {},
    custom_config: dict = {},
) -> dsl.ContainerSpec:
    """Calls the user's run_fn(fn_args), which trains a model and exports it as a SavedModel.

    Args:
        examples: The rows to train on, raw or transformed.
        transform_graph: What Transform made, so that the exported model takes raw rows.
        schema: The schema of the examples.
        base_model: A model to start from.
        hyperparameters: What a tuner found best.
        module_file: The Python file that defines run_fn(fn_args); or a folder, archive or wheel of packages, at a path
            or URI.
        run_fn: Instead of module_file, or in its packages: the function's import path, as package.module.function.
        train_args: {"splits": [...], "num_steps": ...}. Default: split train.
        eval_args: {"splits": [...], "num_steps": ...}. Default: split eval.
        custom_config: Handed to run_fn as fn_args.custom_config.

    Returns:
        model: Format-Serving/ (a SavedModel) and what run_fn put beside it.
        model_run: Logs and checkpoints.
        metrics: The numbers that run_fn reported.
    """
    return step("trainer")

"""What run_fn is given: TFX's FnArgs, field by field."""

import dataclasses
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataAccessor:
    """The ways to read rows.

    Attributes:
        tf_dataset_factory: (file_patterns, TensorFlowDatasetOptions, schema) -> tf.data.Dataset of dicts of tensors.
        record_batch_factory: (file_patterns, RecordBatchesOptions, schema) -> iterator of pyarrow.RecordBatch.
        data_view_decode_fn: Decodes records that are not tf.Examples; None: there are none such.
    """

    tf_dataset_factory: Callable[..., Any]
    record_batch_factory: Callable[..., Any]
    data_view_decode_fn: Callable[..., Any] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class FnArgs:
    """What run_fn is given.

    Attributes:
        working_dir: A folder for the function's own files; it is removed afterwards.
        train_files: Globs of the files to train on.
        eval_files: Globs of the files to evaluate on.
        train_steps: How many steps to train; None: the function decides.
        eval_steps: How many steps to evaluate; None: the function decides.
        schema_path: The schema's file; empty: the step was given none.
        schema_file: TFX's older name of schema_path.
        transform_graph_path: What Transform made; empty: the step was given none.
        transform_output: TFX's older name of transform_graph_path.
        data_accessor: The ways to read the files.
        serving_model_dir: Where run_fn has to save the model.
        eval_model_dir: Where it may save one for evaluation only.
        model_run_dir: For logs and checkpoints.
        base_model: A SavedModel to start from; None: there is none.
        hyperparameters: What a tuner found best; None: there was none.
        custom_config: What the pipeline's author handed over.
        num_examples: Rows by split, as far as they are known.
    """

    working_dir: str
    train_files: list[str]
    eval_files: list[str]
    train_steps: int | None
    eval_steps: int | None
    schema_path: str
    transform_graph_path: str
    data_accessor: DataAccessor
    serving_model_dir: str
    eval_model_dir: str
    model_run_dir: str
    base_model: str | None = None
    hyperparameters: dict[str, Any] | None = None
    custom_config: dict[str, Any] = dataclasses.field(default_factory=dict)
    num_examples: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def schema_file(self) -> str:
        """TFX's older name of `schema_path`."""
        return self.schema_path

    @property
    def transform_output(self) -> str:
        """TFX's older name of `transform_graph_path`."""
        return self.transform_graph_path

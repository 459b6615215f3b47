"""Trainer: calls the user's `run_fn(fn_args)`, TFX's contract, and sees to it that what comes out can be served.

    def run_fn(fn_args: FnArgs) -> dict[str, float] | None:
        rows = fn_args.data_accessor.tf_dataset_factory(
            fn_args.train_files, TensorFlowDatasetOptions(batch_size=64, label_key="species"), schema)
        model.fit(rows, steps_per_epoch=fn_args.train_steps)
        export_model(model, fn_args, transform_output=graph, label_key="species", classes=species)

`export_model` writes a SavedModel with the signatures `serving_default` (serialized tf.Examples) and `columns` (raw
columns by name), golden requests, and checks both as TF Serving would run them. TensorFlow is imported on first use.
"""

import importlib
from typing import Any

from argosy.training.fn_args import DataAccessor, FnArgs
from argosy.training.options import RecordBatchesOptions, TensorFlowDatasetOptions

__all__ = [
    "DataAccessor",
    "FnArgs",
    "RecordBatchesOptions",
    "TensorFlowDatasetOptions",
    "export_model",
]


def __getattr__(name: str) -> Any:
    if name == "export_model":
        return importlib.import_module("argosy.training.export").export_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

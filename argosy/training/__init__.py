"""Trainer: calls the user's `run_fn(fn_args)`, TFX's contract, and sees to it that what comes out can be served.

    def run_fn(fn_args: FnArgs) -> dict[str, float] | None:
        rows = fn_args.data_accessor.tf_dataset_factory(
            fn_args.train_files, TensorFlowDatasetOptions(batch_size=64, label_key="species"), schema)
        model.fit(rows, steps_per_epoch=fn_args.train_steps)
        export_model(model, fn_args, transform_output=graph, label_key="species", classes=species)

`export_model` writes a SavedModel with the signatures `serving_default` (serialized tf.Examples) and `columns` (raw
columns by name), golden requests, and checks both as TF Serving would run them. `examples_dataset` is a tf.data.Dataset
over any Examples, also outside of a step. TensorFlow is imported on first use.
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
    "examples_dataset",
    "export_model",
]

_HOME = {"examples_dataset": "row_dataset", "export_model": "export"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)

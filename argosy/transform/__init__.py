"""Transform: a preprocessing_fn run over all rows and frozen into one graph for training and serving.

    import argosy.transform as tft

    def preprocessing_fn(inputs):
        age = tft.fill_missing(inputs["age"], tft.mean(inputs["age"]))
        return {"age": tft.scale_to_z_score(age), "sex": tft.compute_and_apply_vocabulary(inputs["sex"])}

Mappers and analyzers have TensorFlow Transform's names and meaning, and `TFTransformOutput` reads what was written.
TensorFlow is imported when the first of them is used.
"""

import importlib
from typing import Any

_HOME = {
    "TFTransformOutput": "output",
    "apply_buckets": "mappers",
    "apply_vocabulary": "mappers",
    "bucketize": "mappers",
    "compute_and_apply_vocabulary": "mappers",
    "fill_missing": "missing",
    "max": "analyzers",
    "mean": "analyzers",
    "min": "analyzers",
    "quantiles": "analyzers",
    "scale_by_min_max": "mappers",
    "scale_to_0_1": "mappers",
    "scale_to_z_score": "mappers",
    "size": "analyzers",
    "sparse_tensor_to_dense_with_shape": "missing",
    "sum": "analyzers",
    "var": "analyzers",
    "vocabulary": "analyzers",
}

__all__ = [
    "TFTransformOutput",
    "apply_buckets",
    "apply_vocabulary",
    "bucketize",
    "compute_and_apply_vocabulary",
    "fill_missing",
    "max",
    "mean",
    "min",
    "quantiles",
    "scale_by_min_max",
    "scale_to_0_1",
    "scale_to_z_score",
    "size",
    "sparse_tensor_to_dense_with_shape",
    "sum",
    "var",
    "vocabulary",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)

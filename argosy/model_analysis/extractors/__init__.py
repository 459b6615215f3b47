"""Extractors: stages from Extracts to Extracts, each of which adds what it knows of the rows.

The order is features, labels, example weights, predictions, slice keys. `default_extractors` gives all of them.
"""

from typing import Any

_HOME = {
    "Extractor": "extractor",
    "default_extractors": "default",
    "example_weights_extractor": "example_weights",
    "features_extractor": "features",
    "labels_extractor": "labels",
    "predictions_extractor": "predictions",
    "slice_keys_extractor": "slice_keys",
}

__all__ = [
    "Extractor",
    "default_extractors",
    "example_weights_extractor",
    "features_extractor",
    "labels_extractor",
    "predictions_extractor",
    "slice_keys_extractor",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)

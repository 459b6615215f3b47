"""Writers: from an Evaluation to files of a ModelEvaluation directory."""

from typing import Any

_HOME = {"Writer": "writer", "metrics_plots_and_validations_writer": "metrics"}

__all__ = ["Writer", "metrics_plots_and_validations_writer"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)

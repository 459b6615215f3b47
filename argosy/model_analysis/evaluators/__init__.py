"""Evaluators: from a PCollection of Extracts to an Evaluation, a dict of named PCollections of results."""

from typing import Any

_HOME = {"Evaluation": "evaluator", "Evaluator": "evaluator", "metrics_plots_and_validations_evaluator": "metrics"}

__all__ = ["Evaluation", "Evaluator", "metrics_plots_and_validations_evaluator"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)

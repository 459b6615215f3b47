"""An evaluation's confusion matrix and ROC curve, in the form that Kubeflow's dashboard draws.

The dashboard reads a `system.ClassificationMetrics` artifact's metadata alone:

    confusionMatrix    {"annotationSpecs": [{"displayName": ...}], "rows": [{"row": [...]}]}, rows are labels
    confidenceMetrics  [{"confidenceThreshold": ..., "falsePositiveRate": ..., "recall": ...}]
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from argosy.accumulate.confusion import ConfusionResult
from argosy.model_analysis.keys import OVERALL, MetricKey
from argosy.model_analysis.metrics.definition import ClassConfusion, Value
from argosy.model_analysis.results import EvalResult

MAX_CLASSES = 100
"""Classes of a matrix that a person can still look at; a larger one is in the evaluation's files only."""
MAX_POINTS = 200
MIN_CURVE = 10
"""Thresholds that make a curve; fewer are single points that somebody asked for."""


def classification_metadata(result: EvalResult) -> dict[str, Any]:
    """Returns the metadata of the candidate, over all rows; nothing where the configuration asks for no such numbers.

    A matrix of classes comes from MultiClassConfusionMatrixPlot or -AtThresholds, a curve (and, without classes, a
    matrix of two at the threshold nearest to 0.5) from ConfusionMatrixPlot.
    """
    found: dict[str, Any] = {}
    for key, value in _overall(result):
        if isinstance(value, ClassConfusion) and "confusionMatrix" not in found:
            found.update(_class_matrix(value, result.classes.get(key.model_name, ())))
    for _, value in _overall(result):
        if isinstance(value, ConfusionResult) and value.true_positives.ndim == 1 and len(value.thresholds) > MIN_CURVE:
            return {**_two_classes(value), **found, **_curve(value)}
    return found


def _overall(result: EvalResult) -> Iterator[tuple[MetricKey, Value]]:
    candidate = next(iter(result.columns), "")
    for part in result.slices:
        for key, value in [*part.metrics.items(), *part.plots.items()] if part.slice_key == OVERALL else []:
            if key.model_name == candidate and key.class_id is None and not key.aggregation and not key.is_diff:
                yield key, value


def _class_matrix(value: ClassConfusion, names: tuple[str, ...]) -> dict[str, Any]:
    pairs = value.pairs[0]
    size = int(max(len(names), pairs.actual.max(initial=-1) + 1, pairs.predicted.max(initial=-1) + 1))
    if not 0 < size <= MAX_CLASSES:
        return {}
    labels = [names[i] if i < len(names) else f"class {i}" for i in range(size)]
    return {"confusionMatrix": _matrix(labels, pairs.matrix(size))}


def _two_classes(value: ConfusionResult) -> dict[str, Any]:
    at = int(np.argmin(np.abs(value.thresholds - 0.5)))
    counts = np.array(
        [
            [value.true_negatives[at], value.false_positives[at]],
            [value.false_negatives[at], value.true_positives[at]],
        ]
    )
    return {"confusionMatrix": _matrix(["negative", "positive"], counts)}


def _matrix(labels: list[str], counts: np.ndarray) -> dict[str, Any]:
    return {
        "annotationSpecs": [{"displayName": label} for label in labels],
        "rows": [{"row": [_whole(count) for count in row]} for row in counts],
    }


def _curve(value: ConfusionResult) -> dict[str, Any]:
    positives = value.true_positives + value.false_negatives
    negatives = value.false_positives + value.true_negatives
    if not positives[0] or not negatives[0]:
        return {}
    every = np.arange(len(value.thresholds))[::-1]
    kept = every[np.linspace(0, len(every) - 1, min(MAX_POINTS, len(every))).round().astype(int)]
    return {
        "confidenceMetrics": [
            {
                "confidenceThreshold": float(np.clip(value.thresholds[at], 0.0, 1.0)),
                "falsePositiveRate": float(value.false_positives[at] / negatives[at]),
                "recall": float(value.true_positives[at] / positives[at]),
            }
            for at in kept
        ]
    }


def _whole(count: float) -> float:
    return int(count) if float(count).is_integer() else float(count)

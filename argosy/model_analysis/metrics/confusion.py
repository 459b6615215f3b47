"""Metrics of a confusion matrix at thresholds. A row is predicted positive when its score is greater."""

import dataclasses
from collections.abc import Callable

import numpy as np

from argosy.accumulate.confusion import ConfusionCounts, ConfusionResult
from argosy.model_analysis.extracts import Floats
from argosy.model_analysis.metrics.definition import Metric, Part
from argosy.model_analysis.metrics.views import PerColumn

Formula = Callable[[Floats, Floats, Floats, Floats], Floats]

FORMULAS: dict[str, Formula] = {
    "TruePositives": lambda tp, fp, tn, fn: tp,
    "FalsePositives": lambda tp, fp, tn, fn: fp,
    "TrueNegatives": lambda tp, fp, tn, fn: tn,
    "FalseNegatives": lambda tp, fp, tn, fn: fn,
    "BinaryAccuracy": lambda tp, fp, tn, fn: _ratio(tp + tn, tp + fp + tn + fn),
    "Precision": lambda tp, fp, tn, fn: _ratio(tp, tp + fp),
    "Recall": lambda tp, fp, tn, fn: _ratio(tp, tp + fn),
    "Specificity": lambda tp, fp, tn, fn: _ratio(tn, tn + fp),
    "FallOut": lambda tp, fp, tn, fn: _ratio(fp, fp + tn),
    "MissRate": lambda tp, fp, tn, fn: _ratio(fn, fn + tp),
    "NegativePredictiveValue": lambda tp, fp, tn, fn: _ratio(tn, tn + fn),
    "FalseDiscoveryRate": lambda tp, fp, tn, fn: _ratio(fp, fp + tp),
    "FalseOmissionRate": lambda tp, fp, tn, fn: _ratio(fn, fn + tn),
    "Prevalence": lambda tp, fp, tn, fn: _ratio(tp + fn, tp + fp + tn + fn),
    "F1Score": lambda tp, fp, tn, fn: _ratio(2 * tp, 2 * tp + fp + fn),
    "BalancedAccuracy": lambda tp, fp, tn, fn: (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2,
}
"""Class name -> formula of true positives, false positives, true negatives, false negatives."""

ALIASES = {
    "TP": "TruePositives", "FP": "FalsePositives", "TN": "TrueNegatives", "FN": "FalseNegatives",
    "PPV": "Precision", "TPR": "Recall", "TNR": "Specificity", "FPR": "FallOut", "FNR": "MissRate",
    "NPV": "NegativePredictiveValue",
}  # fmt: skip


def confusion_metric(name: str, columns: PerColumn, *, class_name: str, thresholds: tuple[float, ...]) -> Metric:
    """Returns the metric of that class: [columns] for one threshold, [columns, thresholds] for several.

    A ratio whose denominator is 0 is NaN.
    """
    return Metric(
        name=name,
        parts=(confusion_part(columns, thresholds),),
        formula=_AtThresholds(class_name=class_name, thresholds=thresholds),
    )


def confusion_matrix(name: str, columns: PerColumn, *, thresholds: tuple[float, ...]) -> Metric:
    """Returns the four counts themselves at each threshold."""
    return Metric(name=name, parts=(confusion_part(columns, thresholds),), formula=_itself)


def confusion_plot(name: str, columns: PerColumn, *, num_thresholds: int) -> Metric:
    """Returns the four counts at thresholds all along the scores, to be drawn as a curve."""
    return Metric(name=name, parts=(curve_part(columns, num_thresholds),), formula=_itself, is_plot=True)


def confusion_part(columns: PerColumn, thresholds: tuple[float, ...]) -> Part:
    """Returns the counts at the thresholds as something to accumulate."""
    view = dataclasses.replace(columns, probability=True)
    return Part(view=view, accumulator=ConfusionCounts(thresholds=tuple(sorted(set(thresholds)))))


def curve_part(columns: PerColumn, num_thresholds: int) -> Part:
    """Returns the counts at so many thresholds between 0 and 1, where all scores have to be."""
    return confusion_part(dataclasses.replace(columns, probability_scores=True), plot_thresholds(num_thresholds))


def plot_thresholds(count: int) -> tuple[float, ...]:
    """Returns thresholds at equal distances from just below 0 to just above 1, so that the ends are all and none.

    >>> plot_thresholds(3)
    (-1e-07, 0.5, 1.0000001)
    """
    inner = [i / (count - 1) for i in range(1, count - 1)]
    return (-1e-7, *inner, 1 + 1e-7)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _AtThresholds:
    """The formula of one class name, at the thresholds in the order in which they were asked for."""

    class_name: str
    thresholds: tuple[float, ...]

    def __call__(self, counts: ConfusionResult) -> Floats:
        at = np.searchsorted(counts.thresholds, self.thresholds)
        four = counts.true_positives, counts.false_positives, counts.true_negatives, counts.false_negatives
        values = FORMULAS[self.class_name](*(count[:, at] for count in four))
        return values[:, 0] if len(self.thresholds) == 1 else values


def _itself(counts: ConfusionResult) -> ConfusionResult:
    return counts


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator != 0)

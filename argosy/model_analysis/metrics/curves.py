"""Areas under the ROC and the precision-recall curve."""

import dataclasses

import numpy as np

from argosy.accumulate.confusion import ConfusionResult
from argosy.model_analysis.extracts import Floats
from argosy.model_analysis.metrics.confusion import curve_part
from argosy.model_analysis.metrics.definition import Metric
from argosy.model_analysis.metrics.views import PerColumn

CURVES = ("ROC", "PR")
SUMMATIONS = ("interpolation", "minoring", "majoring")


def area_under_curve(name: str, columns: PerColumn, *, curve: str, summation: str, num_thresholds: int) -> Metric:
    """Returns the area from counts at `num_thresholds` equally spaced thresholds.

    Scores closer together than 1 / num_thresholds are not told apart; the error of the area is of that order.
    """
    return Metric(
        name=name,
        parts=(curve_part(columns, num_thresholds),),
        formula=_Area(curve=curve, summation=summation),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Area:
    """The area, [columns]; NaN for a column without positives, and under ROC for one without negatives."""

    curve: str
    summation: str

    def __call__(self, counts: ConfusionResult) -> Floats:
        positives = counts.true_positives[:, 0] + counts.false_negatives[:, 0]
        negatives = counts.true_negatives[:, 0] + counts.false_positives[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            recall = counts.true_positives / positives[:, None]
            if self.curve == "ROC":
                return _area(counts.false_positives / negatives[:, None], recall, self.summation)
            if self.summation == "interpolation":
                return _interpolated_precision_recall(counts, positives)
            predicted = counts.true_positives + counts.false_positives
            precision = np.where(predicted > 0, counts.true_positives / predicted, 1.0)
            return np.where(positives > 0, _area(recall, precision, self.summation), np.nan)


def _area(x: Floats, y: Floats, summation: str) -> Floats:
    """Returns the sum of the rectangles or trapezoids under each curve; x falls from left to right."""
    left, right = y[:, :-1], y[:, 1:]
    heights = {
        "interpolation": (left + right) / 2,
        "minoring": np.minimum(left, right),
        "majoring": np.maximum(left, right),
    }[summation]
    return ((x[:, :-1] - x[:, 1:]) * heights).sum(axis=1)


def _interpolated_precision_recall(counts: ConfusionResult, positives: Floats) -> Floats:
    """Returns the area with true positives interpolated linearly in predicted positives, not in recall.

    Between two thresholds, tp = intercept + slope * p, so that precision = slope + intercept / p, whose integral over
    tp is slope * (change of tp + intercept * ln of the ratio of p). J. Davis, M. Goadrich, "The relationship between
    precision-recall and ROC curves", ICML 2006.
    """
    true, predicted = counts.true_positives, counts.true_positives + counts.false_positives
    change, width = true[:, :-1] - true[:, 1:], predicted[:, :-1] - predicted[:, 1:]
    slope = np.divide(change, width, out=np.zeros_like(change), where=width > 0)
    intercept = true[:, 1:] - slope * predicted[:, 1:]
    both = (predicted[:, :-1] > 0) & (predicted[:, 1:] > 0)
    ratio = np.divide(predicted[:, :-1], predicted[:, 1:], out=np.ones_like(change), where=both)
    return (slope * (change + intercept * np.log(ratio))).sum(axis=1) / positives

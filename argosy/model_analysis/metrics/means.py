"""Metrics that are means and ratios of sums: calibration, mean label, mean prediction, losses, accuracy."""

import numpy as np

from argosy.accumulate.calibration_buckets import CalibrationBuckets, CalibrationBucketsResult
from argosy.accumulate.weighted_sums import WeightedSums, WeightedSumsResult
from argosy.model_analysis.extracts import Floats
from argosy.model_analysis.metrics.definition import Metric, Part
from argosy.model_analysis.metrics.views import ClassLoss, Hits, Labels, Loss, PerColumn, Predictions


def calibration(name: str, columns: PerColumn) -> Metric:
    """Returns the sum of predictions by the sum of labels, [columns]; 1 is calibrated. NaN when the labels sum to 0."""
    parts = (_sums(Predictions(columns=columns)), _sums(Labels(columns=columns)))
    return Metric(name=name, parts=parts, formula=_quotient)


def mean_label(name: str, columns: PerColumn) -> Metric:
    """Returns the weighted mean of the labels, [columns]."""
    return Metric(name=name, parts=(_sums(Labels(columns=columns)),), formula=_means)


def mean_prediction(name: str, columns: PerColumn) -> Metric:
    """Returns the weighted mean of the scores, [columns]."""
    return Metric(name=name, parts=(_sums(Predictions(columns=columns)),), formula=_means)


def mean_loss(name: str, columns: PerColumn, *, kind: str) -> Metric:
    """Returns the weighted mean of a loss, [columns]; `kind` as in `Loss`."""
    return Metric(name=name, parts=(_sums(Loss(columns=columns, kind=kind)),), formula=_means)


def class_accuracy(name: str) -> Metric:
    """Returns the share of rows whose highest score is the label's."""
    return Metric(name=name, parts=(_sums(Hits()),), formula=_mean, columns=False, needs_classes=True)


def class_cross_entropy(name: str) -> Metric:
    """Returns the mean of -ln of the label's score."""
    return Metric(name=name, parts=(_sums(ClassLoss()),), formula=_mean, columns=False, needs_classes=True)


def calibration_plot(name: str, columns: PerColumn, *, buckets: int, limits: tuple[float, float]) -> Metric:
    """Returns sums of labels and predictions by bucket of the prediction."""
    accumulator = CalibrationBuckets(buckets=buckets, left=limits[0], right=limits[1])
    return Metric(name=name, parts=(Part(view=columns, accumulator=accumulator),), formula=_itself, is_plot=True)


def _sums(view: Labels | Predictions | Loss | Hits | ClassLoss) -> Part:
    return Part(view=view, accumulator=WeightedSums())


def _means(rows: WeightedSumsResult) -> Floats:
    return rows.means


def _mean(rows: WeightedSumsResult) -> float:
    return float(rows.means[0])


def _quotient(predictions: WeightedSumsResult, labels: WeightedSumsResult) -> Floats:
    near_zero = np.abs(labels.sums) < 1e-9
    return np.divide(predictions.sums, labels.sums, out=np.full_like(labels.sums, np.nan), where=~near_zero)


def _itself(buckets: CalibrationBucketsResult) -> CalibrationBucketsResult:
    return buckets

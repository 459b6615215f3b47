"""The confusion matrix of several classes."""

import dataclasses

from argosy.accumulate.pair_counts import PairCounts, PairCountsResult
from argosy.model_analysis.metrics.definition import ClassConfusion, Metric, Part
from argosy.model_analysis.metrics.views import LabelAndWinner


def class_confusion(name: str, *, thresholds: tuple[float, ...], is_plot: bool) -> Metric:
    """Returns, for each threshold, the weight of each pair of label and class with the highest score."""
    parts = tuple(Part(view=LabelAndWinner(threshold=t), accumulator=PairCounts()) for t in thresholds)
    formula = _Matrices(thresholds=thresholds)
    return Metric(name=name, parts=parts, formula=formula, columns=False, is_plot=is_plot, needs_classes=True)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Matrices:
    thresholds: tuple[float, ...]

    def __call__(self, *pairs: PairCountsResult) -> ClassConfusion:
        return ClassConfusion(thresholds=self.thresholds, pairs=pairs)

"""What a metric is: parts that accumulate, and a formula over what they come to.

Metrics that need the same part (an equal view and an equal accumulator) share one.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from argosy.accumulate import Accumulator
from argosy.accumulate.confusion import ConfusionResult
from argosy.accumulate.pair_counts import PairCountsResult
from argosy.model_analysis.extracts import Floats, Scored

View = Callable[[Scored], Any]
"""Takes what an accumulator adds out of scored rows. Views compare by value, so they are frozen dataclasses."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """One accumulator and what it is fed."""

    view: View
    accumulator: Accumulator[Any, Any, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric or plot, ready to be computed for rows of one model.

    Attributes:
        name: What it is filed under.
        parts: What has to be accumulated.
        formula: Of the parts' results, in their order. For `columns` metrics the value is an array whose first axis is
            the columns that the views gave (or a result dataclass of such arrays); else it is the value itself.
        columns: Whether it is computed for each column of scores (binary and regression metrics); else it looks at all
            classes of a row at once.
        is_plot: Whether it is drawn rather than listed.
        needs_classes: Whether it makes sense for several classes only.
    """

    name: str
    parts: tuple[Part, ...]
    formula: Callable[..., Any]
    columns: bool = True
    is_plot: bool = False
    needs_classes: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassConfusion:
    """A multi-class confusion matrix for each threshold, as pairs that occurred.

    Attributes:
        thresholds: A row whose highest score is below it is predicted to be of class -1.
        pairs: One for each threshold.
    """

    thresholds: tuple[float, ...]
    pairs: tuple[PairCountsResult, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CalibrationCurve:
    """Sums by bucket of the prediction, [buckets] each; the edges are [buckets + 1], from minus to plus infinity."""

    edges: Floats
    weights: Floats
    labels: Floats
    predictions: Floats


Value = float | np.ndarray | ConfusionResult | ClassConfusion | CalibrationCurve | str
"""What a metric comes to; text says why there is none."""

"""Views of scored rows: what the accumulators of metrics are fed."""

import dataclasses

import numpy as np

from argosy.errors import DataError
from argosy.model_analysis.extracts import Floats, Scored

Columns = tuple[Floats, Floats, Floats]
_ROUNDING = 1e-5


@dataclasses.dataclass(frozen=True, kw_only=True)
class PerColumn:
    """Returns `(labels [n, columns], scores [n, columns], weights [n])`.

    A model of one score keeps its labels. Of several classes, each column is one class against the rest.

    Attributes:
        class_ids: Which classes; None for all.
        probability: Whether labels have to be between 0 and 1.
        probability_scores: Whether scores have to be, too.
    """

    class_ids: tuple[int, ...] | None = None
    probability: bool = False
    probability_scores: bool = False

    def __call__(self, rows: Scored) -> Columns:
        if rows.scores.shape[1] == 1:
            labels, scores = rows.labels[:, None], rows.scores
        else:
            ids = np.arange(rows.scores.shape[1]) if self.class_ids is None else np.array(self.class_ids, np.int64)
            labels, scores = (rows.labels[:, None] == ids).astype(np.float64), rows.scores[:, ids]
        if self.probability and not ((labels >= 0) & (labels <= 1)).all():
            wrong = labels[(labels < 0) | (labels > 1)][0]
            raise DataError(f"label {wrong:g}: this metric is for labels between 0 and 1, as a binary classifier has")
        outside = (scores < -_ROUNDING) | (scores > 1 + _ROUNDING)
        if self.probability_scores and outside.any():
            raise DataError(
                f"score {scores[outside][0]:g}: AUC and ConfusionMatrixPlot are for scores between 0 and 1; let the "
                "model give probabilities, or name the output that does in model_specs.prediction_key"
            )
        return labels, scores, rows.weights


@dataclasses.dataclass(frozen=True, kw_only=True)
class Labels:
    """Returns `(labels [n, columns], weights [n])`."""

    columns: PerColumn

    def __call__(self, rows: Scored) -> tuple[Floats, Floats]:
        labels, _, weights = self.columns(rows)
        return labels, weights


@dataclasses.dataclass(frozen=True, kw_only=True)
class Predictions:
    """Returns `(scores [n, columns], weights [n])`."""

    columns: PerColumn

    def __call__(self, rows: Scored) -> tuple[Floats, Floats]:
        _, scores, weights = self.columns(rows)
        return scores, weights


@dataclasses.dataclass(frozen=True, kw_only=True)
class Loss:
    """Returns `(losses [n, columns], weights [n])`.

    Attributes:
        columns: What it is computed for.
        kind: `squared`, `absolute` or `cross_entropy`: `-y ln p - (1 - y) ln(1 - p)`, infinite where p is 0 and y not.
    """

    columns: PerColumn
    kind: str

    def __call__(self, rows: Scored) -> tuple[Floats, Floats]:
        labels, scores, weights = self.columns(rows)
        if self.kind == "squared":
            return (labels - scores) ** 2, weights
        if self.kind == "absolute":
            return np.abs(labels - scores), weights
        return -_times_log(labels, scores) - _times_log(1 - labels, 1 - scores), weights


@dataclasses.dataclass(frozen=True)
class RowWeights:
    """Returns `(a column of ones [n, 1], weights [n])`: how many rows there are, and what they weigh."""

    def __call__(self, rows: Scored) -> tuple[Floats, Floats]:
        return np.ones((len(rows.labels), 1)), rows.weights


@dataclasses.dataclass(frozen=True)
class Hits:
    """Returns `(1 where the class with the highest score is the label [n, 1], weights [n])`."""

    def __call__(self, rows: Scored) -> tuple[Floats, Floats]:
        return ((_winner(rows.scores) == rows.labels) & (rows.labels >= 0))[:, None], rows.weights


@dataclasses.dataclass(frozen=True)
class ClassLoss:
    """Returns `(-ln of the label's score [n, 1], weights [n])`; infinite for a label that the model does not know."""

    def __call__(self, rows: Scored) -> tuple[Floats, Floats]:
        known = rows.labels >= 0
        ids = np.where(known, rows.labels, 0).astype(np.int64)
        score = np.where(known, rows.scores[np.arange(len(ids)), ids], 0.0)
        return -_times_log(np.ones_like(score), score)[:, None], rows.weights


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabelAndWinner:
    """Returns `(labels [n], class with the highest score [n], weights [n])`; -1 for a score below `threshold`."""

    threshold: float = 0.0

    def __call__(self, rows: Scored) -> Columns:
        winner = np.where(rows.scores.max(axis=1, initial=-np.inf) < self.threshold, -1, _winner(rows.scores))
        return rows.labels, winner, rows.weights


def _winner(scores: Floats) -> Floats:
    """Returns the class with the highest score, [n]; -1 where a score is NaN."""
    return np.where(np.isnan(scores).any(axis=1), -1, scores.argmax(axis=1)).astype(np.float64)


def _times_log(factor: Floats, value: Floats) -> Floats:
    """Returns factor times the logarithm of value, and 0 where the factor is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(factor == 0, np.where(np.isnan(value), np.nan, 0.0), factor * np.log(value))

"""How many rows, and what they weigh."""

from argosy.accumulate.weighted_sums import WeightedSums, WeightedSumsResult
from argosy.model_analysis.metrics.definition import Metric, Part
from argosy.model_analysis.metrics.views import RowWeights

_ROWS = Part(view=RowWeights(), accumulator=WeightedSums())


def example_count(name: str) -> Metric:
    """Returns the number of rows, whatever they weigh."""
    return Metric(name=name, parts=(_ROWS,), formula=_count, columns=False)


def weighted_example_count(name: str) -> Metric:
    """Returns the sum of the rows' weights."""
    return Metric(name=name, parts=(_ROWS,), formula=_weight, columns=False)


def _count(rows: WeightedSumsResult) -> float:
    return float(rows.count)


def _weight(rows: WeightedSumsResult) -> float:
    return rows.weight

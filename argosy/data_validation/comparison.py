"""Two datasets side by side, for notebooks."""

import dataclasses
from collections.abc import Mapping

from argosy.data_validation.report.differences import ranking
from argosy.data_validation.report.statistics import statistics_page
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.errors import ParameterError
from argosy.page import framed


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """Statistics of two datasets by name; a notebook shows them as one report."""

    datasets: Mapping[str, DatasetStatistics]

    @property
    def distances(self) -> dict[str, float]:
        """How far the features that differ lie apart, from 0 to 1, the farthest first."""
        return dict(ranking(*self.datasets.values()))

    @property
    def html(self) -> str:
        """The report: one HTML file that needs no network."""
        return statistics_page(self.datasets, title="Statistics compared")

    def _repr_html_(self) -> str:
        """Returns the report, as notebooks show it."""
        return framed(self.html)


def compare_statistics(
    lhs: DatasetStatistics, rhs: DatasetStatistics, *, lhs_name: str = "left", rhs_name: str = "right"
) -> Comparison:
    """Returns two datasets side by side: the value of a notebook's cell, or `.html` for a file.

    >>> compare_statistics(DatasetStatistics(), DatasetStatistics()).distances
    {}

    Raises:
        ParameterError: Both have the same name.
    """
    if lhs_name == rhs_name:
        raise ParameterError(f"lhs_name and rhs_name are both {lhs_name!r}; give the two datasets different names")
    return Comparison(datasets={lhs_name: lhs, rhs_name: rhs})

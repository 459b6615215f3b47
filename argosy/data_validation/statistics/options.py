"""Options of statistics, under TFDV's names."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from argosy.errors import ParameterError, did_you_mean


@dataclasses.dataclass(frozen=True, kw_only=True)
class StatisticsOptions:
    """How much is kept.

    Attributes:
        num_top_values: Most frequent values that are listed.
        num_rank_histogram_buckets: Most frequent values that are kept for domains and distances.
        num_values_histogram_buckets: Of the number of values of a row.
        num_histogram_buckets: Of equal width.
        num_quantiles_histogram_buckets: Of equal counts.
    """

    num_top_values: int = 20
    num_rank_histogram_buckets: int = 1000
    num_values_histogram_buckets: int = 10
    num_histogram_buckets: int = 10
    num_quantiles_histogram_buckets: int = 10


def parse_options(options: Mapping[str, Any]) -> StatisticsOptions:
    """Returns the options of a dictionary, the defaults for what it does not name.

    >>> parse_options({"num_top_values": 5}).num_top_values
    5

    Raises:
        ParameterError: An unknown name, or a value that is not a whole number of at least 1.
    """
    known = {field.name for field in dataclasses.fields(StatisticsOptions)}
    for name, value in options.items():
        if name not in known:
            raise ParameterError(f"stats_options has no {name!r}: {did_you_mean(name, known)}")
        whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
        if not whole or value < 1:
            raise ParameterError(f"stats_options: {name} is {value!r}; give a whole number of at least 1")
    return StatisticsOptions(**{name: int(value) for name, value in options.items()})

"""Histograms from quantiles: no second pass over the rows is needed.

A distribution comes as boundaries, ascending, and the weight at or below each. Between two boundaries values are taken
to be spread evenly. This is how TFDV makes its histograms, so equal quantiles give equal histograms.
"""

import math

import numpy as np
from numpy.typing import NDArray

from argosy.data_validation.statistics.spec import Bucket, Histogram

Floats = NDArray[np.float64]

FINENESS = 100
"""Quantiles per bucket of the QUANTILES histogram from which the STANDARD one is interpolated."""


def quantiles_histogram(boundaries: Floats, ranks: Floats, *, num_nan: int = 0) -> Histogram:
    """Returns the histogram whose buckets lie between neighbouring boundaries, [n + 1] each."""
    lows, highs, counts = _spread(boundaries, ranks)
    return Histogram(type="QUANTILES", buckets=_buckets(lows, highs, counts), num_nan=num_nan)


def coarser(boundaries: Floats, ranks: Floats, factor: int) -> tuple[Floats, Floats]:
    """Returns every `factor`-th boundary, the first and the last included."""
    return boundaries[::factor], ranks[::factor]


def standard_histogram(
    boundaries: Floats,
    ranks: Floats,
    *,
    ends: tuple[float, float],
    infinities: tuple[float, float],
    buckets: int,
    num_nan: int = 0,
) -> Histogram:
    """Returns the histogram of equal widths between the smallest and the largest finite value.

    Infinities are buckets of their own at the ends. One bucket when all finite values are equal; none of finite values
    when their range overflows.

    Args:
        boundaries: Of many small shares of the distribution, from which it is interpolated, [n].
        ranks: The weight at or below each, [n].
        ends: The smallest and the largest finite value; infinite when there is none.
        infinities: The weight of minus infinity and of infinity.
        buckets: How many.
        num_nan: How many values were NaN.
    """
    (low, high), (below, above) = ends, infinities
    found = [Bucket(low=-math.inf, high=-math.inf, count=below)] if below else []
    if math.isfinite(low):
        inside = np.isfinite(boundaries)
        finite, mass = boundaries[inside], ranks[inside] - below
        if above:
            finite, mass = np.append(finite, high), np.append(mass, ranks[-1] - below - above)
        found += _even_widths(finite, mass, low, high, buckets)
    if above:
        found.append(Bucket(low=math.inf, high=math.inf, count=above))
    return Histogram(type="STANDARD", buckets=tuple(found), num_nan=num_nan)


def _even_widths(boundaries: Floats, ranks: Floats, low: float, high: float, buckets: int) -> list[Bucket]:
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.linspace(low, high, buckets + 1) if low < high else np.array([low, high])
    if not np.isfinite(edges).all():
        return []
    lows, highs, counts = _spread(boundaries, ranks)
    widths = highs - lows
    points = widths == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.clip((edges[:, None] - lows) / widths, 0.0, 1.0)
    below = np.where(points, edges[:, None] >= lows, shares) @ counts
    # The first bucket includes its lower end.
    below[0] = 0.0
    return list(_buckets(edges[:-1], edges[1:], np.diff(below)))


def _spread(boundaries: Floats, ranks: Floats) -> tuple[Floats, Floats, Floats]:
    """Returns lower ends, upper ends and counts of the buckets between boundaries.

    Buckets with one upper end share their count evenly, as their order says nothing; the weight at the first boundary
    belongs to the first bucket and to those equal to it.
    """
    if len(boundaries) == 1:
        return boundaries, boundaries, ranks.copy()
    lows, highs = boundaries[:-1], boundaries[1:]
    _, group, members = np.unique(highs, return_inverse=True, return_counts=True)
    counts = (np.bincount(group, np.diff(ranks)) / members)[group]
    first = (lows == lows[0]) & (highs == highs[0])
    counts[first] += ranks[0] / first.sum()
    return lows, highs, counts


def _buckets(lows: Floats, highs: Floats, counts: Floats) -> tuple[Bucket, ...]:
    return tuple(
        Bucket(low=float(low), high=float(high), count=float(count))
        for low, high, count in zip(lows, highs, counts, strict=True)
    )

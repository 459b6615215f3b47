"""Distances between the distributions of a feature in two datasets.

Values are what a rank histogram counts, by value; numbers come as histograms, whose buckets are taken to be filled
evenly.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argosy.data_validation.statistics.spec import FeatureStatistics, Histogram

Floats = NDArray[np.float64]
Counts = Mapping[str, float]


def value_counts(statistics: FeatureStatistics) -> dict[str, float]:
    """Returns how often each known value occurs; empty for what is not counted by value."""
    return {} if statistics.strings is None else {entry.value: entry.frequency for entry in statistics.strings.ranks}


def l_infinity(treatment: Counts, control: Counts) -> tuple[float, str]:
    """Returns the largest difference of any value's share, and the value; 0 and no value where neither has any.

    >>> l_infinity({"b": 0.9, "c": 0.1}, {"a": 0.3, "b": 0.7})[1]
    'a'
    """
    ours, theirs = sum(treatment.values()) or 1.0, sum(control.values()) or 1.0
    return _largest(
        {
            value: abs(treatment.get(value, 0.0) / ours - control.get(value, 0.0) / theirs)
            for value in {*treatment, *control}
        }
    )


def normalized_absolute_difference(treatment: Counts, control: Counts) -> tuple[float, str]:
    """Returns the largest difference of any value's count by the sum of all counts of both, and the value.

    Unlike `l_infinity` it grows with a difference in size.

    >>> normalized_absolute_difference({"a": 3}, {"a": 1})
    (0.5, 'a')
    """
    total = sum(treatment.values()) + sum(control.values()) or 1.0
    return _largest(
        {value: abs(treatment.get(value, 0.0) - control.get(value, 0.0)) / total for value in {*treatment, *control}}
    )


def jensen_shannon(treatment: Counts, control: Counts) -> float:
    """Returns the Jensen-Shannon divergence to base 2: 0 for equal shares, 1 where no value is in both.

    NaN where one of them counts nothing.

    >>> jensen_shannon({"a": 1}, {"b": 5}), jensen_shannon({"a": 1, "b": 1}, {"a": 4, "b": 4})
    (1.0, 0.0)
    """
    values = sorted({*treatment, *control})
    return _divergence(*(np.array([side.get(value, 0.0) for value in values]) for side in (treatment, control)))


def jensen_shannon_of_histograms(treatment: Histogram, control: Histogram) -> float:
    """Returns the Jensen-Shannon divergence to base 2 of two histograms of one type; NaN where one of them is empty.

    Buckets are cut at the boundaries of both. One without width is a point and equals only a point at the same place;
    the mass of infinities and of NaN equals none of the other's.
    """
    points = sorted({*_points(treatment), *_points(control)})
    edges = np.array(sorted({*_edges(treatment), *_edges(control)}))
    return _divergence(
        _masses(treatment, edges, points, first=True),
        _masses(control, edges, points, first=False),
    )


def _largest(differences: Mapping[str, float]) -> tuple[float, str]:
    """Returns the largest difference and its value, the first of equals; no value where none differs."""
    at = max(sorted(differences), key=lambda value: differences[value], default="")
    return (differences[at], at) if differences.get(at) else (0.0, "")


def _divergence(treatment: Floats, control: Floats) -> float:
    if not treatment.sum() > 0 or not control.sum() > 0:
        return math.nan
    p, q = treatment / treatment.sum(), control / control.sum()
    middle = (p + q) / 2
    return min(max((_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2, 0.0), 1.0)


def _relative_entropy(p: Floats, q: Floats) -> float:
    there = p > 0
    return float(np.sum(p[there] * np.log2(p[there] / q[there])))


def _points(histogram: Histogram) -> dict[float, float]:
    found: dict[float, float] = {}
    for bucket in histogram.buckets:
        if bucket.low == bucket.high and math.isfinite(bucket.low):
            found[bucket.low] = found.get(bucket.low, 0.0) + bucket.count
    return found


def _edges(histogram: Histogram) -> set[float]:
    return {end for bucket in histogram.buckets if _has_width(bucket) for end in (bucket.low, bucket.high)}


def _has_width(bucket: Any) -> bool:
    return math.isfinite(bucket.low) and math.isfinite(bucket.high) and bucket.low < bucket.high


def _masses(histogram: Histogram, edges: Floats, points: list[float], *, first: bool) -> Floats:
    """Returns the mass between neighbouring edges, at the points, at infinity and of NaN: `[edges - 1 + points + 4]`.

    The last four are infinity and NaN, of which each side has places of its own.
    """
    between = np.zeros(max(len(edges) - 1, 0))
    for bucket in histogram.buckets:
        if _has_width(bucket):
            start, stop = np.searchsorted(edges, [bucket.low, bucket.high])
            between[start:stop] += bucket.count * np.diff(edges[start : stop + 1]) / (bucket.high - bucket.low)
    own = _points(histogram)
    infinite = sum(b.count for b in histogram.buckets if not (math.isfinite(b.low) and math.isfinite(b.high)))
    nans = float(histogram.num_nan)
    apart = [infinite, 0.0, nans, 0.0] if first else [0.0, infinite, 0.0, nans]
    return np.concatenate([between, [own.get(point, 0.0) for point in points], apart])

"""Distributions of a feature as pictures: those of several datasets on one axis, so that eyes can compare them."""

import math
from collections.abc import Sequence

from argosy.data_validation.statistics.spec import Bucket, FeatureStatistics, Histogram
from argosy.page import Content, Html, bar_chart, number

LONGEST_VALUE = 32
NO_VALUES = Html('<span class="soft">no values</span>')


def distributions(features: Sequence[FeatureStatistics | None], *, width: int = 132, height: int = 30) -> list[Content]:
    """Returns a picture of each dataset's values of one feature; None is a dataset that lacks it.

    Numbers share the axis from the smallest to the largest of all; strings share the order of values, which is that of
    the first dataset.
    """
    tones = [f"of-{index}" for index in range(len(features))]
    ends = _ends([histogram for histogram in map(_standard, features) if histogram])
    order = _common_order(features)
    return [
        _distribution(feature, ends, order, width, height, tone if len(features) > 1 else "")
        for feature, tone in zip(features, tones, strict=True)
    ]


def short(text: str, longest: int = LONGEST_VALUE) -> str:
    """Returns a value as a page shows it: cut when long, visible when empty.

    >>> short(""), short("a" * 40)
    ('""', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…')
    """
    shown = text if len(text) <= longest else text[: longest - 1] + "…"
    return shown or '""'


def _distribution(
    feature: FeatureStatistics | None,
    ends: tuple[float, float],
    order: Sequence[str],
    width: int,
    height: int,
    tone: str,
) -> Content:
    if feature is None:
        return Html('<span class="soft">absent</span>')
    standard, strings = _standard(feature), feature.strings
    if standard is not None and standard.buckets:
        finite = [bucket for bucket in standard.buckets if math.isfinite(bucket.low) and math.isfinite(bucket.high)]
        return bar_chart(
            [_density(bucket, ends) for bucket in finite],
            spans=[(_place(bucket.low, ends), _place(bucket.high, ends)) for bucket in finite],
            label=_histogram_words(feature.name, standard),
            width=width,
            height=height,
            tone=tone or "bar",
        )
    if strings is not None and strings.top_values:
        counts = {entry.value: entry.frequency for entry in strings.top_values}
        top = short(strings.top_values[0].value)
        return bar_chart(
            [counts.get(value, 0.0) for value in order],
            label=f"{feature.name}: {strings.unique} distinct values, the most frequent {top}",
            width=width,
            height=height,
            tone=tone or "bar-2",
        )
    return NO_VALUES


def _standard(feature: FeatureStatistics | None) -> Histogram | None:
    return feature.numeric.histogram("STANDARD") if feature and feature.numeric else None


def _ends(histograms: Sequence[Histogram]) -> tuple[float, float]:
    bounds = [bound for h in histograms for b in h.buckets for bound in (b.low, b.high) if math.isfinite(bound)]
    return (min(bounds), max(bounds)) if bounds else (0.0, 0.0)


def _place(value: float, ends: tuple[float, float]) -> float:
    return (value - ends[0]) / ((ends[1] - ends[0]) or 1.0)


def _density(bucket: Bucket, ends: tuple[float, float]) -> float:
    """Returns the height that makes the bar's area its count; a point mass is as wide as a hundredth of the axis."""
    least = (ends[1] - ends[0]) / 100 or 1.0
    return bucket.count / max(bucket.high - bucket.low, least)


def _common_order(features: Sequence[FeatureStatistics | None]) -> list[str]:
    values = [entry.value for f in features if f and f.strings for entry in f.strings.top_values]
    return list(dict.fromkeys(values))


def _histogram_words(name: str, histogram: Histogram) -> str:
    highest: Bucket = max(histogram.buckets, key=lambda bucket: bucket.count)
    ends = histogram.buckets[0].low, histogram.buckets[-1].high
    where = f"{number(highest.low)} and {number(highest.high)}"
    return f"{name}: values from {number(ends[0])} to {number(ends[1])}, most of them between {where}"

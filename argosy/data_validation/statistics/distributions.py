"""Histograms to and from tensorflow_metadata's, wherever a message has one."""

from collections.abc import Iterable
from typing import Any

from argosy.data_validation.statistics.spec import Bucket, Histogram, ValueFrequency


def set_histogram(histogram: Histogram, proto: Any) -> None:
    """Fills a Histogram proto."""
    proto.type = proto.HistogramType.Value(histogram.type)
    proto.num_nan = histogram.num_nan
    for bucket in histogram.buckets:
        proto.buckets.add(low_value=bucket.low, high_value=bucket.high, sample_count=bucket.count)


def histogram_of(proto: Any) -> Histogram:
    """Returns the histogram of a Histogram proto."""
    return Histogram(
        type=proto.HistogramType.Name(proto.type),
        buckets=tuple(Bucket(low=b.low_value, high=b.high_value, count=b.sample_count) for b in proto.buckets),
        num_nan=proto.num_nan,
    )


def set_ranks(entries: Iterable[ValueFrequency], proto: Any) -> None:
    """Fills a RankHistogram proto, the most frequent value first."""
    for rank, entry in enumerate(entries):
        proto.buckets.add(low_rank=rank, high_rank=rank, label=entry.value, sample_count=entry.frequency)


def ranks_of(proto: Any) -> tuple[ValueFrequency, ...]:
    """Returns the values of a RankHistogram proto and how often each occurs."""
    return tuple(ValueFrequency(value=bucket.label, frequency=bucket.sample_count) for bucket in proto.buckets)

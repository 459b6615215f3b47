"""Statistics to and from tensorflow_metadata's DatasetFeatureStatisticsList."""

from typing import Any

from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import statistics_pb2

from argosy.data_validation.statistics.spec import (
    Bucket,
    CommonStatistics,
    DatasetStatistics,
    FeatureStatistics,
    Histogram,
    NumericStatistics,
    StringStatistics,
    ValueFrequency,
)
from argosy.errors import DataError


def to_bytes(*datasets: DatasetStatistics) -> bytes:
    """Returns the serialized list of the datasets' statistics."""
    listing = statistics_pb2.DatasetFeatureStatisticsList(datasets=[to_proto(dataset) for dataset in datasets])
    return bytes(listing.SerializeToString(deterministic=True))


def from_bytes(data: bytes) -> tuple[DatasetStatistics, ...]:
    """Returns the statistics of a serialized list.

    Raises:
        DataError: It is not one.
    """
    try:
        listing = statistics_pb2.DatasetFeatureStatisticsList.FromString(data)
    except DecodeError as error:
        raise DataError(f"not a serialized DatasetFeatureStatisticsList: {error}") from error
    return tuple(from_proto(dataset) for dataset in listing.datasets)


def to_proto(dataset: DatasetStatistics) -> statistics_pb2.DatasetFeatureStatistics:
    """Returns the proto of a dataset's statistics."""
    return statistics_pb2.DatasetFeatureStatistics(
        name=dataset.name,
        num_examples=dataset.num_examples,
        features=[_feature_proto(feature) for feature in dataset.features],
    )


def from_proto(proto: statistics_pb2.DatasetFeatureStatistics) -> DatasetStatistics:
    """Returns the statistics of a proto; weighted and custom ones are not read."""
    return DatasetStatistics(
        name=proto.name, num_examples=proto.num_examples, features=tuple(_feature(f) for f in proto.features)
    )


def _feature_proto(feature: FeatureStatistics) -> statistics_pb2.FeatureNameStatistics:
    proto = statistics_pb2.FeatureNameStatistics(type=statistics_pb2.FeatureNameStatistics.Type.Value(feature.type))
    proto.path.step.extend(feature.path)
    if feature.numeric is not None:
        _set_numeric(feature.numeric, proto.num_stats)
        proto.num_stats.common_stats.CopyFrom(_common_proto(feature.common))
    else:
        _set_strings(feature.strings or StringStatistics(), proto.string_stats)
        proto.string_stats.common_stats.CopyFrom(_common_proto(feature.common))
    return proto


def _common_proto(common: CommonStatistics) -> statistics_pb2.CommonStatistics:
    proto = statistics_pb2.CommonStatistics(
        num_non_missing=common.num_non_missing,
        num_missing=common.num_missing,
        min_num_values=common.min_num_values,
        max_num_values=common.max_num_values,
        avg_num_values=common.avg_num_values,
        tot_num_values=common.tot_num_values,
    )
    if common.num_values_histogram is not None:
        proto.num_values_histogram.CopyFrom(_histogram_proto(common.num_values_histogram))
    return proto


def _set_numeric(numeric: NumericStatistics, proto: Any) -> None:
    for field in ("mean", "std_dev", "num_zeros", "min", "median", "max"):
        setattr(proto, field, getattr(numeric, field))
    proto.histograms.extend(_histogram_proto(histogram) for histogram in numeric.histograms)


def _set_strings(strings: StringStatistics, proto: Any) -> None:
    for field in ("avg_length", "unique", "invalid_utf8_count"):
        setattr(proto, field, getattr(strings, field))
    for entry in strings.top_values:
        proto.top_values.add(value=entry.value, frequency=entry.frequency)
    for rank, entry in enumerate(strings.ranks):
        proto.rank_histogram.buckets.add(low_rank=rank, high_rank=rank, label=entry.value, sample_count=entry.frequency)


def _histogram_proto(histogram: Histogram) -> statistics_pb2.Histogram:
    proto = statistics_pb2.Histogram(
        type=statistics_pb2.Histogram.HistogramType.Value(histogram.type), num_nan=histogram.num_nan
    )
    for bucket in histogram.buckets:
        proto.buckets.add(low_value=bucket.low, high_value=bucket.high, sample_count=bucket.count)
    return proto


def _feature(proto: statistics_pb2.FeatureNameStatistics) -> FeatureStatistics:
    kind = proto.WhichOneof("stats")
    stats = getattr(proto, kind) if kind else statistics_pb2.StringStatistics()
    return FeatureStatistics(
        path=tuple(proto.path.step) if proto.HasField("path") else (proto.name,),
        type=statistics_pb2.FeatureNameStatistics.Type.Name(proto.type),
        common=_common(stats.common_stats),
        numeric=_numeric(proto.num_stats) if kind == "num_stats" else None,
        strings=_strings(proto.string_stats) if kind == "string_stats" else None,
    )


def _common(proto: statistics_pb2.CommonStatistics) -> CommonStatistics:
    return CommonStatistics(
        num_non_missing=proto.num_non_missing,
        num_missing=proto.num_missing,
        min_num_values=proto.min_num_values,
        max_num_values=proto.max_num_values,
        avg_num_values=proto.avg_num_values,
        tot_num_values=proto.tot_num_values,
        num_values_histogram=_histogram(proto.num_values_histogram) if proto.HasField("num_values_histogram") else None,
        max_nesting=max(len(proto.presence_and_valency_stats), 1),
    )


def _numeric(proto: statistics_pb2.NumericStatistics) -> NumericStatistics:
    fields = {field: getattr(proto, field) for field in ("mean", "std_dev", "num_zeros", "min", "median", "max")}
    return NumericStatistics(**fields, histograms=tuple(_histogram(histogram) for histogram in proto.histograms))


def _strings(proto: statistics_pb2.StringStatistics) -> StringStatistics:
    buckets = proto.rank_histogram.buckets
    return StringStatistics(
        avg_length=proto.avg_length,
        unique=proto.unique,
        invalid_utf8_count=proto.invalid_utf8_count,
        top_values=tuple(ValueFrequency(value=top.value, frequency=top.frequency) for top in proto.top_values),
        ranks=tuple(ValueFrequency(value=bucket.label, frequency=bucket.sample_count) for bucket in buckets),
    )


def _histogram(proto: statistics_pb2.Histogram) -> Histogram:
    return Histogram(
        type=statistics_pb2.Histogram.HistogramType.Name(proto.type),
        buckets=tuple(Bucket(low=b.low_value, high=b.high_value, count=b.sample_count) for b in proto.buckets),
        num_nan=proto.num_nan,
    )

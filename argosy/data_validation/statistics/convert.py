"""Statistics to and from tensorflow_metadata's DatasetFeatureStatisticsList."""

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import statistics_pb2

from argosy.data_validation.statistics.cross import convert as cross
from argosy.data_validation.statistics.distributions import histogram_of, ranks_of, set_histogram, set_ranks
from argosy.data_validation.statistics.spec import (
    BytesStatistics,
    CommonStatistics,
    CustomStatistic,
    CustomValue,
    DatasetStatistics,
    FeatureStatistics,
    Histogram,
    NumericStatistics,
    PresenceAndValencyStatistics,
    StringStatistics,
    ValueFrequency,
    WeightedCommonStatistics,
    WeightedNumericStatistics,
    WeightedStringStatistics,
)
from argosy.data_validation.statistics.tokens import convert as tokens
from argosy.data_validation.statistics.tokens.spec import NaturalLanguageStatistics
from argosy.errors import DataError
from argosy.schema import DerivedSource, mirror

VALENCY = ("num_non_missing", "num_missing", "min_num_values", "max_num_values", "tot_num_values")
COMMON = (*VALENCY, "avg_num_values")
WEIGHTED_COMMON = ("num_non_missing", "num_missing", "avg_num_values", "tot_num_values")
NUMERIC = ("mean", "std_dev", "num_zeros", "min", "median", "max")
WEIGHTED_NUMERIC = ("mean", "std_dev", "median")
STRINGS = ("avg_length", "unique", "invalid_utf8_count")
BINARY = ("unique", "avg_num_bytes", "min_num_bytes", "max_num_bytes", "max_num_bytes_int")


def to_bytes(*datasets: DatasetStatistics) -> bytes:
    """Returns the serialized list of the datasets' statistics, each followed by its slices."""
    return bytes(_listing(datasets).SerializeToString(deterministic=True))


def to_text(*datasets: DatasetStatistics) -> str:
    """Returns the text of the list of the datasets' statistics, each followed by its slices."""
    return str(text_format.MessageToString(_listing(datasets)))


def from_bytes(data: bytes) -> tuple[DatasetStatistics, ...]:
    """Returns the statistics of a serialized list, slices beside the whole.

    Raises:
        DataError: It is not one.
    """
    try:
        listing = statistics_pb2.DatasetFeatureStatisticsList.FromString(data)
    except DecodeError as error:
        raise DataError(f"not a serialized DatasetFeatureStatisticsList: {error}") from error
    return tuple(from_proto(dataset) for dataset in listing.datasets)


def from_text(text: str) -> tuple[DatasetStatistics, ...]:
    """Returns the statistics of the text of a list, slices beside the whole.

    Raises:
        DataError: It is not one.
    """
    try:
        listing = text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList())
    except text_format.ParseError as error:
        raise DataError(f"not the text form of a DatasetFeatureStatisticsList: {error}") from error
    return tuple(from_proto(dataset) for dataset in listing.datasets)


def to_proto(dataset: DatasetStatistics) -> statistics_pb2.DatasetFeatureStatistics:
    """Returns the proto of a dataset's statistics, without its slices."""
    return statistics_pb2.DatasetFeatureStatistics(
        name=dataset.name,
        num_examples=dataset.num_examples,
        weighted_num_examples=dataset.weighted_num_examples,
        features=[_feature_proto(feature) for feature in dataset.features],
        cross_features=[cross.to_proto(pair) for pair in dataset.cross_features],
    )


def from_proto(proto: statistics_pb2.DatasetFeatureStatistics) -> DatasetStatistics:
    """Returns the statistics of a proto."""
    return DatasetStatistics(
        name=proto.name,
        num_examples=proto.num_examples,
        weighted_num_examples=proto.weighted_num_examples,
        features=tuple(_feature(feature) for feature in proto.features),
        cross_features=tuple(cross.from_proto(pair) for pair in proto.cross_features),
    )


def from_message(value: Any) -> DatasetStatistics | FeatureStatistics | None:
    """Returns the statistics of a proto of a dataset or of a feature; None where it is neither."""
    if isinstance(value, statistics_pb2.DatasetFeatureStatistics):
        return from_proto(value)
    return _feature(value) if isinstance(value, statistics_pb2.FeatureNameStatistics) else None


def _listing(datasets: Iterable[DatasetStatistics]) -> statistics_pb2.DatasetFeatureStatisticsList:
    parts = (part for dataset in datasets for part in (dataset, *dataset.slices))
    return statistics_pb2.DatasetFeatureStatisticsList(datasets=[to_proto(part) for part in parts])


def _feature_proto(feature: FeatureStatistics) -> statistics_pb2.FeatureNameStatistics:
    proto = statistics_pb2.FeatureNameStatistics(type=statistics_pb2.FeatureNameStatistics.Type.Value(feature.type))
    proto.path.step.extend(feature.path)
    if feature.numeric is not None:
        _set_numeric(feature.numeric, proto.num_stats)
        _set_common(feature.common, proto.num_stats.common_stats)
    elif feature.strings is not None:
        _set_strings(feature.strings, proto.string_stats)
        _set_common(feature.common, proto.string_stats.common_stats)
    elif feature.binary is not None:
        _set(proto.bytes_stats, feature.binary, BINARY)
        _set_common(feature.common, proto.bytes_stats.common_stats)
    elif feature.type == "STRUCT":
        _set_common(feature.common, proto.struct_stats.common_stats)
    for statistic in feature.custom_stats:
        _set_custom(statistic, proto.custom_stats.add())
    if feature.derived is not None:
        mirror.write(feature.derived, proto.validation_derived_source)
    return proto


def _set_common(common: CommonStatistics, proto: Any) -> None:
    proto.SetInParent()
    _set(proto, common, COMMON)
    if common.num_values_histogram is not None:
        set_histogram(common.num_values_histogram, proto.num_values_histogram)
    if common.weighted_common_stats is not None:
        proto.weighted_common_stats.SetInParent()
        _set(proto.weighted_common_stats, common.weighted_common_stats, WEIGHTED_COMMON)
    for level in common.presence_and_valency_stats:
        _set(proto.presence_and_valency_stats.add(), level, VALENCY)
    for weighted in common.weighted_presence_and_valency_stats:
        _set(proto.weighted_presence_and_valency_stats.add(), weighted, WEIGHTED_COMMON)


def _set_numeric(numeric: NumericStatistics, proto: Any) -> None:
    _set(proto, numeric, NUMERIC)
    for histogram in numeric.histograms:
        set_histogram(histogram, proto.histograms.add())
    weighted = numeric.weighted_numeric_stats
    if weighted is not None:
        proto.weighted_numeric_stats.SetInParent()
        _set(proto.weighted_numeric_stats, weighted, WEIGHTED_NUMERIC)
        for histogram in weighted.histograms:
            set_histogram(histogram, proto.weighted_numeric_stats.histograms.add())


def _set_strings(strings: StringStatistics, proto: Any) -> None:
    _set(proto, strings, STRINGS)
    _set_frequencies(strings, proto)
    if strings.weighted_string_stats is not None:
        proto.weighted_string_stats.SetInParent()
        _set_frequencies(strings.weighted_string_stats, proto.weighted_string_stats)


def _set_frequencies(strings: StringStatistics | WeightedStringStatistics, proto: Any) -> None:
    for entry in strings.top_values:
        proto.top_values.add(value=entry.value, frequency=entry.frequency)
    set_ranks(strings.ranks, proto.rank_histogram)


def _set_custom(statistic: CustomStatistic, proto: Any) -> None:
    proto.name = statistic.name
    value = statistic.value
    if isinstance(value, str):
        proto.str = value
    elif isinstance(value, bytes):
        proto.any.MergeFromString(value)
    elif isinstance(value, NaturalLanguageStatistics):
        tokens.set_any(value, proto.any)
    elif isinstance(value, Histogram):
        set_histogram(value, proto.histogram)
    elif isinstance(value, tuple):
        proto.rank_histogram.SetInParent()
        for entry in value:
            proto.rank_histogram.buckets.add(label=entry.value, sample_count=entry.frequency)
    else:
        proto.num = value


def _set(proto: Any, values: object, fields: Iterable[str]) -> None:
    for field in fields:
        setattr(proto, field, getattr(values, field))


def _feature(proto: statistics_pb2.FeatureNameStatistics) -> FeatureStatistics:
    kind = proto.WhichOneof("stats")
    return FeatureStatistics(
        path=tuple(proto.path.step) if proto.HasField("path") else (proto.name,),
        type=statistics_pb2.FeatureNameStatistics.Type.Name(proto.type),
        common=_common(getattr(proto, kind).common_stats) if kind else CommonStatistics(),
        numeric=_numeric(proto.num_stats) if kind == "num_stats" else None,
        strings=_strings(proto.string_stats) if kind == "string_stats" else None,
        binary=BytesStatistics(**_get(proto.bytes_stats, BINARY)) if kind == "bytes_stats" else None,
        custom_stats=tuple(CustomStatistic(name=entry.name, value=_custom(entry)) for entry in proto.custom_stats),
        derived=mirror.read(DerivedSource, proto.validation_derived_source)
        if proto.HasField("validation_derived_source")
        else None,
    )


def _common(proto: statistics_pb2.CommonStatistics) -> CommonStatistics:
    weighted = proto.weighted_common_stats
    lengths = histogram_of(proto.num_values_histogram) if proto.HasField("num_values_histogram") else None
    return CommonStatistics(
        **_get(proto, COMMON),
        num_values_histogram=lengths,
        weighted_common_stats=_weighted_common(weighted) if proto.HasField("weighted_common_stats") else None,
        presence_and_valency_stats=tuple(
            PresenceAndValencyStatistics(**_get(level, VALENCY)) for level in proto.presence_and_valency_stats
        ),
        weighted_presence_and_valency_stats=tuple(
            _weighted_common(level) for level in proto.weighted_presence_and_valency_stats
        ),
    )


def _weighted_common(proto: statistics_pb2.WeightedCommonStatistics) -> WeightedCommonStatistics:
    return WeightedCommonStatistics(**_get(proto, WEIGHTED_COMMON))


def _numeric(proto: statistics_pb2.NumericStatistics) -> NumericStatistics:
    weighted = proto.weighted_numeric_stats
    return NumericStatistics(
        **_get(proto, NUMERIC),
        histograms=tuple(histogram_of(histogram) for histogram in proto.histograms),
        weighted_numeric_stats=WeightedNumericStatistics(
            **_get(weighted, WEIGHTED_NUMERIC),
            histograms=tuple(histogram_of(histogram) for histogram in weighted.histograms),
        )
        if proto.HasField("weighted_numeric_stats")
        else None,
    )


def _strings(proto: statistics_pb2.StringStatistics) -> StringStatistics:
    weighted = proto.weighted_string_stats
    return StringStatistics(
        **_get(proto, STRINGS),
        **_frequencies(proto),
        weighted_string_stats=WeightedStringStatistics(**_frequencies(weighted))
        if proto.HasField("weighted_string_stats")
        else None,
    )


def _frequencies(proto: Any) -> Mapping[str, Any]:
    return {
        "top_values": tuple(ValueFrequency(value=top.value, frequency=top.frequency) for top in proto.top_values),
        "ranks": ranks_of(proto.rank_histogram),
    }


def _custom(proto: statistics_pb2.CustomStatistic) -> CustomValue:
    kind = proto.WhichOneof("val")
    if kind == "histogram":
        return histogram_of(proto.histogram)
    if kind == "rank_histogram":
        return ranks_of(proto.rank_histogram)
    if kind == "any":
        return tokens.from_any(proto.any) or bytes(proto.any.SerializeToString(deterministic=True))
    return str(proto.str) if kind == "str" else float(proto.num)


def _get(proto: Any, fields: Iterable[str]) -> Mapping[str, Any]:
    return {field: getattr(proto, field) for field in fields}

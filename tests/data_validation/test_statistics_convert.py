import math
from collections.abc import Sequence

import pytest
from google.protobuf import any_pb2, wrappers_pb2
from tensorflow_metadata.proto.v0 import statistics_pb2

from argosy.data_validation.statistics import convert
from argosy.data_validation.statistics.cross.spec import (
    CrossFeatureStatistics,
    LiftBucket,
    LiftSeries,
    LiftStatistics,
    LiftValue,
    NumericCrossStatistics,
)
from argosy.data_validation.statistics.files import (
    read_slices,
    read_statistics,
    statistics_file,
    write_statistics,
)
from argosy.data_validation.statistics.spec import (
    Bucket,
    BytesStatistics,
    CommonStatistics,
    CustomStatistic,
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
from argosy.errors import ParameterError
from argosy.schema import DerivedSource

HISTOGRAM = Histogram(
    type="QUANTILES", buckets=(Bucket(low=-math.inf, high=1, count=2.5), Bucket(low=1, high=2, count=1)), num_nan=3
)
STANDARD = Histogram(type="STANDARD", buckets=(Bucket(low=0, high=4, count=9),))
WEIGHTED_COMMON = WeightedCommonStatistics(num_non_missing=1.5, num_missing=2.5, avg_num_values=3.5, tot_num_values=4.5)
COMMON = CommonStatistics(
    num_non_missing=1,
    num_missing=2,
    min_num_values=3,
    max_num_values=4,
    avg_num_values=5.5,
    tot_num_values=6,
    num_values_histogram=HISTOGRAM,
    weighted_common_stats=WEIGHTED_COMMON,
    presence_and_valency_stats=(
        PresenceAndValencyStatistics(
            num_non_missing=1, num_missing=2, min_num_values=3, max_num_values=4, tot_num_values=5
        ),
        PresenceAndValencyStatistics(num_non_missing=6),
    ),
    weighted_presence_and_valency_stats=(WEIGHTED_COMMON, WeightedCommonStatistics(num_missing=1)),
)
ENTRIES = (ValueFrequency(value="a", frequency=2), ValueFrequency(value="", frequency=1.5))
ANY = any_pb2.Any()
ANY.Pack(wrappers_pb2.StringValue(value="x"))

FEATURES = (
    FeatureStatistics(
        path=("number",),
        type="FLOAT",
        common=COMMON,
        numeric=NumericStatistics(
            mean=1.1,
            std_dev=2.2,
            num_zeros=3,
            min=-4.4,
            median=5.5,
            max=math.inf,
            histograms=(STANDARD, HISTOGRAM),
            weighted_numeric_stats=WeightedNumericStatistics(mean=1, std_dev=2, median=3, histograms=(STANDARD,)),
        ),
    ),
    FeatureStatistics(
        path=("a", "text"),
        type="STRING",
        common=CommonStatistics(),
        strings=StringStatistics(
            avg_length=1.5,
            unique=2,
            invalid_utf8_count=3,
            top_values=ENTRIES[:1],
            ranks=ENTRIES,
            weighted_string_stats=WeightedStringStatistics(top_values=ENTRIES, ranks=ENTRIES[1:]),
        ),
        custom_stats=(
            CustomStatistic(name="number", value=0.0),
            CustomStatistic(name="text", value="words"),
            CustomStatistic(name="empty", value=""),
            CustomStatistic(name="histogram", value=HISTOGRAM),
            CustomStatistic(name="ranks", value=ENTRIES),
            CustomStatistic(name="no ranks", value=()),
            CustomStatistic(name="any", value=ANY.SerializeToString()),
        ),
    ),
    FeatureStatistics(
        path=("image",),
        type="STRING",
        common=COMMON,
        binary=BytesStatistics(unique=1, avg_num_bytes=2.5, min_num_bytes=1, max_num_bytes=4, max_num_bytes_int=4),
    ),
    FeatureStatistics(path=("a",), type="STRUCT", common=COMMON),
    FeatureStatistics(
        path=("derived",),
        type="INT",
        common=CommonStatistics(),
        numeric=NumericStatistics(),
        derived=DerivedSource(
            deriver_name="sum",
            description="all miles",
            source_paths=(("a",), ("a", "text")),
            declaratively_configured=True,
        ),
    ),
    FeatureStatistics(
        path=("sparse",),
        type="INT",
        common=CommonStatistics(),
        custom_stats=(CustomStatistic(name="missing_value", value=2.0),),
    ),
)
CROSSES = (
    CrossFeatureStatistics(
        path_x=("a",), path_y=("b",), count=3, numeric=NumericCrossStatistics(correlation=0.5, covariance=-2)
    ),
    CrossFeatureStatistics(
        path_x=("a", "text"),
        path_y=("label",),
        lift=LiftStatistics(
            lift_series=(
                LiftSeries(y=0, y_count=3, lift_values=(LiftValue(x=1, lift=1.5, x_count=2, x_and_y_count=1),)),
                LiftSeries(y="", y_count=1),
                LiftSeries(y=LiftBucket(low=-math.inf, high=2), y_count=1),
            ),
            weighted_lift_series=(
                LiftSeries(y="y", y_count=0.5, lift_values=(LiftValue(x="x", lift=1, x_count=2.5, x_and_y_count=0.5),)),
            ),
        ),
    ),
)
SLICE = DatasetStatistics(name="country_ch", num_examples=1, features=FEATURES[:1])
WHOLE = DatasetStatistics(
    num_examples=3, weighted_num_examples=4.5, features=FEATURES, cross_features=CROSSES, slices=(SLICE,)
)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_field_of_a_feature_goes_there_and_back(feature):
    (again,) = convert.from_bytes(convert.to_bytes(DatasetStatistics(features=(feature,))))
    assert again.features == (feature,)


def test_the_round_trip_would_notice_a_field_that_is_left_out():
    """Every field that we model is set to something other than its default in one of the features above."""
    proto = statistics_pb2.DatasetFeatureStatisticsList.FromString(convert.to_bytes(WHOLE))
    fields = {field.full_name.removeprefix("tensorflow.metadata.v0.") for field in set_fields(proto)}
    for message in (
        "CommonStatistics", "NumericStatistics", "StringStatistics", "BytesStatistics", "WeightedCommonStatistics",
        "WeightedNumericStatistics", "WeightedStringStatistics", "PresenceAndValencyStatistics",
        "CrossFeatureStatistics", "NumericCrossStatistics", "LiftStatistics", "LiftSeries", "LiftSeries.LiftValue",
        "CustomStatistic", "DatasetFeatureStatistics",
    ):  # fmt: skip
        kind = statistics_pb2.DESCRIPTOR.message_types_by_name[message.split(".")[0]]
        for name in message.split(".")[1:]:
            kind = kind.nested_types_by_name[name]
        missing = {field.name for field in kind.fields if f"{message}.{field.name}" not in fields}
        assert missing <= {"feature_list_length_histogram", "vocabulary_file"}, message


def set_fields(message):
    for field, value in message.ListFields():
        yield field
        if field.message_type:
            for part in value if isinstance(value, Sequence) else [value]:
                yield from set_fields(part)


def test_slices_are_read_beside_the_whole(tmp_path):
    write_statistics(WHOLE, statistics_file(str(tmp_path), "train"))
    assert read_statistics(str(tmp_path), "train") == WHOLE
    assert list(read_slices(str(tmp_path), "train").items()) == [("All Examples", WHOLE), ("country_ch", SLICE)]
    assert WHOLE.slice("country_ch") is SLICE
    assert WHOLE.slice("All Examples") is WHOLE
    with pytest.raises(ParameterError, match="did you mean 'country_ch'"):
        WHOLE.slice("country_cz")


def test_what_has_no_statistics_of_rows_gets_none():
    sparse = convert.to_proto(WHOLE).features[-1]
    assert sparse.WhichOneof("stats") is None
    assert [feature.is_described for feature in FEATURES] == [True] * 5 + [False]
    assert FEATURES[-1].custom("missing_value") == 2.0
    assert FEATURES[-1].custom("missing_index") is None

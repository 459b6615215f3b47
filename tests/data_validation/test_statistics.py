import dataclasses
import math
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.data_validation import generate_statistics, read_statistics, write_statistics
from argosy.data_validation.statistics import convert
from argosy.data_validation.statistics.accumulate import DatasetAccumulator
from argosy.data_validation.statistics.files import statistics_file, statistics_splits
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.parse_options import parse_options
from argosy.data_validation.statistics.spec import Bucket
from argosy.errors import ArtifactError, DataError, ParameterError
from argosy.schema import BoolDomain, Feature, IntDomain, Schema

FLOATS, INTS, BYTES = pa.list_(pa.float32()), pa.list_(pa.int64()), pa.list_(pa.binary())


def batch_of(**columns):
    return pa.record_batch({name: pa.array(values, kind) for name, (values, kind) in columns.items()})


def one(values, kind):
    return generate_statistics([batch_of(x=(values, kind))]).feature("x")


def numeric(values, kind=FLOATS):
    found = one([[value] for value in values], kind).numeric
    assert found is not None
    return found


def strings(values):
    found = one([[value] for value in values], BYTES).strings
    assert found is not None
    return found


def histogram(values, kind, name):
    found = numeric(values, kind).histogram(name)
    assert found is not None
    return found


floats = st.floats(-1000, 1000, width=32)


@given(rows=st.lists(st.none() | st.lists(floats | st.just(math.nan), max_size=3), min_size=1, max_size=60))
@settings(max_examples=80, deadline=None)
def test_numbers_agree_with_pandas(rows):
    feature = one(rows, FLOATS)
    common, lengths = feature.common, [len(row) for row in rows if row is not None]
    assert common.num_non_missing == len(lengths)
    assert common.num_missing == len(rows) - len(lengths)
    assert common.tot_num_values == sum(lengths)
    if lengths:
        assert (common.min_num_values, common.max_num_values) == (min(lengths), max(lengths))
        assert common.avg_num_values == pytest.approx(np.mean(lengths))
    values = pd.Series([value for row in rows for value in row or []], dtype="float64")
    clean = values.dropna()
    found = feature.numeric
    assert found is not None
    assert found.num_nan == values.isna().sum()
    if len(clean):
        assert found.mean == pytest.approx(clean.mean(), rel=1e-9, abs=1e-9)
        assert found.std_dev == pytest.approx(clean.std(ddof=0), rel=1e-6, abs=1e-5)
        assert (found.min, found.max) == (clean.min(), clean.max())
        assert found.num_zeros == (clean == 0).sum()
        assert found.median == sorted(clean)[len(clean) // 2]


@given(values=st.lists(st.binary(max_size=3), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_strings_agree_with_counter(values):
    found, counts = strings(values), Counter(values)
    assert found.unique == len(counts)
    assert found.avg_length == pytest.approx(np.mean([len(value) for value in values]))
    assert found.invalid_utf8_count == sum(value.decode(errors="replace").encode() != value for value in values)
    expected = sorted(counts.items(), key=lambda pair: (pair[1], pair[0]), reverse=True)
    assert [entry.frequency for entry in found.ranks] == [count for _, count in expected]
    assert [entry.value for entry in found.top_values] == [
        value.decode() if value.decode(errors="replace").encode() == value else "__BYTES_VALUE__"
        for value, _ in expected[:20]
    ]


@given(seed=st.integers(0, 2**32), pieces=st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_any_sharding_gives_the_same_statistics(seed, pieces):
    rng = np.random.default_rng(seed)
    rows = 50
    sizes = rng.integers(-1, 3, rows)
    batch = batch_of(
        number=([rng.normal(size=size).tolist() if size >= 0 else None for size in sizes], FLOATS),
        text=([[b"abc"[: rng.integers(0, 4)]] for _ in range(rows)], BYTES),
        late=([None if row < 40 else [row] for row in range(rows)], INTS),
    )  # fmt: skip
    accumulator = DatasetAccumulator()
    cuts = np.sort(rng.integers(0, rows, pieces - 1))
    states = []
    for part in np.split(rng.permutation(rows), cuts):
        piece = batch.take(pa.array(part))
        if piece["late"].null_count == len(piece["late"]):
            piece = piece.drop_columns(["late"])
        states.append(accumulator.add(accumulator.empty(), piece))
    alone = [accumulator.result(state) for state in states]
    merged = accumulator.empty()
    for state in states:
        merged = accumulator.merge(merged, state)
    assert_close(accumulator.result(merged), generate_statistics([batch]))
    assert [accumulator.result(state) for state in states] == alone


def assert_close(left, right):
    if dataclasses.is_dataclass(left):
        for field in dataclasses.fields(left):
            assert_close(getattr(left, field.name), getattr(right, field.name))
    elif isinstance(left, tuple):
        assert len(left) == len(right)
        for pair in zip(left, right, strict=True):
            assert_close(*pair)
    else:
        assert left == (pytest.approx(right, rel=1e-9, abs=1e-9, nan_ok=True) if isinstance(right, float) else right)


def test_standard_histogram_is_close_to_the_true_one():
    values = np.random.default_rng(0).normal(size=20_000).astype(np.float32).astype(np.float64)
    found = histogram(values, FLOATS, "STANDARD")
    expected, edges = np.histogram(values, 10)
    np.testing.assert_allclose([bucket.low for bucket in found.buckets], edges[:-1], rtol=1e-6)
    np.testing.assert_allclose([bucket.count for bucket in found.buckets], expected, atol=20_000 / 1000 + 1)
    assert sum(bucket.count for bucket in found.buckets) == pytest.approx(20_000)


def test_quantiles_histogram_has_equal_shares():
    found = histogram(range(1, 101), INTS, "QUANTILES")
    assert found.buckets[0] == Bucket(low=1, high=11, count=11)
    assert [bucket.high for bucket in found.buckets] == [11, 21, 31, 41, 51, 61, 71, 81, 91, 100]
    assert sum(bucket.count for bucket in found.buckets) == 100


def test_a_constant_is_one_bucket():
    (bucket,) = histogram([7, 7, 7], INTS, "STANDARD").buckets
    assert (bucket.low, bucket.high, bucket.count) == (7, 7, pytest.approx(3))
    quantiles = histogram([7, 7, 7], INTS, "QUANTILES")
    assert {(bucket.low, bucket.high) for bucket in quantiles.buckets} == {(7, 7)}
    assert sum(bucket.count for bucket in quantiles.buckets) == pytest.approx(3)
    assert (numeric([7, 7], INTS).std_dev, numeric([7, 7], INTS).median) == (0, 7)


def test_infinities_have_buckets_of_their_own():
    found = histogram([-math.inf, 0, 1, 2, math.inf, math.inf], FLOATS, "STANDARD")
    assert found.buckets[0] == Bucket(low=-math.inf, high=-math.inf, count=1)
    assert found.buckets[-1] == Bucket(low=math.inf, high=math.inf, count=2)
    inner = found.buckets[1:-1]
    assert (len(inner), inner[0].low, inner[-1].high) == (10, 0, 2)
    assert sum(bucket.count for bucket in inner) == pytest.approx(3)
    result = numeric([-math.inf, 1, math.inf])
    assert (result.min, result.max) == (-math.inf, math.inf)
    assert math.isnan(result.mean)
    assert math.isnan(result.std_dev)


def test_only_infinities():
    found = histogram([math.inf, math.inf], FLOATS, "STANDARD")
    assert found.buckets == (Bucket(low=math.inf, high=math.inf, count=2),)
    assert numeric([math.inf, 1.0]).mean == math.inf


def test_one_finite_value_among_thousands_of_infinities_is_not_lost():
    found = histogram([-math.inf] * 5000 + [3.0], FLOATS, "STANDARD")
    assert sum(bucket.count for bucket in found.buckets) == pytest.approx(5001)


def test_only_nan_leaves_only_its_count():
    result = numeric([math.nan, math.nan])
    assert (result.mean, result.num_nan) == (0, 2)
    assert [(entry.type, entry.buckets) for entry in result.histograms] == [("STANDARD", ()), ("QUANTILES", ())]


def test_a_range_that_overflows_has_no_buckets():
    values = pa.array([[-1.7e308], [1.7e308]], pa.list_(pa.float64()))
    found = generate_statistics([pa.record_batch({"x": values})]).feature("x").numeric
    assert found is not None
    assert found.histograms[0].buckets == ()
    assert len(found.histograms[1].buckets) == 10


def test_missing_empty_and_zero_differ():
    feature = one([None, [], [0]], INTS)
    assert (feature.common.num_missing, feature.common.num_non_missing) == (1, 2)
    assert (feature.common.min_num_values, feature.common.max_num_values, feature.common.tot_num_values) == (0, 1, 1)
    assert feature.numeric is not None
    assert feature.numeric.num_zeros == 1


def test_a_column_that_no_row_has_is_a_string_without_values():
    feature = generate_statistics([pa.record_batch({"x": pa.nulls(3)})]).feature("x")
    assert feature.type == "STRING"
    assert (feature.common.num_missing, feature.common.num_non_missing) == (3, 0)
    assert feature.common.num_values_histogram is None
    assert feature.strings is not None
    assert feature.strings.unique == 0


def test_a_column_absent_from_a_batch_is_missing_in_its_rows():
    whole = generate_statistics([batch_of(a=([[1], [2]], INTS), b=([[1], [1]], INTS)), batch_of(a=([[3]], INTS))])
    assert whole.feature("b").common.num_missing == 1
    assert whole.names() == ("a", "b")


def test_a_type_that_comes_late_is_the_type():
    late = generate_statistics([pa.record_batch({"x": pa.nulls(2)}), batch_of(x=([[1.5]], FLOATS))])
    assert late.feature("x").type == "FLOAT"
    assert late.feature("x").common.num_missing == 2


def test_two_types_are_refused_by_name():
    with pytest.raises(DataError, match="'x' is INT in some rows and FLOAT in others"):
        generate_statistics([batch_of(x=([[1]], INTS)), batch_of(x=([[1.0]], FLOATS))])


def test_no_rows_at_all():
    assert generate_statistics([]).num_examples == 0


@pytest.mark.parametrize("batches", [1, 2])
def test_columns_without_rows_are_features(batches):
    found = generate_statistics([pa.record_batch({"x": pa.array([], pa.list_(pa.int64()))})] * batches)
    assert [(feature.name, feature.type, feature.common.num_missing) for feature in found.features] == [("x", "INT", 0)]


def test_large_strings_are_counted():
    found = strings([b"x" * 1_000_000, b"y"])
    assert found.avg_length == 500_000.5
    assert found.unique == 2


@pytest.mark.parametrize("domain", [BoolDomain(), IntDomain(is_categorical=True)])
def test_integers_that_are_categories_are_counted_like_strings(domain):
    schema = Schema(features=(Feature(name="x", type="INT", domain=domain),))
    feature = generate_statistics([batch_of(x=([[1], [10], [1]], INTS))], schema=schema).feature("x")
    assert (feature.type, feature.numeric) == ("INT", None)
    assert feature.strings is not None
    assert [(entry.value, entry.frequency) for entry in feature.strings.top_values] == [("1", 2), ("10", 1)]
    assert feature.strings.avg_length == pytest.approx(4 / 3)


def test_the_proto_keeps_everything():
    batch = batch_of(
        a=([[1.5], [math.nan], None], FLOATS), b=([[b"x"], [b"\xff"], []], BYTES), c=([[1], [2], [3]], INTS)
    )
    statistics = generate_statistics([batch])
    again = convert.from_bytes(convert.to_bytes(statistics))[0]
    # avg_num_values and avg_length are 32-bit in the proto.
    assert_close(statistics.features[0].numeric, again.features[0].numeric)
    assert [feature.path for feature in again.features] == [("a",), ("b",), ("c",)]
    assert again.features[1].strings == statistics.features[1].strings
    assert again.features[2] == statistics.features[2]
    assert convert.to_proto(again) == convert.to_proto(statistics)


def test_options_change_what_is_kept():
    options = parse_options({"num_top_values": 2, "num_histogram_buckets": 4.0, "num_quantiles_histogram_buckets": 5})
    batch = batch_of(t=([[b"a"], [b"b"], [b"c"]], BYTES), n=([[1], [2], [3]], INTS))
    statistics = generate_statistics([batch], options=options)
    text, number = statistics.feature("t").strings, statistics.feature("n").numeric
    assert text is not None
    assert number is not None
    assert (len(text.top_values), len(text.ranks)) == (2, 3)
    assert [len(entry.buckets) for entry in number.histograms] == [4, 5]
    assert parse_options({}) == StatisticsOptions()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_top_value": 3}, "did you mean 'num_top_values'"),
        ({"num_top_values": 0}, "at least 1"),
        ({"num_top_values": "9"}, "whole number"),
        ({"num_top_values": True}, "whole number"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        parse_options(options)


def test_files(tmp_path):
    statistics = generate_statistics([batch_of(x=([[1]], INTS))])
    for split in ("eval", "train"):
        write_statistics(statistics, statistics_file(str(tmp_path), split))
    assert statistics_splits(str(tmp_path)) == ["train", "eval"]
    assert read_statistics(str(tmp_path), "eval") == statistics
    with pytest.raises(ArtifactError, match=r"'evla'.*did you mean 'eval'"):
        read_statistics(str(tmp_path), "evla")
    (tmp_path / "Split-eval" / "FeatureStats.pb").write_bytes(b"\xff\xff\xff")
    with pytest.raises(ArtifactError, match=r"Split-eval/FeatureStats\.pb: not a serialized"):
        read_statistics(str(tmp_path), "eval")
    with pytest.raises(ArtifactError, match="StatisticsGen"):
        statistics_splits(str(tmp_path / "nowhere"))


def test_of_several_slices_the_one_of_all_rows_is_read(tmp_path):
    whole = generate_statistics([batch_of(x=([[1]], INTS))])
    part = dataclasses.replace(whole, name="country_ch", num_examples=7)
    file = tmp_path / "Split-train" / "FeatureStats.pb"
    file.parent.mkdir()
    file.write_bytes(convert.to_bytes(part, whole))
    assert read_statistics(str(tmp_path), "train").num_examples == 1
    file.write_bytes(convert.to_bytes(part, part))
    with pytest.raises(ArtifactError, match="country_ch"):
        read_statistics(str(tmp_path), "train")

import dataclasses
import math
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.data_validation import generate_statistics, parse_options
from argosy.data_validation.statistics import accumulate, feature
from argosy.data_validation.statistics.batch import batch_of
from argosy.data_validation.statistics.cross.lift import Lift
from argosy.data_validation.statistics.cross.spec import LiftBucket
from argosy.data_validation.statistics.generate import dataset_accumulator
from argosy.data_validation.statistics.plan import plan_of
from argosy.data_validation.statistics.sample import sample_rows
from argosy.errors import DataError, ParameterError
from argosy.schema import Feature, FloatDomain, IntDomain, Schema, StringDomain
from argosy.schema.domains import ImageDomain
from argosy.schema.spec import SparseFeature, WeightedFeature

INTS, FLOATS, BYTES = pa.list_(pa.int64()), pa.list_(pa.float64()), pa.list_(pa.binary())


def statistics(columns, schema=None, **options):
    batch = pa.record_batch({name: pa.array(values, kind) for name, (values, kind) in columns.items()})
    return generate_statistics([batch], options=parse_options(options), schema=schema)


WITH_WEEKDAY = "time_domain {string_format: '%a %b %d %H:%M:%S %Y'}"


def single(values, kind):
    return [None if value is None else [value] for value in values], kind


weighted_rows = st.lists(st.tuples(st.floats(-50, 50), st.integers(0, 4)), min_size=1, max_size=50)


@given(rows=weighted_rows)
@settings(max_examples=50, deadline=None)
def test_weighted_numbers_agree_with_rows_repeated(rows):
    """A whole weight says how often the row stands for itself."""
    found = statistics(
        {"x": single([x for x, _ in rows], FLOATS), "w": single([w for _, w in rows], INTS)}, weight_feature="w"
    )
    repeated = [x for x, w in rows for _ in range(w)]
    assert found.weighted_num_examples == len(repeated)
    common = found.feature("x").common.weighted_common_stats
    assert common is not None
    assert (common.num_non_missing, common.num_missing, common.tot_num_values) == (len(repeated), 0, len(repeated))
    numeric = found.feature("x").numeric
    assert numeric is not None
    heavy = numeric.weighted_numeric_stats
    assert heavy is not None
    if repeated:
        assert heavy.mean == pytest.approx(np.mean(repeated), abs=1e-9)
        assert heavy.std_dev == pytest.approx(np.std(repeated), abs=1e-6)
        assert heavy.median == sorted(repeated)[len(repeated) // 2]
        for histogram in heavy.histograms:
            assert sum(bucket.count for bucket in histogram.buckets) == pytest.approx(len(repeated))


def test_weighted_strings_are_ranked_by_weight():
    columns = {"x": single([b"a", b"a", b"b", b"c"], BYTES), "w": single([0.5, 1.0, 4.0, 0.25], FLOATS)}
    found = statistics(columns, weight_feature="w").feature("x").strings
    assert found is not None
    assert found.weighted_string_stats is not None
    # TFDV's weighted_frequency_threshold is 1 unless it is given.
    assert [(e.value, e.frequency) for e in found.weighted_string_stats.ranks] == [("b", 4), ("a", 1.5)]
    assert [(e.value, e.frequency) for e in found.ranks] == [("a", 2), ("c", 1), ("b", 1)]
    low = statistics(columns, weight_feature="w", weighted_frequency_threshold=0, frequency_threshold=2).feature("x")
    assert low.strings is not None
    assert low.strings.weighted_string_stats is not None
    assert (len(low.strings.weighted_string_stats.ranks), len(low.strings.ranks)) == (3, 1)


def test_a_feature_may_have_a_weight_of_its_own():
    columns = {
        "x": single([1, 3], INTS),
        "y": single([1, 3], INTS),
        "v": single([1, 1], INTS),
        "w": single([1, 3], INTS),
    }
    found = statistics(columns, weight_feature="v", per_feature_weight_override={"x": "w"})
    means = [found.feature(name).numeric.weighted_numeric_stats.mean for name in ("x", "y")]
    assert means == [2.5, 2.0]
    assert found.weighted_num_examples == 2


@pytest.mark.parametrize(
    ("weights", "kind", "message"),
    [
        ([[1.0], None], FLOATS, "1 of 2 rows do not have exactly one value"),
        ([[1.0], [1.0, 2.0]], FLOATS, "1 of 2 rows do not have exactly one value"),
        ([[1.0], [-1.0]], FLOATS, "negative"),
        ([[1.0], [math.nan]], FLOATS, "no number"),
        ([[b"1"], [b"2"]], BYTES, "weights are numbers"),
    ],
)
def test_rows_without_a_proper_weight_are_refused(weights, kind, message):
    with pytest.raises(DataError, match=f"weight feature 'w'.*{message}"):
        statistics({"x": single([1, 2], INTS), "w": (weights, kind)}, weight_feature="w")


def test_a_weight_feature_that_is_not_there_is_refused():
    with pytest.raises(DataError, match="'weigth' is not in the rows: did you mean 'weight'"):
        statistics({"weight": single([1], INTS)}, weight_feature="weigth")


@given(seed=st.integers(0, 2**32), pieces=st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_each_slice_is_what_its_rows_alone_give(seed, pieces):
    rng = np.random.default_rng(seed)
    n = 40
    frame = pd.DataFrame(
        {"place": rng.choice(["a", "b", "c"], n), "year": rng.integers(2000, 2003, n), "x": rng.normal(size=n).round(1)}
    )
    batch = pa.RecordBatch.from_pandas(frame, preserve_index=False)
    options = parse_options({"slices": [{"place": None}, {"place": ["a", "b"], "year": None}]})
    accumulator = dataset_accumulator(options=options)
    state = accumulator.empty()
    for piece in np.array_split(rng.permutation(n), pieces):
        state = accumulator.merge(accumulator.add(accumulator.empty(), batch.take(pa.array(piece))), state)
    found = accumulator.result(state)
    groups = {f"place_{place}": rows for place, rows in frame.groupby("place")}
    groups |= {
        f"place_{place}_year_{year}": rows
        for (place, year), rows in frame[frame.place != "c"].groupby(["place", "year"])
    }
    assert [part.name for part in found.slices] == sorted(groups)
    for part in found.slices:
        alone = generate_statistics([pa.RecordBatch.from_pandas(groups[part.name], preserve_index=False)])
        assert part.num_examples == len(groups[part.name])
        assert part.feature("place") == alone.feature("place")
        assert part.feature("year").common == alone.feature("year").common
        mine, theirs = part.feature("x").numeric, alone.feature("x").numeric
        assert mine is not None
        assert theirs is not None
        assert mine.mean == pytest.approx(theirs.mean)
        assert (mine.median, mine.histograms) == (theirs.median, theirs.histograms)


def test_a_row_is_in_a_slice_of_each_of_its_values_and_in_none_without_one():
    found = statistics({"tag": ([[b"x", b"y", b"x"], [b"x"], None, []], BYTES)}, slices=[{"tag": None}])
    assert {part.name: part.num_examples for part in found.slices} == {"tag_x": 2, "tag_y": 1}
    assert found.num_examples == 4


def test_slices_that_cannot_be_made_are_refused():
    columns = {"country": single([b"ch"] * 3, BYTES), "id": single(list(range(3)), INTS)}
    with pytest.raises(DataError, match=r"'contry'.*did you mean 'country'"):
        statistics(columns, slices=[{"contry": None}])
    many = {"id": single(list(range(2001)), INTS)}
    with pytest.raises(DataError, match="slices by every value of id: there are more than 2000"):
        statistics(many, slices=[{"id": None}])
    with pytest.raises(DataError, match="'country' has values that are not UTF-8"):
        statistics({"country": single([b"\xff"], BYTES)}, slices=[{"country": None}])


def test_batches_are_looked_at_together(monkeypatch):
    monkeypatch.setattr(accumulate, "ENOUGH_ROWS", 7)
    batches = [pa.record_batch({"x": pa.array([[i]], INTS)}) for i in range(20)]
    late = pa.record_batch({"x": pa.array([[20]], INTS), "y": pa.array([[b"a"]], BYTES)})
    found = generate_statistics([*batches, late, *batches])
    assert found.num_examples == 41
    assert found.feature("y").common.num_missing == 40
    numeric = found.feature("x").numeric
    assert numeric is not None
    assert numeric.mean == pytest.approx(np.mean([*range(20), 20, *range(20)]))


def test_above_the_stated_size_errors_are_bounded_and_stated(monkeypatch):
    monkeypatch.setattr(feature, "MOST_NUMBERS", 500)
    monkeypatch.setattr(feature, "LEAST_NUMBERS", 500)
    monkeypatch.setattr(feature, "MOST_VALUES", 300)
    monkeypatch.setattr(feature, "LEAST_VALUES", 300)
    monkeypatch.setattr(accumulate, "ENOUGH_ROWS", 1000)
    rng = np.random.default_rng(3)
    numbers = rng.normal(size=20_000)
    words = [b"%d" % value for value in np.minimum(rng.zipf(1.3, 20_000), 10**9)]
    batches = (
        pa.record_batch({"n": pa.array(numbers[i : i + 500]), "s": pa.array(words[i : i + 500])})
        for i in range(0, 20_000, 500)
    )
    found = generate_statistics(batches)
    number, text = found.feature("n"), found.feature("s")
    assert number.custom("quantiles_rank_error") == 0.01
    assert number.numeric is not None
    rank = np.searchsorted(np.sort(numbers), number.numeric.median) / 20_000
    assert abs(rank - 0.5) <= 0.01
    counts = Counter(words)
    assert text.strings is not None
    error = text.custom("top_values_count_error")
    assert isinstance(error, float)
    assert 0 < error < 200
    for entry in text.strings.top_values:
        assert 0 <= counts[entry.value.encode()] - entry.frequency <= error
    assert text.custom("unique_relative_error") == 0  # Fewer values differ than the sketch holds hashes.
    assert text.strings.unique == len(counts)


def test_within_the_stated_size_nothing_is_said_of_errors():
    found = statistics({"n": single([1.5, 2.5], FLOATS), "s": single([b"a", b"b"], BYTES)})
    assert [one.custom_stats for one in found.features] == [(), ()]


def test_values_outside_a_large_domain_are_found_all_the_same():
    """A rank histogram holds the most frequent values; what is rare and wrong is counted beside it."""
    words = [b"%04d" % i for i in range(1500) for _ in range(2)] + [b"wrong"]
    domain = StringDomain(values=tuple(f"{i:04d}" for i in range(1500)))
    schema = Schema(features=(Feature(name="x", type="BYTES", domain=domain),))
    found = statistics({"x": single(words, BYTES)}, schema).feature("x")
    assert found.strings is not None
    assert "wrong" not in found.strings.values
    assert [entry.value for entry in found.custom("values_out_of_domain")] == ["wrong"]
    assert found.custom("count_out_of_domain") == 1


def test_long_values_are_told_apart_but_not_kept():
    megabyte = b"x" * 1_000_000
    found = statistics({"x": single([megabyte, megabyte + b"y", megabyte], BYTES)}).feature("x").strings
    assert found is not None
    assert (found.unique, found.avg_length) == (2, pytest.approx(1_000_000 + 1 / 3))
    assert found.top_values[0].frequency == 2
    assert all(len(entry.value) == 1019 for entry in found.top_values)


def test_lists_of_lists_are_counted_level_by_level():
    rows = [[[1, 2], None, []], [], None, [[3]]]
    found = statistics({"x": (rows, pa.list_(pa.list_(pa.int64())))}).feature("x")
    outer, inner = found.common.presence_and_valency_stats
    assert dataclasses.astuple(outer) == (3, 1, 0, 3, 4)
    assert dataclasses.astuple(inner) == (3, 1, 0, 2, 3)
    assert (found.common.min_num_values, found.common.max_num_values, found.common.tot_num_values) == (0, 2, 3)
    assert found.common.avg_num_values == 1
    assert found.numeric is not None
    assert found.numeric.mean == 2
    assert [one.name for one in found.custom_stats] == [
        "level_2_value_list_length_quantiles", "level_2_value_list_length_standard"
    ]  # fmt: skip
    with pytest.raises(DataError, match="feature 'x': lists are nested 2 deep in some rows and 1 in others"):
        generate_statistics(
            [
                pa.record_batch({"x": pa.array(rows, pa.list_(pa.list_(pa.int64())))}),
                pa.record_batch({"x": pa.array([[1]], INTS)}),
            ]
        )


def test_structs_hold_features_of_their_own():
    kind = pa.list_(pa.struct([("name", pa.list_(pa.binary())), ("size", pa.int64())]))
    rows = [[{"name": [b"a"], "size": 1}, {"name": None, "size": 3}], None, [], [{"name": [b"b", b"c"], "size": None}]]
    found = statistics({"s": (rows, kind), "w": single([1, 1, 1, 2], INTS)}, weight_feature="w")
    assert [(one.name, one.type) for one in found.features] == [
        ("s", "STRUCT"), ("s.name", "STRING"), ("s.size", "INT"), ("w", "INT")
    ]  # fmt: skip
    name, size = found.feature("s.name"), found.feature("s.size")
    assert (name.common.num_non_missing, name.common.num_missing, name.common.tot_num_values) == (2, 1, 3)
    assert (size.common.num_non_missing, size.common.num_missing) == (2, 1)
    assert name.common.weighted_common_stats is not None
    assert name.common.weighted_common_stats.num_non_missing == 3
    assert size.numeric is not None
    assert size.numeric.mean == 2


def test_sparse_and_weighted_features_by_hand():
    schema = Schema(
        sparse_features=(SparseFeature(name="s", index_features=("i", "j"), value_feature="v"),),
        weighted_features=(WeightedFeature(name="w", feature=("v",), weight_feature=("i",)),),
    )
    columns = {
        "v": ([[1.0], [1.0, 2.0], None, None], FLOATS),
        "i": ([[1], [1], [1, 2, 3], None], INTS),
        "j": ([None, [1, 2], None, None], INTS),
    }
    found = statistics(columns, schema)
    sparse = {one.name: one.value for one in found.feature("s").custom_stats}
    assert sparse["missing_value"] == 1
    table = {name: {e.value: e.frequency for e in value} for name, value in sparse.items() if isinstance(value, tuple)}
    assert table == {
        "missing_index": {"i": 0, "j": 2}, "max_length_diff": {"i": 3, "j": 0}, "min_length_diff": {"i": -1, "j": -1},
    }  # fmt: skip
    assert {one.name: one.value for one in found.feature("w").custom_stats} == {
        "missing_weight": 0, "missing_value": 1, "min_weight_length_diff": -1, "max_weight_length_diff": 3,
    }  # fmt: skip


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_covariances_agree_with_numpy(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1e6, 3, 60), rng.integers(0, 9, 60)
    gone = rng.random(60) < 0.2
    columns = {
        "x": ([None if out else [v] for v, out in zip(x, gone, strict=True)], FLOATS),
        "y": single(y.tolist(), INTS),
    }
    (pair,) = statistics(columns, feature_crosses="all").cross_features
    kept = np.stack([x[~gone], y[~gone]])
    assert (pair.path_x, pair.path_y, pair.count) == (("x",), ("y",), int((~gone).sum()))
    assert pair.numeric is not None
    assert pair.numeric.covariance == pytest.approx(np.cov(kept, bias=True)[0, 1], rel=1e-6, abs=1e-6)
    assert pair.numeric.correlation == pytest.approx(np.corrcoef(kept)[0, 1], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (["x", "agee"], "no row has feature 'agee'; did you mean 'age'"),
        (["x", "s"], "feature 's' is STRING; covariance is of numbers"),
    ],
)
def test_crosses_of_what_is_no_number_are_refused(pair, message):
    columns = {"x": single([1, 2], INTS), "age": single([1, None], INTS), "s": single([b"a", b"b"], BYTES)}
    with pytest.raises(DataError, match=f"feature_crosses: {message}"):
        statistics(columns, feature_crosses=[pair])
    gone = {"x": single([1, 2], INTS), "age": single([None, None], INTS)}
    assert [pair.count for pair in statistics(gone, feature_crosses=[["x", "age"]]).cross_features] == [0]


def test_lift_by_hand():
    columns = {"x": ([[b"a"], [b"a", b"b"], [b"b"], None], BYTES), "y": single([0.1, 0.9, 0.8, 0.7], FLOATS)}
    found = statistics(columns, label_feature="y", lift={"y_boundaries": [0.5]})
    (pair,) = found.cross_features
    assert pair.lift is not None
    low, high = pair.lift.lift_series
    assert (low.y, low.y_count) == (LiftBucket(low=-math.inf, high=0.5), 1)
    assert [(v.x, v.lift, v.x_count, v.x_and_y_count) for v in low.lift_values] == [("a", 2, 2, 1), ("b", 0, 2, 0)]
    assert [(v.x, v.lift) for v in high.lift_values] == [("b", pytest.approx(4 / 3)), ("a", pytest.approx(2 / 3))]
    assert [one.name for one in found.feature("x").custom_stats] == ["Lift (Y=[-inf,0.5))", "Lift (Y=[0.5,inf])"]
    with pytest.raises(DataError, match="'y' is FLOAT; cut it into buckets"):
        statistics(columns, label_feature="y")
    with pytest.raises(DataError, match="'z': no row has it"):
        statistics(columns, label_feature="z")


def test_too_many_labels_are_refused_before_they_are_counted():
    def batch(start, end):
        texts = [[b"%04d" % i] for i in range(start, end)]
        return batch_of(pa.record_batch({"x": pa.array(texts, BYTES), "y": pa.array(texts, BYTES)}), frozenset())

    lift = Lift(options=parse_options({"label_feature": "y"}), plan=plan_of(None))
    state = lift.empty()
    with pytest.raises(DataError, match="'y' has 101 values at least, more than 100; cut it into buckets"):
        lift.add(state, batch(0, 101))
    assert (False, ("x",), b"0000") not in state
    state = lift.add(lift.empty(), batch(0, 60))
    with pytest.raises(DataError, match="has 120 values"):
        lift.merge(lift.add(lift.empty(), batch(60, 120)), state)
    with pytest.raises(DataError, match="has 120 values"):
        lift.add(state, batch(60, 120))


def test_categories_that_are_floats_and_images():
    schema = Schema(
        features=(
            Feature(name="f", type="FLOAT", domain=FloatDomain(is_categorical=True)),
            Feature(name="i", type="FLOAT", domain=IntDomain(is_categorical=True)),
            Feature(name="p", type="BYTES", domain=ImageDomain()),
        )
    )
    columns = {
        "f": single([0.5, 0.5, 1.0], FLOATS),
        "i": single([1, 1, 2], INTS),
        "p": single([b"BMx", b"?", b"?"], BYTES),
    }
    found = statistics(columns, schema)
    text = found.feature("f").strings
    assert text is not None
    assert [(entry.value, entry.frequency) for entry in text.top_values] == [("0.5", 2), ("1.0", 1)]
    # The rows are integers where the schema says float: what is there is described.
    assert found.feature("i").numeric is not None
    picture = found.feature("p")
    assert (picture.type, picture.strings) == ("BYTES", None)
    assert picture.binary is not None
    assert (picture.binary.min_num_bytes, picture.binary.max_num_bytes_int) == (1, 3)
    formats = picture.custom("image_format_histogram")
    assert [(entry.value, entry.frequency) for entry in formats] == [("UNKNOWN", 2), ("bmp", 1)]


def test_rows_are_sampled_one_by_one():
    batch = pa.record_batch({"x": np.arange(10_000)})
    chosen = sample_rows(batch, 0.25)["x"].to_numpy()
    assert 2300 < len(chosen) < 2700
    assert len(np.unique(np.diff(chosen))) > 10
    np.testing.assert_array_equal(chosen, sample_rows(batch, 0.25)["x"].to_numpy())
    assert chosen.tolist() != sample_rows(batch, 0.25, seed=1)["x"].to_pylist()
    assert sample_rows(batch, 1.0) is batch
    assert generate_statistics([batch], options=parse_options({"sample_rate": 0.25})).num_examples == len(chosen)


def test_only_features_that_are_allowed_and_histograms_that_are_wanted():
    columns = {name: single([1, 2], INTS) for name in "abc"}
    found = statistics(
        columns,
        feature_allowlist=["a", "b"],
        per_feature_stats_config={"histogram_paths": ["a"], "histogram_mode": "include"},
    )
    assert found.names() == ("a", "b")
    with_, without = (found.feature(name).numeric for name in "ab")
    assert with_ is not None
    assert without is not None
    assert (len(with_.histograms), len(without.histograms)) == (2, 0)
    assert math.isnan(without.median)
    options = parse_options({"feature_allowlist": ["a"], "weight_feature": "c", "slices": [{"b": None}]})
    assert dataset_accumulator(options=options).columns() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"generators": "mine"}, "give a list"),
        ({"experimental_slice_functions": []}, "use slicing_config"),
        ({"sample_rate": 0}, "above 0 and at most 1"),
        ({"epsilon": "small"}, "give a number"),
        ({"weight_feature": 3}, "name of a feature"),
        ({"enable_semantic_domain_stats": 1}, "true or false"),
        ({"slices": {"a": None}}, "give a list"),
        ({"slices": [{"a": "ch"}]}, "give a list"),
        ({"slices": [{"a": [1.5]}]}, "strings or integers"),
        ({"slicing_config": {"slicing_spec": []}}, "did you mean 'slicing_specs'"),
        ({"lift": {"y_boundaries": [2, 1]}}, "ascend"),
        ({"lift": {"top_k": 1}}, "did you mean 'top_k_per_y'"),
        ({"feature_crosses": [["a", "a"]]}, "pairs of two features"),
        ({"per_feature_stats_config": {"histogram_mode": "no"}}, "include or exclude"),
    ],
)
def test_options_that_are_none_are_refused(options, message):
    with pytest.raises(ParameterError, match=rf"stats_options: {next(iter(options))}.*{message}"):
        parse_options(options)


def test_both_ways_to_name_slices():
    config = {"slicing_specs": [{}, {"feature_keys": ["a"], "feature_values": {"b": 1}}]}
    assert (
        parse_options({"slicing_config": config}).slicing == parse_options({"slices": [{"a": None, "b": [1]}]}).slicing
    )


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        ([b"the quick brown fox %d" % i for i in range(100)], BYTES, "natural_language_domain {}"),
        ([b"the quick brown fox %d" % i for i in range(99)], BYTES, None),
        ([b"the quick brown fox %d" % i for i in range(99)] + [b"\xff"], BYTES, None),
        ([b"the quick brown fox %d" % i for i in range(80)] + [b"x"] * 20, BYTES, "natural_language_domain {}"),
        ([b"the quick brown fox %d" % i for i in range(79)] + [b"x"] * 21, BYTES, None),
        ([b"31/12/20%02d" % i for i in range(100)], BYTES, "time_domain {string_format: '%d/%m/%Y'}"),
        ([b"Fri Nov 30 10:47:%02d 2018" % (i % 60) for i in range(100)], BYTES, WITH_WEEKDAY),
        ([1_500_000_000_000 + i for i in range(100)], INTS, "time_domain {integer_format: UNIX_MILLISECONDS}"),
        ([10_000 + i for i in range(100)], INTS, "time_domain {integer_format: UNIX_DAYS}"),
        (list(range(100)), INTS, None),
        ([b"GIF89a" + bytes([i]) for i in range(100)], BYTES, "image_domain {}"),
    ],
)
def test_what_values_mean_is_told_from_their_looks(values, kind, said):
    found = statistics({"x": single(values, kind)}, enable_semantic_domain_stats=True).feature("x")
    assert found.custom("domain_info") == said
    assert statistics({"x": single(values, kind)}).feature("x").custom("domain_info") is None


def test_tfdvs_defaults_of_what_is_done_otherwise_are_taken():
    asked = {"experimental_result_partitions": 1, "experimental_num_feature_partitions": 1, "desired_batch_size": None}
    for inferred in (False, True):
        assert parse_options({**asked, "infer_type_from_schema": inferred}) == parse_options({})
    for name, value in {"experimental_result_partitions": 2, "desired_batch_size": 10}.items():
        with pytest.raises(ParameterError, match=f"{name} is no option here"):
            parse_options({name: value})


def test_rates_by_split_are_refused_where_rows_have_no_split():
    with pytest.raises(ParameterError, match="names train, eval; these rows have no split"):
        statistics({"x": single([1], INTS)}, sample_rate_by_split={"train": 0.5, "eval": 1.0})

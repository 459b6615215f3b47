"""Statistics of the user's own: classes as TFDV's, from rows to the proto."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import path_pb2, statistics_pb2

from argosy.data_validation import (
    CombinerFeatureStatsGenerator,
    CombinerStatsGenerator,
    CustomStatistic,
    dataset_accumulator,
    generate_statistics,
    generate_statistics_from_dataframe,
    parse_options,
)
from argosy.data_validation.beam import write_split_statistics
from argosy.data_validation.report import statistics_page
from argosy.data_validation.statistics.convert import from_bytes, to_bytes
from argosy.data_validation.statistics.files import read_statistics
from argosy.data_validation.statistics.generated import as_lists
from argosy.data_validation.statistics.spec import Histogram, ValueFrequency
from argosy.errors import ParameterError, UserCodeError
from argosy.examples import write_examples
from argosy.examples.layout import shard_name
from argosy.schema import Feature, Schema
from argosy.schema.spec import SparseFeature

INTS, BYTES = pa.list_(pa.int64()), pa.list_(pa.binary())


class Counting(CombinerFeatureStatsGenerator[int]):
    """How many values a feature has."""

    def __init__(self, name="counting"):
        super().__init__(name)

    def create_accumulator(self):
        return 0

    def add_input(self, accumulator, feature_path, feature_array):
        return accumulator + (0 if pa.types.is_null(feature_array.type) else len(feature_array.flatten()))

    def merge_accumulators(self, accumulators):
        return sum(accumulators)

    def extract_output(self, accumulator):
        return [CustomStatistic(name="counted", value=accumulator)]


class Pairs(CombinerStatsGenerator):
    """As a user of TFDV writes it: in how many rows a number stands beside which text, in a proto."""

    def __init__(self, schema=None):
        super().__init__("pairs", schema)

    def setup(self):
        self._label = "pair_count"

    def create_accumulator(self):
        return []

    def add_input(self, accumulator, input_record_batch):
        columns = (input_record_batch.column(input_record_batch.schema.get_field_index(name)) for name in "nt")
        accumulator.append([row for row in zip(*(column.to_pylist() for column in columns), strict=True) if all(row)])
        return accumulator

    def merge_accumulators(self, accumulators):
        return [part for accumulator in accumulators for part in accumulator]

    def compact(self, accumulator):
        return [[row for part in accumulator for row in part]]

    def extract_output(self, accumulator):
        (rows,) = accumulator
        result = statistics_pb2.DatasetFeatureStatistics()
        feature = result.features.add(path=path_pb2.Path(step=["t"]))
        feature.custom_stats.add(name=self._label, num=len(rows))
        buckets = feature.custom_stats.add(name="pairs").rank_histogram.buckets
        for number, text in sorted({(n[0], t[0]) for n, t in rows}):
            buckets.add(label=f"{number}{text.decode()}", sample_count=1)
        return result


BOTH_BY_SLICE = {"generators": [Counting(), Pairs()], "slices": [{"t": None}]}


def table(rows):
    columns = {"n": pa.array([n for n, _ in rows], INTS), "t": pa.array([t for _, t in rows], BYTES)}
    return pa.record_batch(columns)


def statistics(*batches, schema=None, **options):
    return generate_statistics(batches, options=parse_options(options), schema=schema)


number, text = st.none() | st.lists(st.integers(0, 3), max_size=2), st.none() | st.lists(st.sampled_from([b"a", b"b"]))


@given(shards=st.lists(st.lists(st.tuples(number, text), max_size=5), min_size=1, max_size=4), data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_count_of_ones_own_is_ours_however_rows_are_cut_and_merged(shards, data):
    accumulator = dataset_accumulator(options=parse_options(BOTH_BY_SLICE))
    states = []
    for rows in shards:
        state = accumulator.add(accumulator.empty(), table(rows))
        # Settled or not, as it would be where many rows were seen.
        states.append(accumulator._settled(state) if data.draw(st.booleans()) else state)
    while len(states) > 1:
        left = states.pop(data.draw(st.integers(0, len(states) - 1)))
        states.append(accumulator.merge(left, states.pop(data.draw(st.integers(0, len(states) - 1)))))
    found = accumulator.result(states[0])
    everything = [row for rows in shards for row in rows]
    assume(everything)
    assert found.feature("t").custom("pair_count") == sum(bool(n and t) for n, t in everything)
    for part in (found, *found.slices):
        for feature in part.features:
            assert feature.custom("counted") == feature.common.tot_num_values


def test_they_are_in_the_proto_and_by_slice():
    rows = [([1], [b"a"]), ([2], [b"b"]), (None, [b"b"])]
    whole, *slices = from_bytes(to_bytes(statistics(table(rows), generators=[Pairs()], slices=[{"t": None}])))
    assert [part.name for part in slices] == ["t_a", "t_b"]
    assert [part.feature("t").custom("pair_count") for part in (whole, *slices)] == [2.0, 1.0, 1.0]
    assert whole.feature("t").custom("pairs") == tuple(ValueFrequency(value=one, frequency=1.0) for one in ("1a", "2b"))
    assert whole.feature("t").strings is not None


def test_without_the_default_ones_only_what_they_say_is_there():
    rows = table([([1], [b"a"]), (None, None)])
    found = statistics(rows, generators=[Pairs()], add_default_generators=False)
    assert (found.num_examples, found.names()) == (2, ("t",))
    (only,) = found.features
    assert (only.type, only.strings, only.common.num_non_missing) == ("STRING", None, 0)
    assert statistics(rows, add_default_generators=False).features == ()
    schema = Schema(
        features=(Feature(name="n", type="INT"), Feature(name="t", type="BYTES")),
        sparse_features=(SparseFeature(name="s", value_feature="t", index_features=("n",)),),
    )
    assert statistics(rows, add_default_generators=False, schema=schema).names() == ("s",)


class Seeing(CombinerFeatureStatsGenerator):
    """What it was given, as texts."""

    def create_accumulator(self):
        return ()

    def add_input(self, accumulator, feature_path, feature_array):
        return (*accumulator, f"{feature_path} {feature_array.type} {feature_array.to_pylist()}")

    def merge_accumulators(self, accumulators):
        return tuple(one for accumulator in accumulators for one in accumulator)

    def extract_output(self, accumulator):
        return [CustomStatistic(name="seen", value="; ".join(accumulator))]


def test_a_feature_within_others_and_the_allowlist():
    structs = pa.array(
        [[{"a": [1, 2], "b": ["x"]}], None], pa.list_(pa.struct([("a", INTS), ("b", pa.list_(pa.string()))]))
    )
    batch = pa.record_batch({"s": structs, "n": pa.array([[1], [2]], INTS)})
    found = statistics(batch, generators=[Seeing()], feature_allowlist=[["s", "b"]])
    assert found.feature("s.b").custom("seen") == "('s', 'b') list<item: binary> [[b'x']]"
    assert found.feature("s").custom("seen") is None
    assert found.names() == ("s", "s.b")


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([1, None]), [[1], None]),
        (pa.array([True, False]), [[1], [0]]),
        (pa.array(["a", None, "b"]).dictionary_encode(), [[b"a"], None, [b"b"]]),
        (pa.array([["a"], [], None]), [[b"a"], [], None]),
        (pa.array([[["a"], None]], pa.large_list(pa.list_(pa.large_string()))), [[[b"a"], None]]),
        (pa.array([None, None]), [None, None]),
        (pa.array([1, None, 3, 4])[1:3], [None, [3]]),
        (pa.array([{"a": 1}, None]), [[{"a": 1}], None]),
    ],
)
def test_columns_come_as_lists(array, expected):
    assert as_lists(array).to_pylist() == expected


class Rows(Pairs):
    """How many rows there are."""

    def create_accumulator(self):
        return 0

    def add_input(self, accumulator, input_record_batch):
        return accumulator + input_record_batch.num_rows

    def merge_accumulators(self, accumulators):
        return sum(accumulators)

    def compact(self, accumulator):
        return accumulator

    def extract_output(self, accumulator):
        return {"rows": [CustomStatistic(name="rows", value=accumulator)]}


def test_rows_without_a_feature_that_is_looked_at_are_rows():
    batches = [table([([1], [b"a"])]), table([]).select([]), pa.record_batch({"other": pa.array([[1], [2]], INTS)})]
    found = statistics(*batches, generators=[Rows()], feature_allowlist=["n"])
    assert (found.num_examples, found.feature("rows").custom("rows")) == (3, 3.0)


def test_a_dataframe_and_any_number():
    pandas = pytest.importorskip("pandas")

    class Numpy(Counting):
        def extract_output(self, accumulator):
            return (
                CustomStatistic(name="counted", value=np.int64(accumulator)),  # type: ignore[arg-type]
                CustomStatistic(name="histogram", value=Histogram(type="STANDARD", buckets=())),
            )

    options = {"generators": [Numpy()]}
    found = generate_statistics_from_dataframe(pandas.DataFrame({"x": [1.5, None]}), stats_options=options)
    assert found.feature("x").custom("counted") == 1.0
    assert isinstance(from_bytes(to_bytes(found))[0].feature("x").custom("histogram"), Histogram)


class Failing(Counting):
    """Does what it is told in the place of one method."""

    def create_accumulator(self):
        return self.does() if self.method == "create_accumulator" else 0

    def compact(self, accumulator):
        return self.does() if self.method == "compact" else accumulator

    def __init__(self, method="", does=None):
        super().__init__("failing")
        self.method, self.does = method, does

    def setup(self):
        return self.does() if self.method == "setup" else None

    def add_input(self, accumulator, feature_path, feature_array):
        return self.does() if self.method == "add_input" else 0

    def extract_output(self, accumulator):
        return self.does() if self.method == "extract_output" else []


def divided():
    return 1 // 0


def described():
    return statistics_pb2.FeatureNameStatistics(num_stats=statistics_pb2.NumericStatistics(mean=1))


def named(*names, value=1.0):
    return [CustomStatistic(name=name, value=value) for name in names]


ONES = (ValueFrequency(value=1, frequency=1.0),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "does", "message"),
    [
        ("setup", divided, "generator 'failing': setup raised ZeroDivisionError"),
        ("create_accumulator", divided, "generator 'failing', feature 'n': create_accumulator raised ZeroDivision"),
        ("add_input", divided, "generator 'failing', feature 'n': add_input raised ZeroDivisionError"),
        ("compact", divided, "generator 'failing', feature 'n': compact raised ZeroDivisionError"),
        ("extract_output", divided, "generator 'failing', feature 'n': extract_output raised ZeroDivisionError"),
        ("extract_output", lambda: None, "feature 'n': extract_output returned nothing; return .CustomStatistic"),
        ("extract_output", lambda: {"n": 1}, "feature 'n': extract_output returned a dict"),
        ("extract_output", described, "feature 'n': its proto has more than custom_stats"),
        ("extract_output", lambda: named("a", value=[1]), "feature 'n': custom statistic 'a' is a list; give a number"),
        ("extract_output", lambda: named("a", value=b"raw"), "feature 'n': custom statistic 'a' is a bytes; give a"),
        ("extract_output", lambda: named("a", value=ONES), "'a' is a tuple; give .* ValueFrequency, whose values are"),
        ("extract_output", lambda: named("a", "a"), "feature 'n': the feature has a custom statistic 'a' already"),
    ],
)
def test_errors_name_generator_and_feature(method, does, message):
    with pytest.raises(UserCodeError, match=message):
        statistics(table([([1], [b"a"])]), generators=[Failing(method, does)])


class Saying(Pairs):
    """Says what it is told."""

    def __init__(self, output):
        super().__init__()
        self.output = output

    def extract_output(self, accumulator):
        return self.output


def test_rows_as_a_whole_have_errors_of_their_own():
    with pytest.raises(UserCodeError, match=r"generator 'pairs': extract_output returned nothing; return .feature"):
        statistics(table([]), generators=[Saying(None)])
    with pytest.raises(UserCodeError, match="generator 'pairs', feature 't': extract_output returned a int"):
        statistics(table([]), generators=[Saying({"t": 3})])
    for key in (1, None, b"t", (), ("t", 1)):
        with pytest.raises(UserCodeError, match=f"'pairs': extract_output has a feature {re.escape(repr(key))}; give"):
            statistics(table([]), generators=[Saying({key: named("of t")})])
    found = statistics(table([]), generators=[Saying({"t": named("of t"), ("u", "v"): named("of v")})])
    assert [(one.name, one.custom_stats[0].name) for one in found.features if one.custom_stats] == [
        ("t", "of t"), ("u.v", "of v"),
    ]  # fmt: skip


def test_two_statistics_of_one_name_are_refused():
    with pytest.raises(UserCodeError, match=r"generator 'other', feature 'n': .*'counted' already"):
        statistics(table([([1], None)]), generators=[Counting(), Counting("other")])
    schema = Schema(sparse_features=(SparseFeature(name="s", value_feature="t", index_features=("n",)),))
    with pytest.raises(UserCodeError, match=r"generator 'pairs', feature 's': .*'missing_value' already"):
        statistics(table([([1], None)]), generators=[Saying({"s": named("missing_value")})], schema=schema)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"generators": [Counting]}, "found <class .*Counting'>; give objects of classes that derive from Combiner"),
        ({"generators": [Counting(), Counting()]}, "two are called 'counting'"),
        ({"generators": [Seeing(), Seeing()]}, "two are called 'Seeing'"),
        ({"add_default_generators": False, "enable_semantic_domain_stats": True}, "needs add_default_generators"),
        ({"add_default_generators": "no"}, "true or false"),
    ],
)
def test_what_is_no_generator_is_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        statistics(table([]), **options)


@pytest.mark.beam
def test_in_beam_all_batches_count(tmp_path):
    rows = [([i % 3], [b"ab"[i % 2 : i % 2 + 1]]) for i in range(40)]
    split = tmp_path / "examples" / "Split-train"
    for index, part in enumerate((rows[:25], rows[25:])):
        write_examples([table(part)], str(tmp_path / "examples"), "train")
        (split / shard_name(0, 1)).rename(tmp_path / shard_name(index, 2))
    for index in range(2):
        (tmp_path / shard_name(index, 2)).rename(split / shard_name(index, 2))
    accumulator = dataset_accumulator(options=parse_options(BOTH_BY_SLICE))
    write_split_statistics(str(split.parent), ["train"], str(tmp_path / "s"), accumulator=accumulator)
    found = read_statistics(str(tmp_path / "s"), "train")
    parts = (found, *found.slices)
    assert [part.feature("n").custom("counted") for part in parts] == [40.0, 20.0, 20.0]
    assert [part.feature("t").custom("pair_count") for part in parts] == [40.0, 20.0, 20.0]


@pytest.mark.beam
def test_in_beam_an_error_names_generator_and_feature(tmp_path):
    write_examples([table([([1], [b"a"])])], str(tmp_path / "examples"), "train")
    accumulator = dataset_accumulator(options=parse_options({"generators": [Failing("add_input", divided)]}))
    with pytest.raises(UserCodeError, match="generator 'failing', feature 'n': add_input raised ZeroDivisionError"):
        write_split_statistics(str(tmp_path / "examples"), ["train"], str(tmp_path / "s"), accumulator=accumulator)


def test_the_generator_of_the_guide():
    pandas = pytest.importorskip("pandas")
    guide = (Path(__file__).parents[2] / "docs" / "validation.md").read_text()
    (block,) = [text for text in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "(CombinerFeature" in text]
    names = {"frame": pandas.DataFrame({"change": [-1.5, 2.0, None, -3.0], "place": list("abcd")})}
    exec(block, names)
    found = from_bytes(to_bytes(names["statistics"]))[0]
    assert (found.feature("change").custom("negatives"), found.feature("place").custom("negatives")) == (2.0, 0.0)
    assert "negatives" in statistics_page({"train": found})

import dataclasses

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.data_validation import (
    StatisticsOptions,
    generate_statistics,
    infer_schema,
    update_schema,
    validate_statistics,
)
from argosy.data_validation.statistics.spec import (
    CommonStatistics,
    CustomStatistic,
    DatasetStatistics,
    FeatureStatistics,
    NumericStatistics,
    PresenceAndValencyStatistics,
)
from argosy.schema import (
    BoolDomain,
    Feature,
    FloatDomain,
    ImageDomain,
    IntDomain,
    Presence,
    Schema,
    StringDomain,
    StructDomain,
    TimeDomain,
    ValueCount,
    convert,
    set_feature,
)

FLOATS, INTS, BYTES = pa.list_(pa.float32()), pa.list_(pa.int64()), pa.list_(pa.binary())


def statistics_of(kind=INTS, **columns):
    return generate_statistics([pa.record_batch({name: pa.array(rows, kind) for name, rows in columns.items()})])


def inferred(rows, kind=INTS, **options):
    return infer_schema(statistics_of(kind, x=rows), **options).feature("x")


def texts(*values):
    return inferred([[value.encode()] for value in values], BYTES)


@pytest.mark.parametrize(
    ("kind", "value", "expected"), [(INTS, 5, "INT"), (FLOATS, 5.0, "FLOAT"), (BYTES, b"x", "BYTES")]
)
def test_type_is_the_type_of_the_values(kind, value, expected):
    assert inferred([[value]], kind).type == expected


def test_a_feature_that_all_rows_have_is_required_everywhere():
    assert inferred([[5], [6]]).presence == Presence(min_count=1, min_fraction=1.0)


def test_a_feature_that_some_rows_lack_is_required_once():
    feature = inferred([[5], None])
    assert feature.presence == Presence(min_count=1)
    assert feature.shape is None
    assert feature.value_counts == (ValueCount(min=1, max=1),)


def test_of_a_feature_that_no_row_has_nothing_is_inferred():
    feature = infer_schema(generate_statistics([pa.record_batch({"x": pa.nulls(2)})])).feature("x")
    assert feature == Feature(name="x", type="BYTES", presence=Presence(min_count=0))


@pytest.mark.parametrize(
    ("rows", "shape", "counts"),
    [
        ([[1], [2]], (1,), ()),
        ([[1, 2], [3, 4]], (2,), ()),
        ([[1], [2, 3]], None, (ValueCount(min=1),)),
        ([[1], []], None, ()),
        ([[1, 2], None], None, (ValueCount(min=2, max=2),)),
    ],
)
def test_shape_or_value_count(rows, shape, counts):
    feature = inferred(rows)
    assert (feature.shape, feature.value_counts) == (shape, counts)


def test_without_shapes_value_counts_are_given():
    feature = inferred([[1, 2]], infer_feature_shape=False)
    assert (feature.shape, feature.value_counts) == (None, (ValueCount(min=2, max=2),))


@pytest.mark.parametrize(
    ("values", "boolean"), [((0, 1), True), ((1,), True), ((0,), False), ((0, 2), False), ((-1, 1), False)]
)
def test_integers_that_are_boolean(values, boolean):
    assert (inferred([[value] for value in values]).domain == BoolDomain()) == boolean


def test_floats_are_never_boolean():
    assert inferred([[0.0], [1.0]], FLOATS).domain is None


@pytest.mark.parametrize(
    ("values", "true", "false"),
    [
        (("true", "false"), "true", "false"),
        (("TRUE", "0"), "TRUE", "0"),
        (("1", "0"), "1", "0"),
        (("false",), None, "false"),
        (("", "CLEAR"), "", "CLEAR"),
    ],
)
def test_strings_that_are_boolean(values, true, false):
    assert texts(*values).domain == BoolDomain(true_value=true, false_value=false)


@pytest.mark.parametrize("values", [("y", "n"), ("true", "TRUE"), ("true", "false", "maybe")])
def test_strings_that_are_not_boolean(values):
    assert texts(*values).domain == "x"


def test_strings_that_are_integers():
    assert texts("12", "-3", "7").domain == IntDomain()
    assert texts("12", "1.5", "7").domain == "x"


@pytest.mark.parametrize(("size", "domain"), [(100, "x"), (101, None)])
def test_few_strings_are_a_domain(size, domain):
    schema = infer_schema(statistics_of(BYTES, x=[[b"v%d" % number] for number in range(size)]))
    assert schema.feature("x").domain == domain
    assert [len(known.values) for known in schema.string_domains] == ([size] if domain else [])


def test_domain_values_are_sorted_and_the_limit_can_be_set():
    schema = infer_schema(statistics_of(BYTES, x=[[b"b"], [b"a"], [b"b"]]), max_string_domain_size=2)
    assert schema.string_domains == (StringDomain(name="x", values=("a", "b")),)
    few = infer_schema(statistics_of(BYTES, x=[[b"b"], [b"a"], [b"c"]]), max_string_domain_size=2)
    assert few.string_domains == ()


def test_more_strings_than_are_kept_are_no_domain():
    batch = pa.record_batch({"x": pa.array([[b"v%d" % number] for number in range(101)], BYTES)})
    kept = generate_statistics([batch], options=StatisticsOptions(num_top_values=3, num_rank_histogram_buckets=50))
    assert infer_schema(kept).string_domains == ()


def test_strings_that_are_not_utf8_have_no_domain():
    assert inferred([[b"\xff"], [b"a"]], BYTES).domain is None


def test_a_domain_name_that_is_taken_gets_a_number():
    schema = Schema(string_domains=(StringDomain(name="x", values=("q",)),))
    updated = update_schema(schema, statistics_of(BYTES, x=[[b"a"], [b"b"], [b"c"]]))
    assert [domain.name for domain in updated.string_domains] == ["x", "x2"]
    assert updated.feature("x").domain == "x2"


def test_update_adds_features_and_values_and_relaxes_demands():
    first = infer_schema(statistics_of(BYTES, x=[[b"a"], [b"b"], [b"c"]], gone=[[b"k"], [b"l"], [b"m"]]))
    second = statistics_of(BYTES, x=[[b"d"], None, [b"a", b"b"]], new=[[b"1"], [b"2"], [b"3"]])
    updated = update_schema(first, second)
    assert updated.string_domains[1].values == ("a", "b", "c", "d")
    x = updated.feature("x")
    assert x.presence == Presence(min_count=1, min_fraction=2 / 3)
    assert (x.shape, x.value_counts) == (None, ())
    assert updated.feature("new").domain == IntDomain()
    assert updated.feature("gone").lifecycle_stage == "DEPRECATED"


def test_update_leaves_dormant_features_alone():
    schema = Schema(features=(Feature(name="x", type="FLOAT", lifecycle_stage="DEPRECATED"),))
    assert update_schema(schema, statistics_of(x=[[1]])) == schema


def test_update_widens_ranges_and_lets_domains_grow_beyond_the_limit_of_new_ones():
    schema = Schema(
        features=(
            Feature(name="f", type="FLOAT", domain=FloatDomain(min=0.0, max=1.0)),
            Feature(name="t", type="BYTES", domain="t"),
        ),
        string_domains=(StringDomain(name="t", values=("a",)),),
    )
    batch = pa.record_batch({"f": pa.array([[-1.0], [2.0]], FLOATS), "t": pa.array([[b"b"], [b"c"]], BYTES)})
    updated = update_schema(schema, generate_statistics([batch]), max_string_domain_size=2)
    assert updated.feature("f").domain == FloatDomain(min=-1.0, max=2.0)
    assert updated.feature("t").domain == "t"
    assert updated.string_domains == (StringDomain(name="t", values=("a", "b", "c")),)


def test_one_update_lifts_every_limit_of_a_domain():
    strict = FloatDomain(min=0.0, max=1.0, disallow_nan=True, disallow_inf=True)
    statistics = statistics_of(FLOATS, x=[[float("nan")], [float("inf")], [-2.0]])
    updated = update_schema(Schema(features=(Feature(name="x", type="FLOAT", domain=strict),)), statistics)
    assert updated.feature("x").domain == FloatDomain(min=-2.0, max=float("inf"))


cells = st.none() | st.lists(st.integers(-2, 3), max_size=2)
words = st.none() | st.lists(st.sampled_from([b"a", b"b", b"true", b"1", b"\xff"]), max_size=2)


@given(first=st.lists(st.tuples(cells, words), min_size=1, max_size=6),
       second=st.lists(st.tuples(cells, words), min_size=1, max_size=6))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_the_data_that_a_schema_was_made_for_fits_it(first, second):
    statistics = [
        generate_statistics(
            [pa.record_batch({"n": pa.array([n for n, _ in rows], INTS), "t": pa.array([t for _, t in rows], BYTES)})]
        )
        for rows in (first, second)
    ]
    schema = infer_schema(statistics[0])
    assert validate_statistics(statistics[0], schema).is_clean
    updated = update_schema(schema, statistics[1])
    assert validate_statistics(statistics[1], updated).is_clean
    assert validate_statistics(statistics[0], updated).is_clean


def of(*path, kind="INT", low=0, high=9, missing=0, **fields):
    """Statistics of a feature of four rows."""
    common = CommonStatistics(
        num_non_missing=4 - missing, num_missing=missing, min_num_values=1, max_num_values=1, tot_num_values=4 - missing
    )
    numeric = None if kind == "STRUCT" else NumericStatistics(min=low, max=high)
    return FeatureStatistics(path=path, type=kind, common=common, numeric=numeric, **fields)


def dataset(*features):
    return DatasetStatistics(num_examples=4, features=features)


def test_features_within_features():
    car = of("trip", "car", kind="STRUCT", missing=1)
    schema = infer_schema(dataset(of("trip", kind="STRUCT"), of("trip", "stops"), car, of("trip", "car", "doors")))
    trip = schema.feature("trip")
    assert (trip.type, trip.shape, trip.value_counts) == ("STRUCT", None, (ValueCount(min=1, max=1),))
    assert [child.name for child in trip.children] == ["car", "stops"]
    assert schema.feature(("trip", "car")).presence == Presence(min_count=1)
    assert schema.feature(("trip", "car", "doors")).shape == (1,)


def test_update_adds_to_a_feature_what_is_within_it_and_leaves_that_of_dormant_ones():
    first = infer_schema(dataset(of("trip", kind="STRUCT"), of("trip", "stops"), of("old", kind="STRUCT")))
    first = set_feature(first, "old", lifecycle_stage="DEPRECATED")
    more = (of("trip", kind="STRUCT"), of("trip", "fresh"), of("old", kind="STRUCT"), of("old", "fresh"))
    updated = update_schema(first, dataset(*more))
    assert [child.name for child in updated.feature("trip").children] == ["stops", "fresh"]
    assert updated.feature(("trip", "stops")).lifecycle_stage == "DEPRECATED"
    assert updated.feature("old").children == ()


def test_a_feature_within_one_that_nobody_described_gets_a_place():
    schema = infer_schema(dataset(of("trip", "stops")))
    assert schema.feature("trip") == Feature(name="trip", type="STRUCT", domain=StructDomain(features=(stops(schema),)))


def stops(schema):
    return schema.feature(("trip", "stops"))


@pytest.mark.parametrize(
    ("levels", "shape", "counts"),
    [
        (((2, 2, 0), (3, 3, 0)), (2, 3), ()),
        (((2, 2, 0), (1, 3, 0)), None, (ValueCount(min=2, max=2), ValueCount(min=1))),
        (((2, 2, 0), (0, 3, 0)), None, (ValueCount(min=2, max=2), ValueCount())),
        (((2, 2, 0), (3, 3, 1)), None, (ValueCount(min=2, max=2), ValueCount(min=3, max=3))),
    ],
)
def test_lists_of_lists_have_a_shape_or_counts_for_each_level(levels, shape, counts):
    stats = tuple(
        PresenceAndValencyStatistics(num_non_missing=4, num_missing=missing, min_num_values=low, max_num_values=high)
        for low, high, missing in levels
    )
    found = of("x")
    found = dataclasses.replace(found, common=dataclasses.replace(found.common, presence_and_valency_stats=stats))
    feature = infer_schema(dataset(found)).feature("x")
    assert (feature.shape, feature.value_counts) == (shape, counts)


@pytest.mark.parametrize(
    ("kind", "low", "high", "domain"),
    [
        ("INT", 0, 1, BoolDomain()),
        ("INT", -3, 9, IntDomain(min=-3, max=9)),
        ("FLOAT", -1.5, 2.5, FloatDomain(min=-1.5, max=2.5)),
        ("FLOAT", float("-inf"), 2.5, FloatDomain(max=2.5)),
        ("FLOAT", 0.1, 1e300, FloatDomain(min=0.09999999403953552)),
    ],
)
def test_ranges_of_numbers_where_asked_for(kind, low, high, domain):
    found = dataset(of("x", kind=kind, low=low, high=high))
    assert infer_schema(found, infer_numeric_ranges=True).feature("x").domain == domain
    assert infer_schema(found).feature("x").domain == (domain if domain == BoolDomain() else None)


def test_of_nothing_but_nan_there_is_no_range():
    assert (
        infer_schema(statistics_of(FLOATS, x=[[float("nan")]]), infer_numeric_ranges=True).feature("x").domain is None
    )


def test_a_range_holds_what_it_was_inferred_from():
    statistics = statistics_of(FLOATS, x=[[0.1], [-1e-40], [float("nan")], [3e38]])
    schema = infer_schema(statistics, infer_numeric_ranges=True)
    assert validate_statistics(statistics, convert.from_text(convert.to_text(schema))).is_clean


@pytest.mark.parametrize(("high", "categorical"), [(9, True), (10, False)])
def test_integers_of_a_narrow_range_are_categories_where_asked_for(high, categorical):
    found = dataset(of("x", low=0, high=high))
    domain = infer_schema(found, infer_integer_categories=10).feature("x").domain
    assert domain == (IntDomain(is_categorical=True) if categorical else None)
    both = infer_schema(found, infer_integer_categories=10, infer_numeric_ranges=True)
    assert both.feature("x").domain == IntDomain(min=0, max=high, is_categorical=categorical)


@pytest.mark.parametrize(
    ("told", "domain"),
    [
        ("image_domain {}", ImageDomain()),
        ("time_domain { integer_format: UNIX_SECONDS }", TimeDomain(integer_format="UNIX_SECONDS")),
        ("int_domain { min: 3 }", IntDomain(min=3)),
        ("no_domain {}", BoolDomain()),
        ("url_domain {} type: INT", BoolDomain()),
        ('domain: "named"', BoolDomain()),
    ],
)
def test_a_meaning_that_statistics_tell_comes_first_if_it_is_one(told, domain):
    custom = (CustomStatistic(name="domain_info", value=told),)
    assert infer_schema(dataset(of("x", low=0, high=1, custom_stats=custom))).feature("x").domain == domain


def test_sparse_and_weighted_features_are_not_inferred():
    made = FeatureStatistics(path=("grid",), type="INT", common=CommonStatistics())
    assert infer_schema(dataset(of("x"), made)).names() == ("x",)


def test_lists_of_lists_in_foreign_statistics_get_no_shape():
    statistics = statistics_of(x=[[1]])
    levels = (PresenceAndValencyStatistics(num_non_missing=1),) * 2
    common = dataclasses.replace(statistics.features[0].common, presence_and_valency_stats=levels)
    deep = dataclasses.replace(statistics, features=(dataclasses.replace(statistics.features[0], common=common),))
    assert infer_schema(deep).feature("x").shape is None

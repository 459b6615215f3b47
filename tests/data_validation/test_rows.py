"""Single rows against a schema: in batches, as records, as a request holds them; and which rows of files are wrong."""

import json
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.data_validation import (
    Validator,
    generate_statistics,
    identify_anomalous_examples,
    infer_schema,
    validate_examples,
    validate_statistics,
)
from argosy.data_validation.rows.report import read_row_report, validate_split, write_row_report
from argosy.errors import ArtifactError, DataError, ParameterError
from argosy.examples import ExamplesWriter, encode_examples
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
    ValueCount,
)

ARROW = {"INT": pa.list_(pa.int64()), "FLOAT": pa.list_(pa.float32()), "BYTES": pa.list_(pa.binary())}
EVERYWHERE = Presence(min_fraction=1.0)
AB = StringDomain(values=("a", "b"))


def feature_x(kind, **fields):
    return Feature(name="x", type=kind, **fields)


def batch_x(kind, rows):
    return pa.record_batch({"x": pa.array(rows, ARROW[kind])})


CASES = [
    ("FEATURE_TYPE_LOW_FRACTION_PRESENT", feature_x("INT", presence=EVERYWHERE), [[1], None, []], [1]),
    ("INVALID_FEATURE_SHAPE", feature_x("INT", shape=(2,)), [[1, 2], [1], None], [1, 2]),
    ("INVALID_FEATURE_SHAPE", feature_x("INT", shape=(2,), presence=EVERYWHERE), [[1, 2], [1], None], [1]),
    ("FEATURE_TYPE_LOW_NUMBER_VALUES", feature_x("INT", value_counts=(ValueCount(min=1),)), [[1], [], None], [1]),
    ("FEATURE_TYPE_HIGH_NUMBER_VALUES", feature_x("INT", value_counts=(ValueCount(max=1),)), [[1, 2], [1]], [0]),
    ("INT_TYPE_SMALL_INT", feature_x("INT", domain=IntDomain(min=0)), [[0, 5], [3, -1], None, [-2]], [1, 3]),
    ("INT_TYPE_BIG_INT", feature_x("INT", domain=IntDomain(max=5)), [[5], [6]], [1]),
    ("INT_TYPE_NOT_INT_STRING", feature_x("BYTES", domain=IntDomain()), [[b"1"], [b"1.5"], [b"\xff"]], [1, 2]),
    ("INT_TYPE_BIG_INT", feature_x("BYTES", domain=IntDomain(max=5)), [[b"5"], [b"6"], [b"x"]], [1]),
    ("FLOAT_TYPE_SMALL_FLOAT", feature_x("FLOAT", domain=FloatDomain(min=0)), [[0.0], [-0.5], [math.nan]], [1]),
    ("FLOAT_TYPE_BIG_FLOAT", feature_x("FLOAT", domain=FloatDomain(max=0.1)), [[0.1], [0.05]], [0]),
    ("FLOAT_TYPE_HAS_NAN", feature_x("FLOAT", domain=FloatDomain(disallow_nan=True)), [[math.nan], [math.inf]], [0]),
    ("FLOAT_TYPE_HAS_INF", feature_x("FLOAT", domain=FloatDomain(disallow_inf=True)), [[math.nan], [math.inf]], [1]),
    ("FLOAT_TYPE_STRING_NOT_FLOAT", feature_x("BYTES", domain=FloatDomain()), [[b"1e3"], [b"x"]], [1]),
    ("FLOAT_TYPE_HAS_NAN", feature_x("BYTES", domain=FloatDomain(disallow_nan=True)), [[b"1"], [b"nan"]], [1]),
    ("BOOL_TYPE_SMALL_INT", feature_x("INT", domain=BoolDomain()), [[0], [-1]], [1]),
    ("BOOL_TYPE_BIG_INT", feature_x("INT", domain=BoolDomain()), [[2], [1]], [0]),
    ("BOOL_TYPE_UNEXPECTED_FLOAT", feature_x("FLOAT", domain=BoolDomain()), [[0.0], [math.nan], [0.5]], [1, 2]),
    ("BOOL_TYPE_UNEXPECTED_STRING", feature_x("BYTES", domain=BoolDomain(true_value="y")), [[b"y"], [b"n"]], [1]),
    ("ENUM_TYPE_UNEXPECTED_STRING_VALUES", feature_x("BYTES", domain=AB), [[b"a"], [b"b", b"c"], [b"\xff"]], [1]),
    ("ENUM_TYPE_INVALID_UTF8", feature_x("BYTES", domain=AB), [[b"a"], [b"c"], [b"\xff"]], [2]),
    ("MAX_IMAGE_BYTE_SIZE_EXCEEDED", feature_x("BYTES", domain=ImageDomain(max_image_byte_size=2)),
     [[b"12"], [b"123"]], [1]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "declared", "rows", "wrong"), CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)])
def test_each_demand_on_a_row(kind, declared, rows, wrong):
    verdict = Validator(Schema(features=(declared,))).check(batch_x(declared.type, rows))
    assert {f.type: f.rows.tolist() for f in verdict.findings}[kind] == wrong
    assert not verdict.valid[wrong].any()
    for row in wrong:
        (reason,) = (reason for reason in verdict.reasons(row) if reason.type == kind)
        assert reason.description
        assert reason.short


def test_a_missing_column_is_a_missing_value_whatever_the_batch_holds():
    schema = Schema(features=(feature_x("INT", presence=EVERYWHERE), Feature(name="y", type="INT")))
    alone = Validator(schema).check(pa.record_batch({"y": pa.array([[1]], ARROW["INT"])}))
    beside = Validator(schema).check(pa.record_batch({"x": pa.array([None], ARROW["INT"])}))
    assert (
        [f.type for f in alone.findings] == [f.type for f in beside.findings] == ["FEATURE_TYPE_LOW_FRACTION_PRESENT"]
    )
    assert alone.reasons(0)[0].description == "The row has no value; the schema demands the feature in every row."


def test_new_dormant_and_unexpected_columns():
    schema = Schema(
        features=(
            Feature(name="label", type="INT", not_in_environment=("SERVING",), presence=EVERYWHERE),
            Feature(name="old", type="INT", lifecycle_stage="DEPRECATED"),
        ),
        default_environments=("TRAINING", "SERVING"),
    )
    column = pa.array([None, [1]], ARROW["INT"])
    rows = pa.record_batch({"label": column, "old": pa.array([[b"x"]] * 2, ARROW["BYTES"]), "new": column})
    found = Validator(schema, environment="SERVING").check(rows).findings
    assert [(f.feature, f.type, f.rows.tolist()) for f in found] == [
        ("label", "SCHEMA_NEW_COLUMN", [1]),
        ("new", "SCHEMA_NEW_COLUMN", [1]),
    ]
    found = Validator(schema, environment="TRAINING").check(rows).findings
    assert [(f.feature, f.type) for f in found] == [
        ("label", "FEATURE_TYPE_LOW_FRACTION_PRESENT"),
        ("new", "SCHEMA_NEW_COLUMN"),
    ]
    with pytest.raises(ParameterError, match="did you mean 'SERVING'"):
        Validator(schema, environment="SERVIN")


def test_what_is_tolerated_in_a_fraction_of_the_rows_is_a_warning():
    tolerant = feature_x("BYTES", domain=AB, min_domain_mass=0.9, presence=Presence(min_fraction=0.5, min_count=7))
    verdict = Validator(Schema(features=(tolerant,))).check(batch_x("BYTES", [[b"c"], None, [b"a"]]))
    assert [f.severity for f in verdict.findings] == ["WARNING", "WARNING"]
    assert verdict.is_clean
    assert verdict.reasons(0)[0].type == "ENUM_TYPE_UNEXPECTED_STRING_VALUES"


def test_serialized_examples_of_several_types_are_judged_row_by_row():
    schema = Schema(features=(feature_x("INT", domain=IntDomain(max=5)),))
    parts = [encode_examples(batch_x("INT", [[1], [7]])), encode_examples(batch_x("BYTES", [[b"1"]])),
             encode_examples(batch_x("INT", [[9], [2]]))]  # fmt: skip
    records = pa.concat_arrays(parts)
    for given_records in (records, records.to_pylist()):
        verdict = Validator(schema).check(given_records)
        assert {f.type: f.rows.tolist() for f in verdict.findings} == {
            "INT_TYPE_BIG_INT": [1, 3],
            "UNEXPECTED_DATA_TYPE": [2],
        }
        assert verdict.reasons(3)[0].description == "The row has 9; the domain ends at 5."
        assert verdict.reasons(2)[0].short == "Expected data of type: INT but got STRING"
    with pytest.raises(DataError, match="record 1"):
        Validator(schema).check([parts[0][0].as_py(), b"\xff\xff"])


def nested_rows():
    """A column of each kind that Examples of sequences and of Parquet files may hold; all of it is as it should be."""
    return pa.record_batch(
        {
            "frames": pa.array([[[1, 2], [3]], [[4]], None]),
            "truths": pa.array([[True, False], [True], []]),
            "truth": pa.array([True, None, False]),
            "id": pa.array([1, 2, 3], pa.int32()),
            "price": pa.array([1.5, None, 2.5]),
            "place": pa.array(["a", "b", None]).dictionary_encode(),
            "note": pa.array([["a"], ["b", "a"], None], pa.large_list(pa.large_string())),
            "trips": pa.array([[{"km": 3, "by": "a"}, {"km": 4, "by": "b"}], [], [{"km": 5, "by": None}]]),
        }
    )


def test_columns_of_any_kind_that_has_statistics_are_judged_as_those_are():
    rows = nested_rows()
    statistics = generate_statistics([rows])
    schema = infer_schema(statistics)
    assert validate_statistics(statistics, schema).is_clean
    assert Validator(schema).check(rows).findings == ()
    assert validate_examples([rows], schema).num_wrong == 0
    with pytest.raises(DataError, match="'id' has Arrow type"):
        Validator(schema).check(pa.record_batch({"id": pa.array([0], pa.date32())}))


def test_what_is_wrong_deep_within_is_told_by_row():
    trip = StructDomain(
        features=(
            Feature(name="km", type="INT", domain=IntDomain(max=4), presence=EVERYWHERE),
            Feature(name="by", type="FLOAT"),
        )
    )
    schema = Schema(
        features=(
            Feature(name="frames", type="INT", value_counts=(ValueCount(min=1), ValueCount(max=1))),
            Feature(name="truths", type="INT", value_counts=(ValueCount(), ValueCount())),
            Feature(name="truth", type="BYTES"),
            Feature(name="price", type="FLOAT", domain=FloatDomain(max=2)),
            Feature(name="place", type="BYTES", domain=AB),
            Feature(name="trips", type="STRUCT", domain=trip),
        )
    )
    verdict = Validator(schema).check(nested_rows())
    assert {(f.feature, f.type): f.rows.tolist() for f in verdict.findings} == {
        ("frames", "FEATURE_TYPE_HIGH_NUMBER_VALUES"): [0],
        ("truths", "VALUE_NESTEDNESS_MISMATCH"): [0, 1, 2],
        ("truth", "UNEXPECTED_DATA_TYPE"): [0, 2],
        ("price", "FLOAT_TYPE_BIG_FLOAT"): [2],
        ("trips.km", "INT_TYPE_BIG_INT"): [2],
        ("trips.by", "UNEXPECTED_DATA_TYPE"): [0],
        ("id", "SCHEMA_NEW_COLUMN"): [0, 1, 2],
        ("note", "SCHEMA_NEW_COLUMN"): [0, 1],
    }
    (reason,) = (reason for reason in verdict.reasons(2) if reason.feature == "trips.km")
    assert reason.description == "The row has 5; the domain ends at 4."


def test_requests_may_nest_and_hold_what_numpy_holds():
    schema = Schema(
        features=(
            Feature(name="age", type="INT", domain=IntDomain(min=0)),
            Feature(name="size", type="FLOAT"),
            Feature(name="name", type="BYTES", domain=AB),
            Feature(name="frames", type="INT", domain=IntDomain(max=5)),
        )
    )
    rows = [
        {"age": np.int64(3), "size": np.float32(0.5), "name": np.str_("a"), "frames": [[1, 2], [3]]},
        {"age": np.array([3]), "size": [np.float64(0.5)], "name": np.array([b"a", b"b"]), "frames": np.array([[1]])},
        {"age": np.array([-3]), "size": np.int32(4), "name": "a", "frames": [[6]]},
        {"age": np.float32(3)},
    ]
    verdict = Validator(schema).check(rows)
    assert {(f.feature, f.type): f.rows.tolist() for f in verdict.findings} == {
        ("age", "INT_TYPE_SMALL_INT"): [2],
        ("age", "UNEXPECTED_DATA_TYPE"): [3],
        ("frames", "INT_TYPE_BIG_INT"): [2],
    }
    assert verdict.reasons(2)[0].description == "The row has -3; the domain begins at 0."
    with pytest.raises(DataError, match="'frames'"):
        Validator(schema).check([{"frames": [[1]]}, {"frames": 1}])


def test_rows_as_a_request_holds_them():
    schema = Schema(
        features=(
            Feature(name="age", type="INT", domain=IntDomain(min=0), presence=EVERYWHERE),
            Feature(name="size", type="FLOAT"),
            Feature(name="name", type="BYTES", domain=AB),
        )
    )
    rows = [
        {"age": 3, "size": 2, "name": "a"},
        {"age": [3], "size": [2.5], "name": b"b"},
        {"age": "3", "size": "big", "name": 1},
        {"age": 1.5, "name": None},
        {"age": -1, "extra": [1]},
    ]
    verdict = Validator(schema).check(rows)
    assert verdict.valid.tolist() == [True, True, False, False, False]
    told = {(f.feature, f.type): f.rows.tolist() for f in verdict.findings}
    assert told == {
        ("age", "INT_TYPE_SMALL_INT"): [4],
        ("extra", "SCHEMA_NEW_COLUMN"): [4],
        ("age", "UNEXPECTED_DATA_TYPE"): [2, 3],
        ("size", "UNEXPECTED_DATA_TYPE"): [2],
        ("name", "UNEXPECTED_DATA_TYPE"): [2],
    }
    assert verdict.reasons(2)[0].description == "The row has '3'; the schema says INT."
    assert Validator(schema).check([]).is_clean
    with pytest.raises(DataError, match="row 0 is a list"):
        Validator(schema).check([[1]])


NUMBERS = st.one_of(st.integers(-3, 8))
DECLARED = st.one_of(
    st.builds(
        feature_x,
        st.just("INT"),
        domain=st.builds(IntDomain, min=NUMBERS, max=NUMBERS),
        presence=st.just(EVERYWHERE),
    ),
    st.builds(feature_x, st.just("INT"), domain=st.just(BoolDomain()), shape=st.sampled_from([None, (1,), (2,)])),
    st.builds(
        feature_x,
        st.just("FLOAT"),
        domain=st.builds(FloatDomain, min=NUMBERS, disallow_nan=st.booleans(), disallow_inf=st.booleans()),
        value_counts=st.sampled_from([(), (ValueCount(min=1),), (ValueCount(max=1),), (ValueCount(min=1, max=2),)]),
    ),
    st.builds(feature_x, st.just("BYTES"), domain=st.sampled_from([AB, IntDomain(min=0), BoolDomain(true_value="a")])),
)  # fmt: skip
VALUES: dict = {
    "INT": NUMBERS,
    "FLOAT": st.sampled_from([-1.0, 0.0, 0.5, 7.0, math.nan, math.inf]),
    "BYTES": st.sampled_from([b"a", b"b", b"c", b"7", b"-1", b""]),
}
OF_THE_SCHEMA = {"INVALID_DOMAIN_SPECIFICATION"}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_rows_and_statistics_of_them_agree(data):
    declared = data.draw(DECLARED)
    rows = data.draw(
        st.lists(st.one_of(st.none(), st.lists(VALUES[declared.type], max_size=3)), min_size=1, max_size=6)
    )
    batch, schema = batch_x(declared.type, rows), Schema(features=(declared,))
    found = validate_statistics(generate_statistics([batch], schema=schema), schema)
    types = {reason.type for anomaly in found.features for reason in anomaly.reasons}
    if types & OF_THE_SCHEMA:
        return
    types = {"FEATURE_TYPE_LOW_FRACTION_PRESENT" if kind == "FEATURE_TYPE_NOT_PRESENT" else kind for kind in types}
    told = {finding.type for finding in Validator(schema).check(batch).findings}
    if not any(rows_values for rows_values in rows) and "INVALID_FEATURE_SHAPE" in told:
        return
    assert types <= told
    assert bool(types) == bool(told)


@pytest.fixture
def examples(tmp_path):
    for prefix, years in (("a", [[1], [99], None]), ("b", [[98], [2]])):
        with ExamplesWriter(str(tmp_path / "examples"), "train", prefix=prefix) as writer:
            writer.write(batch_x("INT", years))
    return str(tmp_path / "examples")


SCHEMA = Schema(features=(feature_x("INT", domain=IntDomain(max=9), presence=EVERYWHERE),))


def test_the_wrong_rows_of_files_are_told_by_file_and_row(tmp_path, examples):
    report = validate_split(examples, "train", SCHEMA)
    assert (report.num_rows, report.num_wrong) == (5, 3)
    big, missing = report.reasons
    assert (big.type, big.count, big.severity) == ("INT_TYPE_BIG_INT", 2, "ERROR")
    assert [(s.file, s.row, s.value) for s in big.samples] == [
        ("Split-train/a-00000-of-00001.gz", 1, "99"),
        ("Split-train/b-00000-of-00001.gz", 0, "98"),
    ]
    assert [(s.row, s.value) for s in missing.samples] == [(2, "no value")]
    write_row_report(report, str(tmp_path), "train")
    assert read_row_report(str(tmp_path), "train") == report
    assert read_row_report(str(tmp_path), "eval") is None
    (tmp_path / "Split-train" / "AnomalousRows.json").write_text(json.dumps({"reasons": [{}]}))
    with pytest.raises(ArtifactError, match=r"AnomalousRows\.json"):
        read_row_report(str(tmp_path), "train")


def test_a_sample_is_the_same_however_rows_are_dealt_to_batches():
    rows = batch_x("INT", [[year] for year in range(1000)])
    whole = validate_examples([rows], SCHEMA, limit=5)
    parts = validate_examples([rows.slice(first, 7) for first in range(0, 1000, 7)], SCHEMA, limit=5)
    assert whole == parts
    (reason,) = whole.reasons
    assert (reason.count, len(reason.samples)) == (990, 5)
    assert np.ptp([sample.row for sample in reason.samples]) > 100
    assert all(str(sample.row) == sample.value for sample in reason.samples)


def test_the_wrong_rows_themselves():
    found = dict(identify_anomalous_examples([batch_x("INT", [[1], [99], None])], SCHEMA))
    assert {key: rows["x"].to_pylist() for key, rows in found.items()} == {
        "x_FEATURE_TYPE_LOW_FRACTION_PRESENT": [None],
        "x_INT_TYPE_BIG_INT": [[99]],
    }

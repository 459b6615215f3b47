"""Every type of anomaly that is detected: what raises it, and the near miss that does not."""

import dataclasses
import math

import pyarrow as pa
import pytest

from argosy.data_validation import (
    Anomalies,
    StatisticsOptions,
    generate_statistics,
    read_anomalies,
    update_schema,
    validate_statistics,
    write_anomalies,
)
from argosy.data_validation.statistics.spec import (
    CommonStatistics,
    DatasetStatistics,
    FeatureStatistics,
    NumericStatistics,
)
from argosy.data_validation.validation.files import anomalies_file, anomalies_splits
from argosy.data_validation.validation.gate import check_fail_on, open_gate
from argosy.data_validation.validation.options import ValidationOptions
from argosy.data_validation.validation.spec import Anomaly, Reason
from argosy.errors import ArtifactError, GateError, ParameterError
from argosy.schema import (
    BoolDomain,
    Feature,
    FloatDomain,
    IntDomain,
    Presence,
    Schema,
    StringDomain,
    ValueCount,
    with_feature,
)

FLOATS, INTS, BYTES = pa.list_(pa.float32()), pa.list_(pa.int64()), pa.list_(pa.binary())
REQUIRED = Presence(min_count=1, min_fraction=1.0)
ONE = [[1]]


def statistics_of(rows, kind):
    return generate_statistics([pa.record_batch({"x": pa.array(rows, kind)})])


def feature(kind, **fields):
    return Feature(name="x", type=kind, **fields)


def types_of(anomalies):
    return [reason.type for anomaly in anomalies.features for reason in anomaly.reasons]


def texts(*values):
    return [[value] for value in values]


AB = StringDomain(values=("a", "b"))

CASES = [
    ("FEATURE_TYPE_NOT_PRESENT", feature("INT", presence=REQUIRED), ([None, None], INTS), ([[1], [2]], INTS)),
    ("FEATURE_TYPE_LOW_FRACTION_PRESENT", feature("INT", presence=Presence(min_fraction=0.5)),
     ([[1], None, None], INTS), ([[1], None], INTS)),
    ("FEATURE_TYPE_LOW_FRACTION_PRESENT", feature("INT", presence=REQUIRED), ([[1], None], INTS), ([[1], []], INTS)),
    ("FEATURE_TYPE_LOW_NUMBER_PRESENT", feature("INT", presence=Presence(min_count=2)),
     ([[1], None], INTS), ([[1], [2]], INTS)),
    ("FEATURE_TYPE_LOW_NUMBER_VALUES", feature("INT", value_counts=(ValueCount(min=1),)),
     ([[1], []], INTS), ([[1], None], INTS)),
    ("FEATURE_TYPE_HIGH_NUMBER_VALUES", feature("INT", value_counts=(ValueCount(max=1),)),
     ([[1, 2]], INTS), ([[1], []], INTS)),
    ("VALUE_NESTEDNESS_MISMATCH", feature("INT", value_counts=(ValueCount(min=1), ValueCount(min=1))),
     (ONE, INTS), None),
    ("INVALID_FEATURE_SHAPE", feature("INT", shape=(2,)), ([[1, 2], [3]], INTS), ([[1, 2], [3, 4]], INTS)),
    ("INVALID_FEATURE_SHAPE", feature("INT", shape=(1,)), ([[1], None], INTS), (ONE, INTS)),
    ("INVALID_FEATURE_SHAPE", feature("INT", shape=(2, 2)), ([[1, 2]], INTS), ([[1, 2, 3, 4]], INTS)),
    ("INVALID_FEATURE_SHAPE", feature("INT", shape=()), ([[1, 2]], INTS), (ONE, INTS)),
    ("UNEXPECTED_DATA_TYPE", feature("INT"), (texts(b"a"), BYTES), (ONE, INTS)),
    ("UNEXPECTED_DATA_TYPE", feature("FLOAT"), (ONE, INTS), ([[1.0]], FLOATS)),
    ("ENUM_TYPE_UNEXPECTED_STRING_VALUES", feature("BYTES", domain=AB), (texts(b"a", b"c"), BYTES),
     (texts(b"a", b"b"), BYTES)),
    ("ENUM_TYPE_UNEXPECTED_STRING_VALUES", feature("BYTES", domain=AB, min_domain_mass=0.7),
     (texts(b"a", b"c"), BYTES), (texts(b"a", b"b", b"a", b"c"), BYTES)),
    ("ENUM_TYPE_UNEXPECTED_STRING_VALUES", feature("BYTES", domain=AB, min_domain_mass=0.9),
     (texts(*[b"a"] * 8, b"c"), BYTES), (texts(*[b"a"] * 9, b"c"), BYTES)),
    ("ENUM_TYPE_INVALID_UTF8", feature("BYTES", domain=AB), (texts(b"a", b"\xff"), BYTES), (texts(b"a"), BYTES)),
    ("INT_TYPE_SMALL_INT", feature("INT", domain=IntDomain(min=0)), ([[-1]], INTS), ([[0]], INTS)),
    ("INT_TYPE_BIG_INT", feature("INT", domain=IntDomain(max=5)), ([[6]], INTS), ([[5]], INTS)),
    ("INT_TYPE_BIG_INT", feature("BYTES", domain=IntDomain(max=5)), (texts(b"6"), BYTES), (texts(b"5"), BYTES)),
    ("INT_TYPE_NOT_INT_STRING", feature("BYTES", domain=IntDomain()), (texts(b"1.5"), BYTES), (texts(b"-1"), BYTES)),
    ("INT_TYPE_BIG_INT", feature("INT", domain=IntDomain(max=5, is_categorical=True)), ([[6]], INTS), ([[5]], INTS)),
    ("FLOAT_TYPE_SMALL_FLOAT", feature("FLOAT", domain=FloatDomain(min=0)), ([[-0.5]], FLOATS), ([[0.0]], FLOATS)),
    ("FLOAT_TYPE_BIG_FLOAT", feature("FLOAT", domain=FloatDomain(max=1)), ([[1.5]], FLOATS), ([[math.nan]], FLOATS)),
    ("FLOAT_TYPE_STRING_NOT_FLOAT", feature("BYTES", domain=FloatDomain()), (texts(b"x"), BYTES),
     (texts(b"1e3", b"nan"), BYTES)),
    ("FLOAT_TYPE_BIG_FLOAT", feature("BYTES", domain=FloatDomain(max=2)), (texts(b"2.5"), BYTES), (texts(b"2"), BYTES)),
    ("FLOAT_TYPE_HAS_NAN", feature("FLOAT", domain=FloatDomain(disallow_nan=True)), ([[math.nan]], FLOATS),
     ([[math.inf]], FLOATS)),
    ("FLOAT_TYPE_HAS_INF", feature("FLOAT", domain=FloatDomain(disallow_inf=True)), ([[math.inf], [1.0]], FLOATS),
     ([[math.nan]], FLOATS)),
    ("BOOL_TYPE_BIG_INT", feature("INT", domain=BoolDomain()), ([[2], [0]], INTS), ([[1], [0]], INTS)),
    ("BOOL_TYPE_SMALL_INT", feature("INT", domain=BoolDomain()), ([[-1], [1]], INTS), ([[0]], INTS)),
    ("BOOL_TYPE_UNEXPECTED_FLOAT", feature("FLOAT", domain=BoolDomain()), ([[0.0], [0.5], [1.0]], FLOATS),
     ([[0.0], [1.0]], FLOATS)),
    ("BOOL_TYPE_UNEXPECTED_FLOAT", feature("FLOAT", domain=BoolDomain()), ([[0.0], [math.nan]], FLOATS),
     ([[1.0]], FLOATS)),
    ("BOOL_TYPE_UNEXPECTED_STRING", feature("BYTES", domain=BoolDomain(true_value="y", false_value="n")),
     (texts(b"y", b"N"), BYTES), (texts(b"y", b"n"), BYTES)),
    ("BOOL_TYPE_UNEXPECTED_STRING", feature("BYTES", domain=BoolDomain(true_value="y")), (texts(b""), BYTES),
     (texts(b"y"), BYTES)),
    ("FEATURE_MISSING_TYPE", feature("TYPE_UNKNOWN"), (ONE, INTS), None),
    ("INVALID_SCHEMA_SPECIFICATION", feature("INT", presence=Presence(min_fraction=1.5)), (ONE, INTS), None),
    ("INVALID_SCHEMA_SPECIFICATION", feature("INT", value_counts=(ValueCount(min=2, max=1),)), ([[1, 2]], INTS), None),
    ("INVALID_SCHEMA_SPECIFICATION", feature("INT", domain=IntDomain(), min_domain_mass=0.5), (ONE, INTS), None),
    ("INVALID_SCHEMA_SPECIFICATION", feature("BYTES", min_domain_mass=0.5), (texts(b"a"), BYTES), None),
    ("INVALID_DOMAIN_SPECIFICATION", feature("BYTES", domain="nowhere"), (texts(b"a"), BYTES), None),
    ("INVALID_DOMAIN_SPECIFICATION", feature("BYTES", domain="nowhere", min_domain_mass=0.5), (texts(b"a"), BYTES),
     None),
    ("INVALID_DOMAIN_SPECIFICATION", feature("BYTES", domain=StringDomain(values=("a", "a"))), (texts(b"a"), BYTES),
     None),
    ("INVALID_DOMAIN_SPECIFICATION", feature("BYTES", domain=BoolDomain(true_value="a", false_value="a")),
     (texts(b"a"), BYTES), None),
    ("DOMAIN_INVALID_FOR_TYPE", feature("INT", domain=AB), (ONE, INTS), None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "declared", "bad", "good"), CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)])
def test_each_anomaly_and_its_near_miss(kind, declared, bad, good):
    schema = Schema(features=(declared,))
    statistics = generate_statistics([pa.record_batch({"x": pa.array(*bad)})], schema=schema)
    found = validate_statistics(statistics, schema)
    assert kind in types_of(found)
    assert types_of(found).count(kind) == 1
    assert all(reason.description and reason.short for reason in found.features[0].reasons)
    if good is not None:
        near = generate_statistics([pa.record_batch({"x": pa.array(*good)})], schema=schema)
        assert kind not in types_of(validate_statistics(near, schema))
    updated = update_schema(schema, statistics)
    assert not types_of(validate_statistics(statistics, updated))


def test_columns_that_are_new_or_gone():
    schema = Schema(
        features=(
            Feature(name="gone", type="INT", presence=REQUIRED),
            Feature(name="may be gone", type="INT"),
            Feature(name="retired", type="INT", presence=REQUIRED, lifecycle_stage="DEPRECATED"),
        )
    )
    found = validate_statistics(statistics_of(ONE, INTS), schema)
    assert [(a.name, a.reasons[0].type) for a in found.features] == [
        ("x", "SCHEMA_NEW_COLUMN"),
        ("gone", "SCHEMA_MISSING_COLUMN"),
    ]


@pytest.mark.parametrize("stage", ["PLANNED", "ALPHA", "DEPRECATED", "DEBUG_ONLY", "DISABLED"])
def test_dormant_features_are_not_judged(stage):
    schema = Schema(features=(feature("FLOAT", lifecycle_stage=stage),))
    assert validate_statistics(statistics_of(ONE, INTS), schema).is_clean


def test_environments():
    schema = Schema(
        features=(
            Feature(name="label", type="INT", presence=REQUIRED, not_in_environment=("SERVING",)),
            Feature(name="x", type="INT", presence=REQUIRED),
        ),
        default_environments=("TRAINING", "SERVING"),
    )
    without = statistics_of(ONE, INTS)
    assert types_of(validate_statistics(without, schema, environment="TRAINING")) == ["SCHEMA_MISSING_COLUMN"]
    assert types_of(validate_statistics(without, schema)) == ["SCHEMA_MISSING_COLUMN"]
    assert validate_statistics(without, schema, environment="SERVING").is_clean
    both = generate_statistics([pa.record_batch({"x": pa.array(ONE, INTS), "label": pa.array(ONE, INTS)})])
    assert types_of(validate_statistics(both, schema, environment="SERVING")) == ["SCHEMA_NEW_COLUMN"]
    with pytest.raises(ParameterError, match="did you mean 'SERVING'"):
        validate_statistics(both, schema, environment="SERVNIG")


def test_several_reasons_are_one_anomaly():
    declared = feature("INT", presence=REQUIRED, domain=IntDomain(max=0))
    (anomaly,) = validate_statistics(statistics_of([[1], None], INTS), Schema(features=(declared,))).features
    assert anomaly.short == "Multiple errors"
    assert [reason.type for reason in anomaly.reasons] == ["FEATURE_TYPE_LOW_FRACTION_PRESENT", "INT_TYPE_BIG_INT"]
    assert all(reason.description in anomaly.description for reason in anomaly.reasons)


def test_no_rows_is_said_and_nothing_else():
    found = validate_statistics(generate_statistics([]), Schema(features=(feature("INT", presence=REQUIRED),)))
    assert found.data_missing
    assert found.features == ()
    assert not found.is_clean


def test_unexpected_values_are_listed_with_their_shares():
    rows = texts(*[b"a"] * 990, *[b"c"] * 9, b"d")
    schema = Schema(
        features=(feature("BYTES", domain="letters"),), string_domains=(StringDomain(name="letters", values=("a",)),)
    )
    (anomaly,) = validate_statistics(statistics_of(rows, BYTES), schema).features
    assert "'c' (<1%), 'd' (<1%)" in anomaly.description
    many = statistics_of(texts(*[b"v%02d" % number for number in range(30)]), BYTES)
    (anomaly,) = validate_statistics(many, schema).features
    assert "'v19' (~3%) and 10 more" in anomaly.description


@pytest.mark.parametrize(("weight", "kept", "broken"), [("", 0.9996, 0.9997), ("w", 0.9998, 0.9999)])
def test_a_rare_value_outside_a_large_domain_is_found(weight, kept, broken):
    words = [b"%04d" % number for number in range(1500) for _ in range(2)] + [b"stray"]
    known = StringDomain(values=tuple(f"{number:04d}" for number in range(1500)))
    columns = {"x": pa.array(texts(*words), BYTES), "w": pa.array([*ONE * 3000, [0.5]], FLOATS)}
    schema = Schema(features=(feature("BYTES", domain=known), Feature(name="w", type="FLOAT")))
    options = StatisticsOptions(weight_feature=weight)
    found = generate_statistics([pa.record_batch(columns)], options=options, schema=schema)
    (anomaly,) = validate_statistics(found, schema).features
    assert "hold: 'stray' (<1%)." in anomaly.description
    assert validate_statistics(found, update_schema(schema, found)).is_clean
    for mass in (kept, broken):
        tolerant = with_feature(schema, dataclasses.replace(schema.features[0], min_domain_mass=mass))
        assert validate_statistics(found, tolerant).is_clean is (mass == kept)


def test_values_outside_a_domain_that_no_list_has_room_for_count_all_the_same():
    words = [b"a"] * 2000 + [b"%04d" % number for number in range(1500)]
    schema = Schema(features=(feature("BYTES", domain=StringDomain(values=("a",)), min_domain_mass=0.6),))
    found = generate_statistics([pa.record_batch({"x": pa.array(texts(*words), BYTES)})], schema=schema)
    assert types_of(validate_statistics(found, schema)) == ["ENUM_TYPE_UNEXPECTED_STRING_VALUES"]


def test_long_values_are_cut_in_what_is_said():
    long = [[b"x" * 100_000]]
    for domain in (AB, IntDomain(), FloatDomain(), BoolDomain(true_value="y", false_value="n")):
        (found,) = validate_statistics(
            statistics_of(long, BYTES), Schema(features=(feature("BYTES", domain=domain),))
        ).features
        assert len(found.description) < 400


def test_a_gap_that_rounds_to_nothing_is_still_a_gap():
    common = CommonStatistics(num_non_missing=10**17, num_missing=1, min_num_values=1, max_num_values=1)
    statistics = DatasetStatistics(
        num_examples=10**17 + 1,
        features=(FeatureStatistics(path=("x",), type="INT", common=common, numeric=NumericStatistics()),),
    )
    schema = Schema(features=(feature("INT", presence=REQUIRED),))
    assert types_of(validate_statistics(statistics, schema)) == ["FEATURE_TYPE_LOW_FRACTION_PRESENT"]
    assert update_schema(schema, statistics).feature("x").presence == Presence(min_count=1, min_fraction=0.9999)


def test_severities_can_be_lowered():
    schema, statistics = Schema(features=(feature("FLOAT"),)), statistics_of(ONE, INTS)
    lowered = validate_statistics(
        statistics, schema, options=ValidationOptions(severity_overrides={"UNEXPECTED_DATA_TYPE": "WARNING"})
    )
    assert lowered.features[0].severity == "WARNING"
    assert lowered.at_least("ERROR") == ()
    assert validate_statistics(statistics, schema).features[0].severity == "ERROR"


def test_files(tmp_path):
    schema = Schema(features=(feature("INT", presence=REQUIRED, domain=IntDomain(max=0)),))
    anomalies = validate_statistics(statistics_of([[1], None], INTS), schema)
    write_anomalies(anomalies, anomalies_file(str(tmp_path), "eval"))
    write_anomalies(Anomalies(data_missing=True), anomalies_file(str(tmp_path), "train"))
    assert anomalies_splits(str(tmp_path)) == ["train", "eval"]
    assert read_anomalies(str(tmp_path), "eval") == anomalies
    assert read_anomalies(str(tmp_path), "train").data_missing
    (tmp_path / "Split-eval" / "SchemaDiff.pb").write_bytes(b"\xff\xff")
    with pytest.raises(ArtifactError, match=r"Split-eval/SchemaDiff\.pb"):
        read_anomalies(str(tmp_path), "eval")
    with pytest.raises(ArtifactError, match="did you mean 'eval'"):
        read_anomalies(str(tmp_path), "eva")


def anomaly(severity):
    reason = Reason(type="UNEXPECTED_DATA_TYPE", short="Expected data of type: INT but got STRING", description="d")
    return Anomalies(features=(Anomaly(path=("age",), reasons=(reason,), severity=severity),))


@pytest.mark.parametrize(
    ("fail_on", "severity", "stops"),
    [
        ("error", "ERROR", True),
        ("error", "WARNING", False),
        ("warning", "WARNING", True),
        ("warning", "ERROR", True),
        ("never", "ERROR", False),
    ],
)
def test_the_gate_opens_below_its_severity(fail_on, severity, stops):
    found = {"train": Anomalies(), "eval": anomaly(severity)}
    if stops:
        with pytest.raises(GateError, match=r"split eval: age \(expected data of type: INT.*fail_on"):
            open_gate(found, fail_on=fail_on)
    else:
        open_gate(found, fail_on=fail_on)


def test_the_gate_stops_a_split_without_rows():
    with pytest.raises(GateError, match="split eval has no rows"):
        open_gate({"eval": Anomalies(data_missing=True)}, fail_on="error")
    open_gate({"eval": Anomalies(data_missing=True)}, fail_on="never")


def test_an_unknown_gate_is_refused():
    with pytest.raises(ParameterError, match="did you mean 'error'"):
        check_fail_on("errors")

"""Anomalies that more than a column of rows shows: each from statistics, with the near misses that are none."""

import dataclasses
import math
from typing import Any

import pyarrow as pa
import pytest

from argosy.data_validation import (
    ValidationOptions,
    generate_statistics,
    read_anomalies,
    update_schema,
    validate_corresponding_slices,
    validate_statistics,
    write_anomalies,
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
    WeightedStringStatistics,
)
from argosy.data_validation.statistics.tokens.spec import NaturalLanguageStatistics, TokenStatistics
from argosy.data_validation.validation.files import anomalies_file
from argosy.data_validation.validation.options import parse_validation_options
from argosy.data_validation.validation.spec import REASON_TYPES
from argosy.data_validation.validation.validate import refuse_strangers
from argosy.errors import DataError, ParameterError
from argosy.schema import (
    BoolDomain,
    Comparator,
    Coverage,
    DatasetConstraints,
    DerivedSource,
    Feature,
    FloatDomain,
    ImageDomain,
    IntDomain,
    NaturalLanguageDomain,
    NumExamplesComparator,
    Presence,
    Schema,
    SparseFeature,
    StringDomain,
    StructDomain,
    TokenConstraint,
    UniqueConstraints,
    ValueCount,
    WeightedFeature,
)

TEN = CommonStatistics(num_non_missing=10, min_num_values=1, max_num_values=1, avg_num_values=1.0, tot_num_values=10)
NOTHING = CommonStatistics(num_missing=10)


def strings(common=TEN, **counts):
    ranks = tuple(ValueFrequency(value=value, frequency=count) for value, count in counts.items())
    return FeatureStatistics(
        path=("x",), type="STRING", common=common, strings=StringStatistics(unique=len(ranks), ranks=ranks)
    )


def numbers(*buckets, kind="FLOAT", nans=0, quantiles=()):
    made = tuple(
        dataclasses.replace(empty, buckets=tuple(Bucket(low=a, high=b, count=c) for a, b, c in parts), num_nan=nans)
        for empty, parts in (
            (Histogram(type="STANDARD", buckets=()), buckets),
            (Histogram(type="QUANTILES", buckets=()), quantiles),
        )
        if parts
    )
    return FeatureStatistics(path=("x",), type=kind, common=TEN, numeric=NumericStatistics(histograms=made))


def dataset(*features, rows=10, **fields):
    return DatasetStatistics(num_examples=rows, features=features, **fields)


def declared(kind, **fields):
    return Schema(features=(Feature(name="x", type=kind, **fields),))


def types_of(anomalies):
    return [reason.type for anomaly in anomalies.all for reason in anomaly.reasons]


def custom(statistics, **values):
    stats = tuple(CustomStatistic(name=name, value=value) for name, value in values.items())
    return dataclasses.replace(statistics, custom_stats=stats)


def tokens(coverage=0.5, length=3.0, fraction=0.5, least=1, most=4):
    token = TokenStatistics(
        token="[UNK]",
        fraction_of_sequences=fraction,
        per_sequence_min_frequency=least,
        per_sequence_max_frequency=most,
    )
    counted = NaturalLanguageStatistics(feature_coverage=coverage, avg_token_length=length, token_statistics=(token,))
    return custom(strings(a=10), nl_statistics=counted)


def text_schema(coverage=None, **constraint):
    constraints = (TokenConstraint(string_value="[UNK]", **constraint),) if constraint else ()
    return declared("BYTES", domain=NaturalLanguageDomain(coverage=coverage, token_constraints=constraints))


def derived(statistics):
    return dataclasses.replace(statistics, derived=SUM)


SUM = DerivedSource(deriver_name="sum", source_paths=(("a",), ("b", "c")))
DERIVED = declared("BYTES", derived=DerivedSource(deriver_name="other"), lifecycle_stage="VALIDATION_DERIVED")
IMAGES = FeatureStatistics(
    path=("x",),
    type="BYTES",
    common=TEN,
    binary=BytesStatistics(max_num_bytes_int=100),
    custom_stats=(
        CustomStatistic(
            name="image_format_histogram",
            value=(ValueFrequency(value="jpeg", frequency=3), ValueFrequency(value="UNKNOWN", frequency=1)),
        ),
    ),
)
NESTED = dataclasses.replace(
    numbers((0, 1, 10)),
    common=dataclasses.replace(
        TEN,
        presence_and_valency_stats=(
            PresenceAndValencyStatistics(num_non_missing=10, min_num_values=1, max_num_values=2, tot_num_values=15),
            PresenceAndValencyStatistics(num_non_missing=15, min_num_values=3, max_num_values=3, tot_num_values=45),
        ),
    ),
)
MATRIX = dataclasses.replace(
    NESTED,
    common=dataclasses.replace(
        NESTED.common,
        presence_and_valency_stats=tuple(
            dataclasses.replace(level, min_num_values=2, max_num_values=2)
            for level in NESTED.common.presence_and_valency_stats
        ),
    ),
)

CASES = [
    ("FEATURE_TYPE_LOW_UNIQUE", strings(a=5, b=5), declared("BYTES", unique_constraints=UniqueConstraints(min=3)),
     declared("BYTES", unique_constraints=UniqueConstraints(min=2))),
    ("FEATURE_TYPE_HIGH_UNIQUE", strings(a=5, b=5), declared("BYTES", unique_constraints=UniqueConstraints(max=1)),
     declared("BYTES", unique_constraints=UniqueConstraints(min=1, max=2))),
    ("FEATURE_TYPE_NO_UNIQUE", numbers((0, 1, 10)), declared("FLOAT", unique_constraints=UniqueConstraints(max=1)),
     None),
    ("LOW_SUPPORTED_IMAGE_FRACTION", IMAGES,
     declared("BYTES", domain=ImageDomain(minimum_supported_image_fraction=0.8)),
     declared("BYTES", domain=ImageDomain(minimum_supported_image_fraction=0.75))),
    ("MAX_IMAGE_BYTE_SIZE_EXCEEDED", IMAGES, declared("BYTES", domain=ImageDomain(max_image_byte_size=99)),
     declared("BYTES", domain=ImageDomain(max_image_byte_size=100))),
    ("STATS_NOT_AVAILABLE", strings(a=10), declared("BYTES", domain=ImageDomain(max_image_byte_size=9)),
     declared("BYTES", domain=ImageDomain())),
    ("STATS_NOT_AVAILABLE", strings(a=10), declared("BYTES", domain=ImageDomain(minimum_supported_image_fraction=0.1)),
     declared("BYTES", domain=ImageDomain())),
    ("STATS_NOT_AVAILABLE", strings(a=10), text_schema(Coverage(min_coverage=0.1)), text_schema()),
    ("STATS_NOT_AVAILABLE", tokens(),
     declared("BYTES", domain=NaturalLanguageDomain(token_constraints=(TokenConstraint(int_value=7),))),
     text_schema(min_per_sequence=1)),
    ("FEATURE_COVERAGE_TOO_LOW", tokens(), text_schema(Coverage(min_coverage=0.6)),
     text_schema(Coverage(min_coverage=0.5))),
    ("FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH", tokens(), text_schema(Coverage(min_avg_token_length=3.5)),
     text_schema(Coverage(min_avg_token_length=3.0))),
    ("SEQUENCE_VALUE_TOO_FEW_OCCURRENCES", tokens(), text_schema(min_per_sequence=2), text_schema(min_per_sequence=1)),
    ("SEQUENCE_VALUE_TOO_MANY_OCCURRENCES", tokens(), text_schema(max_per_sequence=3), text_schema(max_per_sequence=4)),
    ("SEQUENCE_VALUE_TOO_SMALL_FRACTION", tokens(), text_schema(min_fraction_of_sequences=0.6),
     text_schema(min_fraction_of_sequences=0.5)),
    ("SEQUENCE_VALUE_TOO_LARGE_FRACTION", tokens(), text_schema(max_fraction_of_sequences=0.4),
     text_schema(max_fraction_of_sequences=0.5)),
    ("SEMANTIC_DOMAIN_UPDATE", custom(strings(a=10), domain_info="natural_language_domain { }"), declared("BYTES"),
     declared("BYTES", domain=NaturalLanguageDomain())),
    ("DOMAIN_INVALID_FOR_TYPE", IMAGES, declared("BYTES", domain=StringDomain(values=("a",))),
     declared("BYTES", domain=NaturalLanguageDomain())),
    ("BOOL_TYPE_INVALID_CONFIG", numbers((0, 1, 10), kind="INT"), declared("INT", domain=BoolDomain(true_value="y")),
     declared("INT", domain=BoolDomain())),
    ("BOOL_TYPE_INVALID_CONFIG", strings(y=10), declared("BYTES", domain=BoolDomain()),
     declared("BYTES", domain=BoolDomain(true_value="y"))),
    ("INVALID_DOMAIN_SPECIFICATION", numbers((0, 1, 10)), declared("FLOAT", domain=FloatDomain(min=2, max=1)), None),
    ("INVALID_SCHEMA_SPECIFICATION", strings(y=10),
     declared("BYTES", unique_constraints=UniqueConstraints(min=2, max=1)), None),
    ("DERIVED_FEATURE_BAD_LIFECYCLE", strings(y=10), declared("BYTES", derived=DerivedSource(deriver_name="d")),
     declared("BYTES", derived=DerivedSource(deriver_name="d"), lifecycle_stage="VALIDATION_DERIVED")),
    ("DERIVED_FEATURE_BAD_LIFECYCLE", derived(strings(y=10)), declared("BYTES", derived=SUM), DERIVED),
    ("DERIVED_FEATURE_INVALID_SOURCE", derived(strings(y=10)), declared("BYTES"), DERIVED),
    ("DERIVED_FEATURE_INVALID_SOURCE", derived(strings(y=10)),
     declared("BYTES", lifecycle_stage="VALIDATION_DERIVED"), declared("BYTES", lifecycle_stage="DEPRECATED")),
    ("ENUM_TYPE_UNEXPECTED_STRING_VALUES", derived(strings(y=10)),
     dataclasses.replace(DERIVED, features=tuple(
         dataclasses.replace(one, domain=StringDomain(values=("n",))) for one in DERIVED.features)), None),
    ("VALUE_NESTEDNESS_MISMATCH", NESTED, declared("FLOAT", value_counts=(ValueCount(min=1),)),
     declared("FLOAT", value_counts=(ValueCount(min=1), ValueCount(min=3, max=3)))),
    ("FEATURE_TYPE_LOW_NUMBER_VALUES", NESTED, declared("FLOAT", value_counts=(ValueCount(min=1), ValueCount(min=4))),
     declared("FLOAT", value_counts=(ValueCount(min=1), ValueCount(min=3)))),
    ("FEATURE_TYPE_HIGH_NUMBER_VALUES", NESTED, declared("FLOAT", value_counts=(ValueCount(max=1), ValueCount())),
     declared("FLOAT", value_counts=(ValueCount(max=2), ValueCount()))),
    ("INVALID_FEATURE_SHAPE", NESTED, declared("FLOAT", shape=(2, 3)), None),
    ("INVALID_FEATURE_SHAPE", MATRIX, declared("FLOAT", shape=(2, 3)), declared("FLOAT", shape=(2, 2))),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "statistics", "bad", "good"), CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)])
def test_each_anomaly_and_its_near_miss(kind, statistics, bad, good):
    found = validate_statistics(dataset(statistics), bad)
    assert types_of(found).count(kind) == 1
    assert set(types_of(found)) == {kind}
    if good is not None:
        assert types_of(validate_statistics(dataset(statistics), good)) == []
    assert not types_of(validate_statistics(dataset(statistics), update_schema(bad, dataset(statistics))))


def test_lengths_of_lists_are_told_level_by_level():
    found = validate_statistics(
        dataset(NESTED), declared("FLOAT", value_counts=(ValueCount(min=1), ValueCount(min=4, max=2 + 2)))
    )
    assert "1 level down have only 3 values" in found.features[0].description


LINF = Comparator(infinity_norm=0.1)
JSD = Comparator(jensen_shannon_divergence=0.1)
NAD = Comparator(normalized_abs_difference=0.1)
UNIFORM, SHIFTED = numbers((0.0, 1.0, 10)), numbers((0.5, 1.5, 10))

COMPARED = [
    ("COMPARATOR_L_INFTY_HIGH", LINF, "BYTES", strings(a=8, b=2), strings(a=10)),
    (None, LINF, "BYTES", strings(a=9, b=1), strings(a=10)),
    ("COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH", JSD, "BYTES", strings(a=5, b=5), strings(a=10)),
    (None, JSD, "BYTES", strings(a=9, b=1), strings(a=900, b=100)),
    ("COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH", JSD, "FLOAT", UNIFORM, SHIFTED),
    (None, JSD, "FLOAT", UNIFORM, numbers((0.0, 0.5, 7), (0.5, 1.0, 7))),
    ("COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH", dataclasses.replace(JSD, histogram="QUANTILES"), "FLOAT",
     numbers((0, 1, 5), quantiles=[(0, 1, 5)]), numbers((0, 1, 5), quantiles=[(2, 3, 5)])),
    ("COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH", NAD, "BYTES", strings(a=20), strings(a=10)),
    (None, NAD, "BYTES", strings(a=11), strings(a=9)),
    ("COMPARATOR_CONTROL_DATA_MISSING", LINF, "BYTES", strings(a=10), None),
    ("COMPARATOR_CONTROL_DATA_MISSING", LINF, "BYTES", strings(a=10), strings(NOTHING)),
    ("COMPARATOR_TREATMENT_DATA_MISSING", LINF, "BYTES", strings(NOTHING), strings(a=10)),
    ("COMPARATOR_TREATMENT_DATA_MISSING", LINF, "BYTES", None, strings(a=10)),
    ("STATS_NOT_AVAILABLE", JSD, "BYTES", strings(a=10), UNIFORM),
    ("INVALID_SCHEMA_SPECIFICATION", LINF, "FLOAT", UNIFORM, SHIFTED),
    ("INVALID_SCHEMA_SPECIFICATION", Comparator(jensen_shannon_divergence=-0.5), "BYTES", strings(a=1), strings(b=1)),
]  # fmt: skip


@pytest.mark.parametrize("against", ["drift", "skew"])
@pytest.mark.parametrize(("kind", "comparator", "type_", "treatment", "control"), COMPARED)
def test_drift_and_skew(kind, comparator, type_, treatment, control, against):
    schema = declared(type_, **{f"{against}_comparator": comparator})
    current, other = (dataset(*(() if one is None else (one,)), dataclasses.replace(numbers((0, 1, 1)), path=("y",)))
                      for one in (treatment, control))  # fmt: skip
    schema = dataclasses.replace(schema, features=(*schema.features, Feature(name="y", type="FLOAT")))
    sides = {"previous_statistics" if against == "drift" else "serving_statistics": other}
    found = validate_statistics(current, schema, **sides)
    assert types_of(found) == ([kind] if kind else [])
    words = ("current", "previous") if against == "drift" else ("training", "serving")
    if kind and kind.endswith("HIGH"):
        assert all(word in found.features[0].short for word in words)
    mistaken = kind == "INVALID_SCHEMA_SPECIFICATION"
    assert types_of(validate_statistics(current, schema)) == ([kind] if mistaken else [])


def test_every_measured_distance_is_kept(tmp_path):
    comparator = Comparator(infinity_norm=0.5, jensen_shannon_divergence=0.9, normalized_abs_difference=0.5)
    schema = declared("BYTES", drift_comparator=comparator, skew_comparator=Comparator(infinity_norm=0.5))
    current, other = strings(b=9, c=1), strings(a=3, b=7)
    found = validate_statistics(
        dataset(current), schema, previous_statistics=dataset(other), serving_statistics=dataset(current)
    )
    (measured,) = found.drift_skew
    assert types_of(found) == []
    assert [(one.type, one.threshold) for one in measured.drift] == [
        ("L_INFTY", 0.5),
        ("JENSEN_SHANNON_DIVERGENCE", 0.9),
        ("NORMALIZED_ABSOLUTE_DIFFERENCE", 0.5),
    ]
    assert math.isclose(measured.drift[0].value, 0.3)
    assert math.isclose(measured.drift[2].value, 0.15)
    assert [(one.type, one.value) for one in measured.skew] == [("L_INFTY", 0.0)]
    write_anomalies(found, anomalies_file(str(tmp_path), "train"))
    assert read_anomalies(str(tmp_path), "train") == found


LIMITS = [
    (["DATASET_LOW_NUM_EXAMPLES"], DatasetConstraints(min_examples_count=11), None),
    (["DATASET_HIGH_NUM_EXAMPLES"], DatasetConstraints(max_examples_count=9), None),
    ([], DatasetConstraints(min_examples_count=10, max_examples_count=10), None),
    (["COMPARATOR_LOW_NUM_EXAMPLES"], NumExamplesComparator(min_fraction_threshold=0.6), 20),
    (["COMPARATOR_HIGH_NUM_EXAMPLES"], NumExamplesComparator(max_fraction_threshold=1.9), 5),
    ([], NumExamplesComparator(min_fraction_threshold=0.5, max_fraction_threshold=0.5), 20),
    (["COMPARATOR_HIGH_NUM_EXAMPLES"], NumExamplesComparator(max_fraction_threshold=9.0), 0),
    ([], NumExamplesComparator(min_fraction_threshold=9.0), 0),
    ([], NumExamplesComparator(min_fraction_threshold=9.0), None),
]


@pytest.mark.parametrize("against", ["drift", "version"])
@pytest.mark.parametrize(("kinds", "limits", "control"), LIMITS)
def test_numbers_of_rows(kinds, limits, control, against):
    if isinstance(limits, NumExamplesComparator):
        compared: dict[str, Any] = {f"num_examples_{against}_comparator": limits}
        limits = DatasetConstraints(**compared)
    sides = {}
    if control is not None:
        name = "previous_statistics" if against == "drift" else "previous_version_statistics"
        sides = {name: dataset(strings(a=control), rows=control)}
    found = validate_statistics(dataset(strings(a=10)), Schema(features=(Feature(name="x", type="BYTES"),),
                                dataset_constraints=limits), **sides)  # fmt: skip
    assert types_of(found) == kinds
    assert (found.dataset is None) is (not kinds)
    assert found.is_clean is (not kinds)


SPARSE = Schema(
    features=(Feature(name="v", type="FLOAT"),),
    sparse_features=(SparseFeature(name="x", value_feature="v", index_features=("i", "j")),),
)
WEIGHTED = Schema(
    features=(Feature(name="v", type="FLOAT"),),
    weighted_features=(WeightedFeature(name="x", feature=("v",), weight_feature=("w",)),),
)
BARE = FeatureStatistics(path=("x",), type="STRING", common=CommonStatistics())


def by_index(**counts):
    return tuple(ValueFrequency(value=name, frequency=count) for name, count in counts.items())


COMPOSITES = [
    (["SPARSE_FEATURE_MISSING_VALUE"], SPARSE, {"missing_value": 2.0}),
    (["SPARSE_FEATURE_MISSING_INDEX"], SPARSE, {"missing_index": by_index(i=0, j=1)}),
    (["SPARSE_FEATURE_LENGTH_MISMATCH"], SPARSE,
     {"min_length_diff": by_index(i=-1, j=0), "max_length_diff": by_index(i=2, j=0)}),
    ([], SPARSE, {"missing_value": 0.0, "missing_index": by_index(i=0), "max_length_diff": by_index(i=0)}),
    (["WEIGHTED_FEATURE_MISSING_VALUE"], WEIGHTED, {"missing_value": 1.0}),
    (["WEIGHTED_FEATURE_MISSING_WEIGHT"], WEIGHTED, {"missing_weight": 1.0}),
    (["WEIGHTED_FEATURE_LENGTH_MISMATCH"], WEIGHTED, {"min_weight_length_diff": 0.0, "max_weight_length_diff": 1.0}),
    ([], WEIGHTED, {"missing_value": 0.0, "missing_weight": 0.0, "min_weight_length_diff": 0.0}),
]  # fmt: skip


@pytest.mark.parametrize(("kinds", "schema", "values"), COMPOSITES)
def test_sparse_and_weighted_features(kinds, schema, values):
    value = dataclasses.replace(numbers((0, 1, 10)), path=("v",))
    assert types_of(validate_statistics(dataset(value, custom(BARE, **values)), schema)) == kinds


@pytest.mark.parametrize(
    ("kinds", "values"), [(kinds, values) for kinds, schema, values in COMPOSITES if schema is SPARSE]
)
def test_sparse_features_within_a_feature(kinds, values):
    within = StructDomain(features=SPARSE.features, sparse_features=SPARSE.sparse_features)
    outer = Feature(name="s", type="STRUCT", domain=within)
    value = dataclasses.replace(numbers((0, 1, 10)), path=("s", "v"))
    told = dataset(struct("s"), value, dataclasses.replace(custom(BARE, **values), path=("s", "x")))
    found = validate_statistics(told, Schema(features=(outer,)))
    assert types_of(found) == kinds
    assert {one.path for one in found.features} <= {("s", "x")}
    unknown = validate_statistics(dataset(struct("s"), value), Schema(features=(outer,)))
    assert [(one.name, types_of(unknown)) for one in unknown.features] == [("s.x", ["STATS_NOT_AVAILABLE"])]
    assert validate_statistics(
        dataset(strings(a=1)), Schema(features=(outer, Feature(name="x", type="BYTES")))
    ).is_clean
    retired = dataclasses.replace(outer, lifecycle_stage="DEPRECATED")
    assert validate_statistics(told, Schema(features=(retired,))).is_clean
    twice = dataclasses.replace(within, features=(*within.features, Feature(name="x", type="BYTES")))
    taken = validate_statistics(told, Schema(features=(dataclasses.replace(outer, domain=twice),)))
    assert "SPARSE_FEATURE_NAME_COLLISION" in types_of(taken)


@pytest.mark.parametrize("schema", [SPARSE, WEIGHTED])
def test_a_sparse_or_weighted_feature_without_statistics_is_told(schema):
    value = dataclasses.replace(numbers((0, 1, 10)), path=("v",))
    (anomaly,) = validate_statistics(dataset(value), schema).features
    assert (anomaly.name, [reason.type for reason in anomaly.reasons]) == ("x", ["STATS_NOT_AVAILABLE"])
    assert "Give the schema to StatisticsGen" in anomaly.description
    for retired in ("DEPRECATED", "PLANNED"):
        parts = {
            field: tuple(dataclasses.replace(one, lifecycle_stage=retired) for one in getattr(schema, field))
            for field in ("sparse_features", "weighted_features")
        }
        assert validate_statistics(dataset(value), dataclasses.replace(schema, **parts)).is_clean


@pytest.mark.parametrize(("kind", "schema"), [("SPARSE", SPARSE), ("WEIGHTED", WEIGHTED)])
def test_a_sparse_or_weighted_feature_has_a_name_of_its_own(kind, schema):
    taken = dataclasses.replace(schema, features=(*schema.features, Feature(name="x", type="BYTES")))
    statistics = dataset(dataclasses.replace(numbers((0, 1, 10)), path=("v",)), strings(a=10))
    assert types_of(validate_statistics(statistics, taken)) == [f"{kind}_FEATURE_NAME_COLLISION"]
    retired = (Feature(name="x", type="BYTES", lifecycle_stage="DEPRECATED"),)
    without = dataclasses.replace(schema, features=(*schema.features, *retired))
    assert types_of(validate_statistics(statistics, without)) == []


def test_a_feature_without_a_name():
    nameless = Schema(features=(Feature(name="", type="INT"), Feature(name="x", type="BYTES")))
    assert types_of(validate_statistics(dataset(strings(a=10)), nameless)) == ["FEATURE_MISSING_NAME"]


def struct(*path, present=10):
    common = dataclasses.replace(TEN, num_non_missing=present, num_missing=10 - present)
    return FeatureStatistics(path=path, type="STRUCT", common=common)


def test_features_within_features():
    child = Feature(name="age", type="FLOAT", presence=Presence(min_count=1), domain=FloatDomain(max=0.5))
    parent = Feature(name="person", type="STRUCT", domain=StructDomain(features=(child,)))
    schema = Schema(features=(parent,))
    age = dataclasses.replace(numbers((0, 1, 10)), path=("person", "age"), numeric=NumericStatistics(min=0.0, max=0.75))
    found = validate_statistics(dataset(struct("person"), age), schema)
    assert [(one.path, [reason.type for reason in one.reasons]) for one in found.features] == [
        (("person", "age"), ["FLOAT_TYPE_BIG_FLOAT"])
    ]
    assert types_of(validate_statistics(dataset(struct("person")), schema)) == ["SCHEMA_MISSING_COLUMN"]
    assert types_of(validate_statistics(dataset(strings(a=1)), schema)) == ["SCHEMA_NEW_COLUMN"]
    both = dataset(struct("stranger"), dataclasses.replace(age, path=("stranger", "age")))
    assert [one.path for one in validate_statistics(both, schema).features] == [("stranger",)]
    retired = Schema(features=(dataclasses.replace(parent, lifecycle_stage="DEPRECATED"),))
    assert validate_statistics(dataset(struct("person"), age), retired).is_clean


def test_weighted_statistics_are_judged_where_every_feature_has_them():
    heavy = dataclasses.replace(
        strings(a=9, b=1),
        common=dataclasses.replace(
            TEN,
            weighted_common_stats=WeightedCommonStatistics(num_non_missing=100, num_missing=100, tot_num_values=100),
        ),
        strings=StringStatistics(
            unique=2,
            ranks=(ValueFrequency(value="a", frequency=9), ValueFrequency(value="b", frequency=1)),
            weighted_string_stats=WeightedStringStatistics(
                ranks=(ValueFrequency(value="a", frequency=10), ValueFrequency(value="b", frequency=90))
            ),
        ),
    )
    schema = declared(
        "BYTES", presence=Presence(min_fraction=0.9), domain=StringDomain(values=("a",)), min_domain_mass=0.8
    )
    weighted = dataset(heavy, weighted_num_examples=200.0)
    assert types_of(validate_statistics(weighted, schema)) == [
        "FEATURE_TYPE_LOW_FRACTION_PRESENT",
        "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
    ]
    assert "100 of 200 rows lack" in validate_statistics(weighted, schema).features[0].description
    plain = dataclasses.replace(numbers((0, 1, 1)), path=("y",))
    with_plain = dataclasses.replace(schema, features=(*schema.features, Feature(name="y", type="FLOAT")))
    assert types_of(validate_statistics(dataset(heavy, plain, weighted_num_examples=200.0), with_plain)) == []


def test_severities():
    schema, statistics = declared("FLOAT"), dataset(strings(a=10), dataclasses.replace(strings(a=1), path=("new",)))
    graded = {
        anomaly.name: anomaly.severity
        for anomaly in validate_statistics(
            statistics, schema, options=ValidationOptions(new_features_are_warnings=True)
        ).features
    }
    assert graded == {"x": "ERROR", "new": "WARNING"}
    options = parse_validation_options(
        {"features_needed": ["x"], "severity_overrides": {"UNEXPECTED_DATA_TYPE": "WARNING"}}
    )
    (only,) = validate_statistics(statistics, schema, options=options).features
    assert (only.name, only.severity) == ("x", "WARNING")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"feature_needed": []}, "did you mean 'features_needed'"),
        ({"features_needed": "x"}, "give a list"),
        ({"new_features_are_warnings": 1}, "true or false"),
        ({"severity_overrides": []}, "give"),
        ({"severity_overrides": {"SCHEMA_NEW_COLUM": "ERROR"}}, "did you mean 'SCHEMA_NEW_COLUMN'"),
        ({"severity_overrides": {"SCHEMA_NEW_COLUMN": "WARN"}}, "did you mean 'WARNING'"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        parse_validation_options(options)


def test_severities_are_checked_from_python_too():
    with pytest.raises(ParameterError, match="SCHEMA_NEW_COLUMN is 'FOO'"):
        ValidationOptions(severity_overrides={"SCHEMA_NEW_COLUMN": "FOO"})  # type: ignore[dict-item]
    with pytest.raises(ParameterError, match="no anomaly is of type 'X'"):
        ValidationOptions(severity_overrides={"X": "ERROR"})


def test_slices_are_compared_with_slices_of_their_name():
    schema = declared("BYTES", drift_comparator=LINF)
    parts = {name: dataset(strings(a=count, b=10 - count), name=name) for name, count in (("x_a", 9), ("x_b", 5))}
    before = {name: dataset(strings(a=10), name=name) for name in ("x_a", "x_b", "x_c")}
    current = dataset(strings(a=10), slices=(*parts.values(), dataset(strings(b=10), name="x_new")))
    previous = dataset(strings(a=10), slices=tuple(before.values()))
    found = validate_corresponding_slices(current, schema, previous_statistics=previous)
    assert {name: types_of(one) for name, one in found.items()} == {
        "All Examples": [], "x_a": [], "x_b": ["COMPARATOR_L_INFTY_HIGH"], "x_new": [], "x_c": [],
    }  # fmt: skip
    assert [name for name, one in found.items() if one.data_missing] == ["x_c"]


def test_statistics_of_another_dataset_are_refused_by_name():
    with pytest.raises(
        DataError, match=r"the statistics have no feature of the schema, .* they have x; the schema has y"
    ):
        refuse_strangers(dataset(strings(a=1)), Schema(features=(Feature(name="y"),)), what="the statistics")
    refuse_strangers(dataset(strings(a=1)), Schema(features=(Feature(name="x"),)), what="the statistics")
    refuse_strangers(dataset(strings(a=1)), Schema(), what="the statistics")


def test_every_type_that_is_listed_is_one_of_the_proto():
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    known = set(anomalies_pb2.AnomalyInfo.Type.keys())
    assert len(set(REASON_TYPES)) == len(REASON_TYPES)
    assert set(REASON_TYPES) - known == set()


def test_a_domain_that_is_shared_is_widened_where_it_lives():
    schema = Schema(
        features=(Feature(name="x", type="INT", domain="ages"),), int_domains=(IntDomain(name="ages", max=3),)
    )
    statistics = generate_statistics([pa.record_batch({"x": pa.array([[5]], pa.list_(pa.int64()))})])
    assert types_of(validate_statistics(statistics, schema)) == ["INT_TYPE_BIG_INT"]
    assert update_schema(schema, statistics).int_domains == (IntDomain(name="ages", max=5),)

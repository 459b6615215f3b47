"""Schemas that contradict themselves: what is said, and that the change lifts it."""

import dataclasses
import math

import pytest

from argosy.errors import DataError
from argosy.schema import (
    BoolDomain,
    Comparator,
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
    SemanticDomain,
    SequenceLength,
    SparseFeature,
    StringDomain,
    StructDomain,
    TimeDomain,
    TokenConstraint,
    UniqueConstraints,
    ValueCount,
    WeightedFeature,
    check_consistent,
    contradictions,
)
from argosy.schema.feature_contradictions import of_feature

SPECIFICATION, DOMAIN = "INVALID_SCHEMA_SPECIFICATION", "INVALID_DOMAIN_SPECIFICATION"


def made(kind="INT", **fields):
    return Feature(name="x", type=kind, **fields)


WRONG_FEATURES = [
    (made("TYPE_UNKNOWN"), "FEATURE_MISSING_TYPE", "no type"),
    (made("TYPE_UNKNOWN", domain=StringDomain(values=("a",))), "FEATURE_MISSING_TYPE", "no type"),
    (made(presence=Presence(min_fraction=1.5)), SPECIFICATION, "min_fraction is 1.5"),
    (made(presence=Presence(min_fraction=-0.1)), SPECIFICATION, "min_fraction is -0.1"),
    (made(presence=Presence(min_fraction=math.nan)), SPECIFICATION, "min_fraction is nan"),
    (made(value_counts=(ValueCount(min=3, max=2),)), SPECIFICATION, "value_count goes from 3 to 2"),
    (made(value_counts=(ValueCount(min=1), ValueCount(min=-1))), SPECIFICATION, "value_count goes from -1 to None"),
    (made(value_counts=(ValueCount(max=-2),)), SPECIFICATION, "value_count goes from None to -2"),
    (made(shape=(2, -1)), SPECIFICATION, r"\[2, -1\]"),
    (made(shape=(0,)), SPECIFICATION, r"\[0\]"),
    (made(unique_constraints=UniqueConstraints(min=3, max=2)), SPECIFICATION, "unique_constraints goes from 3 to 2"),
    (made(in_environment=("A",), not_in_environment=("A", "B")), SPECIFICATION, "in and not in environment A"),
    (made(domain="gone"), DOMAIN, "no domain 'gone'"),
    (made(domain=StringDomain(values=("a",))), "DOMAIN_INVALID_FOR_TYPE", "type INT"),
    (made("FLOAT", domain=IntDomain()), "DOMAIN_INVALID_FOR_TYPE", "IntDomain"),
    (made(domain=FloatDomain()), "DOMAIN_INVALID_FOR_TYPE", "FloatDomain"),
    (made("FLOAT", domain=ImageDomain()), "DOMAIN_INVALID_FOR_TYPE", "ImageDomain"),
    (made("INT", domain=SemanticDomain(kind="url")), "DOMAIN_INVALID_FOR_TYPE", "SemanticDomain"),
    (made("BYTES", domain=StructDomain()), "DOMAIN_INVALID_FOR_TYPE", "StructDomain"),
    (made("STRUCT", domain=BoolDomain()), "DOMAIN_INVALID_FOR_TYPE", "STRUCT"),
    (made("BYTES", domain=StringDomain(values=("b", "a", "b"))), DOMAIN, "twice: b"),
    (made("BYTES", domain=BoolDomain(true_value="t", false_value="t")), DOMAIN, "same string 't'"),
    (made(domain=IntDomain(min=2, max=1)), DOMAIN, "goes from 2 to 1"),
    (made("FLOAT", domain=FloatDomain(min=0.5, max=math.nan)), DOMAIN, "goes from 0.5 to nan"),
    (made("BYTES", domain=TimeDomain(string_format="%Y", integer_format="UNIX_DAYS")), DOMAIN, "give one"),
    (
        made(domain=NaturalLanguageDomain(token_constraints=(TokenConstraint(int_value=7, max_per_sequence=-1),))),
        DOMAIN,
        "token 7 per sequence",
    ),
    (
        made(
            domain=NaturalLanguageDomain(
                sequence_length_constraints=SequenceLength(min_sequence_length=9, max_sequence_length=1)
            )
        ),
        DOMAIN,
        "length go from 9 to 1",
    ),
    (made(min_domain_mass=0.9), SPECIFICATION, "which the feature lacks"),
    (made(domain=BoolDomain(), min_domain_mass=0.9), SPECIFICATION, "not with a BoolDomain"),
    (made("BYTES", domain=StringDomain(values=("a",)), min_domain_mass=2.0), SPECIFICATION, "min_domain_mass is 2.0"),
    (made("FLOAT", drift_comparator=Comparator(infinity_norm=0.1)), SPECIFICATION, "drift_comparator.infinity_norm"),
    (
        made(skew_comparator=Comparator(normalized_abs_difference=0.1)),
        SPECIFICATION,
        "the feature is INT",
    ),
    (
        made("STRUCT", drift_comparator=Comparator(jensen_shannon_divergence=0.1)),
        SPECIFICATION,
        "is STRUCT",
    ),
    (made("BYTES", drift_comparator=Comparator(infinity_norm=-1.0)), SPECIFICATION, "threshold -1.0"),
    (made(lifecycle_stage="OLD"), SPECIFICATION, "'OLD' is no lifecycle_stage"),
    (made(derived=DerivedSource(deriver_name="sum")), "DERIVED_FEATURE_BAD_LIFECYCLE", "not set"),
]

RIGHT_FEATURES = [
    made(),
    made(shape=()),
    made(presence=Presence(min_fraction=1.0, min_count=1)),
    made(value_counts=(ValueCount(min=2, max=2),)),
    made("BYTES", domain=IntDomain(min=1, max=1)),
    made("BYTES", domain=FloatDomain(disallow_nan=True)),
    made("FLOAT", domain=BoolDomain()),
    made("BYTES", domain=BoolDomain(true_value="y")),
    made("BYTES", domain=StringDomain(values=("a",)), min_domain_mass=0.0),
    made(domain=TimeDomain(integer_format="UNIX_DAYS")),
    made("FLOAT", drift_comparator=Comparator(jensen_shannon_divergence=0.0)),
    made("BYTES", drift_comparator=Comparator(infinity_norm=0.1, normalized_abs_difference=0.1)),
    made(domain=BoolDomain(), skew_comparator=Comparator(infinity_norm=0.1)),
    made(domain=IntDomain(is_categorical=True), skew_comparator=Comparator(infinity_norm=0.1)),
    made("TYPE_UNKNOWN", lifecycle_stage="DEPRECATED"),
    made(derived=DerivedSource(deriver_name="sum"), lifecycle_stage="VALIDATION_DERIVED"),
    made(derived=DerivedSource(deriver_name="sum"), lifecycle_stage="DEPRECATED"),
]


@pytest.mark.parametrize(("feature", "kind", "words"), WRONG_FEATURES)
def test_a_feature_that_contradicts_itself(feature, kind, words):
    found = contradictions(Schema(features=(feature,)))
    assert [(one.path, one.type) for one in found] == [(("x",), kind)]
    with pytest.raises(DataError, match=f"x: .*{words}"):
        check_consistent(Schema(features=(feature,)))


@pytest.mark.parametrize("feature", [feature for feature, _, _ in WRONG_FEATURES])
def test_the_change_lifts_it(feature):
    for one in of_feature(Schema(), feature):
        feature = dataclasses.replace(feature, **one.change)
    assert not list(of_feature(Schema(), feature))


@pytest.mark.parametrize("feature", RIGHT_FEATURES)
def test_a_feature_that_does_not(feature):
    assert contradictions(Schema(features=(feature,))) == ()


GRID = SparseFeature(name="grid", index_features=("i",), value_feature="v")
WRONG_SCHEMAS = [
    ({"features": (made(), made())}, "x: The schema has this feature twice"),
    ({"features": (Feature(name="", type="INT"),)}, "without a name"),
    ({"string_domains": (StringDomain(name="d"),), "int_domains": (IntDomain(name="d"),)}, "two domains 'd'"),
    ({"string_domains": (StringDomain(values=("a",)),)}, "domain without a name"),
    ({"int_domains": (IntDomain(name="d", min=2, max=1),)}, "'d': The domain goes from 2 to 1"),
    ({"features": (made(),), "sparse_features": (dataclasses.replace(GRID, name="x"),)}, "x: A feature and a sparse"),
    ({"features": (made(),), "weighted_features": (WeightedFeature(name="x", feature=("a",), weight_feature=("b",)),)},
     "x: A feature and a weighted"),
    ({"sparse_features": (GRID, GRID)}, "two sparse or weighted features"),
    ({"sparse_features": (SparseFeature(name="g", index_features=("i",)),)}, "g: A sparse feature without value"),
    ({"sparse_features": (SparseFeature(name="g", value_feature="v"),)}, "g: A sparse feature without index"),
    ({"weighted_features": (WeightedFeature(name="w", feature=("a",)),)}, "w: A weighted feature without weight"),
    ({"dataset_constraints": DatasetConstraints(min_examples_count=2, max_examples_count=1)}, "from 2 to 1 examples"),
    ({"dataset_constraints": DatasetConstraints(max_examples_count=-1)}, "from None to -1 examples"),
    (
        {"dataset_constraints": DatasetConstraints(num_examples_drift_comparator=NumExamplesComparator(
            min_fraction_threshold=2.0, max_fraction_threshold=1.0))},
        "num_examples_drift_comparator goes from 2.0 to 1.0",
    ),
    ({"default_environments": ("A", "A")}, "'A' is there twice"),
    ({"features": (made("STRUCT", domain=StructDomain(features=(made(shape=(-1,)),))),)}, r"x\.x: The shape"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "words"), WRONG_SCHEMAS)
def test_a_schema_that_contradicts_itself(fields, words):
    with pytest.raises(DataError, match=words):
        check_consistent(Schema(**fields))


def test_all_that_is_wrong_is_named_at_once():
    features = tuple(Feature(name=f"f{number}") for number in range(25))
    with pytest.raises(DataError, match=r"f0: .*f19: .*and 5 more$"):
        check_consistent(Schema(features=features))


def test_a_sparse_feature_may_have_the_name_of_a_dormant_one():
    sparse = dataclasses.replace(GRID, name="x")
    check_consistent(Schema(features=(made(lifecycle_stage="DEPRECATED"),), sparse_features=(sparse,)))


def test_a_malformed_shared_domain_is_told_once():
    used = made(domain="d")
    found = contradictions(Schema(features=(used,), int_domains=(IntDomain(name="d", min=2, max=1),)))
    assert [one.path for one in found] == [("x",)]

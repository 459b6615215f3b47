"""In what schemas differ."""

import dataclasses

import pytest

from argosy.schema import (
    BoolDomain,
    Comparator,
    DatasetConstraints,
    Feature,
    FloatDomain,
    IntDomain,
    Presence,
    Schema,
    SparseFeature,
    StringDomain,
    StructDomain,
    ValueCount,
    convert,
    differences,
)

AGE = Feature(name="age", type="INT", presence=Presence(min_fraction=1.0), shape=(1,))
SCHEMA = Schema(
    features=(
        AGE,
        Feature(name="word", type="BYTES", domain="words"),
        Feature(name="trip", type="STRUCT", domain=StructDomain(features=(Feature(name="miles", type="FLOAT"),))),
    ),
    string_domains=(StringDomain(name="words", values=("a", "b")),),
    int_domains=(IntDomain(name="small", max=3),),
)


def told(after, before=SCHEMA):
    return [f"{one.sign} {one.subject} {one.name}: {one.sentence}" for one in differences(before, after)]


def aged(**changes):
    return dataclasses.replace(SCHEMA, features=(dataclasses.replace(AGE, **changes), *SCHEMA.features[1:]))


def test_equal_schemas_do_not_differ():
    assert differences(SCHEMA, SCHEMA) == ()
    assert differences(SCHEMA, convert.from_text(convert.to_text(SCHEMA))) == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"type": "FLOAT"}, "type: INT -> FLOAT"),
        ({"presence": None}, "presence: required -> optional"),
        ({"presence": Presence(min_fraction=0.5)}, "presence: required -> in at least 50% of rows"),
        ({"shape": None, "value_counts": (ValueCount(min=1),)}, "values: always 1 -> 1 or more where present"),
        ({"domain": IntDomain(min=0)}, "domain: any -> integers from 0"),
        ({"domain": BoolDomain()}, "domain: any -> true or false"),
        ({"drift_comparator": Comparator(infinity_norm=0.1)}, "constraints: none -> drift: L-infinity at most 0.1"),
        ({"not_in_environment": ("SERVING",)}, "environments: all -> not SERVING"),
        ({"lifecycle_stage": "DEPRECATED"}, "lifecycle stage: not set -> DEPRECATED"),
        ({"extra": b"\x0a\x01a"}, "other settings: 3 bytes of fields that Argosy carries unread"),
    ],
)
def test_a_changed_feature(changes, sentence):
    assert told(aged(**changes)) == [f"~ feature age: {sentence}"]


def test_a_change_that_words_do_not_tell_is_told_by_its_fields():
    presence = Presence(min_fraction=1.0, min_count=1)
    assert told(aged(presence=presence)) == [
        "~ feature age: presence: min_fraction=1.0 -> min_fraction=1.0 min_count=1"
    ]


def test_features_that_are_new_or_gone():
    fewer = dataclasses.replace(SCHEMA, features=SCHEMA.features[1:])
    assert told(fewer) == ["- feature age: INT; required; values: always 1; domain: any"]
    assert told(SCHEMA, fewer) == ["+ feature age: INT; required; values: always 1; domain: any"]


def test_features_within_features_are_compared_one_by_one():
    within = (Feature(name="miles", type="INT"), Feature(name="stops", type="INT"))
    trip = dataclasses.replace(SCHEMA.features[2], domain=StructDomain(features=within))
    assert told(dataclasses.replace(SCHEMA, features=(*SCHEMA.features[:2], trip))) == [
        "~ feature trip.miles: type: FLOAT -> INT",
        "+ feature trip.stops: INT; optional; values: any number; domain: any",
    ]


def test_values_of_a_shared_domain():
    after = dataclasses.replace(SCHEMA, string_domains=(StringDomain(name="words", values=("c", "b")),))
    assert (
        told(after)
        == [
            "~ feature word: domain: words (2 strings) -> words (2 strings)",
            "~ domain words: values: new 'c'; gone 'a'",
        ][1:]
    )
    ordered = dataclasses.replace(SCHEMA, string_domains=(StringDomain(name="words", values=("b", "a")),))
    assert told(ordered) == []


def test_domains_that_are_new_gone_or_of_other_limits():
    after = dataclasses.replace(
        SCHEMA, int_domains=(IntDomain(name="small", max=4),), float_domains=(FloatDomain(name="unit", max=1.0),)
    )
    assert told(after) == [
        "~ domain small: limits: max=3 -> max=4",
        "+ domain unit: max=1.0",
    ]
    assert "- domain unit: max=1.0" in told(SCHEMA, after)


def test_what_is_beside_features():
    sparse = SparseFeature(name="grid", index_features=("x", "y"), value_feature="v")
    after = dataclasses.replace(
        SCHEMA,
        sparse_features=(sparse,),
        default_environments=("TRAINING", "SERVING"),
        dataset_constraints=DatasetConstraints(min_examples_count=3),
    )
    assert told(after) == [
        "+ sparse feature grid: index_features=x, y value_feature=v",
        "~ schema : default environments: nothing -> TRAINING, SERVING",
        "~ schema : dataset constraints: nothing -> min_examples_count=3",
    ]

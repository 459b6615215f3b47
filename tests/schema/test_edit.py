"""Schemas changed by hand."""

import dataclasses

import pytest

from argosy.errors import ParameterError
from argosy.schema import (
    BoolDomain,
    Comparator,
    Feature,
    FloatDomain,
    IntDomain,
    Schema,
    StringDomain,
    StructDomain,
    add_values,
    drop_feature,
    get_domain,
    get_feature,
    set_domain,
    set_environments,
    set_feature,
    with_feature,
)

SCHEMA = Schema(
    features=(
        Feature(name="tips", type="FLOAT"),
        Feature(name="payment", type="BYTES", domain="payment", min_domain_mass=0.9),
        Feature(name="other", type="BYTES", domain="payment"),
        Feature(name="own", type="BYTES", domain=StringDomain(values=("a",))),
        Feature(
            name="trip",
            type="STRUCT",
            domain=StructDomain(features=(Feature(name="miles", type="FLOAT"), Feature(name="stops", type="INT"))),
        ),
    ),
    string_domains=(StringDomain(name="payment", values=("Cash",)),),
    int_domains=(IntDomain(name="small", min=0, max=9),),
)
MILES = ("trip", "miles")


def test_a_feature_is_found_by_name_and_by_path():
    assert get_feature(SCHEMA, "tips").type == "FLOAT"
    assert get_feature(SCHEMA, MILES) == Feature(name="miles", type="FLOAT")


@pytest.mark.parametrize(
    ("path", "words"),
    [("paiment", "'paiment': did you mean 'payment'"), (("trip", "mile"), r"'trip\.mile'.*'trip\.miles'")],
)
def test_an_unknown_feature_is_named(path, words):
    with pytest.raises(ParameterError, match=words):
        get_feature(SCHEMA, path)


def test_setting_a_field_leaves_everything_else():
    drift = Comparator(infinity_norm=0.01)
    changed = set_feature(SCHEMA, "payment", drift_comparator=drift, not_in_environment=("SERVING",))
    assert changed.features[1] == dataclasses.replace(
        SCHEMA.features[1], drift_comparator=drift, not_in_environment=("SERVING",)
    )
    assert (changed.features[0], changed.features[2:]) == (SCHEMA.features[0], SCHEMA.features[2:])
    assert SCHEMA.features[1].drift_comparator is None


def test_a_feature_within_another_is_set_in_its_place():
    changed = set_feature(SCHEMA, MILES, lifecycle_stage="DEPRECATED")
    assert [child.lifecycle_stage for child in get_feature(changed, "trip").children] == ["DEPRECATED", ""]
    assert changed.names() == SCHEMA.names()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shapes": (1,)}, "no 'shapes' to set: did you mean 'shape'"),
        ({"name": "x"}, "no 'name' to set"),
        ({"lifecycle_stage": "DEPRECATE"}, "did you mean 'DEPRECATED'"),
    ],
)
def test_what_cannot_be_set_is_refused(changes, words):
    with pytest.raises(ParameterError, match=words):
        set_feature(SCHEMA, "tips", **changes)


def test_dropping():
    assert drop_feature(SCHEMA, "tips").names() == ("payment", "other", "own", "trip")
    assert [child.name for child in get_feature(drop_feature(SCHEMA, MILES), "trip").children] == ["stops"]
    with pytest.raises(ParameterError, match="no feature 'gone'"):
        drop_feature(SCHEMA, "gone")


def test_domains_are_found_by_the_feature():
    assert get_domain(SCHEMA, "payment") == SCHEMA.string_domains[0]
    assert get_domain(SCHEMA, "own") == StringDomain(values=("a",))
    with pytest.raises(ParameterError, match="'tips' has no domain"):
        get_domain(SCHEMA, "tips")
    with pytest.raises(ParameterError, match="'x' names a domain 'gone', which the schema lacks"):
        get_domain(Schema(features=(Feature(name="x", domain="gone"),)), "x")


@pytest.mark.parametrize(
    ("path", "domain"),
    [
        ("tips", FloatDomain(min=0.0)),
        (MILES, FloatDomain(min=0.0)),
        (("trip", "stops"), IntDomain(min=1)),
        (("trip", "stops"), "small"),
        ("own", BoolDomain(true_value="y", false_value="n")),
        ("own", "payment"),
    ],
)
def test_a_domain_is_set(path, domain):
    changed = set_domain(SCHEMA, path, domain)
    assert get_feature(changed, path).domain == domain
    assert changed.string_domains == SCHEMA.string_domains


def test_a_domain_that_is_not_of_strings_takes_the_demand_on_their_mass_with_it():
    assert get_feature(set_domain(SCHEMA, "payment", StringDomain(values=("b",))), "payment").min_domain_mass == 0.9
    assert get_feature(set_domain(SCHEMA, "payment", IntDomain()), "payment").min_domain_mass is None


@pytest.mark.parametrize(
    ("path", "domain", "words"),
    [
        ("own", "paiment", "no domain 'paiment': did you mean 'payment'"),
        ("tips", StringDomain(values=("a",)), "'tips' is FLOAT; a StringDomain goes with BYTES"),
        ("tips", IntDomain(), "'tips' is FLOAT; a IntDomain goes with INT or BYTES"),
        ("tips", "payment", "'tips' is FLOAT; a StringDomain goes with BYTES"),
    ],
)
def test_a_domain_that_does_not_go_is_refused(path, domain, words):
    with pytest.raises(ParameterError, match=words):
        set_domain(SCHEMA, path, domain)


def test_values_are_added_where_the_domain_is():
    shared = add_values(SCHEMA, "payment", "Prcard", "Cash")
    assert get_domain(shared, "other") == StringDomain(name="payment", values=("Cash", "Prcard"))
    assert shared.features == SCHEMA.features
    assert get_domain(add_values(SCHEMA, "own", "b"), "own") == StringDomain(values=("a", "b"))
    with pytest.raises(ParameterError, match="FloatDomain, which lists no values"):
        add_values(set_domain(SCHEMA, "tips", FloatDomain()), "tips", "x")


def test_environments():
    schema = set_environments(SCHEMA, "TRAINING", "SERVING", "TRAINING")
    assert schema.default_environments == ("TRAINING", "SERVING")
    schema = set_feature(schema, "tips", not_in_environment=("SERVING",))
    assert schema.is_in_environment(get_feature(schema, "tips"), "TRAINING")
    assert not schema.is_in_environment(get_feature(schema, "tips"), "SERVING")


def test_a_feature_is_added_where_its_parent_is():
    fresh = Feature(name="fresh", type="INT")
    grown = with_feature(with_feature(SCHEMA, fresh), fresh, parent=("trip",))
    assert grown.names() == (*SCHEMA.names(), "fresh")
    assert [child.name for child in get_feature(grown, "trip").children] == ["miles", "stops", "fresh"]
    with pytest.raises(ParameterError, match="no feature 'gone' for 'fresh' to be within"):
        with_feature(SCHEMA, fresh, parent=("gone",))

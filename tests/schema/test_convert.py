import dataclasses

import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from argosy.errors import ArtifactError, DataError
from argosy.schema import (
    BoolDomain,
    Feature,
    FloatDomain,
    IntDomain,
    Presence,
    Schema,
    StringDomain,
    ValueCount,
    columns,
    convert,
    read_schema,
    write_schema,
)

FULL = """
feature {
  name: "species"
  type: BYTES
  domain: "species"
  presence { min_fraction: 1.0 min_count: 1 }
  shape { dim { size: 1 } }
  distribution_constraints { min_domain_mass: 0.9 }
  not_in_environment: "SERVING"
  drift_comparator { infinity_norm { threshold: 0.01 } }
}
feature {
  name: "tokens"
  type: INT
  value_counts { value_count { min: 1 max: 2 } value_count { min: 1 } }
  int_domain { name: "ids" min: -3 max: 3 is_categorical: true }
  lifecycle_stage: DEPRECATED
  annotation { tag: "old" }
}
feature {
  name: "image"
  type: FLOAT
  shape { dim { size: 2 name: "rows" } dim { size: 3 } }
  float_domain { min: 0 max: 1.5 disallow_nan: true is_embedding: true }
}
feature { name: "flag" type: BYTES bool_domain { true_value: "y" false_value: "n" } value_count { min: 1 } }
feature { name: "scalar" type: INT shape { } }
feature { name: "number" type: BYTES int_domain { } }
feature { name: "nested" type: STRUCT struct_domain { feature { name: "inner" type: INT } } }
string_domain { name: "species" value: "Adelie" value: "Gentoo" is_categorical: CATEGORICAL_YES }
default_environment: "TRAINING"
default_environment: "SERVING"
dataset_constraints { min_examples_count: 3 }
tensor_representation_group { key: "" value { } }
"""


def test_round_trip_loses_nothing_even_of_what_is_not_modelled():
    schema = convert.from_text(FULL)
    again = convert.to_proto(schema)
    assert again == text_format.Parse(FULL, schema_pb2.Schema())
    assert convert.from_proto(again) == schema


def test_modelled_fields_are_read():
    schema = convert.from_text(FULL)
    species, tokens, image, flag = schema.features[:4]
    assert species.presence == Presence(min_fraction=1.0, min_count=1)
    assert species.shape == (1,)
    assert species.min_domain_mass == pytest.approx(0.9)
    assert getattr(schema.domain_of(species), "values", ()) == ("Adelie", "Gentoo")
    assert tokens.value_counts == (ValueCount(min=1, max=2), ValueCount(min=1))
    assert tokens.domain == IntDomain(name="ids", min=-3, max=3, is_categorical=True)
    assert image.shape == (2, 3)
    assert isinstance(image.domain, FloatDomain)
    assert image.domain.disallow_nan
    assert flag.domain == BoolDomain(true_value="y", false_value="n")
    assert flag.value_count == ValueCount(min=1)
    assert schema.feature("scalar").shape == ()
    assert schema.feature("number").domain == IntDomain()


def test_unknown_fields_of_a_newer_proto_survive():
    proto = schema_pb2.Schema()
    proto.feature.add(name="a", type=schema_pb2.INT)
    unknown = b"\xfa\x3e\x03new"
    proto = schema_pb2.Schema.FromString(proto.SerializeToString() + unknown)
    assert convert.to_proto(convert.from_proto(proto)).SerializeToString().endswith(unknown)


def test_the_old_deprecated_flag_is_a_lifecycle_stage():
    schema = convert.from_text('feature { name: "a" deprecated: true }')
    assert schema.feature("a").lifecycle_stage == "DEPRECATED"
    assert not schema.feature("a").is_live


def test_changing_a_named_shape_replaces_it():
    image = dataclasses.replace(convert.from_text(FULL).feature("image"), shape=(4,))
    proto = convert.to_proto(Schema(features=(image,)))
    assert [(dim.size, dim.name) for dim in proto.feature[0].shape.dim] == [(4, "")]


domains = st.one_of(
    st.none(),
    st.builds(StringDomain, name=st.sampled_from(["", "d"]), values=st.lists(st.text(), max_size=3).map(tuple)),
    st.builds(IntDomain, min=st.none() | st.integers(-(2**63), 2**63 - 1), max=st.none() | st.integers(0, 9)),
    st.builds(FloatDomain, min=st.none() | st.floats(width=32, allow_nan=False), disallow_inf=st.booleans()),
    st.builds(BoolDomain, true_value=st.text(), false_value=st.text()),
)
counts = st.builds(ValueCount, min=st.none() | st.integers(0, 9), max=st.none() | st.integers(0, 9))
features = st.builds(
    Feature,
    name=st.text(min_size=1),
    type=st.sampled_from(["TYPE_UNKNOWN", "BYTES", "INT", "FLOAT", "STRUCT"]),
    presence=st.none()
    | st.builds(Presence, min_fraction=st.none() | st.floats(0, 1), min_count=st.none() | st.just(3)),
    shape=st.none() | st.lists(st.integers(0, 9), max_size=3).map(tuple),
    domain=domains,
    in_environment=st.lists(st.text(), max_size=2).map(tuple),
    lifecycle_stage=st.sampled_from(["", "PRODUCTION", "DEPRECATED"]),
)


@given(features=st.lists(features, max_size=4, unique_by=lambda f: f.name), one=st.none() | counts)
@settings(max_examples=40, deadline=None)
def test_any_schema_survives_its_text(features, one):
    schema = Schema(features=tuple(features), default_environments=("A",))
    if one is not None:
        schema = Schema(features=(*schema.features, Feature(name="\n extra", value_counts=(one,))))
    assert convert.from_text(convert.to_text(schema)) == schema


def test_files(tmp_path):
    schema = convert.from_text(FULL)
    write_schema(schema, str(tmp_path))
    assert read_schema(str(tmp_path)) == schema
    assert read_schema(str(tmp_path / "schema.pbtxt")) == schema


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(ArtifactError, match=r"schema\.pbtxt does not exist"):
        read_schema(str(tmp_path))
    (tmp_path / "schema.pbtxt").write_text('feature {\n  nome: "a" }')
    with pytest.raises(ArtifactError, match=r"schema\.pbtxt: .*2:3.*nome"):
        read_schema(str(tmp_path))
    (tmp_path / "schema.pbtxt").write_bytes(b"\xff")
    with pytest.raises(ArtifactError, match=r"schema\.pbtxt"):
        read_schema(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [('feature { name: "a" } feature { name: "a" }', "'a' twice"), ("feature { }", "without a name")],
)
def test_names_must_be_there_and_differ(text, message):
    with pytest.raises(DataError, match=message):
        convert.from_text(text)


def test_columns_are_the_live_features_of_an_environment():
    schema = convert.from_text(FULL)
    assert [column.name for column in columns(schema)] == ["species", "image", "flag", "scalar", "number", "nested"]
    assert "species" not in [column.name for column in columns(schema, environment="SERVING")]
    assert columns(schema)[0].type == "BYTES"
    assert columns(schema)[2].shape is None

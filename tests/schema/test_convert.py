import dataclasses

import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from argosy.errors import ArtifactError, DataError, ParameterError
from argosy.schema import (
    Annotation,
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
    SemanticDomain,
    SequenceLength,
    StringDomain,
    StructDomain,
    TimeDomain,
    TimeOfDayDomain,
    TokenConstraint,
    UniqueConstraints,
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
feature { name: "nested" type: STRUCT struct_domain {
  feature { name: "inner" type: INT group_presence { required: true } deprecated: false }
  feature { name: "deeper" type: STRUCT struct_domain { feature { name: "inner" type: FLOAT } } }
  sparse_feature { name: "within" index_feature { name: "inner" } value_feature { name: "inner" } } } }
feature {
  name: "text"
  type: BYTES
  natural_language_domain {
    vocabulary: "words"
    coverage { min_coverage: 0.5 min_avg_token_length: 2 excluded_string_tokens: "<pad>" oov_string_tokens: "<unk>" }
    token_constraints { string_value: "[CLS]" min_per_sequence: 1 max_per_sequence: 1 min_fraction_of_sequences: 1 }
    token_constraints { int_value: 0 max_fraction_of_sequences: 0.5 }
    sequence_length_constraints { excluded_int_value: 0 min_sequence_length: 1 max_sequence_length: 512 }
  }
  unique_constraints { min: 1 max: 5 }
  skew_comparator { jensen_shannon_divergence { threshold: 0.1 source { type: QUANTILES } } infinity_norm { } }
  sequence_metadata { joint_group: "g" }
}
feature {
  name: "photo" type: BYTES image_domain { minimum_supported_image_fraction: 1 max_image_byte_size: 9 }
  annotation { tag: "a" comment: "b" extra_metadata { type_url: "x" } }
  drift_comparator { normalized_abs_difference { threshold: 0.3 } }
}
feature { name: "link" type: BYTES url_domain { } }
feature { name: "entity" type: BYTES mid_domain { } }
feature { name: "sound" type: BYTES audio_domain { } }
feature { name: "when" type: BYTES time_domain { string_format: "%Y" } }
feature { name: "seconds" type: INT time_domain { integer_format: UNIX_SECONDS } }
feature { name: "hour" type: INT time_of_day_domain { integer_format: PACKED_64_NANOS } }
feature {
  name: "made" type: INT lifecycle_stage: VALIDATION_DERIVED
  validation_derived_source {
    deriver_name: "reduce_op" description: "sum" source_path { step: "nested" step: "inner" } source_path { step: "a" }
    config { reduce_op { op_name: "sum" } }
  }
}
sparse_feature {
  name: "grid" index_feature { name: "x" } index_feature { name: "y" } value_feature { name: "number" }
  dense_shape { dim { size: 3 } dim { size: 4 } } is_sorted: true lifecycle_stage: PRODUCTION presence { min_count: 1 }
}
weighted_feature {
  name: "weighted" feature { step: "nested" step: "inner" } weight_feature { step: "seconds" } lifecycle_stage: ALPHA
}
int_domain { name: "small" min: 0 max: 5 }
float_domain { name: "unit" min: 0 max: 1 disallow_inf: true }
represent_variable_length_as_ragged: true
annotation { tag: "t" }
string_domain { name: "species" value: "Adelie" value: "Gentoo" is_categorical: CATEGORICAL_YES }
default_environment: "TRAINING"
default_environment: "SERVING"
dataset_constraints {
  min_examples_count: 3 max_examples_count: 9
  num_examples_drift_comparator { min_fraction_threshold: 0.5 max_fraction_threshold: 2 }
  num_examples_version_comparator { min_fraction_threshold: 1 }
}
tensor_representation_group { key: "" value { } }
"""


def test_round_trip_loses_nothing_even_of_what_is_not_modelled():
    schema = convert.from_text(FULL)
    again = convert.to_proto(schema)
    assert again == text_format.Parse(FULL.replace("deprecated: false", ""), schema_pb2.Schema())
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


def test_the_whole_schema_is_modelled():
    schema = convert.from_text(FULL)
    text, photo, nested = schema.feature("text"), schema.feature("photo"), schema.feature("nested")
    assert text.domain == NaturalLanguageDomain(
        vocabulary="words",
        coverage=Coverage(
            min_coverage=0.5,
            min_avg_token_length=2.0,
            excluded_string_tokens=("<pad>",),
            oov_string_tokens=("<unk>",),
        ),
        token_constraints=(
            TokenConstraint(
                string_value="[CLS]", min_per_sequence=1, max_per_sequence=1, min_fraction_of_sequences=1.0
            ),
            TokenConstraint(int_value=0, max_fraction_of_sequences=0.5),
        ),
        sequence_length_constraints=SequenceLength(
            excluded_int_values=(0,), min_sequence_length=1, max_sequence_length=512
        ),
    )
    assert text.unique_constraints == UniqueConstraints(min=1, max=5)
    skew = text.skew_comparator
    assert skew is not None
    assert (skew.jensen_shannon_divergence, skew.histogram, skew.infinity_norm) == (0.1, "QUANTILES", None)
    assert photo.domain == ImageDomain(minimum_supported_image_fraction=1.0, max_image_byte_size=9)
    assert dataclasses.replace(photo.annotation or Annotation(), extra=b"") == Annotation(tags=("a",), comments=("b",))
    assert photo.drift_comparator == Comparator(normalized_abs_difference=0.3)
    assert [schema.feature(name).domain for name in ("link", "entity", "sound", "when", "seconds", "hour")] == [
        SemanticDomain(kind="url"),
        SemanticDomain(kind="mid"),
        SemanticDomain(kind="audio"),
        TimeDomain(string_format="%Y"),
        TimeDomain(integer_format="UNIX_SECONDS"),
        TimeOfDayDomain(integer_format="PACKED_64_NANOS"),
    ]
    assert (schema.feature("made").derived or DerivedSource()).source_paths == (("nested", "inner"), ("a",))
    assert schema.feature(("nested", "inner")).group_presence is True
    assert schema.feature(("nested", "deeper", "inner")).type == "FLOAT"
    assert isinstance(nested.domain, StructDomain)
    assert nested.domain.sparse_features[0].index_features == ("inner",)
    assert [".".join(path) for path, _ in schema.walk() if len(path) > 1] == [
        "nested.inner", "nested.deeper", "nested.deeper.inner",
    ]  # fmt: skip


def test_what_is_beside_features_is_modelled():
    schema = convert.from_text(FULL)
    grid, weighted = schema.sparse_features[0], schema.weighted_features[0]
    assert (grid.index_features, grid.value_feature, grid.dense_shape) == (("x", "y"), "number", (3, 4))
    assert (weighted.feature, weighted.weight_feature, weighted.is_live) == (("nested", "inner"), ("seconds",), False)
    assert schema.dataset_constraints == DatasetConstraints(
        min_examples_count=3,
        max_examples_count=9,
        num_examples_drift_comparator=NumExamplesComparator(min_fraction_threshold=0.5, max_fraction_threshold=2.0),
        num_examples_version_comparator=NumExamplesComparator(min_fraction_threshold=1.0),
    )
    assert schema.represent_variable_length_as_ragged


@pytest.mark.parametrize(
    "both",
    [{"shape": (1,), "value_counts": (ValueCount(min=1),)}, {"presence": Presence(), "group_presence": True}],
)
def test_what_excludes_each_other_is_refused(both):
    with pytest.raises(ParameterError, match=r"feature 'a' has .* give one of them"):
        Feature(name="a", **both)


def test_a_change_replaces_what_was_read_and_keeps_the_rest():
    schema = convert.from_text(FULL)
    text = dataclasses.replace(schema.feature("text"), domain=IntDomain(min=1), unique_constraints=None)
    proto = convert.to_proto(Schema(features=(text,))).feature[0]
    assert proto.WhichOneof("domain_info") == "int_domain"
    assert not proto.HasField("unique_constraints")
    assert proto.sequence_metadata.joint_group == "g"
    photo = dataclasses.replace(schema.feature("photo"), domain=None, drift_comparator=Comparator(infinity_norm=0.5))
    assert str(convert.to_proto(Schema(features=(photo,))).feature[0].drift_comparator).split() == [
        "infinity_norm", "{", "threshold:", "0.5", "}",
    ]  # fmt: skip


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
    st.builds(SemanticDomain, kind=st.sampled_from(["url", "mid", "audio", "video", "content_chunk"])),
    st.builds(StructDomain, features=st.builds(Feature, name=st.text(min_size=1)).map(lambda one: (one,))),
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
    assert [column.name for column in columns(schema)][:6] == ["species", "image", "flag", "scalar", "number", "nested"]
    assert "species" not in [column.name for column in columns(schema, environment="SERVING")]
    assert columns(schema)[0].type == "BYTES"
    assert columns(schema)[2].shape is None

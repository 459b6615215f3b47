"""ImportSchemaGen, and what SchemaGen can be told."""

from pathlib import Path

import pyarrow as pa
import pytest

from argosy.artifacts import HTML, Input, Output, Schema
from argosy.components import localised
from argosy.data_validation import generate_statistics, write_statistics
from argosy.data_validation.schema_step import import_schema_gen, schema_gen
from argosy.data_validation.statistics.files import statistics_file
from argosy.errors import DataError, ParameterError
from argosy.schema import FloatDomain, IntDomain, StringDomain, read_schema
from argosy.user_code import inline_file

KEPT = """# Kept by hand: species are what the station knows.
feature {
  name: "species"
  type: BYTES
  domain: "species"
}
string_domain { name: "species" value: "Adelie" }
"""


@pytest.fixture
def outputs(tmp_path):
    (tmp_path / "schema").mkdir()
    schema = Output[Schema](uri="", path=str(tmp_path / "schema"), name="schema")
    return schema, Output[HTML](uri="", path=str(tmp_path / "report.html"), name="report")


@pytest.mark.parametrize("way", ["path", "text", "inline"])
def test_a_schema_is_handed_on_word_for_word(tmp_path, outputs, way):
    schema, report = outputs
    file = tmp_path / "kept.pbtxt"
    file.write_text(KEPT)
    given = {"path": str(file), "text": KEPT, "inline": inline_file(file)}[way]
    import_schema_gen(schema, report, schema_file=given)
    assert Path(schema.path, "schema.pbtxt").read_text() == KEPT
    assert read_schema(schema.path).string_domains == (StringDomain(name="species", values=("Adelie",)),)
    assert schema.metadata == {"num_features": 1}
    assert "species" in Path(report.path).read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('feature {\n  nome: "a" }', r'schema_file kept\.pbtxt: not the text form .*2:3.*"nome"'),
        ('feature { name: "a" }\nfeature { name: "a" }', r"schema_file kept\.pbtxt: the schema has 'a' twice"),
        (
            'feature { name: "a" type: BYTES domain: "gone" }\nfeature { name: "b" type: INT shape { dim { size: 0 }}}',
            r"kept\.pbtxt: the schema contradicts itself: a: The schema has no domain 'gone'.*; b: The shape is",
        ),
    ],
)
def test_a_schema_that_cannot_be_is_refused_by_name(tmp_path, outputs, text, words):
    (tmp_path / "kept.pbtxt").write_text(text)
    with pytest.raises(DataError, match=words):
        import_schema_gen(*outputs, schema_file=str(tmp_path / "kept.pbtxt"))
    assert not list(Path(outputs[0].path).iterdir())


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ("", ParameterError, "schema_file has to be given"),
        ("gone.pbtxt", ParameterError, r"gone\.pbtxt: no such file"),
        ("/etc", ParameterError, "archive or a folder, where one file's text is needed"),
        ("s3://127.0.0.1.invalid/x", ParameterError, "neither a file nor an archive"),
    ],
)
def test_a_file_that_is_not_there(outputs, given, error, words):
    with pytest.raises(error, match=words):
        import_schema_gen(*outputs, schema_file=given)


@pytest.fixture
def statistics(tmp_path):
    """Of two splits, of which the second has one more feature and a larger number."""
    column = pa.array([[1], [7]], pa.list_(pa.int64()))
    tips = pa.array([[0.5], [2.5]], pa.list_(pa.float32()))
    batches = {"train": {"n": column, "tips": tips}, "eval": {"n": pa.array([[9], [2]], column.type), "new": column}}
    for split, columns in batches.items():
        (tmp_path / "statistics" / f"Split-{split}").mkdir(parents=True)
        file = statistics_file(str(tmp_path / "statistics"), split)
        write_statistics(generate_statistics([pa.record_batch(columns)]), file)
    return Input(uri="", path=str(tmp_path / "statistics"), name="statistics")


def test_options_reach_the_inference(statistics, outputs):
    schema_gen(statistics, *outputs, infer_numeric_ranges=True, infer_integer_categories=7, infer_feature_shape=False)
    n, tips = read_schema(outputs[0].path).features
    assert n.domain == IntDomain(min=1, max=7, is_categorical=True)
    assert (tips.domain, tips.shape) == (FloatDomain(min=0.5, max=2.5), None)


def test_a_second_split_widens_what_the_first_gave(statistics, outputs):
    schema_gen(statistics, *outputs, splits=["train", "eval"], infer_numeric_ranges=True)
    schema = read_schema(outputs[0].path)
    assert schema.feature("n").domain == IntDomain(min=1, max=9)
    assert schema.feature("tips").lifecycle_stage == "DEPRECATED"
    assert schema.feature("new").domain == IntDomain(min=1, max=7)


def test_a_negative_number_is_refused(statistics, outputs):
    with pytest.raises(ParameterError, match="max_string_domain_size is -1; give 0 or more"):
        schema_gen(statistics, *outputs, max_string_domain_size=-1)
    with pytest.raises(ParameterError, match="infer_integer_categories is -1"):
        schema_gen(statistics, *outputs, infer_integer_categories=-1)


def test_the_text_travels_in_the_compiled_pipeline(tmp_path):
    (tmp_path / "kept.pbtxt").write_text(KEPT)
    assert localised("schema_file", "kept.pbtxt", tmp_path) == inline_file(tmp_path / "kept.pbtxt")
    assert localised("schema_file", "s3://bucket/kept.pbtxt", tmp_path) == "s3://bucket/kept.pbtxt"
    with pytest.raises(ParameterError, match="no such file"):
        localised("schema_file", "gone.pbtxt", tmp_path)

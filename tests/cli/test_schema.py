"""`argosy schema`: diff, update and freeze, on files and artifacts."""

import json
import re

import pyarrow as pa
import pytest

from argosy.cli.main import main
from argosy.data_validation import generate_statistics, infer_schema, write_statistics
from argosy.data_validation.statistics.files import statistics_file
from argosy.schema import read_schema, write_schema


def statistics_of(*words):
    return generate_statistics(
        [pa.record_batch({"word": pa.array([[w.encode()] for w in words], pa.list_(pa.binary()))})]
    )


@pytest.fixture
def places(tmp_path):
    """A schema artifact and statistics of two splits, of which eval has a value that train has not."""
    for split, words in (("train", "abc"), ("eval", "abd")):
        (tmp_path / "statistics" / f"Split-{split}").mkdir(parents=True)
        write_statistics(statistics_of(*words), statistics_file(str(tmp_path / "statistics"), split))
    (tmp_path / "schema").mkdir()
    write_schema(infer_schema(statistics_of(*"abc")), str(tmp_path / "schema"))
    return tmp_path


def schema(*arguments):
    return main(["schema", *map(str, arguments)])


def test_equal_schemas_do_not_differ(places, capsys):
    assert schema("diff", places / "schema", places / "schema" / "schema.pbtxt") == 0
    assert capsys.readouterr().out == "no differences\n"


def test_update_says_what_it_changed_and_diff_says_the_same(places, capsys):
    grown = places / "grown.pbtxt"
    assert schema("update", places / "schema", places / "statistics", "--split", "eval", "-o", grown) == 0
    told = "~ domain word  values: new 'd'\n"
    assert capsys.readouterr().out == f"{told}{grown}\n"
    assert schema("diff", places / "schema", grown) == 1
    assert capsys.readouterr().out == told
    assert schema("diff", places / "schema", grown, "--json") == 1
    assert json.loads(capsys.readouterr().out) == [
        {"subject": "domain", "name": "word", "field": "values", "before": "", "after": "new 'd'"}
    ]


def test_update_without_output_prints_the_schema_alone(places, capsys):
    one_split = statistics_file(str(places / "statistics"), "eval")
    assert schema("update", places / "schema", one_split) == 0
    printed = capsys.readouterr()
    (places / "piped.pbtxt").write_text(printed.out)
    assert read_schema(str(places / "piped.pbtxt")).string_domains[0].values == ("a", "b", "c", "d")
    assert "new 'd'" in printed.err


def test_freeze_takes_statistics_or_a_schema(places):
    assert schema("freeze", places / "statistics", "-o", places / "train.pbtxt") == 0
    assert schema("freeze", places / "schema", "-o", places / "copy.pbtxt") == 0
    assert schema("diff", places / "train.pbtxt", places / "copy.pbtxt") == 0
    both = places / "both.pbtxt"
    assert schema("freeze", places / "statistics", "-o", both, "--split", "train", "--split", "eval") == 0
    assert read_schema(str(both)).string_domains[0].values == ("a", "b", "c", "d")


def test_freeze_writes_over_nothing_that_it_is_not_told_to(places, capsys):
    kept = places / "kept.txt"
    kept.write_text('feature { name: "word" type: BYTES }')
    assert schema("freeze", places / "schema", "-o", kept) == 2
    assert "kept.txt is there; look at `argosy schema diff" in capsys.readouterr().err
    assert schema("diff", kept, places / "schema") == 1
    assert schema("freeze", places / "schema", "-o", kept, "--force") == 0
    assert schema("diff", kept, places / "schema") == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["diff", "schema", "gone.pbtxt"], "gone.pbtxt does not exist; give a file"),
        (["diff", "schema", "statistics"], "does not exist; give a schema artifact"),
        (["diff", "wrong.pbtxt", "schema"], "wrong.pbtxt: not the text form of a tensorflow_metadata Schema: 1:1"),
        (["update", "schema", "statistics", "--split", "evl"], "split 'evl'; did you mean 'eval'"),
        (["update", "schema", "schema"], "schema: no Split-<name>/FeatureStats.pb in it"),
        (["update", "schema", "statistics/Split-eval/FeatureStats.pb", "--split", "eval"], "--split: .*of one split"),
        (["freeze", "contradiction.pbtxt", "-o", "x.pbtxt"], "contradicts itself: a: The domain goes from 2 to 1"),
    ],
)
def test_bad_input_is_named(places, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(places)
    (places / "wrong.pbtxt").write_text("no proto")
    (places / "contradiction.pbtxt").write_text('feature { name: "a" type: INT int_domain { min: 2 max: 1 } }')
    assert schema(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("argosy schema: ")
    assert len(error.splitlines()) == 1
    assert re.search(words, error)
    assert not (places / "x.pbtxt").exists()

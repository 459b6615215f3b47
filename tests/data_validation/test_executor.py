import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from argosy import artifacts
from argosy.artifacts import Examples, Input, Output
from argosy.data_validation import generate_statistics, read_anomalies, read_statistics
from argosy.data_validation.schema_step import schema_gen
from argosy.data_validation.statistics_step import statistics_gen
from argosy.data_validation.validation_step import example_validator
from argosy.errors import DataError, GateError, ParameterError
from argosy.examples.write import ExamplesWriter
from argosy.schema import BoolDomain, Feature, Schema, read_schema, write_schema

pytestmark = pytest.mark.beam

INTS, BYTES = pa.list_(pa.int64()), pa.list_(pa.binary())


def rows(*species, years=None):
    years = years or [[2007]] * len(species)
    return pa.record_batch({"species": pa.array([[name] for name in species], BYTES), "year": pa.array(years, INTS)})


def output(folder, name, *, file=False):
    path = folder / name
    if not file:
        path.mkdir()
    return Output(uri=str(path), path=str(path), name=name)


def as_input(made, **metadata):
    return Input(uri=made.uri, path=made.path, name=made.name, metadata={**made.metadata, **metadata})


def write_examples(folder, **splits):
    for split, batch in splits.items():
        with ExamplesWriter(str(folder), split) as writer:
            writer.write(batch)
    return Input(uri=str(folder), path=str(folder), metadata={"split_names": json.dumps(list(splits))})


def run_statistics(folder, examples, **parameters):
    statistics, report = output(folder, "statistics"), output(folder, "report.html", file=True)
    statistics_gen(examples, statistics, report, **parameters)
    assert Path(report.path).read_text().startswith("<!DOCTYPE html>")
    return as_input(statistics)


def run_schema(folder, statistics, **parameters):
    schema = output(folder, "schema")
    schema_gen(statistics, schema, output(folder, "schema.html", file=True), **parameters)
    return as_input(schema)


TRAIN = rows(b"Adelie", b"Gentoo", b"Adelie")
STRANGE = rows(b"Adelie", b"Rockhopper", years=[[2007], None])


@pytest.fixture
def examples(tmp_path):
    return write_examples(tmp_path / "examples", train=TRAIN, eval=STRANGE)


def test_from_rows_to_a_verdict(tmp_path, examples):
    statistics = run_statistics(tmp_path, examples)
    assert json.loads(statistics.metadata["num_examples"]) == {"train": 3, "eval": 2}
    assert read_statistics(statistics.path, "train") == generate_statistics([TRAIN])
    schema = run_schema(tmp_path, statistics)
    assert read_schema(schema.path).string_domains[0].values == ("Adelie", "Gentoo")
    anomalies, report = output(tmp_path, "anomalies"), output(tmp_path, "anomalies.html", file=True)
    with pytest.raises(GateError) as raised:
        example_validator(statistics, schema, anomalies, report)
    message = str(raised.value)
    assert "split eval" in message
    assert "split train" not in message
    assert "species (unexpected string values)" in message
    assert "year (" in message
    assert json.loads(anomalies.metadata["blessed"]) == {"train": 1, "eval": 0}
    assert [anomaly.name for anomaly in read_anomalies(anomalies.path, "eval").features] == ["species", "year"]
    assert "Rockhopper" in Path(report.path).read_text()


@pytest.mark.parametrize("recorded", [None, "", "{}", "[1]", ["train"]])
def test_splits_are_found_on_disk_where_a_backend_dropped_their_names(tmp_path, examples, recorded):
    metadata = {} if recorded is None else {"split_names": recorded}
    bare: Input[Any] = Input(uri=examples.uri, path=examples.path, metadata=metadata)
    statistics = run_statistics(tmp_path, bare)
    assert json.loads(statistics.metadata["split_names"]) == ["eval", "train"]
    bare = Input(uri=statistics.uri, path=statistics.path, metadata=metadata)
    schema, anomalies = run_schema(tmp_path, bare), output(tmp_path, "anomalies")
    example_validator(bare, schema, anomalies, output(tmp_path, "a.html", file=True), fail_on="never")
    assert json.loads(anomalies.metadata["blessed"]) == {"train": 1, "eval": 0}


def test_anomalies_need_not_stop_the_run(tmp_path, examples):
    statistics = run_statistics(tmp_path, examples)
    schema = run_schema(tmp_path, statistics)
    anomalies = output(tmp_path, "anomalies")
    example_validator(statistics, schema, anomalies, output(tmp_path, "a.html", file=True), fail_on="never")
    assert json.loads(anomalies.metadata["blessed"])["eval"] == 0


def test_a_schema_from_both_splits_fits_both(tmp_path, examples):
    statistics = run_statistics(tmp_path, examples)
    schema = run_schema(tmp_path, statistics, splits=["train", "eval"])
    example_validator(statistics, schema, output(tmp_path, "anomalies"), output(tmp_path, "a.html", file=True))


def test_splits_are_found_on_disk_where_a_backend_dropped_the_metadata(tmp_path, examples):
    bare: Input[Examples] = Input(uri=examples.uri, path=examples.path)
    statistics = run_statistics(tmp_path, bare, exclude_splits=["eval"])
    assert json.loads(statistics.metadata["split_names"]) == ["train"]
    assert sorted(path.name for path in Path(statistics.path).iterdir()) == ["Split-train"]


def test_several_files_and_a_schema_that_makes_categories(tmp_path):
    folder = tmp_path / "examples"
    for prefix, years in (("a", [[0], [1]]), ("b", [[1]])):
        with ExamplesWriter(str(folder), "train", prefix=prefix) as writer:
            writer.write(rows(*[b"x"] * len(years), years=years))
    write_schema(Schema(features=(Feature(name="year", type="INT", domain=BoolDomain()),)), str(tmp_path / "given"))
    statistics = output(tmp_path, "statistics")
    given: Input[artifacts.Schema] = Input(uri=str(tmp_path / "given"), path=str(tmp_path / "given"))
    examples: Input[Examples] = Input(uri=str(folder), path=str(folder))
    statistics_gen(
        examples, statistics, output(tmp_path, "r.html", file=True), given, stats_options={"num_top_values": 1}
    )
    found = read_statistics(statistics.path, "train")
    assert found.num_examples == 3
    strings = found.feature("year").strings
    assert strings is not None
    assert [(entry.value, entry.frequency) for entry in strings.top_values] == [("1", 2)]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"exclude_splits": ["evla"]}, "did you mean 'eval'"),
        ({"exclude_splits": ["train", "eval"]}, "leaves no split"),
        ({"stats_options": {"top": 1}}, "stats_options has no 'top'"),
    ],
)
def test_bad_parameters_of_statistics_are_refused(tmp_path, examples, parameters, message):
    with pytest.raises(ParameterError, match=message):
        run_statistics(tmp_path, examples, **parameters)


def test_a_feature_of_two_types_is_refused_by_name(tmp_path):
    examples = write_examples(tmp_path / "examples", train=rows(b"x"))
    with ExamplesWriter(str(tmp_path / "examples"), "train", prefix="more") as writer:
        writer.write(pa.record_batch({"year": pa.array([[b"2007"]], BYTES)}))
    with pytest.raises(DataError, match="'year' is "):
        run_statistics(tmp_path, examples)


@pytest.mark.parametrize(("splits", "message"), [([], "splits is empty"), (["trian"], "did you mean 'train'")])
def test_bad_splits_of_a_schema_are_refused(tmp_path, examples, splits, message):
    statistics = run_statistics(tmp_path, examples)
    with pytest.raises(ParameterError, match=message):
        run_schema(tmp_path, statistics, splits=splits)


def test_unknown_gates_and_environments_are_refused_before_anything_is_written(tmp_path, examples):
    statistics = run_statistics(tmp_path, examples)
    schema = run_schema(tmp_path, statistics)
    anomalies, report = output(tmp_path, "anomalies"), output(tmp_path, "a.html", file=True)
    with pytest.raises(ParameterError, match="fail_on"):
        example_validator(statistics, schema, anomalies, report, fail_on="warn")
    with pytest.raises(ParameterError, match="environment 'SERVING'"):
        example_validator(statistics, schema, anomalies, report, environment="SERVING")
    assert list(Path(anomalies.path).iterdir()) == []


def test_no_schema_comes_from_a_split_without_rows(tmp_path):
    examples = write_examples(tmp_path / "examples", train=TRAIN.slice(0, 0))
    statistics = run_statistics(tmp_path, examples)
    with pytest.raises(DataError, match="split train has no rows"):
        run_schema(tmp_path, statistics)

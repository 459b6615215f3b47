"""What a notebook does with statistics and anomalies: tables, two datasets side by side, files of text."""

import html

import pyarrow as pa
import pytest

from argosy.data_validation import (
    Anomalies,
    DatasetStatistics,
    DiffOptions,
    anomalies_frame,
    compare_statistics,
    detect_feature_skew,
    diff_frame,
    drift_skew_frame,
    generate_statistics,
    infer_schema,
    load_anomalies_text,
    load_stats_binary,
    load_stats_text,
    parse_options,
    set_feature,
    slices_frame,
    validate_statistics,
    write_anomalies_text,
    write_statistics,
    write_stats_text,
)
from argosy.errors import ArtifactError, ParameterError
from argosy.schema import Comparator


def rows(islands):
    ids = pa.array(range(len(islands)))
    return pa.record_batch({"id": ids, "island": pa.array(islands), "site": pa.array(["x", "y"] * (len(islands) // 2))})


BEFORE, AFTER = rows(["a", "b", "a", "b"]), rows(["a", "a", "a", "c"])
SLICED = generate_statistics([AFTER], options=parse_options({"slices": [{"site": None}]}))


@pytest.fixture(scope="module")
def anomalies():
    before = generate_statistics([BEFORE])
    schema = set_feature(infer_schema(before), "island", drift_comparator=Comparator(infinity_norm=0.3))
    return validate_statistics(SLICED, schema, previous_statistics=before)


def test_anomalies_as_a_table(anomalies):
    frame = anomalies_frame(anomalies)
    assert frame.loc["island", "type"].tolist() == ["ENUM_TYPE_UNEXPECTED_STRING_VALUES", "COMPARATOR_L_INFTY_HIGH"]
    assert set(frame["severity"]) == {"ERROR"}
    assert list(anomalies_frame(Anomalies()).columns) == ["type", "severity", "short", "description"]


def test_distances_as_a_table(anomalies):
    frame = drift_skew_frame(anomalies)
    assert frame.loc["island"].tolist() == ["previous", "L_INFTY", 0.5, 0.3, True]
    assert drift_skew_frame(Anomalies()).empty


def test_slices_as_a_table():
    frame = slices_frame(SLICED)
    assert frame.loc["site_y", ["num_examples", "share", "most_different"]].tolist() == [2, 0.5, "site"]
    assert slices_frame(DatasetStatistics()).empty


def test_a_diff_as_a_table():
    diff = detect_feature_skew([BEFORE], [AFTER], DiffOptions(identifier_features=("id",)))
    assert diff_frame(diff)["diff_count"].to_dict() == {"island": 2, "site": 0}


def test_two_datasets_side_by_side():
    found = compare_statistics(generate_statistics([BEFORE]), SLICED, lhs_name="monday", rhs_name="tuesday")
    assert next(iter(found.distances.items())) == ("island", 0.5)
    shown = found._repr_html_()
    assert shown.startswith("<iframe ")
    page = html.unescape(shown)
    assert "monday" in page
    assert "Between monday and tuesday these features differ most: island (0.500)" in page
    with pytest.raises(ParameterError, match="different names"):
        compare_statistics(SLICED, SLICED, lhs_name="x", rhs_name="x")


def test_text_is_read_as_it_was_written(tmp_path, anomalies):
    text, binary = str(tmp_path / "stats.pbtxt"), str(tmp_path / "stats.pb")
    write_stats_text(SLICED, text)
    write_statistics(SLICED, binary)
    assert load_stats_text(text) == load_stats_binary(binary) == SLICED
    file = str(tmp_path / "anomalies.pbtxt")
    write_anomalies_text(anomalies, file)
    assert load_anomalies_text(file).features == anomalies.features
    assert "COMPARATOR_L_INFTY_HIGH" in (tmp_path / "anomalies.pbtxt").read_text()
    for load in (load_stats_text, load_anomalies_text):
        with pytest.raises(ArtifactError, match=r"not the text form of|codec can't decode"):
            load(binary)


@pytest.mark.beam
def test_statistics_within_a_pipeline_of_ones_own():
    import apache_beam as beam
    from apache_beam.testing.util import assert_that

    from argosy.data_validation import GenerateStatistics, dataset_accumulator
    from argosy.examples.beam import run_pipeline

    def judged(found):
        assert [one.num_examples for one in found] == [8]

    with run_pipeline([]) as pipeline:
        statistics = pipeline | beam.Create([BEFORE, AFTER]) | GenerateStatistics(dataset_accumulator())
        assert_that(statistics, judged)

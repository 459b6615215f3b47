"""The steps ExampleValidator, DistributionValidator and ExampleDiff on artifacts on disk."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from argosy.artifacts import Input, Output
from argosy.data_validation import generate_statistics, read_anomalies, write_statistics
from argosy.data_validation.diff.files import read_diff
from argosy.data_validation.diff.page import diff_html, diff_text
from argosy.data_validation.diff_step import example_diff
from argosy.data_validation.distribution import parse_distribution_config
from argosy.data_validation.distribution_step import distribution_validator
from argosy.data_validation.report import anomalies_html
from argosy.data_validation.rows.report import read_row_report
from argosy.data_validation.statistics.files import statistics_file
from argosy.data_validation.validation_step import example_validator
from argosy.errors import ArtifactError, DataError, GateError, ParameterError
from argosy.examples import ExamplesWriter
from argosy.schema import Comparator, Feature, Schema, StringDomain, write_schema

INTS, BYTES = pa.list_(pa.int64()), pa.list_(pa.binary())


def rows(*names, ids=None):
    return pa.record_batch(
        {
            "id": pa.array([[n] for n in ids or range(len(names))], INTS),
            "name": pa.array([None if name is None else [name.encode()] for name in names], BYTES),
        }
    )


def statistics_artifact(folder, **splits):
    for split, batch in splits.items():
        write_statistics(generate_statistics([batch]), statistics_file(str(folder), split))
    return Input(uri="", path=str(folder), metadata={"split_names": json.dumps(list(splits))})


def examples_artifact(folder, **splits):
    for split, batch in splits.items():
        with ExamplesWriter(str(folder), split) as writer:
            writer.write(batch)
    return Input(uri="", path=str(folder), metadata={"split_names": json.dumps(list(splits))})


@pytest.fixture
def out(tmp_path):
    def make(name, *, file=False):
        path = tmp_path / name
        if not file:
            path.mkdir()
        return Output(uri="", path=str(path), name=name)

    return make


NAME = Feature(
    name="name",
    type="BYTES",
    domain=StringDomain(values=("a", "b")),
    drift_comparator=Comparator(infinity_norm=0.4),
    skew_comparator=Comparator(jensen_shannon_divergence=0.4),
)


@pytest.fixture
def schema(tmp_path):
    write_schema(Schema(features=(Feature(name="id", type="INT"), NAME)), str(tmp_path / "schema"))
    return Input(uri="", path=str(tmp_path / "schema"))


GOOD, MOVED, WRONG = rows("a", "b", "a", "b"), rows("a", "a", "a", "a"), rows("a", "c", "b", "b")


def validate(tmp_path, out, schema, batch, **parameters):
    statistics = statistics_artifact(tmp_path / "statistics", train=batch)
    anomalies, report = out("anomalies"), out("report.html", file=True)
    try:
        example_validator(statistics, schema, anomalies, report, **parameters)
    finally:
        if Path(report.path).exists():
            assert "<html" in Path(report.path).read_text()
    return read_anomalies(anomalies.path, "train"), anomalies


def test_drift_and_skew_stop_the_run_and_are_kept(tmp_path, out, schema):
    previous = statistics_artifact(tmp_path / "previous", train=GOOD, eval=GOOD)
    serving = statistics_artifact(tmp_path / "serving", requests=GOOD)
    with pytest.raises(GateError, match=r"name \(high Linfty distance between current and previous\)"):
        validate(tmp_path, out, schema, MOVED, previous_statistics=previous, serving_statistics=serving)
    found = read_anomalies(str(tmp_path / "anomalies"), "train")
    (measured,) = found.drift_skew
    assert [(one.type, one.value) for one in measured.drift] == [("L_INFTY", 0.5)]
    assert [one.type for one in measured.skew] == ["JENSEN_SHANNON_DIVERGENCE"]
    assert 0 < measured.skew[0].value < 0.4


def test_a_control_without_the_split_is_refused_by_name(tmp_path, out, schema):
    previous = statistics_artifact(tmp_path / "previous", eval=GOOD, test=GOOD)
    with pytest.raises(
        ArtifactError, match="previous_statistics has splits eval, test, so none to compare with 'train'"
    ):
        validate(tmp_path, out, schema, GOOD, previous_statistics=previous)


def test_statistics_of_another_dataset_are_refused_by_name(tmp_path, out, schema):
    other = pa.record_batch({"price": pa.array([[1]], INTS)})
    with pytest.raises(DataError, match=r"split train: the statistics have no feature of the schema.*price"):
        validate(tmp_path, out, schema, other)


def test_a_control_of_another_dataset_is_refused_by_name(tmp_path, out, schema):
    other = statistics_artifact(tmp_path / "o", train=pa.record_batch({"price": pa.array([[1]], INTS)}))
    with pytest.raises(DataError, match="serving_statistics have no feature of the schema"):
        validate(tmp_path, out, schema, GOOD, serving_statistics=other)


def test_a_warning_stops_the_run_where_it_is_asked_to(tmp_path, out, schema):
    condition = {"expression": "feature.num_stats.max > 100", "severity": "WARNING", "description": "ids are large"}
    custom = {"feature_validations": [{"feature_path": "id", "validations": [condition]}]}
    found, anomalies = validate(tmp_path, out, schema, GOOD, custom_validation_config=custom)
    assert [(one.name, one.severity) for one in found.features] == [("id", "WARNING")]
    assert json.loads(anomalies.metadata["blessed"]) == {"train": 0}
    (tmp_path / "again").mkdir()
    with pytest.raises(GateError, match="id \\(custom check failed\\)"):
        validate(tmp_path / "again", lambda name, **kind: out(f"again/{name}", **kind), schema, GOOD,
                 custom_validation_config=custom, fail_on="warning")  # fmt: skip


def test_severities_come_from_the_options(tmp_path, out, schema):
    options = {"severity_overrides": {"ENUM_TYPE_UNEXPECTED_STRING_VALUES": "WARNING"}}
    found, _ = validate(tmp_path, out, schema, WRONG, validation_options=options)
    assert [one.severity for one in found.features] == ["WARNING"]


def test_the_wrong_rows_are_told_where_rows_are_given(tmp_path, out, schema):
    examples = examples_artifact(tmp_path / "examples", train=WRONG)
    _, anomalies = validate(tmp_path, out, schema, WRONG, examples=examples, fail_on="never")
    told = read_row_report(anomalies.path, "train")
    assert told is not None
    assert (told.num_rows, told.num_wrong) == (4, 1)
    assert [(sample.row, sample.value) for sample in told.reasons[0].samples] == [(1, "'c'")]
    assert json.loads(anomalies.metadata["num_wrong_rows"]) == {"train": 1}
    for page in ((tmp_path / "report.html").read_text(), anomalies_html(anomalies.path)):
        assert "1 of 4 rows do not fit the schema" in page
        assert "data_tfrecord-00000-of-00001.gz, row 1" in page


def test_a_damaged_file_is_named(tmp_path, out, schema):
    artifact = statistics_artifact(tmp_path / "statistics", train=GOOD)
    (tmp_path / "statistics/Split-train/FeatureStats.pb").write_bytes(b"\xff\xff")
    with pytest.raises(ArtifactError, match=r"Split-train/FeatureStats\.pb: not a serialized DatasetFeatureStatistics"):
        example_validator(artifact, schema, out("anomalies"), out("r.html", file=True))


CONFIG = {
    "default_slice_config": {
        "feature": [
            {"path": {"step": ["name"]}, "distribution_comparator": {"infinity_norm": {"threshold": 0.4},
                                                                     "normalized_abs_difference": {"threshold": 0.2}}},
        ],
        "num_examples_comparator": {"min_fraction_threshold": 0.5, "max_fraction_threshold": 2},
    }
}  # fmt: skip


def compare(tmp_path, out, test, base, config=CONFIG, **parameters):
    anomalies, report = out("anomalies"), out("report.html", file=True)
    baseline = None if base is None else statistics_artifact(tmp_path / "base", **base)
    try:
        distribution_validator(
            statistics_artifact(tmp_path / "test", **test), anomalies, report, baseline, config=config, **parameters
        )
    finally:
        if Path(report.path).exists():
            assert "<html" in Path(report.path).read_text()
    return anomalies


def test_distributions_are_compared_split_by_split(tmp_path, out):
    anomalies = compare(tmp_path, out, {"train": GOOD, "eval": GOOD}, {"train": GOOD, "eval": MOVED}, fail_on="never")
    assert json.loads(anomalies.metadata["blessed"]) == {"train_train": 1, "eval_eval": 0}
    found = read_anomalies(anomalies.path, "eval_eval")
    assert [reason.type for one in found.features for reason in one.reasons] == [
        "COMPARATOR_L_INFTY_HIGH",
        "COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH",
    ]
    assert "between test and baseline is 0.5, above the threshold 0.4" in found.features[0].description
    assert [one.value for one in read_anomalies(anomalies.path, "train_train").drift_skew[0].drift] == [0.0, 0.0]
    assert "eval_eval" in anomalies_html(anomalies.path)


def test_a_pair_of_any_two_splits(tmp_path, out):
    config = {"default_slice_config": {"num_examples_comparator": {"min_fraction_threshold": 0.5}}}
    test, base = {"eval": rows("a")}, {"train": rows("a", "b", "a")}
    with pytest.raises(GateError, match=r"from the baseline's: split eval_train: \(dataset\) \(low num examples"):
        compare(tmp_path, out, test, base, include_split_pairs=[["eval", "train"]], config=config)


def test_without_a_baseline_every_split_passes(tmp_path, out):
    anomalies = compare(tmp_path, out, {"train": GOOD}, None)
    assert json.loads(anomalies.metadata["blessed"]) == {"train": 2}


@pytest.mark.parametrize(
    ("test", "base", "kind"),
    [
        (GOOD, rows(None, None), "COMPARATOR_CONTROL_DATA_MISSING"),
        (rows(None, None), GOOD, "COMPARATOR_TREATMENT_DATA_MISSING"),
        (GOOD.select(["id"]), GOOD, "COMPARATOR_TREATMENT_DATA_MISSING"),
        (GOOD.select(["id"]), GOOD.select(["id"]), "STATS_NOT_AVAILABLE"),
    ],
)
def test_what_was_configured_and_not_compared_is_an_anomaly(tmp_path, out, test, base, kind):
    only = {"default_slice_config": {"feature": CONFIG["default_slice_config"]["feature"]}}
    anomalies = compare(tmp_path, out, {"train": test}, {"train": base}, config=only, fail_on="never")
    (found,) = read_anomalies(anomalies.path, "train_train").features
    assert [reason.type for reason in found.reasons] == [kind]


def test_a_distance_that_the_values_do_not_have_is_an_anomaly(tmp_path, out):
    on_id = {"feature": [{"path": "id", "distribution_comparator": {"infinity_norm": {"threshold": 0.1}}}]}
    anomalies = compare(
        tmp_path, out, {"train": GOOD}, {"train": GOOD}, config={"default_slice_config": on_id}, fail_on="never"
    )
    (found,) = read_anomalies(anomalies.path, "train_train").features
    assert "those of this INT feature are not counted" in found.description


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"include_split_pairs": [["evl", "train"]]}, "the test has no split 'evl'"),
        ({"include_split_pairs": [["train", "evl"]]}, "the base has no split 'evl'"),
        ({"include_split_pairs": ["train"]}, "is no pair"),
        ({"fail_on": "errors"}, "did you mean 'error'"),
        ({"config": {}}, "names neither"),
        ({"custom_validation_config": {"a": 1}}, "custom_validation_config"),
    ],
)
def test_bad_parameters_are_refused(tmp_path, out, parameters, message):
    with pytest.raises(ParameterError, match=message):
        compare(tmp_path, out, {"train": GOOD}, {"train": GOOD}, **parameters)


def test_splits_of_no_common_name_are_refused(tmp_path, out):
    with pytest.raises(ParameterError, match="no split has one name in both: the test has train, the base eval"):
        compare(tmp_path, out, {"train": GOOD}, {"eval": GOOD})


def feature_config(**comparator):
    return {"default_slice_config": {"feature": [{"path": "x", "distribution_comparator": comparator}]}}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"default_slice": {}}, "did you mean 'default_slice_config'"),
        ({"default_slice_config": {"features": []}}, "did you mean 'feature'"),
        (feature_config(), "asks for no distance"),
        (feature_config(infinity={"threshold": 1}), "did you mean 'infinity_norm'"),
        (feature_config(infinity_norm={"threshold": "1"}), "feature 'x': infinity_norm.threshold is '1'"),
        (feature_config(infinity_norm={}), "threshold is None"),
        (feature_config(infinity_norm=0.1), "give a dictionary"),
        (feature_config(jensen_shannon_divergence={"threshold": 0.1, "source": {"type": "QUANTILE"}}), "QUANTILES"),
        ({"default_slice_config": {"feature": [{"path": []}]}}, "path is"),
        ({"default_slice_config": {"num_examples_comparator": {"min": 1}}}, "num_examples_comparator has no 'min'"),
    ],
)
def test_bad_configurations_of_distributions_are_refused(config, message):
    with pytest.raises(ParameterError, match=message):
        parse_distribution_config(config)


def test_the_buckets_of_a_divergence_can_be_chosen():
    config = feature_config(jensen_shannon_divergence={"threshold": 0.1, "source": {"type": "QUANTILES"}})
    assert parse_distribution_config(config).features == {
        ("x",): Comparator(jensen_shannon_divergence=0.1, histogram="QUANTILES")
    }


JOIN = {"paired_example_skew": {"identifier_features": ["id"], "skew_sample_size": 5,
                                "confusion_config": [{"feature_name": "name"}]}}  # fmt: skip


def diff(tmp_path, out, test, base, config=JOIN, **parameters):
    made, report = out("diff"), out("report.html", file=True)
    sides = [examples_artifact(tmp_path / name, **side) for name, side in (("test", test), ("base", base))]
    example_diff(sides[0], sides[1], made, report, config=config, **parameters)
    return made, Path(report.path).read_text()


def test_rows_are_compared_pair_by_pair_of_splits(tmp_path, out):
    made, page = diff(tmp_path, out, {"train": GOOD, "eval": WRONG}, {"train": GOOD})
    assert json.loads(made.metadata["split_names"]) == ["train_train", "eval_train"]
    equal, other = (read_diff(made.path, pair) for pair in ("train_train", "eval_train"))
    assert [(one.feature_name, one.match_count, one.diff_count) for one in equal.features] == [("name", 4, 0)]
    assert [(one.feature_name, one.match_count, one.diff_count) for one in other.features] == [("name", 2, 2)]
    assert (len(equal.pairs), len(other.pairs)) == (0, 2)
    assert {(one.base, one.test): one.count for one in other.confusion} == {
        (b"a", b"a"): 1, (b"b", b"c"): 1, (b"a", b"b"): 1, (b"b", b"b"): 1,
    }  # fmt: skip
    names = sorted(path.name for path in Path(made.path, "SplitPair-eval_train").iterdir())
    assert names == [f"{name}-00000-of-00001" for name in ("confusion", "match_stats", "sample_pairs", "skew_stats")]
    assert "Pair 2 that differs" in page
    assert "Pair 2 that differs" in diff_html(made.path)
    assert "eval_train: matching_pairs_count 4" in diff_text(made.path)
    (Path(made.path) / "SplitPair-eval_train" / "match_stats-00000-of-00001").write_bytes(b"\0" * 20)
    with pytest.raises(DataError, match="match_stats-00000-of-00001"):
        read_diff(made.path, "eval_train")
    with pytest.raises(ArtifactError, match="did you mean 'eval_train'"):
        read_diff(made.path, "eval_trian")


def test_test_and_base_are_not_swapped(tmp_path, out):
    made, _ = diff(tmp_path, out, {"train": rows("a", "b", ids=[1, 2])}, {"train": rows("a", None, "c", ids=[1, 2, 3])})
    found = read_diff(made.path, "train_train")
    assert (found.match_stats.ids_missing_in_test_count, found.match_stats.ids_missing_in_base_count) == (1, 0)
    assert [(one.base_only, one.test_only) for one in found.features] == [(0, 1)]


def test_identifiers_that_no_row_has_are_refused_by_name(tmp_path, out):
    config = {"paired_example_skew": {"identifier_features": ["idd"]}}
    with pytest.raises(
        DataError, match=r"pair train_train: no row of the test has all of .*\(idd\); did you mean 'id'"
    ):
        diff(tmp_path, out, {"train": GOOD}, {"train": GOOD}, config=config)


def test_pairs_of_splits_can_be_chosen(tmp_path, out):
    made, _ = diff(tmp_path, out, {"train": GOOD, "eval": GOOD}, {"train": GOOD, "eval": GOOD},
                   include_split_pairs=[["eval", "train"]])  # fmt: skip
    assert json.loads(made.metadata["split_names"]) == ["eval_train"]

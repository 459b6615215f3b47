"""Evaluator as a step: blessing, reasons, metadata, report."""

import json
from pathlib import Path
from typing import Any

import pytest

from argosy.artifacts import Input, Output
from argosy.errors import ArtifactError, ParameterError
from argosy.model_analysis.executor import evaluator
from argosy.model_analysis.results import load_eval_result
from argosy.user_code import inline_file

pytestmark = [pytest.mark.beam, pytest.mark.tf]

BINARY: dict[str, list] = {
    "label": [1, 0, 1, 1, 0, None, 0, 1],
    "p": [[0.9], [0.2], [0.8], [0.4], [0.1], [0.5], [0.6], [0.7]],
    "group": ["a", "a", "a", "b", "b", "b", "c", "c"],
}


@pytest.fixture
def run_evaluator(tmp_path, echo_model, write_rows):
    def run(config, *, rows=BINARY, baseline="", **parameters):
        examples = write_rows(tmp_path / "examples", rows)
        outputs: dict[str, Any] = {}
        for name in ("evaluation", "blessing", "metrics", "report", "classification"):
            outputs[name] = Output(uri=str(tmp_path / name), path=str(tmp_path / name), name=name)
            if name != "report":
                (tmp_path / name).mkdir()
        model = echo_model(1)
        baseline_model: Input | None = Input(uri="b", path=echo_model(1, feature=baseline)) if baseline else None
        answer = evaluator(
            Input(uri="e", path=examples), model=Input(uri="m", path=model), baseline_model=baseline_model,
            eval_config=config, **outputs, **parameters,
        )  # fmt: skip
        reasons = json.loads((tmp_path / "blessing" / "reasons.json").read_text())
        return answer["blessed"], reasons, outputs

    return run


def config(metrics, slicing="", options=""):
    specs = f"slicing_specs: [{slicing}]\nmetrics_specs: [{{metrics: [{metrics}]}}]"
    return f"model_specs: [{{label_key: label}}]\n{specs}\n{options}"


def test_a_good_model_is_blessed(run_evaluator, tmp_path) -> None:
    blessed, reasons, outputs = run_evaluator(
        config("{class_name: AUC, threshold: {value_threshold: {lower_bound: {value: 0.5}}}}")
    )
    assert blessed
    assert (tmp_path / "blessing" / "BLESSED").read_bytes() == b""
    assert reasons["reasons"][0]["message"] == "every threshold is met"
    assert reasons["notes"] == ["rows without a label, left out: 1"]
    assert outputs["blessing"].metadata == {"blessed": 1, "current_model": "m"}
    assert outputs["metrics"].metadata == pytest.approx({"example_count": 7, "auc": 11 / 12})
    assert Path(outputs["report"].path).read_text().startswith("<!DOCTYPE html>")


def test_the_dashboard_gets_numbers_a_matrix_and_a_curve(run_evaluator) -> None:
    _, _, outputs = run_evaluator(config("{class_name: ConfusionMatrixPlot}, {class_name: AUC}"))
    assert all(type(value) in (int, float) for value in outputs["metrics"].metadata.values())
    found = outputs["classification"].metadata
    assert found["confusionMatrix"]["rows"] == [{"row": [2, 1]}, {"row": [1, 3]}]
    points = [(point["falsePositiveRate"], point["recall"]) for point in found["confidenceMetrics"]]
    assert points == sorted(points)
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (1.0, 1.0)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_bad_model_is_not_and_the_reason_says_which_metric_slice_value_and_bound(run_evaluator, tmp_path) -> None:
    threshold = "{value_threshold: {lower_bound: 0.8}}"
    blessed, reasons, outputs = run_evaluator(
        config(f"{{class_name: BinaryAccuracy, threshold: {threshold}}}", "{feature_keys: [group]}")
    )
    assert not blessed
    assert (tmp_path / "blessing" / "NOT_BLESSED").exists()
    assert not (tmp_path / "blessing" / "BLESSED").exists()
    assert outputs["blessing"].metadata["blessed"] == 0
    found = {reason["slice"]: reason for reason in reasons["reasons"]}
    assert set(found) == {"Overall", "group:b", "group:c"}
    assert found["group:c"]["value"] == 0.5
    assert found["group:c"]["metric"] == "binary_accuracy"
    assert found["group:c"]["threshold"] == "at least 0.8"
    assert "per_slice_thresholds" in reasons["notes"][-1]
    assert "group:<wbr>c" in Path(outputs["report"].path).read_text()


def test_per_slice_thresholds_and_small_slices(run_evaluator) -> None:
    per_slice = (
        "[{slicing_specs: [{}, {feature_values: {group: b}}], threshold: {value_threshold: {lower_bound: 0.8}}}]"
    )
    blessed, reasons, _ = run_evaluator(
        config(f"{{class_name: BinaryAccuracy, per_slice_thresholds: {per_slice}}}", "{feature_keys: [group]}")
    )
    assert not blessed
    assert {reason["slice"] for reason in reasons["reasons"]} == {"Overall", "group:b"}


def test_slices_below_min_slice_size_are_not_held_against_the_model(run_evaluator) -> None:
    metric = "{class_name: BinaryAccuracy, threshold: {value_threshold: {lower_bound: 0.7}}}"
    blessed, reasons, outputs = run_evaluator(config(metric, "{feature_keys: [group]}", "options: {min_slice_size: 3}"))
    assert blessed, reasons
    assert "slices of fewer rows than min_slice_size, not measured: 2" in reasons["notes"]
    sizes = [len(metrics) for _, metrics in load_eval_result(outputs["evaluation"].path).slicing_metrics]
    assert sizes == [2, 2, 2, 2]


def test_a_slice_that_a_threshold_is_for_has_to_occur(run_evaluator) -> None:
    per_slice = "[{slicing_specs: [{feature_values: {group: z}}], threshold: {value_threshold: {lower_bound: 0}}}]"
    blessed, reasons, _ = run_evaluator(
        config(f"{{class_name: AUC, per_slice_thresholds: {per_slice}}}", "{feature_keys: [group]}")
    )
    assert not blessed
    assert reasons["reasons"][0]["slice"] == "group:z"


def test_a_threshold_for_slices_that_are_not_computed_is_a_mistake(run_evaluator) -> None:
    per_slice = "[{slicing_specs: [{feature_keys: [group]}], threshold: {value_threshold: {lower_bound: 0}}}]"
    with pytest.raises(ParameterError, match=r"slices group:\*, which are not computed; name them in slicing_specs"):
        run_evaluator(config(f"{{class_name: AUC, per_slice_thresholds: {per_slice}}}", "{}"))


def test_an_empty_split_is_not_blessed_although_no_column_is_known(run_evaluator) -> None:
    blessed, reasons, _ = run_evaluator(config("AUC", "{feature_keys: [group]}"), rows={"label": [], "p": []})
    assert not blessed
    assert [reason["message"] for reason in reasons["reasons"]] == ["no row with a label was found among 0 rows"]


@pytest.mark.parametrize(("bound", "blessed"), [(-0.05, False), (-0.5, True)])
def test_change_thresholds_compare_with_the_baseline(run_evaluator, bound, blessed) -> None:
    rows = {**BINARY, "q": [[0.9 if label else 0.1] for label in BINARY["label"]]}
    change = f"{{change_threshold: {{direction: HIGHER_IS_BETTER, absolute: {{value: {bound}}}}}}}"
    text = config(f"{{class_name: BinaryAccuracy, threshold: {change}}}")
    answer, reasons, outputs = run_evaluator(text, rows=rows, baseline="q")
    assert answer is blessed
    difference = outputs["metrics"].metadata["binary_accuracy_candidate_diff"]
    assert difference == pytest.approx(5 / 7 - 1)
    if not blessed:
        assert reasons["reasons"][0]["value"] == pytest.approx(difference)


def test_change_thresholds_without_a_baseline_are_left_out_with_a_note(run_evaluator) -> None:
    change = "{change_threshold: {direction: HIGHER_IS_BETTER, absolute: 0.1}}"
    blessed, reasons, outputs = run_evaluator(config(f"{{class_name: AUC, threshold: {change}}}"))
    assert blessed
    assert reasons["reasons"][0]["message"] == "no thresholds configured"
    assert reasons["notes"][0].startswith("change thresholds do not apply")
    assert "change thresholds do not apply" in Path(outputs["report"].path).read_text()


def test_a_prediction_that_is_nan_fails_every_threshold_on_means(run_evaluator) -> None:
    rows = {**BINARY, "p": [[float("nan")], *BINARY["p"][1:]]}
    metric = "{class_name: Calibration, threshold: {value_threshold: {lower_bound: 0}}}"
    blessed, reasons, _ = run_evaluator(config(metric), rows=rows)
    assert not blessed
    assert reasons["reasons"][0]["value"] == "nan"
    assert "rows with a prediction that is NaN: 1" in reasons["notes"]


def test_the_configuration_may_be_an_inlined_file(run_evaluator, tmp_path) -> None:
    (tmp_path / "evaluation.yaml").write_text(config("AUC"))
    assert run_evaluator(inline_file(tmp_path / "evaluation.yaml"))[0]


def test_a_mistake_in_an_inlined_file_names_the_file(run_evaluator, tmp_path) -> None:
    (tmp_path / "evaluation.yaml").write_text("metric_specs: []")
    with pytest.raises(ParameterError, match=r"evaluation.yaml: eval_config: unknown field 'metric_specs'; did you"):
        run_evaluator(inline_file(tmp_path / "evaluation.yaml"))


def test_two_splits_are_evaluated_together(run_evaluator, tmp_path, write_rows) -> None:
    write_rows(tmp_path / "examples", BINARY, split="test")
    _, _, outputs = run_evaluator(config("AUC"), example_splits=["eval", "test"])
    assert json.loads(outputs["evaluation"].metadata["num_examples"])["read"] == 16


def test_a_model_without_a_saved_model_is_refused(tmp_path) -> None:
    empty: Input = Input(uri="m", path=str(tmp_path))
    output: Output = Output(uri="o", path=str(tmp_path))
    with pytest.raises(ArtifactError, match=r"Format-Serving/saved_model.pb"):
        evaluator(empty, output, output, output, output, model=empty, eval_config="model_specs: [{label_key: a}]\n")

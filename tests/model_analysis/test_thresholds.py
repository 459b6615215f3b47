"""Thresholds: which values pass."""

import numpy as np
import pytest

from argosy.errors import ParameterError
from argosy.model_analysis.keys import MetricKey
from argosy.model_analysis.metrics.plan import plan_metrics
from argosy.model_analysis.parse_config import parse_eval_config
from argosy.model_analysis.results import SliceResult
from argosy.model_analysis.thresholds import validate, without_change_thresholds

CANDIDATE = "{name: candidate, label_key: y}, {name: baseline, label_key: y, is_baseline: true}"


def verdict_on(threshold, metrics, *, models="{label_key: y}"):
    text = f"{{model_specs: [{models}], metrics_specs: [{{metrics: [{{class_name: AUC, threshold: {threshold}}}]}}]}}"
    config = parse_eval_config(text)
    planned = plan_metrics(config, {spec.name: 1 for spec in config.model_specs})
    return validate([SliceResult(slice_key=(), metrics=metrics)], planned)


@pytest.mark.parametrize(
    ("value", "ok"), [(0.5, True), (0.75, True), (0.4999, False), (0.7501, False), (float("nan"), False)]
)
def test_bounds_are_inclusive_and_nan_fails(value, ok) -> None:
    found = verdict_on("{value_threshold: {lower_bound: 0.5, upper_bound: 0.75}}", {MetricKey(name="auc"): value})
    assert found.ok is ok
    assert found.has_thresholds


@pytest.mark.parametrize(
    ("bounds", "candidate", "baseline", "ok"),
    [
        ("direction: HIGHER_IS_BETTER, absolute: -0.125", 0.5, 0.625, True),
        ("direction: HIGHER_IS_BETTER, absolute: -0.125", 0.5, 0.75, False),
        ("direction: LOWER_IS_BETTER, absolute: 0.125", 0.75, 0.5, False),
        ("direction: LOWER_IS_BETTER, relative: 0.5", 0.75, 0.5, True),
        ("direction: LOWER_IS_BETTER, absolute: 1, relative: 0.25", 0.75, 0.5, False),
        ("direction: HIGHER_IS_BETTER, relative: 0", 0.5, 0.0, False),
    ],
)
def test_changes_are_the_candidate_less_the_baseline(bounds, candidate, baseline, ok) -> None:
    metrics = {
        MetricKey(name="auc", model_name="candidate"): candidate,
        MetricKey(name="auc", model_name="baseline"): baseline,
        MetricKey(name="auc", model_name="candidate", is_diff=True): candidate - baseline,
    }
    found = verdict_on(f"{{change_threshold: {{{bounds}}}}}", metrics, models=CANDIDATE)
    assert found.ok is ok


def test_the_baseline_is_not_checked() -> None:
    metrics = {MetricKey(name="auc", model_name=name): value for name, value in (("candidate", 1.0), ("baseline", 0.0))}
    assert verdict_on("{value_threshold: {lower_bound: 0.5}}", metrics, models=CANDIDATE).ok


def test_a_metric_that_is_not_there_or_no_number_fails() -> None:
    threshold = "{value_threshold: {lower_bound: 0.5}}"
    assert verdict_on(threshold, {}).failures[0].problem == "Metric not found."
    assert "not a single number" in verdict_on(threshold, {MetricKey(name="auc"): "text"}).failures[0].problem


def test_a_change_of_several_numbers_says_why_it_fails() -> None:
    threshold = "{change_threshold: {direction: LOWER_IS_BETTER, absolute: 1}}"
    metrics = {MetricKey(name="auc", model_name=name): np.array([0.5, 0.6]) for name in ("candidate", "baseline")}
    assert "not a single number" in verdict_on(threshold, metrics, models=CANDIDATE).failures[0].problem


def test_a_plot_has_no_threshold() -> None:
    with pytest.raises(ParameterError, match="CalibrationPlot is a plot"):
        planned_of("[{metrics: [{class_name: CalibrationPlot, threshold: {%s}}]}]" % (AT_LEAST % 1), columns=1)
    with pytest.raises(ParameterError, match="threshold for unknown metric 'calibration_plot'"):
        planned_of("[{metrics: [CalibrationPlot], thresholds: {calibration_plot: {%s}}}]" % (AT_LEAST % 1), columns=1)


def test_no_rows_at_all_are_no_success() -> None:
    assert not validate([], ()).ok


def test_change_thresholds_can_be_left_out() -> None:
    config = parse_eval_config(
        """
        metrics_specs:
        - metrics:
          - {class_name: AUC, threshold: {change_threshold: {direction: HIGHER_IS_BETTER, absolute: 0}}}
          - class_name: Recall
            per_slice_thresholds:
            - slicing_specs: [{}]
              threshold:
                value_threshold: {lower_bound: 0}
                change_threshold: {direction: LOWER_IS_BETTER, relative: 0}
        """
    )
    auc, recall = without_change_thresholds(config).metrics_specs[0].metrics
    assert auc.threshold is None
    assert recall.per_slice_thresholds[0].threshold.change_threshold is None
    assert recall.per_slice_thresholds[0].threshold.value_threshold is not None


def planned_of(text, columns=3):
    return plan_metrics(parse_eval_config(f"{{model_specs: [{{label_key: y}}], metrics_specs: {text}}}"), {"": columns})


AT_LEAST = "value_threshold: {lower_bound: %s}"


def test_a_metric_that_is_listed_twice_keeps_the_thresholds_of_both() -> None:
    first = "{class_name: SparseCategoricalAccuracy, threshold: {%s}}" % (AT_LEAST % 0.9)
    second = "{class_name: SparseCategoricalAccuracy, threshold: {%s}}" % (AT_LEAST % 0.8)
    planned = planned_of(f"[{{metrics: [{first}]}}, {{metrics: [{second}, SparseCategoricalAccuracy]}}]")
    (accuracy,) = (item for item in planned if item.key.name == "sparse_categorical_accuracy")
    assert [t.value_threshold.lower_bound for t in accuracy.thresholds if t.value_threshold] == [0.9, 0.8]
    planned_of("[{binarize: {class_ids: [0, 1]}, metrics: [AUC]}, {binarize: {class_ids: [1, 2]}, metrics: [AUC]}]")


@pytest.mark.parametrize(
    "text",
    [
        "[{metrics: [Recall, {class_name: Recall, config: {thresholds: 0.3}}], binarize: {class_ids: [1]}}]",
        "[{metrics: [AUC, {class_name: Recall, config: {name: auc}}], binarize: {class_ids: [1]}}]",
        "[{metrics: [AUC], aggregate: {macro_average: true}}, "
        "{metrics: [AUC], aggregate: {macro_average: true, class_weights: {0: 1, 1: 2}}}]",
    ],
)
def test_two_metrics_of_one_name_are_refused(text) -> None:
    with pytest.raises(ParameterError, match="two different metrics are named"):
        planned_of(text)


def test_thresholds_by_name_are_for_the_metrics_beside_them_or_if_there_are_none_for_all() -> None:
    macro = "{metrics: [AUC], aggregate: {macro_average: true}}"
    one = "{metrics: [AUC], binarize: {class_ids: [1]}, thresholds: {auc: {%s}}}" % (AT_LEAST % 0.5)
    having = {item.key.class_id for item in planned_of(f"[{macro}, {one}]") if item.thresholds}
    assert having == {1}
    elsewhere = "{thresholds: {auc: {%s}}}" % (AT_LEAST % 0.5)
    having = {item.key.class_id for item in planned_of(f"[{macro}, {one}, {elsewhere}]") if item.thresholds}
    assert having == {None, 1}

"""Metrics against scikit-learn, over rows of many kinds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from argosy.errors import DataError, ParameterError
from argosy.model_analysis.config import EvalConfig
from argosy.model_analysis.extracts import Scored
from argosy.model_analysis.keys import MetricKey
from argosy.model_analysis.metrics.catalogue import METRICS
from argosy.model_analysis.metrics.confusion import plot_thresholds
from argosy.model_analysis.metrics.plan import plan_metrics
from argosy.model_analysis.parse_config import parse_eval_config

BINARY = """
model_specs: [{label_key: y}]
metrics_specs:
- metrics: [AUC, AUCPrecisionRecall, BinaryAccuracy, Precision, Recall, F1Score, Specificity, TP, FP, TN, FN,
            Calibration, MeanLabel, MeanPrediction, MeanSquaredError, MeanAbsoluteError, BinaryCrossEntropy]
"""

ROWS = st.lists(
    st.tuples(st.booleans(), st.floats(0.001, 0.999), st.sampled_from([0.5, 1.0, 3.0])),
    min_size=2, max_size=40,
)  # fmt: skip


def computed(config: EvalConfig, rows: Scored, parts: int = 1):
    """All planned numbers, accumulated over some parts of the rows and merged."""
    values = {}
    for item in plan_metrics(config, {"": rows.scores.shape[1]}):
        results = []
        for select, accumulator in item.needs:
            states = [
                accumulator.add(accumulator.empty(), select({"": rows.take(part)}))
                for part in np.array_split(np.arange(len(rows.labels)), parts)
            ]
            state = accumulator.empty()
            for other in states:
                state = accumulator.merge(state, other)
            results.append(accumulator.result(state))
        values[item.key] = item.compute(*results)
    return values


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 3))
def test_binary_metrics_agree_with_scikit_learn(rows, parts) -> None:
    y, p, w = (np.array(column, float) for column in zip(*rows, strict=True))
    spec = parse_eval_config(BINARY)
    weighted = parse_eval_config(BINARY.replace("label_key: y", "label_key: y, example_weight_key: w"))
    for config, weights in ((spec, np.ones_like(w)), (weighted, w)):
        found = {k.name: v for k, v in computed(config, Scored(labels=y, scores=p[:, None], weights=w), parts).items()}
        positive = p > 0.5
        tn, fp, fn, tp = sk.confusion_matrix(y, positive, labels=[0, 1], sample_weight=weights).ravel()
        assert [found[name] for name in ("tn", "fp", "fn", "tp")] == pytest.approx([tn, fp, fn, tp])
        assert found["binary_accuracy"] == pytest.approx(sk.accuracy_score(y, positive, sample_weight=weights))
        options = {"sample_weight": weights, "zero_division": np.nan}
        assert found["precision"] == pytest.approx(sk.precision_score(y, positive, **options), nan_ok=True)
        assert found["recall"] == pytest.approx(sk.recall_score(y, positive, **options), nan_ok=True)
        assert found["f1_score"] == pytest.approx(sk.f1_score(y, positive, **options), nan_ok=True)
        assert found["mean_squared_error"] == pytest.approx(sk.mean_squared_error(y, p, sample_weight=weights))
        assert found["mean_absolute_error"] == pytest.approx(sk.mean_absolute_error(y, p, sample_weight=weights))
        loss = sk.log_loss(y, np.stack([1 - p, p], axis=1), sample_weight=weights, labels=[0, 1])
        assert found["binary_cross_entropy"] == pytest.approx(loss, rel=1e-6)
        assert found["mean_label"] == pytest.approx(np.average(y, weights=weights))
        assert found["mean_prediction"] == pytest.approx(np.average(p, weights=weights))
        if 0 < y.sum() < len(y):
            buckets = np.searchsorted(plot_thresholds(10_000), p)
            assert found["auc"] == pytest.approx(sk.roc_auc_score(y, buckets, sample_weight=weights))
            assert found["calibration"] == pytest.approx(np.dot(p, weights) / np.dot(y, weights))
        else:
            assert np.isnan(found["auc"])


def test_areas_of_many_rows_are_close_to_the_exact_ones() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 20_000).astype(float)
    p = 1 / (1 + np.exp(-rng.normal(y, 1.0)))
    found = computed(parse_eval_config(BINARY), Scored(labels=y, scores=p[:, None], weights=np.ones_like(y)))
    assert found[MetricKey(name="auc")] == pytest.approx(sk.roc_auc_score(y, p), abs=1e-5)
    assert found[MetricKey(name="auc_precision_recall")] == pytest.approx(sk.average_precision_score(y, p), abs=1e-4)


def test_several_classes_agree_with_scikit_learn() -> None:
    config = parse_eval_config(
        """
        model_specs: [{label_key: y}]
        metrics_specs:
        - metrics: [SparseCategoricalAccuracy, CategoricalCrossEntropy]
        - binarize: {class_ids: [2]}
          aggregate: {weighted_macro_average: true, class_weights: {0: 1, 1: 1, 2: 1}}
          metrics: [Precision, Recall]
        - aggregate: {macro_average: true, class_weights: {0: 1, 2: 3}}
          metrics: [F1Score]
        """
    )
    rng = np.random.default_rng(5)
    y, p = rng.integers(0, 3, 200), rng.dirichlet(np.ones(3), 200)
    p[np.arange(200), y] += 0.5
    p /= p.sum(axis=1, keepdims=True)
    found = computed(config, Scored(labels=y.astype(float), scores=p, weights=np.ones(200)), 2)
    assert found[MetricKey(name="sparse_categorical_accuracy")] == sk.accuracy_score(y, p.argmax(axis=1))
    assert found[MetricKey(name="categorical_cross_entropy")] == pytest.approx(sk.log_loss(y, p))
    one_hot = np.eye(3)[y]
    recalls = sk.recall_score(one_hot, p > 0.5, average="weighted")
    assert found[MetricKey(name="recall", aggregation="weighted_macro_average")] == pytest.approx(recalls)
    assert found[MetricKey(name="precision", class_id=2)] == pytest.approx(sk.precision_score(y == 2, p[:, 2] > 0.5))
    scores = sk.f1_score(one_hot, p > 0.5, average=None)
    assert found[MetricKey(name="f1_score", aggregation="macro_average")] == pytest.approx(
        (scores[0] + 3 * scores[2]) / 4
    )


def test_equal_parts_are_accumulated_once() -> None:
    planned = plan_metrics(parse_eval_config(BINARY), {"": 1})
    parts = {need for item in planned for need in item.needs}
    assert len(parts) == 8, "one for the areas, one for everything at 0.5, labels, predictions, three losses, rows"


def test_a_label_outside_of_0_and_1_is_refused_by_metrics_of_probabilities() -> None:
    config = parse_eval_config("{model_specs: [{label_key: y}], metrics_specs: [{metrics: [AUC]}]}")
    with pytest.raises(DataError, match="label 2:"):
        computed(config, Scored(labels=np.array([2.0]), scores=np.array([[0.5]]), weights=np.ones(1)))


def test_a_label_that_the_model_does_not_know_is_a_miss_of_infinite_loss() -> None:
    text = "metrics: [CategoricalAccuracy, CategoricalCrossEntropy]"
    config = parse_eval_config(f"{{model_specs: [{{label_key: y}}], metrics_specs: [{{{text}}}]}}")
    found = computed(config, Scored(labels=np.array([-1.0, 0]), scores=np.array([[0.5, 0.5]] * 2), weights=np.ones(2)))
    assert found[MetricKey(name="categorical_accuracy")] == 0.5
    assert found[MetricKey(name="categorical_cross_entropy")] == np.inf


@pytest.mark.parametrize("class_name", sorted(METRICS))
@pytest.mark.parametrize("columns", [1, 3])
def test_every_metric_of_the_catalogue_computes_or_says_what_it_is_for(class_name, columns) -> None:
    binarize = ", binarize: {class_ids: [0, 2]}, aggregate: {micro_average: true}" if columns > 1 else ""
    text = f"{{model_specs: [{{label_key: y}}], metrics_specs: [{{metrics: [{class_name}]{binarize}}}]}}"
    labels = np.array([0.0, 1.0, 0.0])
    rows = Scored(labels=labels, scores=np.full((3, columns), 0.25), weights=np.ones(3))
    if columns == 1 and class_name.startswith(("Categorical", "Sparse", "MultiClass")):
        with pytest.raises(ParameterError, match="is for several classes"):
            computed(parse_eval_config(text), rows)
    else:
        assert len(computed(parse_eval_config(text), rows)) >= (2 if class_name != "ExampleCount" else 1)


@pytest.mark.parametrize(
    ("spec", "columns", "message"),
    [
        ("metrics: [{class_name: Recall, config: {thresholds: [.nan]}}]", 1, "no NaN"),
        ("metrics: [{class_name: CalibrationPlot, config: {left: 1, right: 0}}]", 1, "left has to be below right"),
        ("metrics: [{class_name: AUC, config: {curves: PR}}]", 1, "AUC has no option 'curves'; did you mean 'curve'"),
        ("metrics: [{class_name: AUC, config: {curve: RR}}]", 1, "curve is 'RR'"),
        ("metrics: [{class_name: AUC, config: {num_thresholds: 1}}]", 1, "num_thresholds has to be at least 2"),
        ("metrics: [Precison]", 1, "unknown metric 'Precison'; did you mean 'Precision'"),
        ("metrics: [AUC], binarize: {class_ids: [3]}", 3, "class_id 3 is not one of the model's 3 classes"),
        ("metrics: [AUC], binarize: {class_ids: [0]}", 1, "the model gives 1 score"),
        ("metrics: [SparseCategoricalAccuracy]", 1, "use BinaryAccuracy"),
        ("metrics: [AUC], model_names: [other]", 1, "model_names"),
        (
            "metrics: [AUC], thresholds: {acu: {value_threshold: {lower_bound: 1}}}",
            1,
            "unknown metric 'acu'; did you mean 'auc'",
        ),
        ("metrics: [AUC], example_weights: {weighted: true}", 1, "needs an example_weight_key"),
    ],
)
def test_mistakes_are_named(spec, columns, message) -> None:
    config = parse_eval_config(f"{{model_specs: [{{label_key: y}}], metrics_specs: [{{{spec}}}]}}")
    with pytest.raises(ParameterError, match=message):
        plan_metrics(config, {"": columns})

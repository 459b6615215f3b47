"""What the dashboard draws has the form that KFP's own SDK writes."""

import numpy as np
import pytest

from argosy.accumulate.confusion import ConfusionResult
from argosy.accumulate.pair_counts import PairCountsResult
from argosy.model_analysis.config import EvalConfig
from argosy.model_analysis.dashboard import MAX_POINTS, classification_metadata
from argosy.model_analysis.keys import MetricKey
from argosy.model_analysis.metrics.definition import ClassConfusion, Value
from argosy.model_analysis.results import EvalResult, SliceResult, ValidationResult


def evaluation(plots: dict[MetricKey, Value], *, columns: dict[str, int], **classes: tuple[str, ...]) -> EvalResult:
    return EvalResult(
        config=EvalConfig(model_specs=(), slicing_specs=(), metrics_specs=()),
        slices=(
            SliceResult(slice_key=(("island", "Dream"),), metrics={}, plots=plots),
            SliceResult(slice_key=(), metrics={MetricKey(name="auc"): 0.5}, plots=plots),
        ),
        validation=ValidationResult(ok=True, has_thresholds=False),
        rows={"read": 6, "evaluated": 6},
        columns=columns,
        classes=classes,
        model_locations={},
        data_location="",
        notes=(),
    )


def species(model_name: str = "") -> dict[MetricKey, Value]:
    pairs = PairCountsResult(
        actual=np.array([0, 0, 2]), predicted=np.array([0, 1, 2]), weights=np.array([3.0, 1.0, 2.5])
    )
    return {MetricKey(name="m", model_name=model_name): ClassConfusion(thresholds=(0.0,), pairs=(pairs,))}


def curve(thresholds: np.ndarray, scores: np.ndarray, labels: np.ndarray) -> ConfusionResult:
    above = scores[None, :] > thresholds[:, None]
    return ConfusionResult(
        thresholds=thresholds,
        true_positives=(above & labels).sum(axis=1).astype(float),
        false_positives=(above & ~labels).sum(axis=1).astype(float),
        true_negatives=(~above & ~labels).sum(axis=1).astype(float),
        false_negatives=(~above & labels).sum(axis=1).astype(float),
    )


def test_a_matrix_of_classes_is_what_the_sdk_logs() -> None:
    dsl = pytest.importorskip("kfp.dsl", reason="the kfp SDK is not installed")
    names = ("Adelie", "Chinstrap", "Gentoo")
    found = classification_metadata(
        evaluation(species("candidate"), columns={"candidate": 3, "baseline": 3}, candidate=names)
    )
    logged = dsl.ClassificationMetrics(metadata={})
    logged.log_confusion_matrix(list(names), [[3, 1, 0], [0, 0, 0], [0, 0, 2.5]])
    assert found == {"confusionMatrix": logged.metadata["confusionMatrix"]}


def test_a_curve_is_what_the_sdk_logs() -> None:
    dsl = pytest.importorskip("kfp.dsl", reason="the kfp SDK is not installed")
    thresholds = np.array([-1e-7, *np.linspace(0.1, 0.9, 9), 1 + 1e-7])
    scores, labels = np.array([0.05, 0.35, 0.45, 0.85]), np.array([False, False, True, True])
    found = classification_metadata(
        evaluation({MetricKey(name="p"): curve(thresholds, scores, labels)}, columns={"": 1})
    )
    logged = dsl.ClassificationMetrics(metadata={})
    shown = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]
    recall = [0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0]
    false = [0.0] * 7 + [0.5, 0.5, 0.5, 1.0]
    logged.log_roc_curve(false, recall, shown)
    for point, expected in zip(found["confidenceMetrics"], logged.metadata["confidenceMetrics"], strict=True):
        assert point == pytest.approx(expected)
    assert found["confusionMatrix"]["annotationSpecs"] == [{"displayName": "negative"}, {"displayName": "positive"}]
    assert found["confusionMatrix"]["rows"] == [{"row": [2, 0]}, {"row": [1, 1]}]


def test_a_long_curve_keeps_its_ends() -> None:
    thresholds = np.linspace(-1e-7, 1 + 1e-7, 1000)
    scores = np.random.default_rng(3).random(400)
    value = curve(thresholds, scores, scores > 0.4)
    points = classification_metadata(evaluation({MetricKey(name="p"): value}, columns={"": 1}))["confidenceMetrics"]
    assert len(points) == MAX_POINTS
    assert (points[0]["recall"], points[-1]["recall"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "plots",
    [
        {},
        species("other"),
        {MetricKey(name="p"): curve(np.linspace(0, 1, 20), np.array([0.5]), np.array([True]))},
        {MetricKey(name="m"): ClassConfusion(thresholds=(0.0,), pairs=(PairCountsResult(
            actual=np.array([500]), predicted=np.array([0]), weights=np.ones(1)),))},
    ],
    ids=["nothing asked for", "another model", "one label", "too many classes"],
)  # fmt: skip
def test_what_cannot_be_drawn_is_left_out(plots: dict[MetricKey, Value]) -> None:
    found = classification_metadata(evaluation(plots, columns={"": 1}))
    assert "confidenceMetrics" not in found
    assert len(found.get("confusionMatrix", {}).get("rows", [])) in (0, 2)

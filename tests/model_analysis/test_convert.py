"""Results as TFMA's messages: there and back, and read by TFMA's own classes where they are installed."""

import json
import os
import subprocess

import numpy as np
import pytest

from argosy.accumulate.confusion import ConfusionResult
from argosy.accumulate.pair_counts import PairCountsResult
from argosy.model_analysis.config import ChangeThreshold, MetricThreshold, SlicingSpec, ValueThreshold
from argosy.model_analysis.convert import metrics_from_bytes, metrics_to_bytes, plots_from_bytes, plots_to_bytes
from argosy.model_analysis.convert_validation import validation_from_bytes, validation_to_bytes
from argosy.model_analysis.keys import MetricKey
from argosy.model_analysis.metrics.definition import CalibrationCurve, ClassConfusion, Value
from argosy.model_analysis.results import Check, ValidationResult

SLICE = (("empty", 0), ("island", "Björnö"), ("size", 0.5))
CONFUSION = ConfusionResult(
    thresholds=np.array([0.25, 0.5]),
    true_positives=np.array([3.0, 2.0]),
    false_positives=np.array([1.0, 0.0]),
    true_negatives=np.array([4.0, 5.0]),
    false_negatives=np.array([0.0, 1.0]),
)
PAIRS = PairCountsResult(actual=np.array([-1, 2]), predicted=np.array([0, 1]), weights=np.array([0.5, 3.0]))
METRICS: dict[MetricKey, Value] = {
    MetricKey(name="auc", model_name="candidate", class_id=0): 0.75,
    MetricKey(name="auc", model_name="candidate", aggregation="macro_average", weighted=False): float("nan"),
    MetricKey(name="auc", model_name="candidate", is_diff=True): -0.0,
    MetricKey(name="recall"): np.array([0.5, 0.25]),
    MetricKey(name="counts"): CONFUSION,
    MetricKey(name="classes"): ClassConfusion(thresholds=(0.0,), pairs=(PAIRS,)),
    MetricKey(name="__ERROR__"): "too small",
}
PLOTS: dict[MetricKey, Value] = {
    MetricKey(name="roc", class_id=1): CONFUSION,
    MetricKey(name="calibration"): CalibrationCurve(
        edges=np.array([-np.inf, 0.0, 1.0, np.inf]), weights=np.ones(3), labels=np.zeros(3), predictions=np.ones(3)
    ),
    MetricKey(name="matrix"): ClassConfusion(thresholds=(0.0, 0.5), pairs=(PAIRS, PAIRS)),
}
VALIDATION = ValidationResult(
    ok=False,
    has_thresholds=True,
    failures=(
        Check(slice_key=(), key=MetricKey(name="auc"), value=0.5, problem="auc is 0.5",
                threshold=MetricThreshold(value_threshold=ValueThreshold(lower_bound=0.0))),
        Check(slice_key=SLICE, key=MetricKey(name="auc", is_diff=True), value=None, problem="Metric not found.",
                threshold=MetricThreshold(change_threshold=ChangeThreshold(direction="LOWER_IS_BETTER", relative=0.1))),
    ),
    missing_slices=(SlicingSpec(feature_keys=("a",), feature_values={"b": "1"}),),
)  # fmt: skip


def test_metrics_there_and_back() -> None:
    key, metrics = metrics_from_bytes(metrics_to_bytes(SLICE, METRICS))
    assert key == SLICE
    assert list(metrics) == list(METRICS)
    assert repr(metrics) == repr(METRICS)


def test_plots_there_and_back() -> None:
    key, plots = plots_from_bytes(plots_to_bytes((), PLOTS))
    assert key == ()
    assert repr(plots) == repr(PLOTS)


@pytest.mark.parametrize("validation", [VALIDATION, ValidationResult(ok=True, has_thresholds=False)])
def test_verdicts_there_and_back(validation) -> None:
    assert validation_from_bytes(validation_to_bytes(validation)) == validation


READ_BY_TFMA = """
import json
import sys

from tensorflow_model_analysis.proto import metrics_for_slice_pb2, validation_result_pb2

metrics = metrics_for_slice_pb2.MetricsForSlice.FromString(bytes.fromhex(sys.argv[1]))
plots = metrics_for_slice_pb2.PlotsForSlice.FromString(bytes.fromhex(sys.argv[2]))
verdict = validation_result_pb2.ValidationResult.FromString(bytes.fromhex(sys.argv[3]))
keyed = {(m.key.name, m.key.sub_key.HasField("class_id"), m.key.is_diff): m for m in metrics.metric_keys_and_values}
matrices = keyed["counts", False, False].value.confusion_matrix_at_thresholds.matrices
pairs = keyed["classes", False, False].value.multi_class_confusion_matrix_at_thresholds.matrices[0].entries
plot = {p.key.name: p.value for p in plots.plot_keys_and_values}
failures = [part.failures[0].metric_threshold for part in verdict.metric_validations_per_slice]
print(
    json.dumps(
        {
            "slice": [
                [k.column, k.WhichOneof("kind"), str(getattr(k, k.WhichOneof("kind")))]
                for k in metrics.slice_key.single_slice_keys
            ],
            "auc": keyed["auc", True, False].value.double_value.value,
            "class": keyed["auc", True, False].key.sub_key.class_id.value,
            "macro": keyed["auc", False, False].key.aggregation_type.WhichOneof("type"),
            "weighted": keyed["auc", False, False].key.example_weighted.value,
            "recall": list(keyed["recall", False, False].value.array_value.float64_values),
            "matrix": [matrices[1].threshold, matrices[1].true_positives, matrices[1].recall, matrices[1].f1],
            "pairs": [[e.actual_class_id, e.predicted_class_id, e.num_weighted_examples] for e in pairs],
            "error": keyed["__ERROR__", False, False].value.debug_message,
            "bucket": plot["calibration"]
            .calibration_histogram_buckets.buckets[1]
            .total_weighted_refined_prediction.value,
            "plots": sorted(plot),
            "ok": verdict.validation_ok,
            "direction": failures[1].change_threshold.direction,
            "bound": failures[0].value_threshold.HasField("lower_bound"),
            "missing": [list(s.feature_keys) + sorted(s.feature_values.items()) for s in verdict.missing_slices],
            "unknown": [len(m.SerializeToString()) for m in (metrics, plots, verdict)],
        }
    )
)
"""


@pytest.mark.peer
@pytest.mark.skipif("ARGOSY_PEER_PYTHON" not in os.environ, reason="needs a Python with TFMA: ARGOSY_PEER_PYTHON")
def test_tfma_reads_what_we_write() -> None:
    data = [metrics_to_bytes(SLICE, METRICS), plots_to_bytes((), PLOTS), validation_to_bytes(VALIDATION)]
    command = [os.environ["ARGOSY_PEER_PYTHON"], "-c", READ_BY_TFMA, *(part.hex() for part in data)]
    reader = subprocess.run(command, capture_output=True, text=True)
    if "No module named 'tensorflow_model_analysis'" in reader.stderr:
        pytest.skip("the peer environment has no TFMA")
    assert reader.returncode == 0, reader.stderr
    answer = json.loads(reader.stdout.splitlines()[-1])
    assert answer["slice"] == [
        ["empty", "int64_value", "0"],
        ["island", "bytes_value", str("Björnö".encode())],
        ["size", "float_value", "0.5"],
    ]
    assert (answer["auc"], answer["class"], answer["macro"], answer["weighted"]) == (0.75, 0, "macro_average", False)
    assert answer["recall"] == [0.5, 0.25]
    assert answer["matrix"] == pytest.approx([0.5, 2.0, 2 / 3, 0.8])
    assert answer["pairs"] == [[-1, 0, 0.5], [2, 1, 3.0]]
    assert answer["error"] == "too small"
    assert answer["bucket"] == 1.0
    assert answer["plots"] == ["calibration", "matrix", "roc"]
    assert (answer["ok"], answer["direction"], answer["bound"]) == (False, 1, True)
    assert answer["missing"] == [["a", ["b", "1"]]]
    assert answer["unknown"] == [len(part) for part in data]

"""TFMA loads our evaluation: the same metrics by slice, the verdict and the configuration."""

import math

import pytest

from argosy.model_analysis import load_eval_result

pytestmark = [pytest.mark.peer, pytest.mark.e2e]


@pytest.fixture(scope="module")
def theirs(peer, penguins):
    return peer("read_evaluation", path=penguins["evaluator"]["evaluation"])


def test_every_slice_has_the_same_metrics(theirs, penguins):
    ours = {
        slice_key: {key.name: value for key, value in metrics.items() if key.class_id is None and not key.aggregation}
        for slice_key, metrics in load_eval_result(penguins["evaluator"]["evaluation"]).slicing_metrics
    }
    read: dict = {}
    for key, sub_key, name, value in theirs["metrics"]:
        if sub_key == "" and not name.startswith("macro_average"):
            read.setdefault(tuple(tuple(part) for part in key), {})[name] = value
    assert set(read) == set(ours)
    for slice_key, metrics in read.items():
        assert metrics == pytest.approx(ours[slice_key])


def test_the_overall_metrics_are_ours(theirs):
    overall = {name: value for key, sub_key, name, value in theirs["metrics"] if not key and sub_key == ""}
    assert overall["example_count"] == 109
    assert overall["sparse_categorical_accuracy"] > 0.95
    assert math.isfinite(overall["sparse_categorical_crossentropy"])


def test_the_verdict_and_the_configuration(theirs):
    assert theirs["ok"] is True
    assert theirs["label"] == "species"
    assert theirs["slices"] == [[], ["island"], ["sex"]]
    assert theirs["plots"]

"""The whole evaluation, from rows and a SavedModel to files, against scikit-learn."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as sk

from argosy.errors import DataError, ParameterError
from argosy.model_analysis import (
    EvalData,
    evaluation_html,
    evaluation_text,
    load_eval_result,
    parse_eval_config,
    run_model_analysis,
)
from argosy.model_analysis.keys import MetricKey, SliceKey
from argosy.model_analysis.metrics.confusion import plot_thresholds
from argosy.model_analysis.metrics.definition import ClassConfusion
from argosy.model_analysis.verdict import verdict

pytestmark = [pytest.mark.beam, pytest.mark.tf]

SPECIES = ("Adelie", "Chinstrap", "Gentoo")

CONFIG = """
model_specs: [{label_key: species, example_weight_key: weight}]
slicing_specs:
- {}
- {feature_keys: [island]}
- {feature_keys: [sex, year]}
- {feature_keys: [island], feature_values: {year: "2008"}}
metrics_specs:
- metrics:
  - SparseCategoricalAccuracy
  - {class_name: SparseCategoricalCrossentropy}
  - {class_name: MultiClassConfusionMatrixPlot}
  - {class_name: ExampleCount}
- binarize: {class_ids: {values: [0, 1, 2]}}
  aggregate: {macro_average: true}
  metrics:
  - {class_name: AUC}
  - {class_name: Precision}
  - {class_name: Recall, config: '"thresholds": [0.3, 0.6]'}
  - Calibration
  - ConfusionMatrixPlot
  - CalibrationPlot
- aggregate: {micro_average: true}
  example_weights: {unweighted: true}
  metrics: [AUC, BinaryAccuracy, BinaryCrossEntropy]
"""


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, echo_model, write_rows, penguins):
    folder = tmp_path_factory.mktemp("evaluated")
    write_rows(folder / "examples", penguins)
    model = echo_model(3, SPECIES)
    data = EvalData(path=str(folder / "examples"))
    result = run_model_analysis(model, parse_eval_config(CONFIG), data, str(folder / "evaluation"))
    return result, str(folder / "evaluation")


@pytest.fixture(scope="module")
def frame(penguins):
    rows = [i for i, label in enumerate(penguins["species"]) if label is not None]
    return {
        "y": np.array([SPECIES.index(penguins["species"][i]) for i in rows]),
        "p": np.array(penguins["p"])[rows],
        "w": np.array(penguins["weight"])[rows],
        **{name: np.array([penguins[name][i] for i in rows], object) for name in ("island", "sex", "year")},
    }


def test_every_row_is_accounted_for(evaluated) -> None:
    rows = evaluated[0].rows
    assert rows == {"read": 300, "evaluated": 290, "without_label": 10, "of_unknown_class": 0, "with_nan_prediction": 0}


def test_slices_are_those_of_the_rows(evaluated, frame) -> None:
    result = evaluated[0]
    expected: set[SliceKey] = {(), *((("island", value),) for value in frame["island"])}
    expected |= {(("sex", s), ("year", y)) for s, y in zip(frame["sex"], frame["year"], strict=True) if s is not None}
    expected |= {(("island", value), ("year", 2008)) for value, y in zip(frame["island"], frame["year"], strict=True)
                 if y == 2008}  # fmt: skip
    assert set(result.get_slice_names()) == expected
    assert result.get_slice_names()[0] == ()


def test_metrics_agree_with_scikit_learn_overall_and_by_slice(evaluated, frame) -> None:
    result, labels = evaluated[0], [0, 1, 2]
    for slice_key, metrics in result.slicing_metrics:
        inside = np.ones(len(frame["y"]), bool)
        for name, value in slice_key:
            inside &= frame[name] == value
        y, p, w = frame["y"][inside], frame["p"][inside], frame["w"][inside]
        assert metrics[MetricKey(name="example_count")] == inside.sum()
        assert metrics[MetricKey(name="weighted_example_count")] == pytest.approx(w.sum(), rel=1e-6)
        accuracy = sk.accuracy_score(y, p.argmax(axis=1), sample_weight=w)
        assert metrics[MetricKey(name="sparse_categorical_accuracy")] == pytest.approx(accuracy, rel=1e-6)
        loss = -np.average(np.log(p[np.arange(len(y)), y]), weights=w)
        assert metrics[MetricKey(name="sparse_categorical_crossentropy")] == pytest.approx(loss, rel=1e-5)
        for c in labels:
            one = metrics[MetricKey(name="precision", class_id=c)]
            expected = sk.precision_score(y == c, p[:, c] > 0.5, sample_weight=w, zero_division=np.nan)
            assert one == pytest.approx(expected, rel=1e-6, nan_ok=True)
            recalls = metrics[MetricKey(name="recall", class_id=c)]
            expected = [sk.recall_score(y == c, p[:, c] > t, sample_weight=w, zero_division=np.nan) for t in (0.3, 0.6)]
            assert recalls == pytest.approx(expected, rel=1e-6, nan_ok=True)
            if 0 < (y == c).sum() < len(y):
                buckets = np.searchsorted(plot_thresholds(10_000), p[:, c])
                auc = sk.roc_auc_score(y == c, buckets, sample_weight=w)
                assert metrics[MetricKey(name="auc", class_id=c)] == pytest.approx(auc, abs=1e-9)


def test_averages_agree_with_scikit_learn(evaluated, frame) -> None:
    metrics, y, p = evaluated[0].get_metrics_for_slice(), frame["y"], frame["p"]
    macro = np.mean([sk.roc_auc_score(y == c, p[:, c], sample_weight=frame["w"]) for c in range(3)])
    assert metrics[MetricKey(name="auc", aggregation="macro_average")] == pytest.approx(macro, abs=1e-3)
    one_hot = np.eye(3)[y]
    micro = MetricKey(name="auc", aggregation="micro_average", weighted=False)
    assert metrics[micro] == pytest.approx(sk.roc_auc_score(one_hot.ravel(), p.ravel()), abs=1e-3)
    accuracy = MetricKey(name="binary_accuracy", aggregation="micro_average", weighted=False)
    assert metrics[accuracy] == pytest.approx(((p > 0.5) == one_hot).mean())
    loss = MetricKey(name="binary_cross_entropy", aggregation="micro_average", weighted=False)
    assert metrics[loss] == pytest.approx(sk.log_loss(one_hot.ravel(), p.ravel().astype(float)), rel=1e-5)


def test_the_confusion_matrix_agrees_with_scikit_learn(evaluated, frame) -> None:
    plot = evaluated[0].slices[0].plots[MetricKey(name="multi_class_confusion_matrix_plot")]
    assert isinstance(plot, ClassConfusion)
    expected = sk.confusion_matrix(frame["y"], frame["p"].argmax(axis=1), sample_weight=frame["w"])
    np.testing.assert_allclose(plot.pairs[0].matrix(3), expected, rtol=1e-6)


def test_without_thresholds_the_verdict_is_good_and_says_so(evaluated) -> None:
    assert evaluated[0].validation.ok
    assert not evaluated[0].validation.has_thresholds


def test_reports_show_slices_and_classes(evaluated) -> None:
    html, text = evaluation_html(evaluated[1]), evaluation_text(evaluated[1])
    assert "island:<wbr>Biscoe" in html
    assert "Gentoo" in html
    assert "http" not in html.replace("http-equiv", "")
    assert text.startswith("blessed\n  because no thresholds configured")
    assert "island_X_year:Dream_X_2008" in text


def test_the_configuration_written_is_the_one_read(evaluated) -> None:
    result, path = evaluated
    run = json.loads(Path(path, "eval_config.json").read_text())
    assert run["evalConfig"]["modelSpecs"] == [{"labelKey": "species", "exampleWeightKey": "weight"}]
    assert parse_eval_config(json.dumps(run)) == result.config


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        ("model_specs: [{label_key: specie}]", DataError, "column 'specie'.*did you mean 'species'"),
        ("{model_specs: [{label_key: species}], slicing_specs: [{feature_keys: [iland]}]}", DataError,
         "slicing_specs names the column 'iland'.*did you mean 'island'"),
        ("{model_specs: [{label_key: species}], metrics_specs: [{metrics: [AUCC]}]}", ParameterError,
         "unknown metric 'AUCC'; did you mean 'AUC'"),
        ("{model_specs: [{label_key: species}], metrics_specs: [{metrics: [AUC]}]}", ParameterError,
         "AUC is for one score a row, but the model gives 3 classes"),
        ("{model_specs: [{label_key: species, signature_name: serve}]}", ParameterError, "no signature 'serve'"),
        ("{model_specs: [{label_key: species, prediction_key: probs}]}", ParameterError, "no output 'probs'"),
        ("{model_specs: [{label_key: p}]}", DataError, "'p' has 3 values in a row"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(tmp_path, echo_model, write_rows, penguins, config, error, message) -> None:
    data = EvalData(path=write_rows(tmp_path / "examples", penguins))
    with pytest.raises(error, match=message):
        run_model_analysis(echo_model(3, SPECIES), parse_eval_config(config), data, str(tmp_path / "out"))


def test_text_labels_need_a_model_that_names_its_classes(tmp_path, echo_model, write_rows, penguins) -> None:
    data = EvalData(path=write_rows(tmp_path / "examples", penguins))
    config = parse_eval_config("model_specs: [{label_key: species}]")
    with pytest.raises(DataError, match="no output 'classes'"):
        run_model_analysis(echo_model(3), config, data, str(tmp_path / "out"))


def test_without_any_labelled_row_the_model_is_not_blessed(tmp_path, echo_model, write_rows) -> None:
    path = write_rows(tmp_path / "examples", {"p": [[0.1], [0.2]], "group": ["a", "b"]})
    data = EvalData(path=path, columns=("label",))
    config = parse_eval_config("{model_specs: [{label_key: label}], metrics_specs: [{metrics: [AUC]}]}")
    result = run_model_analysis(echo_model(1), config, data, str(tmp_path / "out"))
    assert result.rows["without_label"] == 2
    assert not result.validation.ok
    assert verdict(result).reasons[0].message == "no row with a label was found among 2 rows"
    assert "Not blessed" in evaluation_html(str(tmp_path / "out"))


def test_the_same_rows_in_other_files_give_the_same_numbers(tmp_path, echo_model, write_rows, penguins) -> None:
    halves = [{name: values[part] for name, values in penguins.items()} for part in (slice(0, 1), slice(1, None))]
    split = EvalData(path=str(tmp_path / "split"), splits=("a", "b"))
    for name, half in zip(split.splits, halves, strict=True):
        write_rows(split.path, half, split=name)
    whole = EvalData(path=write_rows(tmp_path / "whole", penguins))
    config = parse_eval_config(CONFIG.replace("example_weight_key: weight", ""))
    for data, out in ((split, "a"), (whole, "b")):
        run_model_analysis(echo_model(3, SPECIES), config, data, str(tmp_path / out))
    metrics = [load_eval_result(str(tmp_path / out)).get_metrics_for_slice() for out in "ab"]
    assert metrics[0].keys() == metrics[1].keys()
    for key, value in metrics[0].items():
        np.testing.assert_allclose(value, metrics[1][key], rtol=1e-12)


def test_class_numbers_named_by_the_model_are_looked_up(tmp_path, echo_model, write_rows) -> None:
    rows = {"year": [2007, 2008, 2010], "p": [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]}
    data = EvalData(path=write_rows(tmp_path / "examples", rows))
    text = "{model_specs: [{label_key: year}], metrics_specs: [{metrics: [SparseCategoricalAccuracy]}]}"
    result = run_model_analysis(echo_model(2, ("2007", "2008")), parse_eval_config(text), data, str(tmp_path / "out"))
    assert result.get_metrics_for_slice()[MetricKey(name="sparse_categorical_accuracy")] == pytest.approx(2 / 3)
    assert result.rows["of_unknown_class"] == 1


def test_a_label_that_a_metric_cannot_use_is_the_datas_fault_although_a_worker_finds_it(
    tmp_path, echo_model, write_rows
) -> None:
    data = EvalData(path=write_rows(tmp_path / "examples", {"y": [0, 2], "p": [[0.1], [0.2]]}))
    config = parse_eval_config("{model_specs: [{label_key: y}], metrics_specs: [{metrics: [AUC]}]}")
    with pytest.raises(DataError, match=r"^label 2: this metric is for labels between 0 and 1"):
        run_model_analysis(echo_model(1), config, data, str(tmp_path / "out"))


def test_small_inference_batches_change_nothing(tmp_path, echo_model, write_rows, penguins) -> None:
    data = EvalData(path=write_rows(tmp_path / "examples", penguins))
    models = "model_specs: [{{label_key: species, inference_batch_size: {size}}}]"
    text = f"{{{{{models}, metrics_specs: [{{{{metrics: [SparseCategoricalCrossentropy]}}}}]}}}}"
    found = [
        run_model_analysis(
            echo_model(3, SPECIES),
            parse_eval_config(text.format(size=size)),
            data,
            str(tmp_path / f"out{size}"),
        ).get_metrics_for_slice()
        for size in (0, 7)
    ]
    assert found[0] == found[1]


def test_labels_that_a_model_does_not_know_are_no_hits_and_make_no_huge_matrix(
    tmp_path, echo_model, write_rows
) -> None:
    nan = float("nan")
    rows = {"y": [1.0, 2007.0, 0.5, -1.0], "p": [[0.1, 0.9], [0.9, 0.1], [0.9, 0.1], [nan, 0.5]]}
    data = EvalData(path=write_rows(tmp_path / "examples", rows))
    metrics = "[SparseCategoricalAccuracy, MultiClassConfusionMatrixPlot]"
    config = parse_eval_config(f"{{model_specs: [{{label_key: y}}], metrics_specs: [{{metrics: {metrics}}}]}}")
    result = run_model_analysis(echo_model(2), config, data, str(tmp_path / "out"))
    assert result.rows["of_unknown_class"] == 3
    assert result.get_metrics_for_slice()[MetricKey(name="sparse_categorical_accuracy")] == 0.25
    assert len(evaluation_html(str(tmp_path / "out"))) < 30_000


def test_numbers_between_two_class_names_are_of_no_class(tmp_path, echo_model, write_rows) -> None:
    data = EvalData(path=write_rows(tmp_path / "examples", {"y": [2.5, 2.0], "p": [[0.9, 0.1], [0.9, 0.1]]}))
    text = "{model_specs: [{label_key: y}], metrics_specs: [{metrics: [SparseCategoricalAccuracy]}]}"
    result = run_model_analysis(echo_model(2, ("2", "3")), parse_eval_config(text), data, str(tmp_path / "out"))
    assert result.get_metrics_for_slice()[MetricKey(name="sparse_categorical_accuracy")] == 0.5


def test_scores_that_are_no_probabilities_have_no_area_under_a_curve(tmp_path, echo_model, write_rows) -> None:
    data = EvalData(path=write_rows(tmp_path / "examples", {"y": [0, 1], "p": [[-3.5], [2.0]]}))
    config = parse_eval_config("{model_specs: [{label_key: y}], metrics_specs: [{metrics: [AUC]}]}")
    with pytest.raises(DataError, match=r"^score -3.5: AUC .* are for scores between 0 and 1"):
        run_model_analysis(echo_model(1), config, data, str(tmp_path / "out"))


def test_a_baseline_is_weighted_as_the_candidate(tmp_path, echo_model, write_rows) -> None:
    rows = {"y": [0, 1], "p": [[0.0], [1.0]], "w": [1.0, 3.0]}
    data = EvalData(path=write_rows(tmp_path / "examples", rows))
    specs = "[{label_key: y, example_weight_key: w}, {is_baseline: true}]"
    config = parse_eval_config(f"{{model_specs: {specs}, metrics_specs: [{{metrics: [MeanPrediction]}}]}}")
    result = run_model_analysis(echo_model(1), config, data, str(tmp_path / "out"), baseline=echo_model(1))
    assert result.get_metrics_for_slice()[MetricKey(name="mean_prediction", model_name="baseline")] == 0.75


def test_control_characters_of_a_slice_do_not_reach_the_terminal(tmp_path, echo_model, write_rows) -> None:
    rows = {"y": [0, 1], "p": [[0.1], [0.9]], "group": ["<b>\x1b[31m", "b"]}
    data = EvalData(path=write_rows(tmp_path / "examples", rows))
    text = (
        "{model_specs: [{label_key: y}], slicing_specs: [{feature_keys: [group]}], metrics_specs: [{metrics: [AUC]}]}"
    )
    run_model_analysis(echo_model(1), parse_eval_config(text), data, str(tmp_path / "out"))
    assert r"group:<b>\x1b[31m" in evaluation_text(str(tmp_path / "out"))
    assert "<b>" not in evaluation_html(str(tmp_path / "out"))

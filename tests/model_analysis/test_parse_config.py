"""EvalConfig from text: TFMA's spellings, and mistakes that are named."""

import json

import pytest

from argosy.errors import ParameterError
from argosy.model_analysis.config import EvalConfig, MetricConfig, SlicingSpec, ValueThreshold
from argosy.model_analysis.parse_config import eval_config_json, parse_eval_config

SNAKE = """
model_specs:
- label_key: species
slicing_specs:
- {}
-
- feature_keys: [island]
  feature_values: {year: 2007}
metrics_specs:
- metrics:
  - class_name: AUC
    config: '"num_thresholds": 100'
    threshold:
      value_threshold: {lower_bound: {value: 0.9}, upper_bound: 1}
      change_threshold: {direction: HIGHER_IS_BETTER, absolute: -1.0e-3}
    per_slice_thresholds:
    - slicing_specs: [{}]
      threshold: {value_threshold: {lower_bound: 0.95}}
  binarize: {class_ids: [0, 2]}
  aggregate: {macro_average: true, class_weights: {0: 1, 2: 0.5}}
options: {min_slice_size: {value: 5}, include_default_metrics: false}
"""


def test_values_plain_or_wrapped() -> None:
    config = parse_eval_config(SNAKE)
    metric = config.metrics_specs[0].metrics[0]
    assert metric.config == {"num_thresholds": 100}
    assert metric.threshold is not None
    assert metric.threshold.value_threshold == ValueThreshold(lower_bound=0.9, upper_bound=1.0)
    assert config.slicing_specs == (
        SlicingSpec(), SlicingSpec(), SlicingSpec(feature_keys=("island",), feature_values={"year": "2007"}),
    )  # fmt: skip
    assert config.metrics_specs[0].binarize is not None
    assert config.metrics_specs[0].binarize.class_ids == (0, 2)
    assert config.options.min_slice_size == 5


def test_a_metric_may_be_a_name() -> None:
    config = parse_eval_config("metrics_specs: [{metrics: [AUC]}]")
    assert config.metrics_specs[0].metrics == (MetricConfig(class_name="AUC"),)


def test_what_is_written_as_json_is_read_back() -> None:
    config = parse_eval_config(SNAKE)
    written = eval_config_json(config)
    assert written["metricsSpecs"][0]["binarize"] == {"classIds": {"values": [0, 2]}}
    assert written["metricsSpecs"][0]["metrics"][0]["config"] == '{"num_thresholds": 100}'
    assert parse_eval_config(json.dumps(written)) == config
    assert parse_eval_config(json.dumps({"evalConfig": written, "version": "1"})) == config


def test_nothing_is_an_empty_configuration() -> None:
    assert parse_eval_config("") == EvalConfig()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model_spec: []", r"eval_config: unknown field 'model_spec'; did you mean 'model_specs'"),
        ("model_specs: [{label: a}]", r"model_specs\[0\]: unknown field 'label'; did you mean 'label_key'"),
        ("model_specs: {label_key: a}", r"eval_config.model_specs has to be a list, found dict"),
        ("slicing_specs: [{feature_keys: island}]", r"slicing_specs\[0\].feature_keys has to be a list, found str"),
        ("slicing_specs: [{slice_keys_sql: SELECT}]", r"slicing_specs\[0\].slice_keys_sql is a field of TFMA's"),
        ("metrics_specs: [{metrics: [{threshold: {}}]}]", r"metrics\[0\]: class_name has to be given"),
        ("metrics_specs: [{metrics: [{class_name: AUC, config: 'a: b'}]}]", r"metrics\[0\].config is not JSON"),
        ("metrics_specs: [{aggregate: {}}]", r"aggregate: exactly one of the averages"),
        ("options: {min_slice_size: many}", r"options.min_slice_size has to be int, found str 'many'"),
        (
            "metrics_specs: [{thresholds: {auc: {change_threshold: {direction: UP, absolute: 0}}}}]",
            r"direction is 'UP'",
        ),
        ("metrics_specs: [{metrics: [{class_name: AUC, threshold: {}}]}]", r"a threshold is empty"),
        ("metrics_specs: [{thresholds: {auc: {change_threshold: {direction: LOWER_IS_BETTER}}}}]", r"has no bound"),
        ("metrics_specs: [{thresholds: {auc: {value_threshold: {}}}}]", r"value_threshold has no bound"),
        ("metrics_specs: [{thresholds: {auc: {value_threshold: {lower_bound: .nan}}}}]", r"has to be float.* nan"),
        ("metrics_specs: [{thresholds: {auc: {value_threshold: {lower_bound: 1, upper_bound: 0}}}}]", r"above upper_"),
        ("model_specs: [{}, {}]", r"at most one candidate"),
        ("model_specs: [{name: a}, {name: a, is_baseline: true}]", r"two models have the name 'a'"),
        ("{", r"neither YAML nor JSON"),
        ("[1]", r"eval_config has to be a mapping, found list"),
    ],
)
def test_mistakes_are_named(text, message) -> None:
    with pytest.raises(ParameterError, match=message):
        parse_eval_config(text)

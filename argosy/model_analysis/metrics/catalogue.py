"""All metrics by class name, and how their options are read."""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from argosy.errors import ParameterError, did_you_mean
from argosy.model_analysis.config import MetricConfig
from argosy.model_analysis.metrics import classes, confusion, counts, curves, means
from argosy.model_analysis.metrics.definition import Metric
from argosy.model_analysis.metrics.views import PerColumn

Options = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """How to build a metric of one class.

    Attributes:
        build: From its name, the columns that it is computed for, and its options.
        options: The options that it knows, and their defaults.
    """

    build: Callable[[str, PerColumn, Options], Metric]
    options: dict[str, Any] = dataclasses.field(default_factory=dict)


def _confusion_entry(class_name: str) -> Entry:
    return Entry(
        build=lambda name, columns, o: confusion.confusion_metric(
            name, columns, class_name=class_name, thresholds=_thresholds(o["thresholds"])
        ),
        options={"thresholds": [0.5]},
    )


def _area_entry(curve: str) -> Entry:
    return Entry(
        build=lambda name, columns, o: curves.area_under_curve(
            name,
            columns,
            curve=_choice(o["curve"], curves.CURVES, "curve"),
            summation=_choice(o["summation_method"], curves.SUMMATIONS, "summation_method"),
            num_thresholds=_count(o["num_thresholds"], "num_thresholds"),
        ),
        options={"curve": curve, "summation_method": "interpolation", "num_thresholds": 10_000},
    )


def _loss_entry(kind: str) -> Entry:
    return Entry(build=lambda name, columns, o: means.mean_loss(name, columns, kind=kind))


def _class_matrix_entry(*, is_plot: bool) -> Entry:
    return Entry(
        build=lambda name, columns, o: classes.class_confusion(
            name, thresholds=_thresholds(o["thresholds"]), is_plot=is_plot
        ),
        options={"thresholds": [0.0]},
    )


_ACCURACY = Entry(build=lambda name, columns, o: means.class_accuracy(name))
_CLASS_CROSS_ENTROPY = Entry(build=lambda name, columns, o: means.class_cross_entropy(name))

METRICS: dict[str, Entry] = {
    "ExampleCount": Entry(build=lambda name, columns, o: counts.example_count(name)),
    "WeightedExampleCount": Entry(build=lambda name, columns, o: counts.weighted_example_count(name)),
    **{class_name: _confusion_entry(class_name) for class_name in confusion.FORMULAS},
    **{alias: _confusion_entry(class_name) for alias, class_name in confusion.ALIASES.items()},
    "AUC": _area_entry("ROC"),
    "AUCPrecisionRecall": _area_entry("PR"),
    "ConfusionMatrixAtThresholds": Entry(
        build=lambda name, columns, o: confusion.confusion_matrix(
            name, columns, thresholds=_thresholds(o["thresholds"])
        ),
        options={"thresholds": [0.5]},
    ),
    "ConfusionMatrixPlot": Entry(
        build=lambda name, columns, o: confusion.confusion_plot(
            name, columns, num_thresholds=_count(o["num_thresholds"], "num_thresholds")
        ),
        options={"num_thresholds": 1000},
    ),
    "Calibration": Entry(build=lambda name, columns, o: means.calibration(name, columns)),
    "MeanLabel": Entry(build=lambda name, columns, o: means.mean_label(name, columns)),
    "MeanPrediction": Entry(build=lambda name, columns, o: means.mean_prediction(name, columns)),
    "CalibrationPlot": Entry(
        build=lambda name, columns, o: means.calibration_plot(
            name,
            columns,
            buckets=_count(o["num_buckets"], "num_buckets"),
            limits=_limits(o["left"], o["right"]),
        ),
        options={"num_buckets": 1000, "left": 0.0, "right": 1.0},
    ),
    "MeanSquaredError": _loss_entry("squared"),
    "MeanAbsoluteError": _loss_entry("absolute"),
    "BinaryCrossEntropy": _loss_entry("cross_entropy"),
    "BinaryCrossentropy": _loss_entry("cross_entropy"),
    "CategoricalAccuracy": _ACCURACY,
    "SparseCategoricalAccuracy": _ACCURACY,
    "CategoricalCrossEntropy": _CLASS_CROSS_ENTROPY,
    "CategoricalCrossentropy": _CLASS_CROSS_ENTROPY,
    "SparseCategoricalCrossentropy": _CLASS_CROSS_ENTROPY,
    "MultiClassConfusionMatrixAtThresholds": _class_matrix_entry(is_plot=False),
    "MultiClassConfusionMatrixPlot": _class_matrix_entry(is_plot=True),
}
"""Class name, as TFMA or Keras has it -> how to build the metric."""


def build_metric(config: MetricConfig, columns: PerColumn) -> Metric:
    """Returns the metric that the configuration names.

    Raises:
        ParameterError: It names an unknown class, or an unknown or wrong option.
    """
    if config.class_name not in METRICS:
        raise ParameterError(
            f"eval_config: unknown metric {config.class_name!r}; {did_you_mean(config.class_name, METRICS)}"
        )
    entry = METRICS[config.class_name]
    options = {key: value for key, value in config.config.items() if key != "name"}
    for key in options:
        if key not in entry.options:
            raise ParameterError(
                f"eval_config: metric {config.class_name} has no option {key!r}; "
                f"{did_you_mean(key, ['name', *entry.options])}"
            )
    try:
        return entry.build(metric_name(config), columns, {**entry.options, **options})
    except (TypeError, ValueError) as error:
        raise ParameterError(f"eval_config: metric {config.class_name}: options {options!r}: {error}") from error


def metric_name(config: MetricConfig) -> str:
    """Returns the name that the metric is filed under.

    >>> metric_name(MetricConfig(class_name="AUCPrecisionRecall"))
    'auc_precision_recall'
    """
    if "name" in config.config:
        return str(config.config["name"])
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", config.class_name)
    return split.lower()


def _thresholds(value: Any) -> tuple[float, ...]:
    thresholds = tuple(float(part) for part in (value if isinstance(value, list | tuple) else [value]))
    if not thresholds or any(math.isnan(threshold) for threshold in thresholds):
        raise ValueError("thresholds has to hold one number at least, and no NaN")
    return thresholds


def _count(value: Any, name: str) -> int:
    if int(value) < 2:
        raise ValueError(f"{name} has to be at least 2")
    return int(value)


def _limits(left: Any, right: Any) -> tuple[float, float]:
    if not float(left) < float(right):
        raise ValueError("left has to be below right")
    return float(left), float(right)


def _choice(value: Any, known: tuple[str, ...], name: str) -> str:
    if value not in known:
        raise ValueError(f"{name} is {value!r}; {did_you_mean(str(value), known)}")
    return str(value)

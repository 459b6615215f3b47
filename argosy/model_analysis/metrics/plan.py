"""From an EvalConfig to the list of numbers to compute, and the accumulators that they need."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from argosy.accumulate import Accumulator
from argosy.accumulate.weighted_sums import WeightedSums
from argosy.errors import ParameterError, did_you_mean
from argosy.model_analysis.config import (
    EvalConfig,
    MetricConfig,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
    PerSliceMetricThreshold,
)
from argosy.model_analysis.extracts import Scored
from argosy.model_analysis.keys import MetricKey, metric_text
from argosy.model_analysis.metrics.aggregate import Macro, Micro, OneColumn
from argosy.model_analysis.metrics.catalogue import build_metric, metric_name
from argosy.model_analysis.metrics.definition import Metric, Part, Value, View
from argosy.model_analysis.metrics.views import Labels, PerColumn
from argosy.model_analysis.slicing import is_within, spec_text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Select:
    """Takes an accumulator's batch out of `{model name: scored rows}`."""

    model_name: str
    weighted: bool
    view: View

    def __call__(self, rows: Mapping[str, Scored]) -> Any:
        scored = rows[self.model_name]
        return self.view(scored if self.weighted else scored.unweighted())


Need = tuple[Select, Accumulator[Any, Any, Any]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Planned:
    """One number to compute.

    Attributes:
        key: What it is filed under.
        needs: What has to be accumulated for it.
        compute: Of the accumulators' results, in the order of `needs`.
        is_plot: Whether it is drawn rather than listed.
        metric: The class name and options of its metric.
        thresholds: What it has to be in every slice.
        per_slice: What it has to be in some.
    """

    key: MetricKey
    needs: tuple[Need, ...]
    compute: Callable[..., Value]
    is_plot: bool = False
    metric: tuple[str, dict[str, Any]] = ("", {})
    thresholds: tuple[MetricThreshold, ...] = ()
    per_slice: tuple[PerSliceMetricThreshold, ...] = ()


def plan_metrics(config: EvalConfig, columns: Mapping[str, int]) -> tuple[Planned, ...]:
    """Returns all numbers that the configuration asks for, `example_count` always among them.

    Args:
        config: What to compute, for models of the names in `columns`.
        columns: Model name -> how many columns its scores have: 1, or the number of classes.

    Raises:
        ParameterError: A metric, option, model or class is unknown, or a metric does not suit the model.
    """
    specs = {spec.name: spec for spec in config.model_specs}
    planned: dict[tuple[MetricKey, bool], Planned] = {}
    for entry in (_counts(specs.values()), *config.metrics_specs):
        for model_name in entry.model_names or tuple(specs):
            if model_name not in specs:
                raise ParameterError(f"metrics_specs.model_names: {did_you_mean(model_name, specs)}")
            for item in _of_spec(entry, specs[model_name], columns[model_name]):
                known = planned.get((item.key, item.is_plot))
                planned[item.key, item.is_plot] = _merged(known, item) if known else item
    _check_thresholds(config, {key.name for key, is_plot in planned if not is_plot})
    return tuple(
        item if specs[item.key.model_name].is_baseline else _with_thresholds_from_elsewhere(item, config.metrics_specs)
        for item in planned.values()
    )


def needs(planned: Iterable[Planned]) -> tuple[Need, ...]:
    """Returns what has to be accumulated, each thing once."""
    return tuple(dict.fromkeys(need for item in planned for need in item.needs))


def _counts(specs: Iterable[ModelSpec]) -> MetricsSpec:
    weighted = any(spec.example_weight_key for spec in specs)
    names = ["ExampleCount", "WeightedExampleCount"] if weighted else ["ExampleCount"]
    return MetricsSpec(metrics=tuple(MetricConfig(class_name=name) for name in names))


def _of_spec(spec: MetricsSpec, model: ModelSpec, columns: int) -> Iterator[Planned]:
    view = PerColumn(class_ids=_class_ids(spec, columns))
    for config in spec.metrics:
        metric = build_metric(config, view)
        _check_columns(config, metric, spec, columns)
        for weighted, shown in _weightings(spec, model, config):
            key = MetricKey(name=metric.name, model_name=model.name, weighted=shown)
            for item in _expanded(metric, spec, view, key, (model.name, weighted), columns):
                named = dataclasses.replace(item, metric=(config.class_name, config.config))
                yield named if model.is_baseline else _with_thresholds(named, config, spec)


def _expanded(
    metric: Metric, spec: MetricsSpec, view: PerColumn, key: MetricKey, where: tuple[str, bool], columns: int
) -> Iterator[Planned]:
    """Yields the metric itself, or for each class and average that the spec lists."""
    parts = tuple(_need(where, part) for part in metric.parts)
    if not metric.columns:
        yield Planned(key=key, needs=parts, compute=metric.formula, is_plot=metric.is_plot)
        return
    ids = list(range(columns)) if view.class_ids is None else list(view.class_ids)
    for class_id in spec.binarize.class_ids if spec.binarize else ():
        one = OneColumn(formula=metric.formula, column=ids.index(class_id))
        class_key = dataclasses.replace(key, class_id=class_id)
        yield Planned(key=class_key, needs=parts, compute=one, is_plot=metric.is_plot)
    kind = spec.aggregate.kind() if spec.aggregate else ""
    if kind and spec.aggregate and not (metric.is_plot and kind != "micro_average"):
        given = spec.aggregate.class_weights
        weights = tuple(given.get(class_id, 0.0) for class_id in ids) if given else ()
        average_key = dataclasses.replace(key, aggregation=kind)
        by_label = kind == "weighted_macro_average"
        average = (
            Micro(formula=metric.formula, weights=weights)
            if kind == "micro_average"
            else Macro(formula=metric.formula, weights=weights, by_label=by_label)
        )
        label_sums = _need(where, Part(view=Labels(columns=view), accumulator=WeightedSums()))
        extra = (label_sums,) if by_label else ()
        yield Planned(key=average_key, needs=parts + extra, compute=average, is_plot=metric.is_plot)
    if not spec.binarize and not kind:
        yield Planned(key=key, needs=parts, compute=OneColumn(formula=metric.formula), is_plot=metric.is_plot)


def _need(where: tuple[str, bool], part: Part) -> Need:
    return Select(model_name=where[0], weighted=where[1], view=part.view), part.accumulator


def _class_ids(spec: MetricsSpec, columns: int) -> tuple[int, ...] | None:
    """Returns the classes that the spec looks at, None for all of them."""
    weights = spec.aggregate.class_weights if spec.aggregate else {}
    listed = {*(spec.binarize.class_ids if spec.binarize else ()), *weights}
    where = "eval_config.metrics_specs"
    if columns == 1 and (listed or spec.aggregate):
        raise ParameterError(f"{where}: binarize and aggregate are for several classes, but the model gives 1 score")
    for class_id in listed:
        if not 0 <= class_id < columns:
            raise ParameterError(f"{where}: class_id {class_id} is not one of the model's {columns} classes, from 0")
    return None if spec.aggregate and not weights else tuple(sorted(listed)) or None


def _check_columns(config: MetricConfig, metric: Metric, spec: MetricsSpec, columns: int) -> None:
    name = config.class_name
    if metric.needs_classes and columns == 1:
        remedy = "BinaryAccuracy" if "Accuracy" in name else "a metric for one score, such as BinaryCrossEntropy"
        raise ParameterError(f"eval_config: {name} is for several classes, but the model gives 1 score; use {remedy}")
    binarized = (spec.binarize and spec.binarize.class_ids) or spec.aggregate
    if metric.columns and columns > 1 and not binarized:
        raise ParameterError(
            f"eval_config: {name} is for one score a row, but the model gives {columns} classes; move it to an entry "
            "of metrics_specs with `binarize: {class_ids: [...]}` or `aggregate: {macro_average: true}`"
        )


def _weightings(spec: MetricsSpec, model: ModelSpec, config: MetricConfig) -> list[tuple[bool, bool | None]]:
    """Returns (whether to weight rows, what the key says of it)."""
    if config.class_name == "ExampleCount":
        return [(False, None)]
    options = spec.example_weights
    if not options or not (options.weighted or options.unweighted):
        return [(bool(model.example_weight_key), None)]
    if options.weighted and not model.example_weight_key:
        raise ParameterError("eval_config: example_weights.weighted needs an example_weight_key in model_specs")
    return [(value, value) for value in (True, False) if (options.weighted if value else options.unweighted)]


def _merged(known: Planned, item: Planned) -> Planned:
    """Returns the number that is asked for twice, once, with the thresholds of both."""
    same = known.metric == item.metric
    if item.key.class_id is None:
        same = same and (known.needs, known.compute) == (item.needs, item.compute)
    if not same:
        raise ParameterError(
            f"eval_config: two different metrics are named {metric_text(item.key)!r}; give one another name by "
            "`config: {name: ...}`"
        )
    thresholds, per_slice = known.thresholds + item.thresholds, known.per_slice + item.per_slice
    return dataclasses.replace(
        item, thresholds=tuple(dict.fromkeys(thresholds)), per_slice=_without_repetitions(per_slice)
    )


def _with_thresholds(item: Planned, config: MetricConfig, spec: MetricsSpec) -> Planned:
    """Adds the metric's own thresholds and those that its entry of metrics_specs has by its name."""
    if item.is_plot and (config.threshold or config.per_slice_thresholds):
        raise ParameterError(
            f"eval_config: {config.class_name} is a plot, so it has no number to hold a threshold against"
        )
    own = dataclasses.replace(
        item, thresholds=(config.threshold,) if config.threshold else (), per_slice=config.per_slice_thresholds
    )
    return _with_named_thresholds(own, spec)


def _with_thresholds_from_elsewhere(item: Planned, specs: tuple[MetricsSpec, ...]) -> Planned:
    """Adds the thresholds by name of those entries of metrics_specs that have no metric of the name."""
    for spec in specs:
        if item.key.name not in {metric_name(metric) for metric in spec.metrics}:
            item = _with_named_thresholds(item, spec)
    return item


def _with_named_thresholds(item: Planned, spec: MetricsSpec) -> Planned:
    name = item.key.name
    thresholds = (*item.thresholds, *([spec.thresholds[name]] if name in spec.thresholds else []))
    listed = spec.per_slice_thresholds[name].thresholds if name in spec.per_slice_thresholds else ()
    return dataclasses.replace(item, thresholds=thresholds, per_slice=item.per_slice + listed)


def _without_repetitions(listed: tuple[PerSliceMetricThreshold, ...]) -> tuple[PerSliceMetricThreshold, ...]:
    return tuple(one for index, one in enumerate(listed) if one not in listed[:index])


def _check_thresholds(config: EvalConfig, names: set[str]) -> None:
    for spec in config.metrics_specs:
        for name in (*spec.thresholds, *spec.per_slice_thresholds):
            if name not in names:
                raise ParameterError(f"eval_config: threshold for unknown metric {name!r}; {did_you_mean(name, names)}")
        listed = [t for metric in spec.metrics for t in metric.per_slice_thresholds]
        listed += [t for named in spec.per_slice_thresholds.values() for t in named.thresholds]
        for slices in (slices for threshold in listed for slices in threshold.slicing_specs):
            if not is_within(slices, config.slicing_specs):
                raise ParameterError(
                    f"eval_config: a threshold is for the slices {spec_text(slices)}, which are not computed; name "
                    "them in slicing_specs"
                )

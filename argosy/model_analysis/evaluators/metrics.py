"""Metrics, plots and the verdict, slice by slice: every accumulator of every metric in one CombinePerKey."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np

from argosy.accumulate.combine import CombineAccumulators, Packed
from argosy.examples.beam import count_rows
from argosy.model_analysis.config import EvalConfig
from argosy.model_analysis.evaluators.evaluator import METRICS, VALIDATIONS, Evaluator
from argosy.model_analysis.extracts import SLICE_KEYS, Extracts, Scored, batch_size
from argosy.model_analysis.keys import OVERALL, MetricKey, SliceKey, slice_order
from argosy.model_analysis.metrics.definition import Value
from argosy.model_analysis.metrics.plan import Planned, needs
from argosy.model_analysis.results import ERROR_METRIC, SliceResult, ValidationResult
from argosy.model_analysis.scoring import scored_rows
from argosy.model_analysis.thresholds import validate


def metrics_plots_and_validations_evaluator(config: EvalConfig, planned: Sequence[Planned]) -> Evaluator:
    """Returns the stage that measures every slice and checks the thresholds."""
    return Evaluator(
        stage_name="EvaluateMetricsPlotsAndValidations",
        run_after="ExtractSliceKeys",
        ptransform=_Evaluate(config, tuple(planned)),
    )


class _Evaluate(beam.PTransform):
    def __init__(self, config: EvalConfig, planned: tuple[Planned, ...]) -> None:
        super().__init__()
        self._planned = planned
        self._min_slice_size = config.options.min_slice_size
        self._candidate = next((spec.name for spec in config.model_specs if not spec.is_baseline), "")
        self._baseline = next((spec.name for spec in config.model_specs if spec.is_baseline), "")

    def expand(self, extracts: Any) -> Any:
        pack = [Packed(name=str(i), select=s, accumulator=a) for i, (s, a) in enumerate(needs(self._planned))]
        results = (
            extracts
            | "FanOutToSlices" >> beam.FlatMap(fan_out)
            | "Accumulate" >> beam.CombinePerKey(CombineAccumulators(pack))
            | "Compute" >> beam.MapTuple(_Compute(self._planned, self._min_slice_size, self._candidate, self._baseline))
        )
        verdict = (
            results
            | "WithoutPlots" >> beam.Map(lambda result: dataclasses.replace(result, plots={}))
            | "Gather" >> beam.combiners.ToList()
            | "Validate" >> beam.Map(_ordered_verdict, self._planned)
        )
        return {METRICS: results, VALIDATIONS: verdict}


def fan_out(extracts: Extracts) -> Iterator[tuple[SliceKey, dict[str, Scored]]]:
    """Yields each slice of the batch with its rows, and counts the rows."""
    models, rows = scored_rows(extracts)
    _count(models, batch_size(extracts), len(rows))
    if not len(rows):
        return
    place = np.full(batch_size(extracts), -1)
    place[rows] = np.arange(len(rows))
    for key, members in extracts[SLICE_KEYS].items():
        inside = place[members]
        inside = inside[inside >= 0]
        if len(inside) == len(rows):
            yield key, models
        elif len(inside):
            yield key, {name: scored.take(inside) for name, scored in models.items()}


def _count(models: Mapping[str, Scored], read: int, evaluated: int) -> None:
    first = next(iter(models.values()))
    several = first.scores.shape[1] > 1
    count_rows("rows_evaluated", evaluated)
    count_rows("rows_without_label", read - evaluated)
    count_rows("rows_of_unknown_class", int((first.labels < 0).sum()) if several else 0)
    count_rows("rows_with_nan_prediction", int(np.isnan(first.scores).any(axis=1).sum()))


class _Compute:
    """Applies the formulas to what the accumulators of a slice came to."""

    def __init__(self, planned: tuple[Planned, ...], min_slice_size: int, candidate: str, baseline: str) -> None:
        self._planned, self._min_slice_size = planned, min_slice_size
        self._models = (candidate, baseline)
        self._place = {need: str(index) for index, need in enumerate(needs(planned))}

    def __call__(self, slice_key: SliceKey, results: Mapping[str, Any]) -> SliceResult:
        values = {(item.key, item.is_plot): self._value(item, results) for item in self._planned}
        metrics = {key: value for (key, is_plot), value in values.items() if not is_plot}
        counts = {key: value for key, value in metrics.items() if key.name == "example_count"}
        size = next(iter(counts.values()))
        assert isinstance(size, float)
        if slice_key != OVERALL and size < self._min_slice_size:
            note = f"{size:.0f} rows, fewer than min_slice_size {self._min_slice_size}"
            return SliceResult(slice_key=slice_key, metrics={**counts, MetricKey(name=ERROR_METRIC): note})
        plots = {key: value for (key, is_plot), value in values.items() if is_plot}
        return SliceResult(slice_key=slice_key, metrics={**metrics, **self._differences(metrics)}, plots=plots)

    def _value(self, item: Planned, results: Mapping[str, Any]) -> Value:
        return item.compute(*(results[self._place[need]] for need in item.needs))

    def _differences(self, metrics: Mapping[MetricKey, Value]) -> dict[MetricKey, Value]:
        """Returns the candidate's numbers less the baseline's."""
        candidate, baseline = self._models
        differences: dict[MetricKey, Value] = {}
        for key, value in metrics.items() if baseline else ():
            other = metrics.get(dataclasses.replace(key, model_name=baseline))
            if key.model_name == candidate and isinstance(value, float) and isinstance(other, float):
                differences[dataclasses.replace(key, is_diff=True)] = value - other
        return differences


def _ordered_verdict(slices: list[SliceResult], planned: tuple[Planned, ...]) -> ValidationResult:
    return validate(sorted(slices, key=lambda result: slice_order(result.slice_key)), planned)

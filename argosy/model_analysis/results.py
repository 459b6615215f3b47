"""What an evaluation comes to, and how it is read back from an evaluation's directory."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from argosy.errors import ArtifactError, did_you_mean
from argosy.examples.tfrecord import read_records
from argosy.model_analysis.config import EvalConfig, MetricThreshold, SlicingSpec
from argosy.model_analysis.keys import MetricKey, SliceKey, slice_order, slice_text
from argosy.model_analysis.metrics.definition import Value
from argosy.model_analysis.parse_config import parse_eval_config

METRICS_FILE = "metrics-00000-of-00001.tfrecord"
PLOTS_FILE = "plots-00000-of-00001.tfrecord"
VALIDATIONS_FILE = "validations.tfrecord"
CONFIG_FILE = "eval_config.json"
ROWS_FILE = "rows.json"
"""Argosy's own: how many rows were read, measured and left out, how many classes models have, their names, notes."""

ERROR_METRIC = "__ERROR__"
"""The metric that says in words why a slice was not measured, as in TFMA."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SliceResult:
    """All numbers of one slice."""

    slice_key: SliceKey
    metrics: dict[MetricKey, Value]
    plots: dict[MetricKey, Value] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check:
    """One threshold, held against one slice.

    Attributes:
        slice_key: Which rows.
        key: Which metric; of a change threshold, the difference to the baseline.
        value: What it is; None when there is no such number.
        threshold: The bounds.
        problem: Why it is not met; empty when it is.
    """

    slice_key: SliceKey
    key: MetricKey
    value: float | None
    threshold: MetricThreshold
    problem: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValidationResult:
    """The verdict.

    Attributes:
        ok: Whether every threshold was met.
        has_thresholds: Whether there was any.
        failures: Those that were not met.
        missing_slices: Slices that a threshold is for, but that no row was in.
    """

    ok: bool
    has_thresholds: bool
    failures: tuple[Check, ...] = ()
    missing_slices: tuple[SlicingSpec, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvalResult:
    """An evaluation as a whole.

    Attributes:
        config: What was asked for.
        slices: The overall slice first, then by feature and value.
        validation: The verdict on thresholds.
        rows: Row counts: `read`, `evaluated`, `without_label`, `of_unknown_class`, `with_nan_prediction`.
        columns: Model name -> how many scores it gives for a row: 1, or the number of classes.
        classes: Model name -> the names of its classes; no entry where it names none.
        notes: What else to know of how it was evaluated.
        model_locations: Model name -> where the model was.
        data_location: Where the rows were.
    """

    config: EvalConfig
    slices: tuple[SliceResult, ...]
    validation: ValidationResult
    rows: dict[str, int]
    columns: dict[str, int]
    classes: dict[str, tuple[str, ...]]
    notes: tuple[str, ...]
    model_locations: dict[str, str]
    data_location: str

    @property
    def slicing_metrics(self) -> list[tuple[SliceKey, dict[MetricKey, Value]]]:
        """Every slice and its metrics."""
        return [(result.slice_key, result.metrics) for result in self.slices]

    @property
    def plots(self) -> list[tuple[SliceKey, dict[MetricKey, Value]]]:
        """Every slice and its plots."""
        return [(result.slice_key, result.plots) for result in self.slices]

    def get_slice_names(self) -> list[SliceKey]:
        """Returns the keys of all slices."""
        return [result.slice_key for result in self.slices]

    def get_metrics_for_slice(self, slice_name: SliceKey = ()) -> dict[MetricKey, Value]:
        """Returns the metrics of a slice, by default the overall one.

        Raises:
            KeyError: There is no such slice.
        """
        for result in self.slices:
            if result.slice_key == slice_name:
                return result.metrics
        raise KeyError(did_you_mean(slice_text(slice_name), map(slice_text, self.get_slice_names())))

    def get_metric_names(self) -> list[str]:
        """Returns the names of all metrics, sorted."""
        return sorted({key.name for result in self.slices for key in result.metrics})


def load_eval_result(path: str) -> EvalResult:
    """Returns the evaluation that a ModelEvaluation directory holds.

    Raises:
        ArtifactError: A file of it is missing.
        DataError: A file of it is damaged.
    """
    from argosy.model_analysis.convert import metrics_from_bytes, plots_from_bytes

    run, rows = _json(path, CONFIG_FILE), _json(path, ROWS_FILE)
    metrics = dict(metrics_from_bytes(record) for record in _records(path, METRICS_FILE))
    plots = dict(plots_from_bytes(record) for record in _records(path, PLOTS_FILE))
    ordered = sorted(metrics, key=slice_order)
    return EvalResult(
        config=parse_eval_config(json.dumps(run["evalConfig"])),
        slices=tuple(SliceResult(slice_key=key, metrics=metrics[key], plots=plots.get(key, {})) for key in ordered),
        validation=load_validation_result(path),
        rows=rows["rows"],
        columns=rows["columns"],
        classes={name: tuple(names) for name, names in rows["classes"].items()},
        notes=tuple(rows["notes"]),
        model_locations=run.get("modelLocations", {}),
        data_location=run.get("dataLocation", ""),
    )


def load_validation_result(path: str) -> ValidationResult:
    """Returns the verdict that a ModelEvaluation directory holds.

    Raises:
        ArtifactError: Its file is missing.
    """
    from argosy.model_analysis.convert_validation import validation_from_bytes

    records = _records(path, VALIDATIONS_FILE)
    if len(records) != 1:
        raise ArtifactError(f"{Path(path, VALIDATIONS_FILE)}: expected one record, found {len(records)}")
    return validation_from_bytes(records[0])


def _records(path: str, name: str) -> list[bytes]:
    file = _require(path, name)
    return [record for batch in read_records(str(file)) for record in batch.cast(pa.binary()).to_pylist()]


def _json(path: str, name: str) -> Any:
    return json.loads(_require(path, name).read_text(encoding="utf-8"))


def _require(path: str, name: str) -> Path:
    file = Path(path, name)
    if not file.is_file():
        raise ArtifactError(f"{file}: missing; {path} has to be the output `evaluation` of an Evaluator that ended")
    return file

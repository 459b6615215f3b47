"""The files of metrics, plots and the verdict."""

from typing import Any

import apache_beam as beam
import pyarrow as pa

from argosy import fs
from argosy.examples.tfrecord import frame
from argosy.model_analysis.convert import metrics_to_bytes, plots_to_bytes
from argosy.model_analysis.convert_validation import validation_to_bytes
from argosy.model_analysis.evaluators.evaluator import METRICS, VALIDATIONS
from argosy.model_analysis.keys import slice_order
from argosy.model_analysis.results import METRICS_FILE, PLOTS_FILE, VALIDATIONS_FILE, SliceResult, ValidationResult
from argosy.model_analysis.writers.writer import Writer


def metrics_plots_and_validations_writer(output_path: str) -> Writer:
    """Returns the stage that writes `metrics-*`, `plots-*` and `validations.tfrecord`."""
    return Writer(stage_name="WriteMetricsPlotsAndValidations", ptransform=_Write(output_path))


class _Write(beam.PTransform):
    def __init__(self, output_path: str) -> None:
        super().__init__()
        self._path = output_path

    def expand(self, evaluation: Any) -> Any:
        slices = evaluation[METRICS] | "GatherSlices" >> beam.combiners.ToList()
        return (
            slices | "WriteSlices" >> beam.Map(_write_slices, self._path),
            evaluation[VALIDATIONS] | "WriteValidations" >> beam.Map(_write_validation, self._path),
        )


def _write_slices(slices: list[SliceResult], path: str) -> None:
    ordered = sorted(slices, key=lambda result: slice_order(result.slice_key))
    _write_records(f"{path}/{METRICS_FILE}", [metrics_to_bytes(r.slice_key, r.metrics) for r in ordered])
    _write_records(f"{path}/{PLOTS_FILE}", [plots_to_bytes(r.slice_key, r.plots) for r in ordered if r.plots])


def _write_validation(validation: ValidationResult, path: str) -> None:
    _write_records(f"{path}/{VALIDATIONS_FILE}", [validation_to_bytes(validation)])


def _write_records(file: str, records: list[bytes]) -> None:
    fs.write_bytes(file, frame(pa.array(records, pa.binary())))

"""Runs an evaluation: a pipeline from rows to the files of a ModelEvaluation directory."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa

import argosy
from argosy import fs
from argosy.errors import DataError, did_you_mean
from argosy.examples import split_files
from argosy.examples.beam import ReadExamples, row_counts, run_pipeline
from argosy.examples.layout import split_payload
from argosy.examples.payload import PARQUET
from argosy.examples.read import RAW_RECORD, read_file
from argosy.model_analysis.config import EvalConfig
from argosy.model_analysis.evaluators import metrics_plots_and_validations_evaluator
from argosy.model_analysis.evaluators.evaluator import verify_evaluator
from argosy.model_analysis.extractors import default_extractors
from argosy.model_analysis.extractors.features import batch_extracts
from argosy.model_analysis.extractors.predictions import EvalModel, LoadedModel
from argosy.model_analysis.metrics.plan import Planned, plan_metrics
from argosy.model_analysis.models import configured_for, needed_columns
from argosy.model_analysis.parse_config import eval_config_json
from argosy.model_analysis.results import CONFIG_FILE, ROWS_FILE, EvalResult, load_eval_result
from argosy.model_analysis.slicing import slice_columns
from argosy.model_analysis.verdict import change_notes
from argosy.model_analysis.writers import metrics_plots_and_validations_writer


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvalData:
    """The rows to evaluate on.

    Attributes:
        path: The directory of an Examples artifact.
        splits: Which of its splits.
        columns: Columns that are known to exist, from a schema; others are looked for in the rows.
    """

    path: str
    splits: tuple[str, ...] = ("eval",)
    columns: tuple[str, ...] = ()

    def files(self) -> list[str]:
        """Returns the files of all splits."""
        return [file for split in self.splits for file in split_files(self.path, split)]


def run_model_analysis(
    model: str,
    config: EvalConfig,
    data: EvalData,
    output_path: str,
    *,
    baseline: str = "",
    beam_pipeline_args: Sequence[str] = (),
) -> EvalResult:
    """Evaluates the model, writes a ModelEvaluation directory, and returns what it holds.

    Args:
        model: The directory of the candidate's SavedModel.
        config: What to compute, and the thresholds.
        data: The rows.
        output_path: The directory to write to.
        baseline: The directory of the SavedModel to compare it with; empty for none.
        beam_pipeline_args: Apache Beam's own options.

    Raises:
        ParameterError: The configuration asks for what the model or the metrics do not have.
        DataError: It names a column that the rows do not have, or a label or weight is wrong.
    """
    asked, config = config, configured_for(config, has_baseline=bool(baseline))
    check_columns(config, data)
    directories = (model, baseline) if baseline else (model,)
    models = {
        spec.name: EvalModel(directory=directory, spec=spec)
        for spec, directory in zip(config.model_specs, directories, strict=True)
    }
    with contextlib.ExitStack() as held:
        loaded = {name: held.enter_context(contextlib.closing(m.load())) for name, m in models.items()}
        shapes = {name: _columns_and_classes(one, data) for name, one in loaded.items()}
        columns = {name: count for name, (count, _) in shapes.items()}
        planned = plan_metrics(config, columns)
        counts = _run(config, data, models, planned, output_path, beam_pipeline_args)
    _write_run(output_path, config, data, {name: m.directory for name, m in models.items()})
    classes = {name: list(names) for name, (_, names) in shapes.items() if names}
    notes = () if baseline else change_notes(asked)
    found = {"rows": counts, "columns": columns, "classes": classes, "notes": notes}
    _write_json(output_path, ROWS_FILE, found)
    return load_eval_result(output_path)


def check_columns(config: EvalConfig, data: EvalData) -> None:
    """Refuses a label, weight or slice column that no row has, unless there is no row at all.

    Raises:
        DataError: There is one; the message names the nearest known column.
    """
    wanted = {**dict.fromkeys(slice_columns(config.slicing_specs), "slicing_specs")}
    wanted |= {name: f"model_specs.{role}" for name, role in needed_columns(config.model_specs).items()}
    known = set(data.columns)
    rows = 0
    for batch in _batches(data):
        if wanted.keys() <= known:
            return
        known |= set(batch.schema.names) - {RAW_RECORD}
        rows += batch.num_rows
    missing = next((name for name in wanted if name not in known), None)
    if rows and missing is not None:
        raise DataError(
            f"eval_config: {wanted[missing]} names the column {missing!r}, which the examples do not have; "
            f"{did_you_mean(missing, known)}"
        )


def _run(
    config: EvalConfig,
    data: EvalData,
    models: dict[str, EvalModel],
    planned: tuple[Planned, ...],
    output_path: str,
    args: Sequence[str],
) -> dict[str, int]:
    """Runs the pipeline and returns how many rows went where."""
    evaluator = metrics_plots_and_validations_evaluator(config, planned)
    writer = metrics_plots_and_validations_writer(output_path)
    extractors = default_extractors(config, models)
    verify_evaluator(evaluator, [extractor.stage_name for extractor in extractors])
    with run_pipeline(list(args)) as pipeline:
        splits = [pipeline | ReadExamples(data.path, split, with_raw=True) for split in data.splits]
        extracts: Any = splits | beam.Flatten() | "BatchesToExtracts" >> beam.Map(batch_extracts)
        for extractor in extractors:
            extracts = extracts | extractor.stage_name >> extractor.ptransform
        evaluation = extracts | evaluator.stage_name >> evaluator.ptransform
        _ = evaluation | writer.stage_name >> writer.ptransform
    counted = row_counts(pipeline)
    read = sum(counted.get(f"rows_read:{split}", 0) for split in data.splits)
    names = ("evaluated", "without_label", "of_unknown_class", "with_nan_prediction")
    return {"read": read, **{name: counted.get(f"rows_{name}", 0) for name in names}}


def _columns_and_classes(model: LoadedModel, data: EvalData) -> tuple[int, tuple[str, ...]]:
    """Returns how many columns of scores the model gives, and their names, as it says of the first row."""
    for batch in _batches(data):
        if batch.num_rows:
            predictions = model.predict(batch.column(RAW_RECORD)[:1])
            return predictions.scores.shape[1], predictions.classes
    shape = model.model.signatures[model.signature].outputs[model.scores].shape
    return (shape[1] if shape and len(shape) == 2 and shape[1] else 1), ()


def _batches(data: EvalData) -> Iterator[pa.RecordBatch]:
    for file in data.files():
        yield from read_file(file, with_raw=True)


def _write_run(path: str, config: EvalConfig, data: EvalData, locations: dict[str, str]) -> None:
    """Writes `eval_config.json`, an EvalRun."""
    run = {
        "evalConfig": eval_config_json(config),
        "version": argosy.__version__,
        "dataLocation": data.path,
        "fileFormat": "parquet" if split_payload(data.path, data.splits[0]) == PARQUET else "tfrecords",
        "modelLocations": locations,
    }
    _write_json(path, CONFIG_FILE, run)


def _write_json(path: str, name: str, value: Any) -> None:
    fs.write_bytes(f"{path}/{name}", json.dumps(value, indent=2).encode())

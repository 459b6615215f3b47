"""The executor of Evaluator."""

import json
import logging
import math
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.artifacts import (
    HTML,
    ClassificationMetrics,
    Examples,
    Input,
    Metrics,
    Model,
    ModelBlessing,
    ModelEvaluation,
    Output,
    Schema,
)
from argosy.errors import ArtifactError, ParameterError
from argosy.model_analysis.analyze import EvalData, run_model_analysis
from argosy.model_analysis.config import EvalConfig
from argosy.model_analysis.dashboard import classification_metadata
from argosy.model_analysis.keys import MetricKey
from argosy.model_analysis.parse_config import parse_eval_config
from argosy.model_analysis.report import evaluation_html
from argosy.model_analysis.results import EvalResult
from argosy.model_analysis.verdict import Verdict, verdict, verdict_json
from argosy.user_code import load_text

REASONS_FILE = "reasons.json"

_log = logging.getLogger("argosy.model_analysis")


def evaluator(
    examples: Input[Examples],
    evaluation: Output[ModelEvaluation],
    blessing: Output[ModelBlessing],
    metrics: Output[Metrics],
    report: Output[HTML],
    model: Input[Model] | None = None,
    baseline_model: Input[Model] | None = None,
    schema: Input[Schema] | None = None,
    classification: Output[ClassificationMetrics] | None = None,
    *,
    eval_config: str = "",
    example_splits: list[str] | None = None,
    beam_pipeline_args: list[str] | None = None,
) -> dict[str, Any]:
    """Evaluates the model and blesses it or not; a model that is not blessed is no error.

    Raises:
        ParameterError: There is no model or configuration, or the configuration asks for what is not there.
        DataError: It names a column that the examples do not have.
    """
    if model is None:
        raise ParameterError("evaluator needs a model; connect its input `model` to a Trainer's output")
    config = _config(eval_config)
    data = EvalData(path=examples.path, splits=tuple(example_splits or ["eval"]), columns=_columns(schema))
    result = run_model_analysis(
        serving_directory(model.path),
        config,
        data,
        evaluation.path,
        baseline=serving_directory(baseline_model.path) if baseline_model else "",
        beam_pipeline_args=beam_pipeline_args or (),
    )
    found = verdict(result)
    _write_blessing(blessing, found, model, baseline_model)
    fs.write_bytes(report.path, evaluation_html(evaluation.path).encode())
    metrics.metadata.update(overall_numbers(result))
    if classification:
        classification.metadata.update(classification_metadata(result))
    evaluation.metadata.update({"num_examples": json.dumps(result.rows), "blessed": int(found.blessed)})
    _tell(result, found)
    return {"blessed": found.blessed}


def serving_directory(path: str) -> str:
    """Returns the SavedModel of a Model artifact: `Format-Serving/`, or the directory itself where that is one.

    Raises:
        ArtifactError: There is neither.
    """
    for candidate in (Path(path, "Format-Serving"), Path(path)):
        if Path(candidate, "saved_model.pb").is_file():
            return str(candidate)
    raise ArtifactError(f"{path}: no SavedModel in it; expected Format-Serving/saved_model.pb, as Trainer writes it")


def overall_numbers(result: EvalResult) -> dict[str, float]:
    """Returns the overall slice's numbers under names made of letters, digits and underscores; NaN is left out."""
    metrics = result.get_metrics_for_slice() if result.slices else {}
    return {
        _metric_slug(key): value for key, value in metrics.items() if isinstance(value, float) and math.isfinite(value)
    }


def _metric_slug(key: MetricKey) -> str:
    parts = [
        key.name,
        "" if key.class_id is None else f"class_{key.class_id}",
        key.aggregation,
        {None: "", True: "weighted", False: "unweighted"}[key.weighted],
        key.model_name,
        "diff" if key.is_diff else "",
    ]
    return "_".join(part for part in parts if part)


def _config(eval_config: str) -> EvalConfig:
    if not eval_config.strip():
        raise ParameterError("eval_config has to be given: a YAML file beside the pipeline, or its text")
    name, text = load_text(eval_config)
    try:
        return parse_eval_config(text)
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from error


def _columns(schema: Input[Schema] | None) -> tuple[str, ...]:
    """Returns the names of the schema's features, which need not occur in any row."""
    if schema is None:
        return ()
    from argosy.schema import read_schema

    return tuple(feature.name for feature in read_schema(schema.path).features)


def _write_blessing(
    blessing: Output[ModelBlessing], found: Verdict, model: Input[Model], baseline: Input[Model] | None
) -> None:
    fs.write_bytes(f"{blessing.path}/{'BLESSED' if found.blessed else 'NOT_BLESSED'}", b"")
    fs.write_bytes(f"{blessing.path}/{REASONS_FILE}", json.dumps(verdict_json(found), indent=2).encode())
    blessing.metadata.update({"blessed": int(found.blessed), "current_model": model.uri})
    if baseline:
        blessing.metadata["baseline_model"] = baseline.uri


def _tell(result: EvalResult, found: Verdict) -> None:
    rows = result.rows
    _log.info("%d rows read, %d evaluated in %d slices", rows["read"], rows["evaluated"], len(result.slices))
    for name, value in overall_numbers(result).items():
        _log.info("%s = %.6g", name, value)
    for note in found.notes:
        _log.warning("%s", note)
    for reason in found.reasons:
        _log.info("%s: %s", "blessed" if found.blessed else "not blessed", reason.message)

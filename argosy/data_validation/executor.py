"""The steps StatisticsGen, SchemaGen and ExampleValidator."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from argosy import artifacts
from argosy.artifacts import HTML, ExampleAnomalies, Examples, ExampleStatistics, Input, Output
from argosy.data_validation.infer import infer_schema, update_schema
from argosy.data_validation.statistics.files import read_statistics, statistics_splits
from argosy.data_validation.statistics.generate import dataset_accumulator
from argosy.data_validation.statistics.parse_options import parse_options
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.validation.files import anomalies_file, write_anomalies
from argosy.data_validation.validation.gate import check_fail_on, open_gate
from argosy.data_validation.validation.validate import validate_statistics
from argosy.errors import DataError, ParameterError, did_you_mean, located
from argosy.examples import layout
from argosy.schema import read_schema, write_schema

_LOG = logging.getLogger("argosy.data_validation")


def statistics_gen(
    examples: Input[Examples],
    statistics: Output[ExampleStatistics],
    report: Output[HTML],
    schema: Input[artifacts.Schema] | None = None,
    *,
    stats_options: dict[str, Any] | None = None,
    exclude_splits: list[str] | None = None,
    beam_pipeline_args: list[str] | None = None,
) -> None:
    """Computes descriptive statistics of every feature of every split.

    Raises:
        ParameterError: An unknown option, or a split to exclude that is not there.
        DataError: A feature has two types, or a file is damaged.
        RuntimeError: A row was lost or read twice.
    """
    from argosy.data_validation.beam import write_split_statistics

    accumulator = dataset_accumulator(
        options=parse_options(stats_options or {}), schema=read_schema(schema.path) if schema else None
    )
    splits = _chosen(_recorded_splits(examples.metadata) or layout.split_names(examples.path), exclude_splits or [])
    rows = write_split_statistics(
        examples.path, splits, statistics.path, accumulator=accumulator, beam_pipeline_args=beam_pipeline_args or []
    )
    for split in splits:
        found = read_statistics(statistics.path, split)
        if found.num_examples != rows[split]:
            raise RuntimeError(f"split {split}: {rows[split]} rows were read, but {found.num_examples} counted")
        _LOG.info("split %s: %d rows, %d features", split, found.num_examples, len(found.features))
    statistics.metadata.update({"split_names": json.dumps(splits), "num_examples": json.dumps(rows)})
    if "span" in examples.metadata:
        statistics.metadata["span"] = examples.metadata["span"]
    _write_page(report, "statistics", statistics.path)


def schema_gen(
    statistics: Input[ExampleStatistics],
    schema: Output[artifacts.Schema],
    report: Output[HTML],
    *,
    infer_feature_shape: bool = True,
    splits: list[str] | None = None,
) -> None:
    """Infers a schema from the first split given and lets it grow with the others.

    Raises:
        ParameterError: No split is given, or one without statistics.
        DataError: A split has no rows.
    """
    known = _recorded_splits(statistics.metadata) or statistics_splits(statistics.path)
    chosen = ["train"] if splits is None else splits
    if not chosen:
        raise ParameterError("splits is empty; name the splits whose rows are known to be good, such as train")
    for split in chosen:
        if split not in known:
            raise ParameterError(f"splits: there are no statistics of split {split!r}; {did_you_mean(split, known)}")
    found = [_with_rows(statistics.path, split) for split in chosen]
    inferred = infer_schema(found[0], infer_feature_shape=infer_feature_shape)
    for more in found[1:]:
        inferred = update_schema(inferred, more, infer_feature_shape=infer_feature_shape)
    write_schema(inferred, schema.path)
    _LOG.info("%d features inferred from %s", len(inferred.features), ", ".join(chosen))
    schema.metadata.update({"splits": json.dumps(chosen), "num_features": len(inferred.features)})
    _write_page(report, "schema", schema.path)


def example_validator(
    statistics: Input[ExampleStatistics],
    schema: Input[artifacts.Schema],
    anomalies: Output[ExampleAnomalies],
    report: Output[HTML],
    *,
    exclude_splits: list[str] | None = None,
    environment: str = "",
    fail_on: str = "error",
) -> None:
    """Compares statistics with the schema; writes what it finds, then stops the run if that is grave enough.

    Raises:
        GateError: A split has anomalies of the severity that `fail_on` names.
        ParameterError: `fail_on` or the environment is unknown, or a split to exclude is not there.
    """
    check_fail_on(fail_on)
    expected = read_schema(schema.path)
    known = _recorded_splits(statistics.metadata) or statistics_splits(statistics.path)
    splits = _chosen(known, exclude_splits or [])
    found = {}
    for split in splits:
        with located(split=split):
            found[split] = validate_statistics(
                read_statistics(statistics.path, split), expected, environment=environment
            )
        write_anomalies(found[split], anomalies_file(anomalies.path, split))
        _LOG.info("split %s: features with anomalies: %d", split, len(found[split].features))
        # The log outlives the report, which goes with the outputs of a task that its gate has failed.
        for anomaly in found[split].features:
            _LOG.info("  %s: %s", anomaly.name, anomaly.description)
    blessed = {split: int(found[split].is_clean) for split in splits}
    anomalies.metadata.update({"split_names": json.dumps(splits), "blessed": json.dumps(blessed)})
    _write_page(report, "anomalies", anomalies.path)
    open_gate(found, fail_on=fail_on)


def _recorded_splits(metadata: dict[str, Any]) -> list[str]:
    """Returns the splits that the producer recorded; empty where a backend has dropped or reshaped that."""
    try:
        names = json.loads(metadata.get("split_names", "[]"))
    except (TypeError, ValueError):
        return []
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else []


def _with_rows(path: str, split: str) -> DatasetStatistics:
    found = read_statistics(path, split)
    if not found.num_examples:
        raise DataError(f"split {split} has no rows, so no schema can be inferred from it")
    return found


def _chosen(splits: Sequence[str], excluded: Sequence[str]) -> list[str]:
    for name in excluded:
        if name not in splits:
            raise ParameterError(f"exclude_splits: there is no split {name!r}; {did_you_mean(name, splits)}")
    chosen = [split for split in splits if split not in excluded]
    if not chosen:
        raise ParameterError(f"exclude_splits leaves no split of {', '.join(splits)}")
    return chosen


def _write_page(report: Output[HTML], kind: str, path: str) -> None:
    from argosy.data_validation import report as pages

    page = {"statistics": pages.statistics_html, "schema": pages.schema_html, "anomalies": pages.anomalies_html}[kind]
    Path(report.path).write_text(page(path), encoding="utf-8")

"""The step ExampleValidator."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy import artifacts
from argosy.artifacts import HTML, ExampleAnomalies, Examples, ExampleStatistics, Input, Output
from argosy.data_validation.rows.report import RowReport, validate_split, write_row_report
from argosy.data_validation.statistics.files import read_statistics, statistics_splits
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.step_parts import chosen_splits, recorded_splits
from argosy.data_validation.validation.custom import parse_custom_validations
from argosy.data_validation.validation.files import anomalies_file, write_anomalies
from argosy.data_validation.validation.gate import check_fail_on, open_gate
from argosy.data_validation.validation.options import parse_validation_options
from argosy.data_validation.validation.spec import Anomalies
from argosy.data_validation.validation.validate import refuse_strangers, validate_statistics
from argosy.errors import ArtifactError, located
from argosy.schema import Schema, read_schema

_LOG = logging.getLogger("argosy.data_validation")


def example_validator(
    statistics: Input[ExampleStatistics],
    schema: Input[artifacts.Schema],
    anomalies: Output[ExampleAnomalies],
    report: Output[HTML],
    previous_statistics: Input[ExampleStatistics] | None = None,
    serving_statistics: Input[ExampleStatistics] | None = None,
    previous_version_statistics: Input[ExampleStatistics] | None = None,
    examples: Input[Examples] | None = None,
    *,
    exclude_splits: list[str] | None = None,
    environment: str = "",
    fail_on: str = "error",
    validation_options: dict[str, Any] | None = None,
    custom_validation_config: dict[str, Any] | None = None,
) -> None:
    """Compares statistics with the schema; writes what it finds, then stops the run if that is grave enough.

    Raises:
        GateError: A split has anomalies of the severity that `fail_on` names.
        ParameterError: A parameter is unknown or makes no sense, or a split to exclude is not there.
        DataError: Statistics are of another dataset: they have no feature of the schema.
    """
    check_fail_on(fail_on)
    options = parse_validation_options(validation_options or {})
    custom = parse_custom_validations(custom_validation_config or {})
    expected = read_schema(schema.path)
    splits = chosen_splits(
        recorded_splits(statistics.metadata) or statistics_splits(statistics.path), exclude_splits or []
    )
    judged = {split: _read(statistics, split, expected, "the statistics") for split in splits}
    found: dict[str, Anomalies] = {}
    rows: dict[str, RowReport] = {}
    for split, current in judged.items():
        with located(split=split):
            found[split] = validate_statistics(
                current,
                expected,
                environment=environment,
                previous_statistics=_control(previous_statistics, split, expected, "previous_statistics"),
                serving_statistics=_control(serving_statistics, split, expected, "serving_statistics"),
                previous_version_statistics=_control(
                    previous_version_statistics, split, expected, "previous_version_statistics"
                ),
                custom_validations=custom,
                options=options,
            )
        write_anomalies(found[split], anomalies_file(anomalies.path, split))
        _log(split, found[split])
        if examples is not None:
            rows[split] = validate_split(examples.path, split, expected, environment=environment)
            write_row_report(rows[split], anomalies.path, split)
            _LOG.info("split %s: %d of %d rows are wrong", split, rows[split].num_wrong, rows[split].num_rows)
    blessed = {split: int(found[split].is_clean) for split in splits}
    anomalies.metadata.update({"split_names": json.dumps(splits), "blessed": json.dumps(blessed)})
    if rows:
        anomalies.metadata["num_wrong_rows"] = json.dumps({split: told.num_wrong for split, told in rows.items()})
    _write_page(report, found, judged, expected, rows)
    open_gate(found, fail_on=fail_on)


def _read(artifact: Input[ExampleStatistics], split: str, schema: Schema, what: str) -> DatasetStatistics:
    found = read_statistics(artifact.path, split)
    with located(split=split):
        refuse_strangers(found, schema, what=what)
    return found


def _control(
    artifact: Input[ExampleStatistics] | None, split: str, schema: Schema, what: str
) -> DatasetStatistics | None:
    """Returns what a split is compared with: the split of its name, or the only one."""
    if artifact is None:
        return None
    known = statistics_splits(artifact.path)
    if split not in known and len(known) > 1:
        raise ArtifactError(
            f"{what} has splits {', '.join(known)}, so none to compare with {split!r}; make its statistics, or exclude "
            f"{split!r} by exclude_splits"
        )
    return _read(artifact, split if split in known else known[0], schema, what)


def _log(split: str, found: Anomalies) -> None:
    _LOG.info("split %s: features with anomalies: %d", split, len(found.features))
    # The log outlives the report, which goes with the outputs of a task that its gate has failed.
    for anomaly in found.all:
        _LOG.info("  %s: %s", anomaly.name, anomaly.description)


def _write_page(
    report: Output[HTML],
    found: Mapping[str, Anomalies],
    judged: Mapping[str, DatasetStatistics],
    schema: Schema,
    rows: Mapping[str, RowReport],
) -> None:
    from argosy.data_validation.report import anomalies_page

    page = anomalies_page(found, statistics=judged, schema=schema, rows=rows)
    Path(report.path).write_text(page, encoding="utf-8")

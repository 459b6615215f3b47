"""The steps SchemaGen and ExampleValidator; StatisticsGen is in `statistics_step.py`."""

import json
import logging

from argosy import artifacts
from argosy.artifacts import HTML, ExampleAnomalies, ExampleStatistics, Input, Output
from argosy.data_validation.infer import infer_schema, update_schema
from argosy.data_validation.statistics.files import read_statistics, statistics_splits
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.step_parts import chosen_splits, recorded_splits, write_page
from argosy.data_validation.validation.files import anomalies_file, write_anomalies
from argosy.data_validation.validation.gate import check_fail_on, open_gate
from argosy.data_validation.validation.validate import validate_statistics
from argosy.errors import DataError, ParameterError, did_you_mean, located
from argosy.schema import read_schema, write_schema

_LOG = logging.getLogger("argosy.data_validation")


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
    known = recorded_splits(statistics.metadata) or statistics_splits(statistics.path)
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
    write_page(report, "schema", schema.path)


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
    known = recorded_splits(statistics.metadata) or statistics_splits(statistics.path)
    splits = chosen_splits(known, exclude_splits or [])
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
    write_page(report, "anomalies", anomalies.path)
    open_gate(found, fail_on=fail_on)


def _with_rows(path: str, split: str) -> DatasetStatistics:
    found = read_statistics(path, split)
    if not found.num_examples:
        raise DataError(f"split {split} has no rows, so no schema can be inferred from it")
    return found

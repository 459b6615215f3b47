"""One row, or a few taken together, judged by its statistics."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from argosy.data_validation.statistics.generate import generate_statistics
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.sources import options_of
from argosy.data_validation.validation.spec import Anomalies, Anomaly
from argosy.data_validation.validation.validate import validate_statistics
from argosy.schema import Schema

OF_DATASETS = frozenset(
    {
        "COMPARATOR_HIGH_NUM_EXAMPLES", "COMPARATOR_LOW_NUM_EXAMPLES", "DATASET_HIGH_NUM_EXAMPLES",
        "DATASET_LOW_NUM_EXAMPLES", "FEATURE_TYPE_LOW_FRACTION_PRESENT", "FEATURE_TYPE_LOW_NUMBER_PRESENT",
        "FEATURE_TYPE_LOW_UNIQUE", "FEATURE_TYPE_NOT_PRESENT",
    }
)  # fmt: skip
"""Types of anomalies that say nothing of a row: it cannot have them by itself."""


def validate_instance(
    instance: pa.RecordBatch,
    schema: Schema,
    *,
    stats_options: Mapping[str, Any] | StatisticsOptions | None = None,
    environment: str = "",
) -> Anomalies:
    """Returns what does not fit in a row: what `validate_statistics` says of its statistics, and is true of rows.

    That is TFDV's way, which costs milliseconds a row. `Validator.check` costs far less, and also tells which row.

    >>> from argosy.schema import Feature, IntDomain
    >>> schema = Schema(features=(Feature(name="age", type="INT", domain=IntDomain(min=0)),))
    >>> row = pa.record_batch({"age": pa.array([[-1]])})
    >>> [reason.type for anomaly in validate_instance(row, schema).features for reason in anomaly.reasons]
    ['INT_TYPE_SMALL_INT']

    Args:
        instance: A row, or several taken together; columns of lists, or of values.
        schema: What it should look like.
        stats_options: Options by TFDV's names.
        environment: The one whose features are expected; empty: all features.

    Raises:
        ParameterError: An option is unknown, or the schema knows no such environment.
        DataError: A column is of a type that is no feature's.
    """
    statistics = generate_statistics([instance], options=options_of(stats_options), schema=schema)
    found = validate_statistics(statistics, schema, environment=environment)
    features = tuple(one for anomaly in found.features if (one := _of_rows(anomaly)) is not None)
    return dataclasses.replace(found, features=features, dataset=found.dataset and _of_rows(found.dataset))


def _of_rows(anomaly: Anomaly) -> Anomaly | None:
    reasons = tuple(reason for reason in anomaly.reasons if reason.type not in OF_DATASETS)
    return dataclasses.replace(anomaly, reasons=reasons) if reasons else None

"""Slices of a dataset against the same slices of another."""

from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.validation.options import ValidationOptions
from argosy.data_validation.validation.spec import Anomalies
from argosy.data_validation.validation.validate import validate_statistics
from argosy.schema import Schema


def validate_corresponding_slices(
    statistics: DatasetStatistics,
    schema: Schema,
    *,
    environment: str = "",
    previous_statistics: DatasetStatistics | None = None,
    serving_statistics: DatasetStatistics | None = None,
    options: ValidationOptions | None = None,
) -> dict[str, Anomalies]:
    """Returns what does not fit, for the whole and for each slice by its name.

    A slice is compared with the slice of its name; one that only the current data have is compared with nothing. Of one
    that only the others have, the data are missing.

    Args:
        statistics: Of the rows to judge, with their slices.
        schema: What they should look like.
        environment: The one whose features are expected; empty: all features.
        previous_statistics: Of an earlier span, with their slices.
        serving_statistics: Of what is served, with their slices.
        options: What is an anomaly, and how grave.

    Raises:
        ParameterError: The schema knows no such environment.
    """
    current = _by_name(statistics)
    previous, serving = _by_name(previous_statistics), _by_name(serving_statistics)
    return {
        name: validate_statistics(
            current.get(name, DatasetStatistics(name=name)),
            schema,
            environment=environment,
            previous_statistics=previous.get(name),
            serving_statistics=serving.get(name),
            options=options,
        )
        for name in dict.fromkeys((*current, *previous, *serving))
    }


def _by_name(statistics: DatasetStatistics | None) -> dict[str, DatasetStatistics]:
    return {} if statistics is None else {part.name: part for part in (statistics, *statistics.slices)}

"""Statistics against a schema."""

from collections.abc import Mapping

from argosy.data_validation.statistics.spec import DatasetStatistics, FeatureStatistics
from argosy.data_validation.validation.check import check_feature, refuse_nested
from argosy.data_validation.validation.finding import View
from argosy.data_validation.validation.presence import DROPPED
from argosy.data_validation.validation.spec import RANKS, Anomalies, Anomaly, Reason, Severity
from argosy.errors import ParameterError, did_you_mean
from argosy.schema import Feature, Schema


def validate_statistics(
    statistics: DatasetStatistics,
    schema: Schema,
    *,
    environment: str = "",
    severities: Mapping[str, Severity] | None = None,
) -> Anomalies:
    """Returns what does not fit.

    Args:
        statistics: Of the rows to judge.
        schema: What they should look like.
        environment: The one whose features are expected; empty: all features.
        severities: By type of reason; ERROR where it says nothing.

    Raises:
        ParameterError: The schema knows no such environment.
        DataError: The statistics are of nested features.
    """
    refuse_nested(statistics)
    if environment and environment not in schema.environments():
        hint = did_you_mean(environment, schema.environments())
        raise ParameterError(f"environment {environment!r} is in no feature and no default of the schema: {hint}")
    if not statistics.num_examples:
        return Anomalies(data_missing=True, baseline=schema)
    found = {feature.name: _reasons(feature, statistics, schema, environment) for feature in statistics.features}
    found |= {name: [_dropped(feature)] for name, feature in missing_features(statistics, schema, environment).items()}
    anomalies = (_anomaly(name, reasons, severities or {}) for name, reasons in found.items() if reasons)
    return Anomalies(features=tuple(anomalies), baseline=schema)


def missing_features(statistics: DatasetStatistics, schema: Schema, environment: str = "") -> dict[str, Feature]:
    """Returns, by name, the features that are required in the environment and have no statistics."""
    present = set(statistics.names())
    return {
        feature.name: feature
        for feature in schema.features
        if feature.name not in present
        and feature.is_live
        and feature.is_required
        and schema.is_in_environment(feature, environment)
    }


def _reasons(
    feature: FeatureStatistics, statistics: DatasetStatistics, schema: Schema, environment: str
) -> list[Reason]:
    if feature.name not in schema.names():
        return [
            Reason(
                type="SCHEMA_NEW_COLUMN",
                short="New column",
                description=f"The data has this {feature.type} feature, the schema does not. Add it to the schema if "
                "it is wanted, else drop it from the data.",
            )
        ]
    declared = schema.feature(feature.name)
    if not declared.is_live:
        return []
    view = View(
        feature=declared,
        statistics=feature,
        schema=schema,
        num_examples=statistics.num_examples,
        environment=environment,
    )
    return [finding.reason for finding in check_feature(view)[0]]


def _dropped(feature: Feature) -> Reason:
    return Reason(
        type="SCHEMA_MISSING_COLUMN",
        short=DROPPED,
        description=f"The data has no column of this {feature.type} feature, which the schema requires. Bring it back, "
        "or set the feature's lifecycle_stage to DEPRECATED.",
    )


def _anomaly(name: str, reasons: list[Reason], severities: Mapping[str, Severity]) -> Anomaly:
    severity = max((severities.get(reason.type, "ERROR") for reason in reasons), key=lambda name: RANKS[name])
    return Anomaly(path=(name,), reasons=tuple(reasons), severity=severity)

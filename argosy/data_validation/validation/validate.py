"""Statistics against a schema."""

import dataclasses
from collections.abc import Iterator, Sequence

from argosy.data_validation.statistics.spec import DatasetStatistics, FeatureStatistics
from argosy.data_validation.validation.check import check_feature
from argosy.data_validation.validation.comparators import compared
from argosy.data_validation.validation.composites import check_composite, composites
from argosy.data_validation.validation.custom import CustomValidation, Graded, check_custom
from argosy.data_validation.validation.dataset import check_dataset
from argosy.data_validation.validation.finding import View
from argosy.data_validation.validation.options import NEW, ValidationOptions
from argosy.data_validation.validation.presence import DROPPED
from argosy.data_validation.validation.spec import RANKS, Anomalies, Anomaly, DriftSkew, Reason
from argosy.data_validation.validation.weights import by_weight
from argosy.errors import DataError, ParameterError, did_you_mean
from argosy.schema import Contradiction, Feature, Schema, contradictions
from argosy.schema.feature_contradictions import RETIRED

Path = tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Controls:
    """What statistics are compared with; None: nothing.

    Attributes:
        previous: Of an earlier span, for drift.
        serving: Of what is served, for skew.
        previous_version: Of an earlier version of the same span, for its number of rows.
    """

    previous: DatasetStatistics | None = None
    serving: DatasetStatistics | None = None
    previous_version: DatasetStatistics | None = None


def validate_statistics(
    statistics: DatasetStatistics,
    schema: Schema,
    *,
    environment: str = "",
    previous_statistics: DatasetStatistics | None = None,
    serving_statistics: DatasetStatistics | None = None,
    previous_version_statistics: DatasetStatistics | None = None,
    custom_validations: Sequence[CustomValidation] = (),
    options: ValidationOptions | None = None,
) -> Anomalies:
    """Returns what does not fit.

    Args:
        statistics: Of the rows to judge. Where all features have weighted statistics, those are judged.
        schema: What they should look like.
        environment: The one whose features are expected; empty: all features.
        previous_statistics: Of an earlier span: what drift_comparators compare with.
        serving_statistics: Of what is served: what skew_comparators compare with.
        previous_version_statistics: Of an earlier version of this span, for num_examples_version_comparator.
        custom_validations: Conditions of the user's.
        options: What is an anomaly, and how grave.

    Raises:
        ParameterError: The schema knows no such environment, or a custom condition makes no sense.
    """
    if environment:
        _check_environment(environment, schema, "")
    for condition in (condition for validation in custom_validations for condition in validation.conditions):
        for name in condition.in_environment:
            _check_environment(name, schema, f"custom validation {condition.text!r}: in_")
    if not statistics.num_examples:
        return Anomalies(data_missing=True, baseline=schema)
    options = options or ValidationOptions()
    weighted = by_weight(statistics)
    controls = Controls(
        previous=_or_none(previous_statistics),
        serving=_or_none(serving_statistics),
        previous_version=_or_none(previous_version_statistics),
    )
    views = {view.path: view for view in _views(weighted, schema, controls, environment)}
    found = _of_features(weighted, schema, views, options)
    found |= {path: [_dropped(feature)] for path, feature in missing_features(weighted, schema, environment).items()}
    for path, reason in _of_absent(weighted, schema, controls, environment):
        found.setdefault(path, [reason])
    for one in contradictions(schema):
        told = found.setdefault(one.path, []) if one.path else []
        if one.path and all(reason.description != one.description for reason in told):
            told.append(_as_reason(one))
    graded = {path: [(reason, options.severity(reason.type)) for reason in reasons] for path, reasons in found.items()}
    checked = check_custom(custom_validations, statistics, base_statistics=previous_statistics, environment=environment)
    for path, (reason, severity) in checked:
        graded.setdefault(path, []).append((reason, options.severity_overrides.get(reason.type, severity)))
    whole = [_as_reason(one) for one in contradictions(schema) if not one.path]
    whole += check_dataset(
        schema,
        weighted.num_examples,
        previous=_rows(controls.previous),
        previous_version=_rows(controls.previous_version),
    )
    return Anomalies(
        features=tuple(graded_anomaly(path, reasons) for path, reasons in graded.items() if reasons),
        dataset=graded_anomaly((), [(reason, options.severity(reason.type)) for reason in whole]) if whole else None,
        drift_skew=tuple(_measured(view) for view in views.values() if _measured(view).drift or _measured(view).skew),
        baseline=schema,
    )


def missing_features(statistics: DatasetStatistics, schema: Schema, environment: str = "") -> dict[Path, Feature]:
    """Returns, by path, the features that are required in the environment and have no statistics.

    What is within a feature that is not there itself is not told.
    """
    present = {feature.path for feature in statistics.features if feature.is_described}
    return {
        path: feature
        for path, feature in _live(schema, environment)
        if feature.is_required and path not in present and (len(path) == 1 or path[:-1] in present)
    }


def refuse_strangers(statistics: DatasetStatistics, schema: Schema, *, what: str) -> None:
    """Passes when the statistics have a feature of the schema, or either has none at all.

    Args:
        statistics: Of any dataset.
        schema: What is expected.
        what: The statistics are, for the message.

    Raises:
        DataError: They have none of them: they are of another dataset.
    """
    expected = [feature.name for _, feature in _live(schema, "")]
    if (
        expected
        and statistics.features
        and not {feature.path for feature in statistics.features} & {path for path, _ in schema.walk()}
    ):
        raise DataError(
            f"{what} have no feature of the schema, so they are of another dataset: they have "
            f"{_some(statistics.names())}; the schema has {_some(expected)}"
        )


def graded_anomaly(path: Path, reasons: Sequence[Graded]) -> Anomaly:
    """Returns all that is wrong at a path, as grave as the gravest of the reasons."""
    severity = max((severity for _, severity in reasons), key=lambda name: RANKS[name])
    return Anomaly(path=path, reasons=tuple(reason for reason, _ in reasons), severity=severity)


def _check_environment(name: str, schema: Schema, where: str) -> None:
    if name not in schema.environments():
        hint = did_you_mean(name, schema.environments())
        raise ParameterError(f"{where}environment {name!r} is in no feature and no default of the schema: {hint}")


def _views(statistics: DatasetStatistics, schema: Schema, controls: Controls, environment: str) -> Iterator[View]:
    """Yields a view of every live feature that is in the statistics."""
    live = dict(_live(schema, ""))
    previous, serving = _by_path(controls.previous), _by_path(controls.serving)
    for found in statistics.features:
        feature = live.get(found.path)
        if feature is None or not found.is_described:
            continue
        expected = schema.is_in_environment(feature, environment)
        drift, skew = (
            compared(comparator, found, control.get(found.path)) if expected and control is not None else None
            for comparator, control in ((feature.drift_comparator, previous), (feature.skew_comparator, serving))
        )
        yield View(
            feature=feature,
            statistics=found,
            schema=schema,
            num_examples=statistics.num_examples,
            environment=environment,
            drift=drift,
            skew=skew,
        )


def _of_features(
    statistics: DatasetStatistics, schema: Schema, views: dict[Path, View], options: ValidationOptions
) -> dict[Path, list[Reason]]:
    """Returns what is wrong with each feature of the statistics, in their order; and with sparse and weighted ones."""
    known = {path for path, _ in schema.walk()}
    closed: set[Path] = set()
    found: dict[Path, list[Reason]] = {}
    for feature in sorted(statistics.features, key=lambda one: len(one.path)):
        path = feature.path
        if not feature.is_described or any(path[:length] in closed for length in range(1, len(path))):
            continue
        if path in views:
            findings, after = check_feature(views[path])
            found[path] = [finding.reason for finding in findings]
            if not after.feature.is_judged:
                closed.add(path)
        else:
            closed.add(path)
            if path not in known and options.is_needed(feature.name):
                found[path] = [_new(feature)]
    described = {feature.path for feature in statistics.features if feature.is_described}
    undescribed = {feature.path: feature for feature in statistics.features if not feature.is_described}
    for path, kind in composites(schema).items():
        outer = [path[:length] for length in range(1, len(path))]
        if all(one in views and one not in closed for one in outer) and (path in undescribed or path not in described):
            found.setdefault(path, []).extend(check_composite(kind, undescribed.get(path)))
    order = {feature.path: place for place, feature in enumerate(statistics.features)}
    return dict(sorted(found.items(), key=lambda entry: order.get(entry[0], len(order))))


def _of_absent(
    statistics: DatasetStatistics, schema: Schema, controls: Controls, environment: str
) -> Iterator[tuple[Path, Reason]]:
    """Yields the features whose comparators find nothing to compare: the data lack what the other data have."""
    present = {feature.path for feature in statistics.features}
    sides = (("drift_comparator", _by_path(controls.previous), "current", "previous"),
             ("skew_comparator", _by_path(controls.serving), "training", "serving"))  # fmt: skip
    for path, feature in _live(schema, environment):
        for field, control, treatment, name in sides:
            other = (control or {}).get(path)
            if path in present or other is None or not other.common.num_non_missing:
                continue
            if compared(getattr(feature, field), None, other) is not None:
                message = f"The {treatment} data have no column of the feature, which the {name} data have."
                kind = "COMPARATOR_TREATMENT_DATA_MISSING"
                yield path, Reason(type=kind, short=f"{treatment} data missing", description=message)


def _live(schema: Schema, environment: str) -> Iterator[tuple[Path, Feature]]:
    """Yields the features of the environment that are live, and so is all that they are within."""
    dormant: set[Path] = set()
    for path, feature in schema.walk():
        if not feature.is_judged or any(path[:length] in dormant for length in range(1, len(path))):
            dormant.add(path)
        elif schema.is_in_environment(feature, environment):
            yield path, feature


def _as_reason(one: Contradiction) -> Reason:
    return Reason(type=one.type, short=one.short, description=one.description)


def _new(feature: FeatureStatistics) -> Reason:
    return Reason(
        type=NEW,
        short="New column",
        description=f"The data has this {feature.type} feature, the schema does not. Add it to the schema if it is "
        "wanted, else drop it from the data.",
    )


def _dropped(feature: Feature) -> Reason:
    return Reason(
        type="SCHEMA_MISSING_COLUMN",
        short=DROPPED,
        description=f"The data has no column of this {feature.type} feature, which the schema requires. Bring it back, "
        f"or set the feature's lifecycle_stage to {RETIRED['lifecycle_stage']}.",
    )


def _measured(view: View) -> DriftSkew:
    drift, skew = (() if side is None else side.measurements for side in (view.drift, view.skew))
    return DriftSkew(path=view.path, drift=drift, skew=skew)


def _or_none(statistics: DatasetStatistics | None) -> DatasetStatistics | None:
    return None if statistics is None else by_weight(statistics)


def _rows(statistics: DatasetStatistics | None) -> float | None:
    return None if statistics is None else statistics.num_examples


def _by_path(statistics: DatasetStatistics | None) -> dict[Path, FeatureStatistics] | None:
    return None if statistics is None else {feature.path: feature for feature in statistics.features}


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")

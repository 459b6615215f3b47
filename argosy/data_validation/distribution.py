"""Distributions of one dataset against those of another, without a schema: which features, and how far, is configured.

{"default_slice_config": {
    "feature": [{"path": {"step": ["age"]},
                 "distribution_comparator": {"jensen_shannon_divergence": {"threshold": 0.1}}}],
    "num_examples_comparator": {"min_fraction_threshold": 0.5}}}
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.data_validation.config import check_keys, feature_path, list_of
from argosy.data_validation.statistics.spec import CommonStatistics, DatasetStatistics, FeatureStatistics
from argosy.data_validation.validation.comparators import FIELDS, check_comparison, compared
from argosy.data_validation.validation.custom import CustomValidation, check_custom
from argosy.data_validation.validation.dataset import check_dataset
from argosy.data_validation.validation.finding import Comparison, View
from argosy.data_validation.validation.presence import SCHEMA_TYPES
from argosy.data_validation.validation.spec import Anomalies, Anomaly, DriftSkew, Reason
from argosy.data_validation.validation.validate import graded_anomaly
from argosy.data_validation.validation.weights import by_weight
from argosy.errors import ParameterError, did_you_mean
from argosy.schema import Comparator, DatasetConstraints, Feature, NumExamplesComparator, Schema

Path = tuple[str, ...]
NAMES = ("test", "baseline")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DistributionConfig:
    """What is compared: features by path, and the number of examples."""

    features: Mapping[Path, Comparator]
    num_examples: NumExamplesComparator | None = None


def validate_distributions(
    statistics: DatasetStatistics,
    baseline: DatasetStatistics,
    config: DistributionConfig,
    *,
    custom_validations: Sequence[CustomValidation] = (),
) -> Anomalies:
    """Returns which distributions lie too far from those of the baseline; every measured distance is in it.

    A feature that is configured and could not be compared is an anomaly too.
    """
    test, control = by_weight(statistics), by_weight(baseline)
    ours, theirs = ({feature.path: feature for feature in side.features} for side in (test, control))
    measured, graded = [], {}
    for path, comparator in config.features.items():
        comparison = compared(comparator, ours.get(path), theirs.get(path)) or Comparison()
        reasons = _reasons(path, comparator, comparison, ours.get(path), theirs.get(path), statistics)
        graded[path] = [(reason, "ERROR") for reason in reasons]
        if comparison.measurements:
            measured.append(DriftSkew(path=path, drift=comparison.measurements))
    for path, (reason, severity) in check_custom(custom_validations, statistics, base_statistics=baseline):
        graded.setdefault(path, []).append((reason, severity))
    schema = _schema(config, theirs)
    whole = check_dataset(schema, test.num_examples, previous=control.num_examples)
    return Anomalies(
        features=tuple(graded_anomaly(path, reasons) for path, reasons in graded.items() if reasons),  # type: ignore[arg-type]
        dataset=Anomaly(path=(), reasons=tuple(whole)) if whole else None,
        drift_skew=tuple(measured),
        baseline=schema,
    )


def parse_distribution_config(config: Mapping[str, Any]) -> DistributionConfig:
    """Returns TFX's DistributionValidatorConfig, given as a dictionary.

    Raises:
        ParameterError: A key is unknown, nothing is compared, or a threshold is no number.
    """
    check_keys(config, ("default_slice_config",), "config")
    given = config.get("default_slice_config", {})
    check_keys(given, ("feature", "num_examples_comparator"), "default_slice_config")
    features = list_of(given, "feature")
    if not features and not given.get("num_examples_comparator"):
        raise ParameterError("config: default_slice_config names neither a feature nor a num_examples_comparator")
    rows = given.get("num_examples_comparator")
    return DistributionConfig(
        features=dict(map(_feature, features)),
        num_examples=None if rows is None else _num_examples(rows),
    )


def _reasons(
    path: Path,
    comparator: Comparator,
    comparison: Comparison,
    treatment: FeatureStatistics | None,
    control: FeatureStatistics | None,
    statistics: DatasetStatistics,
) -> list[Reason]:
    if treatment is None and control is None:
        hint = did_you_mean(".".join(path), statistics.names())
        message = f"Neither the test nor the baseline have the feature; {hint}."
        return [Reason(type="STATS_NOT_AVAILABLE", short="Comparison could not be done", description=message)]
    found = treatment or FeatureStatistics(path=path, type="STRING", common=CommonStatistics())
    feature = Feature(name=path[-1], drift_comparator=comparator)
    view = View(feature=feature, statistics=found, schema=Schema(), num_examples=statistics.num_examples)
    return [finding.reason for finding in check_comparison(view, comparison, "drift_comparator", NAMES)]


def _schema(config: DistributionConfig, control: Mapping[Path, FeatureStatistics]) -> Schema:
    """Returns the comparators as a schema says them: what the anomalies are judged by."""
    types = {path: SCHEMA_TYPES[control[path].type] if path in control else "TYPE_UNKNOWN" for path in config.features}
    return Schema(
        features=tuple(
            Feature(name=path[0], type=types[path], drift_comparator=comparator)  # type: ignore[arg-type]
            for path, comparator in config.features.items()
            if len(path) == 1
        ),
        dataset_constraints=None if config.num_examples is None else DatasetConstraints(
            num_examples_drift_comparator=config.num_examples),
    )  # fmt: skip


def _feature(given: Any) -> tuple[Path, Comparator]:
    check_keys(given, ("path", "distribution_comparator"), "feature")
    path = feature_path(given.get("path"), "feature: path")
    where = f"feature {'.'.join(path)!r}"
    comparator = given.get("distribution_comparator")
    check_keys(comparator, tuple(FIELDS.values()), where)
    if not comparator:
        raise ParameterError(f"{where}: distribution_comparator asks for no distance; {', '.join(FIELDS.values())}")
    values: dict[str, Any] = {}
    for name, asked in comparator.items():
        of_buckets = name == "jensen_shannon_divergence"
        check_keys(asked, ("threshold", "source") if of_buckets else ("threshold",), f"{where}: {name}")
        values[name] = _number(asked.get("threshold"), f"{where}: {name}.threshold")
        if "source" in asked:
            values["histogram"] = _histogram(asked["source"], where)
    return path, Comparator(**values)


def _histogram(source: Any, where: str) -> str:
    known = ("DEFAULT", "STANDARD", "QUANTILES")
    kind = source.get("type") if isinstance(source, dict) else source
    if kind not in known:
        raise ParameterError(f"{where}: source is {source!r}; {did_you_mean(str(kind), known)}")
    return str(kind)


def _num_examples(given: Any) -> NumExamplesComparator:
    known = ("min_fraction_threshold", "max_fraction_threshold")
    check_keys(given, known, "num_examples_comparator")
    least, most = (
        _number(given[name], f"num_examples_comparator: {name}") if name in given else None for name in known
    )
    return NumExamplesComparator(min_fraction_threshold=least, max_fraction_threshold=most)


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ParameterError(f"{where} is {value!r}; give a number of at least 0")
    return float(value)

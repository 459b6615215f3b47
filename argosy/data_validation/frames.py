"""What is found as tables of pandas, for notebooks: anomalies, distances, slices, tokens, differences of rows."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.data_validation.diff.spec import Diff
from argosy.data_validation.report.differences import ranking
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.statistics.tokens.spec import NL_STATISTICS, NaturalLanguageStatistics, TokenStatistics
from argosy.data_validation.validation.spec import Anomalies
from argosy.errors import ParameterError


def anomalies_frame(anomalies: Anomalies) -> Any:
    """Returns a pandas DataFrame with a row for each thing that is wrong, by feature: type, severity, words.

    Raises:
        ParameterError: pandas is not installed.
    """
    rows = [
        {
            "feature": anomaly.name,
            "type": reason.type,
            "severity": anomaly.severity,
            "short": reason.short,
            "description": reason.description,
        }
        for anomaly in anomalies.all
        for reason in anomaly.reasons
    ]
    return _frame(rows, ("feature", "type", "severity", "short", "description"))


def drift_skew_frame(anomalies: Anomalies) -> Any:
    """Returns a pandas DataFrame with a row for each distance that was measured, by feature.

    Raises:
        ParameterError: pandas is not installed.
    """
    rows = [
        {
            "feature": one.name,
            "against": against,
            "distance": measured.type,
            "value": measured.value,
            "threshold": measured.threshold,
            "is_high": measured.value > measured.threshold,
        }
        for one in anomalies.drift_skew
        for against, found in (("previous", one.drift), ("serving", one.skew))
        for measured in found
    ]
    return _frame(rows, ("feature", "against", "distance", "value", "threshold", "is_high"))


def slices_frame(statistics: DatasetStatistics) -> Any:
    """Returns a pandas DataFrame with a row a slice: its size, and the feature that differs most from all rows.

    Raises:
        ParameterError: pandas is not installed.
    """
    rows = []
    for part in statistics.slices:
        feature, distance = next(iter(ranking(statistics, part)), ("", 0.0))
        share = part.num_examples / statistics.num_examples if statistics.num_examples else 0.0
        rows.append(
            {
                "slice": part.name,
                "num_examples": part.num_examples,
                "share": share,
                "most_different": feature,
                "distance": distance,
            }
        )
    return _frame(rows, ("slice", "num_examples", "share", "most_different", "distance"))


def tokens_frame(statistics: DatasetStatistics, feature: str) -> Any:
    """Returns a pandas DataFrame with a row for each token that the schema constrains: how often a text holds it.

    Raises:
        ParameterError: There is no such feature, its tokens were not counted, or pandas is not installed.
    """
    found = statistics.feature(feature).custom(NL_STATISTICS)
    if not isinstance(found, NaturalLanguageStatistics):
        raise ParameterError(
            f"tokens of feature {feature!r} were not counted: give its statistics a schema whose "
            "natural_language_domain says what to count"
        )
    names = [field.name for field in dataclasses.fields(TokenStatistics) if field.name != "positions"]
    rows = [{name: getattr(one, name) for name in names} for one in found.token_statistics]
    return _frame(rows, names)


def diff_frame(diff: Diff) -> Any:
    """Returns a pandas DataFrame with a row a feature: in how many pairs of rows it is equal, differs, is on one side.

    Raises:
        ParameterError: pandas is not installed.
    """
    names = ("base_count", "test_count", "match_count", "base_only", "test_only", "mismatch_count", "diff_count")
    rows = [
        {"feature": one.feature_name, **{name: getattr(one, name) for name in names}}
        for one in diff.features
    ]  # fmt: skip
    return _frame(rows, ("feature", *names))


def _frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """Returns the rows as a table whose index is the first column."""
    try:
        import pandas
    except ImportError as error:
        raise ParameterError("tables need pandas: pip install pandas") from error
    return pandas.DataFrame(rows, columns=list(columns)).set_index(columns[0])

"""What the steps of data validation have in common: which splits they look at, and the page that each writes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from argosy.artifacts import HTML, Output
from argosy.errors import ParameterError, did_you_mean


def recorded_splits(metadata: dict[str, Any]) -> list[str]:
    """Returns the splits that the producer recorded; empty where a backend has dropped or reshaped that."""
    try:
        names = json.loads(metadata.get("split_names", "[]"))
    except (TypeError, ValueError):
        return []
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else []


def chosen_splits(splits: Sequence[str], excluded: Sequence[str]) -> list[str]:
    """Returns the splits that are not excluded.

    Raises:
        ParameterError: One to exclude is not there, or none is left.
    """
    for name in excluded:
        if name not in splits:
            raise ParameterError(f"exclude_splits: there is no split {name!r}; {did_you_mean(name, splits)}")
    chosen = [split for split in splits if split not in excluded]
    if not chosen:
        raise ParameterError(f"exclude_splits leaves no split of {', '.join(splits)}")
    return chosen


def write_page(report: Output[HTML], kind: str, path: str) -> None:
    """Writes the page of an artifact of statistics, a schema or anomalies."""
    from argosy.data_validation import report as pages

    page = {"statistics": pages.statistics_html, "schema": pages.schema_html, "anomalies": pages.anomalies_html}[kind]
    Path(report.path).write_text(page(path), encoding="utf-8")

"""What is said of single rows, as frozen dataclasses."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from argosy.data_validation.validation.finding import shown
from argosy.data_validation.validation.spec import Severity

Rows = NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowFinding:
    """One thing that is wrong with some rows of a batch.

    Attributes:
        feature: The name of the feature.
        type: An enum name of AnomalyInfo.Type, as ExampleValidator gives it.
        short: A few words, the same as ExampleValidator's.
        demand: What the schema says.
        severity: WARNING where the schema tolerates it in a fraction of the rows.
        rows: `[wrong rows]`: their places in the batch, ascending.
    """

    feature: str
    type: str
    short: str
    demand: str
    rows: Rows
    severity: Severity = "ERROR"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowReason:
    """One thing that is wrong with one row."""

    feature: str
    type: str
    short: str
    description: str
    severity: Severity = "ERROR"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is wrong with the rows of a batch.

    Attributes:
        num_rows: How many rows were judged.
        findings: What was found, each with the rows that it is true of.
        parts: What was judged, batches or rows by name, each with the number of its first row.
    """

    num_rows: int
    findings: tuple[RowFinding, ...] = ()
    parts: tuple[tuple[int, pa.RecordBatch | Sequence[Mapping[str, Any]]], ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether no row has an ERROR."""
        return bool(self.valid.all())

    @property
    def valid(self) -> NDArray[np.bool_]:
        """`[rows]`: whether each row is free of ERRORs."""
        mask = np.ones(self.num_rows, np.bool_)
        for finding in self.findings:
            if finding.severity == "ERROR":
                mask[finding.rows] = False
        return mask

    def reasons(self, row: int) -> tuple[RowReason, ...]:
        """Returns what is wrong with a row, warnings too."""
        return tuple(
            RowReason(
                feature=finding.feature,
                type=finding.type,
                short=finding.short,
                description=f"The row has {self.value(row, finding.feature)}; {finding.demand}.",
                severity=finding.severity,
            )
            for finding in self.findings
            if row in finding.rows
        )

    def value(self, row: int, feature: str) -> str:
        """Returns, for people, what a row holds of a feature."""
        first, part = next((first, part) for first, part in reversed(self.parts) if row >= first)
        if not isinstance(part, pa.RecordBatch):
            return _shown(_found(part[row - first], feature))
        # Only the columns that the name may begin with.
        columns = (name for name in part.schema.names if feature == name or feature.startswith(f"{name}."))
        return _shown(_found({name: part.column(name)[row - first].as_py() for name in columns}, feature))


def _found(holder: Any, feature: str) -> Any:
    """Returns what is there under a name, or under one within another; None when there is nothing."""
    if isinstance(holder, list | tuple):
        found = [value for one in holder if (value := _found(one, feature)) is not None]
        return found or None
    if not isinstance(holder, Mapping) or feature in holder:
        return holder.get(feature) if isinstance(holder, Mapping) else None
    outer = (name for name in holder if feature.startswith(f"{name}."))
    return next((_found(holder[name], feature[len(name) + 1 :]) for name in outer), None)


def _shown(values: Any) -> str:
    if values is None:
        return "no value"
    values = values.tolist() if isinstance(values, np.ndarray) else values
    values = values if isinstance(values, list | tuple) else [values]
    texts = [_text(value) for value in values[:5]]
    more = f" and {len(values) - 5} more" if len(values) > 5 else ""
    return f"{', '.join(texts)}{more}" if texts else "an empty list"


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.9g}"
    return shown(value.decode(errors="replace") if isinstance(value, bytes) else value) if isinstance(
        value, bytes | str
    ) else str(value)[:100]  # fmt: skip

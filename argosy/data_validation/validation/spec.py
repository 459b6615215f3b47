"""What validation says, as frozen dataclasses under the names of tensorflow_metadata's Anomalies."""

import dataclasses
from typing import Literal

from argosy.schema import Schema

Severity = Literal["UNKNOWN", "WARNING", "ERROR"]
RANKS: dict[str, int] = {"UNKNOWN": 0, "WARNING": 1, "ERROR": 2}
SEVERAL = "Multiple errors"
DATASET = "(dataset)"

MeasurementType = Literal["L_INFTY", "JENSEN_SHANNON_DIVERGENCE", "NORMALIZED_ABSOLUTE_DIFFERENCE"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing that is wrong.

    Attributes:
        type: An enum name of AnomalyInfo.Type.
        short: A few words.
        description: A sentence or two: what was found, what the schema says, what to do.
    """

    type: str
    short: str
    description: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Anomaly:
    """All that is wrong with one feature; with the dataset as a whole where the path is empty."""

    path: tuple[str, ...]
    reasons: tuple[Reason, ...]
    severity: Severity = "ERROR"

    @property
    def name(self) -> str:
        """The feature's path as one string; `(dataset)` for the whole."""
        return ".".join(self.path) or DATASET

    @property
    def short(self) -> str:
        """A few words."""
        return self.reasons[0].short if len(self.reasons) == 1 else SEVERAL

    @property
    def description(self) -> str:
        """All reasons, one after the other."""
        return " ".join(reason.description for reason in self.reasons)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measurement:
    """A distance between the distributions of a feature in two datasets; more than the threshold is an anomaly."""

    type: MeasurementType
    value: float
    threshold: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class DriftSkew:
    """What was measured of one feature, also where it stays below the threshold.

    Attributes:
        path: Of the feature.
        drift: Against the previous statistics.
        skew: Against the serving statistics.
    """

    path: tuple[str, ...]
    drift: tuple[Measurement, ...] = ()
    skew: tuple[Measurement, ...] = ()

    @property
    def name(self) -> str:
        """The feature's path as one string."""
        return ".".join(self.path)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Anomalies:
    """What validating one dataset's statistics against a schema has found.

    Attributes:
        features: The features that something is wrong with.
        dataset: What is wrong with the dataset as a whole.
        data_missing: There was no row; nothing else is then checked.
        drift_skew: Every distance that was measured.
        baseline: The schema.
    """

    features: tuple[Anomaly, ...] = ()
    dataset: Anomaly | None = None
    data_missing: bool = False
    drift_skew: tuple[DriftSkew, ...] = ()
    baseline: Schema = dataclasses.field(default_factory=Schema)

    @property
    def all(self) -> tuple[Anomaly, ...]:
        """The anomaly of the dataset, where there is one, then those of its features."""
        return self.features if self.dataset is None else (self.dataset, *self.features)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.all and not self.data_missing

    def at_least(self, severity: Severity) -> tuple[Anomaly, ...]:
        """Returns the anomalies of that severity or above."""
        return tuple(anomaly for anomaly in self.all if RANKS[anomaly.severity] >= RANKS[severity])

    def _repr_html_(self) -> str:
        """Returns the report, as notebooks show it."""
        from argosy.data_validation.report import anomalies_page
        from argosy.page import framed

        return framed(anomalies_page({"data": self}))

"""What validation says, as frozen dataclasses under the names of tensorflow_metadata's Anomalies."""

import dataclasses
from typing import Literal

from argosy.schema import Schema

Severity = Literal["UNKNOWN", "WARNING", "ERROR"]
RANKS: dict[str, int] = {"UNKNOWN": 0, "WARNING": 1, "ERROR": 2}
SEVERAL = "Multiple errors"


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
    """All that is wrong with one feature."""

    path: tuple[str, ...]
    reasons: tuple[Reason, ...]
    severity: Severity = "ERROR"

    @property
    def name(self) -> str:
        """The feature's path as one string."""
        return ".".join(self.path)

    @property
    def short(self) -> str:
        """A few words."""
        return self.reasons[0].short if len(self.reasons) == 1 else SEVERAL

    @property
    def description(self) -> str:
        """All reasons, one after the other."""
        return " ".join(reason.description for reason in self.reasons)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Anomalies:
    """What validating one dataset's statistics against a schema has found.

    Attributes:
        features: The features that something is wrong with.
        data_missing: There was no row; nothing else is then checked.
        baseline: The schema.
    """

    features: tuple[Anomaly, ...] = ()
    data_missing: bool = False
    baseline: Schema = dataclasses.field(default_factory=Schema)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.features and not self.data_missing

    def at_least(self, severity: Severity) -> tuple[Anomaly, ...]:
        """Returns the anomalies of that severity or above."""
        return tuple(anomaly for anomaly in self.features if RANKS[anomaly.severity] >= RANKS[severity])

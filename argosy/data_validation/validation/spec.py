"""What validation says, as frozen dataclasses under the names of tensorflow_metadata's Anomalies."""

import dataclasses
from typing import Literal

from argosy.schema import Schema

Severity = Literal["UNKNOWN", "WARNING", "ERROR"]
RANKS: dict[str, int] = {"UNKNOWN": 0, "WARNING": 1, "ERROR": 2}
SEVERAL = "Multiple errors"
DATASET = "(dataset)"

REASON_TYPES = (
    "SCHEMA_NEW_COLUMN", "SCHEMA_MISSING_COLUMN", "FEATURE_TYPE_NOT_PRESENT", "FEATURE_TYPE_LOW_FRACTION_PRESENT",
    "FEATURE_TYPE_LOW_NUMBER_PRESENT", "FEATURE_TYPE_LOW_NUMBER_VALUES", "FEATURE_TYPE_HIGH_NUMBER_VALUES",
    "INVALID_FEATURE_SHAPE", "VALUE_NESTEDNESS_MISMATCH", "UNEXPECTED_DATA_TYPE", "DOMAIN_INVALID_FOR_TYPE",
    "ENUM_TYPE_UNEXPECTED_STRING_VALUES", "ENUM_TYPE_INVALID_UTF8", "INVALID_DOMAIN_SPECIFICATION",
    "BOOL_TYPE_BIG_INT", "BOOL_TYPE_SMALL_INT", "BOOL_TYPE_UNEXPECTED_FLOAT", "BOOL_TYPE_UNEXPECTED_STRING",
    "BOOL_TYPE_INVALID_CONFIG", "INT_TYPE_SMALL_INT", "INT_TYPE_BIG_INT", "INT_TYPE_NOT_INT_STRING",
    "FLOAT_TYPE_SMALL_FLOAT", "FLOAT_TYPE_BIG_FLOAT", "FLOAT_TYPE_STRING_NOT_FLOAT", "FLOAT_TYPE_HAS_NAN",
    "FLOAT_TYPE_HAS_INF", "FEATURE_TYPE_LOW_UNIQUE", "FEATURE_TYPE_HIGH_UNIQUE", "FEATURE_TYPE_NO_UNIQUE",
    "COMPARATOR_L_INFTY_HIGH", "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH",
    "COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH", "COMPARATOR_CONTROL_DATA_MISSING",
    "COMPARATOR_TREATMENT_DATA_MISSING", "COMPARATOR_LOW_NUM_EXAMPLES", "COMPARATOR_HIGH_NUM_EXAMPLES",
    "DATASET_LOW_NUM_EXAMPLES", "DATASET_HIGH_NUM_EXAMPLES", "SPARSE_FEATURE_MISSING_VALUE",
    "SPARSE_FEATURE_MISSING_INDEX", "SPARSE_FEATURE_LENGTH_MISMATCH", "SPARSE_FEATURE_NAME_COLLISION",
    "WEIGHTED_FEATURE_MISSING_VALUE", "WEIGHTED_FEATURE_MISSING_WEIGHT", "WEIGHTED_FEATURE_LENGTH_MISMATCH",
    "WEIGHTED_FEATURE_NAME_COLLISION", "SEMANTIC_DOMAIN_UPDATE", "FEATURE_MISSING_NAME", "FEATURE_MISSING_TYPE",
    "INVALID_SCHEMA_SPECIFICATION", "LOW_SUPPORTED_IMAGE_FRACTION", "MAX_IMAGE_BYTE_SIZE_EXCEEDED",
    "SEQUENCE_VALUE_TOO_FEW_OCCURRENCES", "SEQUENCE_VALUE_TOO_MANY_OCCURRENCES", "SEQUENCE_VALUE_TOO_SMALL_FRACTION",
    "SEQUENCE_VALUE_TOO_LARGE_FRACTION", "FEATURE_COVERAGE_TOO_LOW", "FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH",
    "STATS_NOT_AVAILABLE", "DERIVED_FEATURE_BAD_LIFECYCLE", "DERIVED_FEATURE_INVALID_SOURCE",
    "CUSTOM_VALIDATION",
)  # fmt: skip
"""Every type of reason that is detected."""

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

"""Statistics of pairs of features as frozen dataclasses, under the names of tensorflow_metadata's protos."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumericCrossStatistics:
    """Of two numbers in the same rows: population covariance and Pearson's correlation, 0 where one is constant."""

    correlation: float = 0.0
    covariance: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class LiftBucket:
    """Label values from `low` up to, without, `high`; the last bucket includes its upper end."""

    low: float
    high: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class LiftValue:
    """How much likelier the label's value is in rows that hold `x`: `P(y | x) / P(y)`.

    Attributes:
        x: The value of the feature.
        lift: The quotient; 1 where the two are independent.
        x_count: Rows that hold `x`, or their weight.
        x_and_y_count: Those of them with the label's value.
    """

    x: str | int
    lift: float
    x_count: float
    x_and_y_count: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class LiftSeries:
    """The lift of one value of the label by every value of the feature, greatest first; counts may be weights."""

    y: str | int | LiftBucket
    y_count: float
    lift_values: tuple[LiftValue, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class LiftStatistics:
    """One series a value of the label."""

    lift_series: tuple[LiftSeries, ...] = ()
    weighted_lift_series: tuple[LiftSeries, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class CrossFeatureStatistics:
    """Of two features; one of `numeric` and `lift` is there.

    Attributes:
        path_x: The first feature.
        path_y: The second; of lift, the label.
        count: Rows in which both numbers are there, exactly one of each.
        numeric: Of two numbers.
        lift: Of a category and a label.
    """

    path_x: tuple[str, ...]
    path_y: tuple[str, ...]
    count: int = 0
    numeric: NumericCrossStatistics | None = None
    lift: LiftStatistics | None = None

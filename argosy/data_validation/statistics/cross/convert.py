"""Statistics of pairs of features to and from tensorflow_metadata's CrossFeatureStatistics."""

from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from argosy.data_validation.statistics.cross.spec import (
    CrossFeatureStatistics,
    LiftBucket,
    LiftSeries,
    LiftStatistics,
    LiftValue,
    NumericCrossStatistics,
)


def to_proto(cross: CrossFeatureStatistics) -> statistics_pb2.CrossFeatureStatistics:
    """Returns the proto of a pair's statistics."""
    proto = statistics_pb2.CrossFeatureStatistics(count=cross.count)
    proto.path_x.step.extend(cross.path_x)
    proto.path_y.step.extend(cross.path_y)
    if cross.numeric is not None:
        proto.num_cross_stats.correlation = cross.numeric.correlation
        proto.num_cross_stats.covariance = cross.numeric.covariance
    if cross.lift is not None:
        lift = proto.categorical_cross_stats.lift
        lift.lift_series.extend(_series_proto(series, weighted=False) for series in cross.lift.lift_series)
        lift.weighted_lift_series.extend(
            _series_proto(series, weighted=True) for series in cross.lift.weighted_lift_series
        )
    return proto


def from_proto(proto: statistics_pb2.CrossFeatureStatistics) -> CrossFeatureStatistics:
    """Returns the statistics of a pair's proto."""
    kind = proto.WhichOneof("cross_stats")
    return CrossFeatureStatistics(
        path_x=tuple(proto.path_x.step),
        path_y=tuple(proto.path_y.step),
        count=proto.count,
        numeric=_numeric(proto.num_cross_stats) if kind == "num_cross_stats" else None,
        lift=_lift(proto.categorical_cross_stats.lift) if kind == "categorical_cross_stats" else None,
    )


def _series_proto(series: LiftSeries, *, weighted: bool) -> statistics_pb2.LiftSeries:
    proto = statistics_pb2.LiftSeries()
    if isinstance(series.y, LiftBucket):
        proto.y_bucket.low_value, proto.y_bucket.high_value = series.y.low, series.y.high
    else:
        setattr(proto, "y_int" if isinstance(series.y, int) else "y_string", series.y)
    _set_count(proto, "y_count", series.y_count, weighted=weighted)
    for value in series.lift_values:
        entry = proto.lift_values.add(lift=value.lift)
        setattr(entry, "x_int" if isinstance(value.x, int) else "x_string", value.x)
        _set_count(entry, "x_count", value.x_count, weighted=weighted)
        _set_count(entry, "x_and_y_count", value.x_and_y_count, weighted=weighted)
    return proto


def _set_count(proto: Any, name: str, count: float, *, weighted: bool) -> None:
    if weighted:
        setattr(proto, f"weighted_{name}", float(count))
    else:
        setattr(proto, name, int(count))


def _numeric(proto: statistics_pb2.NumericCrossStatistics) -> NumericCrossStatistics:
    return NumericCrossStatistics(correlation=proto.correlation, covariance=proto.covariance)


def _lift(proto: statistics_pb2.LiftStatistics) -> LiftStatistics:
    return LiftStatistics(
        lift_series=tuple(_series(series) for series in proto.lift_series),
        weighted_lift_series=tuple(_series(series) for series in proto.weighted_lift_series),
    )


def _series(proto: statistics_pb2.LiftSeries) -> LiftSeries:
    y = _chosen(proto, "y_value")
    values = (
        LiftValue(
            x=_chosen(value, "x_value"),
            lift=value.lift,
            x_count=_chosen(value, "x_count_value"),
            x_and_y_count=_chosen(value, "x_and_y_count_value"),
        )
        for value in proto.lift_values
    )
    return LiftSeries(
        y=LiftBucket(low=y.low_value, high=y.high_value) if isinstance(y, statistics_pb2.LiftSeries.Bucket) else y,
        y_count=_chosen(proto, "y_count_value"),
        lift_values=tuple(values),
    )


def _chosen(proto: Any, oneof: str) -> Any:
    name = proto.WhichOneof(oneof)
    return getattr(proto, name) if name else 0

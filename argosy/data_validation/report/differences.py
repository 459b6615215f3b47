"""How much two datasets differ, feature by feature."""

import math

from argosy.data_validation.statistics.spec import DatasetStatistics, FeatureStatistics
from argosy.data_validation.validation.distances import jensen_shannon_of_histograms, l_infinity, value_counts


def distance_of(one: FeatureStatistics | None, other: FeatureStatistics | None) -> float | None:
    """Returns a distance from 0 to 1: the Jensen-Shannon divergence of numbers, the L-infinity distance of strings.

    None where one of them lacks the feature, or has no values of that kind.
    """
    if one is None or other is None:
        return None
    if one.numeric is not None and other.numeric is not None:
        histograms = one.numeric.histogram("STANDARD"), other.numeric.histogram("STANDARD")
        if histograms[0] is None or histograms[1] is None:
            return None
        distance = jensen_shannon_of_histograms(histograms[0], histograms[1])
        return None if math.isnan(distance) else distance
    values = value_counts(one), value_counts(other)
    return l_infinity(*values)[0] if all(values) else None


def ranking(one: DatasetStatistics, other: DatasetStatistics) -> list[tuple[str, float]]:
    """Returns the names of the features that differ, with their distances, the largest first."""
    features = {feature.name: feature for feature in other.features}
    found = {feature.name: distance_of(feature, features.get(feature.name)) for feature in one.features}
    return sorted(((name, d) for name, d in found.items() if d), key=lambda entry: (-entry[1], entry[0]))

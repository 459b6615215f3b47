"""Features that others make, and what features of all kinds have: a type and a lifecycle stage."""

import dataclasses
from typing import Literal

FeatureType = Literal["TYPE_UNKNOWN", "BYTES", "INT", "FLOAT", "STRUCT"]

DORMANT_STAGES = frozenset({"PLANNED", "ALPHA", "DEPRECATED", "DEBUG_ONLY", "DISABLED", "VALIDATION_DERIVED"})
"""Lifecycle stages in which a feature is not read; but for `DERIVED`, its statistics are not validated either."""

DERIVED = "VALIDATION_DERIVED"
"""The stage of what validation makes of other features: no row holds it, but it has statistics."""

STAGES = ("PLANNED", "ALPHA", "BETA", "PRODUCTION", "DEPRECATED", "DEBUG_ONLY", "DISABLED", "VALIDATION_DERIVED")
"""All lifecycle stages that can be set."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SparseFeature:
    """A feature that others make: one holds its values, others where they belong, a dimension each.

    Attributes:
        name: Not the name of any feature.
        index_features: Names of the features that hold indices, a dimension each.
        value_feature: The name of the feature that holds the values.
        dense_shape: Of the tensor, where it is known.
        is_sorted: Whether the indices are in order.
        type: Of the values, where given.
        lifecycle_stage: An enum name; empty: none is set.
        extra: The rest of its proto, serialized.
    """

    name: str
    index_features: tuple[str, ...] = ()
    value_feature: str = ""
    dense_shape: tuple[int, ...] | None = None
    is_sorted: bool = False
    type: FeatureType = "TYPE_UNKNOWN"
    lifecycle_stage: str = ""
    extra: bytes = b""

    @property
    def is_live(self) -> bool:
        """Whether its lifecycle stage lets it be validated."""
        return self.lifecycle_stage not in DORMANT_STAGES


@dataclasses.dataclass(frozen=True, kw_only=True)
class WeightedFeature:
    """A feature with another one that holds the weights of its values; both by their paths."""

    name: str
    feature: tuple[str, ...] = ()
    weight_feature: tuple[str, ...] = ()
    lifecycle_stage: str = ""
    extra: bytes = b""

    @property
    def is_live(self) -> bool:
        """Whether its lifecycle stage lets it be validated."""
        return self.lifecycle_stage not in DORMANT_STAGES

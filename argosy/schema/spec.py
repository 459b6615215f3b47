"""The schema as frozen dataclasses.

`extra` fields hold, serialized, what a proto says beyond what is modelled here, so that writing a schema that was read
loses nothing.
"""

import dataclasses
from typing import Literal

from argosy.errors import ParameterError, did_you_mean

FeatureType = Literal["TYPE_UNKNOWN", "BYTES", "INT", "FLOAT", "STRUCT"]

DORMANT_STAGES = frozenset({"PLANNED", "ALPHA", "DEPRECATED", "DEBUG_ONLY", "DISABLED", "VALIDATION_DERIVED"})
"""Lifecycle stages in which a feature is neither read nor validated."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Presence:
    """How often a feature must be there; None: no demand."""

    min_fraction: float | None = None
    min_count: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValueCount:
    """How many values a row may have, both ends included; None: no demand."""

    min: int | None = None
    max: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class StringDomain:
    """The strings that a feature may hold."""

    name: str = ""
    values: tuple[str, ...] = ()
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class IntDomain:
    """The integers that a feature may hold, both ends included; on a BYTES feature: its strings are integers."""

    name: str = ""
    min: int | None = None
    max: int | None = None
    is_categorical: bool = False
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FloatDomain:
    """The floats that a feature may hold, both ends included; on a BYTES feature: its strings are numbers."""

    name: str = ""
    min: float | None = None
    max: float | None = None
    disallow_nan: bool = False
    disallow_inf: bool = False
    is_categorical: bool = False
    extra: bytes = b""


@dataclasses.dataclass(frozen=True, kw_only=True)
class BoolDomain:
    """Truth values: 0 and 1, or for BYTES the two strings given; None: no string stands for it."""

    name: str = ""
    true_value: str | None = None
    false_value: str | None = None
    extra: bytes = b""


Domain = StringDomain | IntDomain | FloatDomain | BoolDomain


@dataclasses.dataclass(frozen=True, kw_only=True)
class Feature:
    """One feature.

    Attributes:
        name: Its name in the rows.
        type: Of its values.
        presence: How often it must be there.
        shape: The fixed shape of every row's value; None: rows differ in their number of values, or may lack it.
        value_counts: How many values a row may have, one entry a nesting level; empty: no demand.
        domain: What it may hold; a string is the name of a domain of the schema.
        min_domain_mass: The fraction of values that must be in a string domain; None: all.
        in_environment: Environments that it is in although they are not default ones.
        not_in_environment: Default environments that it is not in.
        lifecycle_stage: An enum name such as PRODUCTION or DEPRECATED; empty: none is set.
        extra: The rest of its proto, serialized.
    """

    name: str
    type: FeatureType = "TYPE_UNKNOWN"
    presence: Presence | None = None
    shape: tuple[int, ...] | None = None
    value_counts: tuple[ValueCount, ...] = ()
    domain: Domain | str | None = None
    min_domain_mass: float | None = None
    in_environment: tuple[str, ...] = ()
    not_in_environment: tuple[str, ...] = ()
    lifecycle_stage: str = ""
    extra: bytes = b""

    @property
    def value_count(self) -> ValueCount | None:
        """The demand on the number of values of a row, where there is one."""
        return self.value_counts[0] if self.value_counts else None

    @property
    def is_live(self) -> bool:
        """Whether its lifecycle stage lets it be read and validated."""
        return self.lifecycle_stage not in DORMANT_STAGES

    @property
    def is_required(self) -> bool:
        """Whether it may not be wholly absent."""
        return self.presence is not None and (
            (self.presence.min_count or 0) > 0 or (self.presence.min_fraction or 0) > 0
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Schema:
    """All features, in their order, and the domains that several may share by name.

    >>> schema = Schema(features=(Feature(name="age", type="INT", shape=(1,)),))
    >>> schema.feature("age").shape
    (1,)
    """

    features: tuple[Feature, ...] = ()
    string_domains: tuple[StringDomain, ...] = ()
    int_domains: tuple[IntDomain, ...] = ()
    float_domains: tuple[FloatDomain, ...] = ()
    default_environments: tuple[str, ...] = ()
    extra: bytes = b""

    def feature(self, name: str) -> Feature:
        """Returns the feature of that name.

        Raises:
            ParameterError: There is none.
        """
        for feature in self.features:
            if feature.name == name:
                return feature
        raise ParameterError(f"the schema has no feature {name!r}: {did_you_mean(name, self.names())}")

    def names(self) -> tuple[str, ...]:
        """Returns the names of all features, in order."""
        return tuple(feature.name for feature in self.features)

    def domain_of(self, feature: Feature) -> Domain | None:
        """Returns what the feature may hold, its name looked up; None: anything, or the schema has no such domain."""
        if not isinstance(feature.domain, str):
            return feature.domain
        named: tuple[Domain, ...] = (*self.string_domains, *self.int_domains, *self.float_domains)
        return next((domain for domain in named if domain.name == feature.domain), None)

    def environments(self) -> frozenset[str]:
        """Returns every environment that the schema names anywhere."""
        mentioned = (name for f in self.features for name in (*f.in_environment, *f.not_in_environment))
        return frozenset((*self.default_environments, *mentioned))

    def is_in_environment(self, feature: Feature, environment: str) -> bool:
        """Whether the feature belongs to the environment; every feature belongs to the unnamed one.

        >>> schema = Schema(default_environments=("TRAINING", "SERVING"))
        >>> schema.is_in_environment(Feature(name="label", not_in_environment=("SERVING",)), "SERVING")
        False
        """
        if not environment or environment in feature.in_environment:
            return True
        return environment not in feature.not_in_environment and environment in self.default_environments

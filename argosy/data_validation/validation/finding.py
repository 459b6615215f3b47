"""What a check is given and what it gives: a reason, and the change of the schema that would lift it."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from argosy.data_validation.statistics.spec import FeatureStatistics
from argosy.data_validation.validation.spec import Measurement, MeasurementType, Reason
from argosy.schema import Domain, Feature, Schema, with_feature

_LONGEST = 100


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """A feature's distribution against that of other data.

    Attributes:
        measurements: The distances that the feature's comparator asks for and that could be measured.
        where: By type of measurement, the value that differs most.
        control_is_missing: The other data have no value of the feature.
        not_comparable: By type of measurement, why it could not be made.
    """

    measurements: tuple[Measurement, ...] = ()
    where: Mapping[str, str] = dataclasses.field(default_factory=dict)
    control_is_missing: bool = False
    not_comparable: Mapping[MeasurementType, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class View:
    """One feature and what was found of it.

    Attributes:
        feature: What the schema says of it.
        statistics: What was found.
        schema: All of the schema.
        num_examples: How many rows there are, or the sum of their weights.
        environment: The one to validate in; empty: none.
        drift: How the feature compares with the previous data; None: there are none, or no comparator.
        skew: Likewise with the serving data.
    """

    feature: Feature
    statistics: FeatureStatistics
    schema: Schema
    num_examples: float
    environment: str = ""
    drift: Comparison | None = None
    skew: Comparison | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """Where the feature is."""
        return self.statistics.path

    @property
    def domain(self) -> Domain | None:
        """What it may hold, its name looked up."""
        return self.schema.domain_of(self.feature)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """A reason, and fields of the Feature that, so replaced, would make the schema fit the data."""

    reason: Reason
    change: Mapping[str, Any]


def finding(kind: str, short: str, description: str, **change: Any) -> Finding:
    """Returns a finding."""
    return Finding(reason=Reason(type=kind, short=short, description=description), change=change)


def shown(value: str) -> str:
    """Returns a value of the data in quotes, cut short where it is long.

    >>> shown("a"), len(shown("a" * 1000))
    ("'a'", 102)
    """
    return repr(value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…")


def applied(
    schema: Schema, feature: Feature, change: Mapping[str, Any], *, parent: tuple[str, ...] = ()
) -> tuple[Schema, Feature]:
    """Returns schema and feature with the change made; a domain that is shared by name is changed where it lives.

    With the domain goes the demand on how many values must be in it.
    """
    domain = change.get("domain")
    if "domain" in change and domain is None:
        change = {"min_domain_mass": None, **change}
    if isinstance(feature.domain, str) and domain is not None:
        for shared in ("string_domains", "int_domains", "float_domains"):
            known = getattr(schema, shared)
            fields: dict[str, Any] = {shared: tuple(domain if one.name == feature.domain else one for one in known)}
            schema = dataclasses.replace(schema, **fields)
        change = {field: value for field, value in change.items() if field != "domain"}
    feature = dataclasses.replace(feature, **change)
    return with_feature(schema, feature, parent=parent), feature

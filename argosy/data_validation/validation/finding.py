"""What a check is given and what it gives: a reason, and the change of the schema that would lift it."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from argosy.data_validation.statistics.spec import FeatureStatistics
from argosy.data_validation.validation.spec import Reason
from argosy.schema import Domain, Feature, Schema

_LONGEST = 100

RETIRED: Mapping[str, Any] = MappingProxyType({"lifecycle_stage": "DEPRECATED"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class View:
    """One feature and what was found of it."""

    feature: Feature
    statistics: FeatureStatistics
    schema: Schema
    num_examples: int
    environment: str = ""

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


def applied(schema: Schema, feature: Feature, change: Mapping[str, Any]) -> tuple[Schema, Feature]:
    """Returns schema and feature with the change made; a domain that is shared by name is changed where it lives.

    With the domain goes the demand on how many values must be in it.
    """
    domain = change.get("domain")
    if "domain" in change and domain is None:
        change = {"min_domain_mass": None, **change}
    if isinstance(feature.domain, str) and domain is not None:
        shared = tuple(domain if known.name == feature.domain else known for known in schema.string_domains)
        schema = dataclasses.replace(schema, string_domains=shared)
        change = {field: value for field, value in change.items() if field != "domain"}
    feature = dataclasses.replace(feature, **change)
    return with_feature(schema, feature), feature


def with_feature(schema: Schema, feature: Feature) -> Schema:
    """Returns the schema with the feature of that name replaced, or added at the end."""
    if feature.name not in schema.names():
        return dataclasses.replace(schema, features=(*schema.features, feature))
    features = tuple(feature if known.name == feature.name else known for known in schema.features)
    return dataclasses.replace(schema, features=features)

"""Changes of a schema by hand, under TFDV's names; each returns a new schema, for schemas are frozen."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from argosy.errors import ParameterError, did_you_mean
from argosy.schema.composed import STAGES
from argosy.schema.feature_contradictions import ALLOWED_TYPES
from argosy.schema.spec import Domain, Feature, Schema, StringDomain, StructDomain

Path = str | Sequence[str]
"""A feature's name, or the steps to one that is within others."""


def get_feature(schema: Schema, path: Path) -> Feature:
    """Returns a feature.

    Raises:
        ParameterError: There is none.
    """
    return schema.feature(path)


def set_feature(schema: Schema, path: Path, **changes: Any) -> Schema:
    """Returns the schema with fields of a feature changed, by their names in `Feature`.

    >>> schema = Schema(features=(Feature(name="tips", type="FLOAT"),), default_environments=("TRAINING", "SERVING"))
    >>> schema = set_feature(schema, "tips", not_in_environment=("SERVING",))
    >>> schema.is_in_environment(get_feature(schema, "tips"), "SERVING")
    False

    Raises:
        ParameterError: There is no such feature, field or lifecycle stage, or the fields exclude each other.
    """
    known = {field.name for field in dataclasses.fields(Feature)} - {"name", "extra"}
    for name in changes:
        if name not in known:
            raise ParameterError(f"a feature has no {name!r} to set: {did_you_mean(name, known)}")
    stage = changes.get("lifecycle_stage", "")
    if stage not in ("", *STAGES):
        raise ParameterError(f"there is no lifecycle_stage {stage!r}: {did_you_mean(stage, STAGES)}")
    feature = dataclasses.replace(schema.feature(path), **changes)
    return with_feature(schema, feature, parent=_steps(path)[:-1])


def drop_feature(schema: Schema, path: Path) -> Schema:
    """Returns the schema without a feature; to keep it in mind instead, set its `lifecycle_stage` to DEPRECATED.

    Raises:
        ParameterError: There is none.
    """
    schema.feature(path)
    *parent, name = _steps(path)
    if not parent:
        return dataclasses.replace(schema, features=_without(schema.features, name))
    around = schema.feature(parent)
    domain = around.domain if isinstance(around.domain, StructDomain) else StructDomain()
    domain = dataclasses.replace(domain, features=_without(domain.features, name))
    return with_feature(schema, dataclasses.replace(around, domain=domain), parent=parent[:-1])


def get_domain(schema: Schema, path: Path) -> Domain:
    """Returns what a feature may hold, its own domain or the one that it names.

    Raises:
        ParameterError: There is no such feature, or it has no domain.
    """
    feature = schema.feature(path)
    domain = schema.domain_of(feature)
    if domain is None:
        found = f"names a domain {feature.domain!r}, which the schema lacks" if feature.domain else "has no domain"
        raise ParameterError(f"feature {feature.name!r} {found}")
    return domain


def set_domain(schema: Schema, path: Path, domain: Domain | str) -> Schema:
    """Returns the schema with a feature's domain set; a string is the name of a domain of the schema.

    Raises:
        ParameterError: There is no such feature or domain, or the domain says nothing of the feature's type.
    """
    feature = schema.feature(path)
    if isinstance(domain, str) and domain not in schema.shared_domains:
        raise ParameterError(f"the schema has no domain {domain!r}: {did_you_mean(domain, schema.shared_domains)}")
    meant = schema.shared_domains[domain] if isinstance(domain, str) else domain
    allowed = ALLOWED_TYPES[type(meant)]
    if feature.type not in (*allowed, "TYPE_UNKNOWN"):
        kind, types = type(meant).__name__, " or ".join(allowed)
        raise ParameterError(f"feature {feature.name!r} is {feature.type}; a {kind} goes with {types}")
    mass = feature.min_domain_mass if isinstance(meant, StringDomain) else None
    return set_feature(schema, path, domain=domain, min_domain_mass=mass)


def add_values(schema: Schema, path: Path, *values: str) -> Schema:
    """Returns the schema with strings added to a feature's domain, also for the features that share it.

    >>> schema = Schema(
    ...     features=(Feature(name="payment", type="BYTES", domain="payment"),),
    ...     string_domains=(StringDomain(name="payment", values=("Cash",)),),
    ... )
    >>> get_domain(add_values(schema, "payment", "Prcard", "Cash"), "payment").values
    ('Cash', 'Prcard')

    Raises:
        ParameterError: There is no such feature, or it has no string domain.
    """
    domain = get_domain(schema, path)
    if not isinstance(domain, StringDomain):
        raise ParameterError(f"the domain of feature {path!r} is a {type(domain).__name__}, which lists no values")
    grown = dataclasses.replace(domain, values=tuple(dict.fromkeys((*domain.values, *values))))
    if not isinstance(schema.feature(path).domain, str):
        return set_domain(schema, path, grown)
    return dataclasses.replace(
        schema, string_domains=tuple(grown if one.name == grown.name else one for one in schema.string_domains)
    )


def set_environments(schema: Schema, *names: str) -> Schema:
    """Returns the schema with these environments as the ones that every feature is in unless it says otherwise."""
    return dataclasses.replace(schema, default_environments=tuple(dict.fromkeys(names)))


def with_feature(schema: Schema, feature: Feature, *, parent: Sequence[str] = ()) -> Schema:
    """Returns the schema with the feature of that name replaced, or added at the end; `parent` is what it is within.

    Raises:
        ParameterError: There is no such parent.
    """
    return dataclasses.replace(schema, features=_placed(schema.features, feature, tuple(parent)))


def _steps(path: Path) -> tuple[str, ...]:
    return (path,) if isinstance(path, str) else tuple(path)


def _placed(features: tuple[Feature, ...], feature: Feature, parent: tuple[str, ...]) -> tuple[Feature, ...]:
    name = parent[0] if parent else feature.name
    at = next((index for index, known in enumerate(features) if known.name == name), len(features))
    if parent and at == len(features):
        raise ParameterError(f"the schema has no feature {name!r} for {feature.name!r} to be within")
    placed = feature
    if parent:
        around = features[at].domain
        domain = around if isinstance(around, StructDomain) else StructDomain()
        domain = dataclasses.replace(domain, features=_placed(domain.features, feature, parent[1:]))
        placed = dataclasses.replace(features[at], domain=domain)
    return (*features[:at], placed, *features[at + 1 :])


def _without(features: tuple[Feature, ...], name: str) -> tuple[Feature, ...]:
    return tuple(feature for feature in features if feature.name != name)

"""What a schema says of how to look at features."""

import dataclasses
from collections.abc import Iterator, Mapping

from argosy.data_validation.statistics.tokens.text import Text
from argosy.data_validation.statistics.tokens.vocabulary import Vocabulary
from argosy.schema import Schema
from argosy.schema.domains import BoolDomain, FloatDomain, ImageDomain, IntDomain, NaturalLanguageDomain, StringDomain
from argosy.schema.spec import Feature, SparseFeature, StructDomain, WeightedFeature

Path = tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """How to look at features; without a schema nothing is said.

    Attributes:
        categories: Numeric features that are categories, by path their type: INT or FLOAT.
        images: Features whose values are no text.
        domains: By path the strings that a feature should hold.
        sparse: Sparse features and the path of the struct that they are in, empty at the top.
        weighted: Weighted features.
        texts: Features whose values are tokens that the schema says something of.
    """

    categories: Mapping[Path, str] = dataclasses.field(default_factory=dict)
    images: frozenset[Path] = frozenset()
    domains: Mapping[Path, frozenset[str]] = dataclasses.field(default_factory=dict)
    sparse: tuple[tuple[Path, SparseFeature], ...] = ()
    weighted: tuple[WeightedFeature, ...] = ()
    texts: Mapping[Path, Text] = dataclasses.field(default_factory=dict)


def plan_of(schema: Schema | None, vocabularies: Mapping[str, Vocabulary] | None = None) -> Plan:
    """Returns what the schema says; `vocabularies` are those that it names."""
    if schema is None:
        return Plan()
    features = list(_features((), schema.features))
    domains = {path: schema.domain_of(feature) for path, feature in features}
    return Plan(
        categories={path: feature.type for path, feature in features if _is_category(feature.type, domains[path])},
        images=frozenset(path for path, domain in domains.items() if isinstance(domain, ImageDomain)),
        domains={
            path: frozenset(domain.values) for path, domain in domains.items() if isinstance(domain, StringDomain)
        },
        sparse=tuple((path[:-1], one) for path, one in schema.walk_composed() if isinstance(one, SparseFeature)),
        weighted=schema.weighted_features,
        texts={
            path: Text(domain=domain, vocabulary=(vocabularies or {}).get(domain.vocabulary))
            for path, domain in domains.items()
            if isinstance(domain, NaturalLanguageDomain) and domain != NaturalLanguageDomain(extra=domain.extra)
        },
    )


def composing_paths(plan: Plan) -> frozenset[Path]:
    """Returns the paths of all features that others are composed of."""
    sparse = ((*parent, name) for parent, one in plan.sparse for name in (one.value_feature, *one.index_features))
    return frozenset((*sparse, *(path for one in plan.weighted for path in (one.feature, one.weight_feature))))


def _features(parent: Path, features: tuple[Feature, ...]) -> Iterator[tuple[Path, Feature]]:
    for feature in features:
        path = (*parent, feature.name)
        yield path, feature
        if isinstance(feature.domain, StructDomain):
            yield from _features(path, feature.domain.features)


def _is_category(kind: str, domain: object) -> bool:
    if kind == "INT":
        truth_or_text = isinstance(domain, BoolDomain | NaturalLanguageDomain)
        return truth_or_text or (isinstance(domain, IntDomain) and domain.is_categorical)
    return kind == "FLOAT" and isinstance(domain, FloatDomain) and domain.is_categorical

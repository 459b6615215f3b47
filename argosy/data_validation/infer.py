"""A schema from statistics, by TFX's rules."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from argosy.data_validation.infer_domain import DomainOptions, infer_domain
from argosy.data_validation.path import serialized_path
from argosy.data_validation.statistics.spec import DatasetStatistics, FeatureStatistics
from argosy.data_validation.validation.check import check_feature
from argosy.data_validation.validation.finding import View
from argosy.data_validation.validation.presence import SCHEMA_TYPES, allowed_counts
from argosy.schema import Feature, Presence, Schema, StringDomain, StructDomain, with_feature
from argosy.schema.composed import DERIVED

MAX_STRING_DOMAIN_SIZE = 100

Path = tuple[str, ...]


def infer_schema(
    statistics: DatasetStatistics,
    *,
    infer_feature_shape: bool = True,
    max_string_domain_size: int = MAX_STRING_DOMAIN_SIZE,
    infer_numeric_ranges: bool = False,
    infer_integer_categories: int = 0,
) -> Schema:
    """Returns the schema that fits the statistics.

    A feature that every row has is required; one with the same number of values everywhere gets a shape; strings of few
    values get a domain. Ranges and categories of numbers are inferred only where asked for.

    Args:
        statistics: Of the rows that are known to be good.
        infer_feature_shape: Whether shapes are given; without, value counts are.
        max_string_domain_size: How many distinct strings at most make a domain.
        infer_numeric_ranges: Whether numbers get a domain from the smallest to the largest one that was seen.
        infer_integer_categories: Integers are categories when they lie in a range of at most so many; 0: never.
    """
    return update_schema(
        Schema(),
        statistics,
        infer_feature_shape=infer_feature_shape,
        max_string_domain_size=max_string_domain_size,
        infer_numeric_ranges=infer_numeric_ranges,
        infer_integer_categories=infer_integer_categories,
    )


def update_schema(
    schema: Schema,
    statistics: DatasetStatistics,
    *,
    infer_feature_shape: bool = False,
    max_string_domain_size: int = MAX_STRING_DOMAIN_SIZE,
    infer_numeric_ranges: bool = False,
    infer_integer_categories: int = 0,
) -> Schema:
    """Returns the schema with all that is needed for the statistics to fit.

    New features are added, demands relaxed, values added to domains, however large these grow. A required feature
    without statistics is marked DEPRECATED. The options are those of `infer_schema`, for new features.
    """
    options = DomainOptions(
        max_strings=max_string_domain_size, ranges=infer_numeric_ranges, categories=infer_integer_categories
    )
    found = list(_outer_first(statistics))
    schema, dormant = _relaxed(schema, found, statistics.num_examples)
    known = {path for path, _ in schema.walk()}
    new = [one for one in found if one.path not in known and not _within(one.path, dormant)]
    schema = _with_new(schema, new, options, infer_feature_shape)
    return _without_missing(schema, statistics, dormant)


def _relaxed(schema: Schema, found: Sequence[FeatureStatistics], num_examples: int) -> tuple[Schema, set[Path]]:
    """Returns the schema in which features that were there fit their statistics, and the paths of those not live."""
    known = dict(schema.walk())
    dormant = {path for path, feature in known.items() if not feature.is_judged}
    for one in found:
        if one.path in known and not _within(one.path, dormant):
            view = View(feature=known[one.path], statistics=one, schema=schema, num_examples=num_examples)
            view = check_feature(view)[1]
            schema = view.schema
            dormant |= set() if view.feature.is_judged else {one.path}
    return schema, dormant


def _with_new(schema: Schema, found: Sequence[FeatureStatistics], options: DomainOptions, infer_shape: bool) -> Schema:
    """Returns the schema with features that it did not have, and the domains of strings that they name."""
    known = {path for path, _ in schema.walk()}
    taken = {domain.name for domain in schema.string_domains}
    added, domains = dict[Path, Feature](), list[StringDomain]()
    for one in found:
        for steps in range(1, len(one.path)):
            if one.path[:steps] not in known and one.path[:steps] not in added:
                added[one.path[:steps]] = Feature(name=one.path[steps - 1], type="STRUCT")
        added[one.path], domain = _inferred(one, options, taken, infer_shape)
        if domain is not None:
            taken.add(domain.name)
            domains.append(domain)
    schema = dataclasses.replace(schema, string_domains=(*schema.string_domains, *domains))
    return _with_added(schema, added)


def _without_missing(schema: Schema, statistics: DatasetStatistics, dormant: set[Path]) -> Schema:
    """Returns the schema with required features that have no statistics marked, and so all required within them."""
    present = {feature.path for feature in statistics.features}
    for path, feature in schema.walk():
        if feature.is_required and path not in present and not _within(path, dormant):
            gone = dataclasses.replace(schema.feature(path), lifecycle_stage="DEPRECATED")
            schema = with_feature(schema, gone, parent=path[:-1])
    return schema


def _within(path: Path, some: set[Path]) -> bool:
    """Whether the path, or one that it is within, is among some."""
    return any(path[:steps] in some for steps in range(1, len(path) + 1))


def _outer_first(statistics: DatasetStatistics) -> Iterator[FeatureStatistics]:
    """Yields what rows hold, so no sparse and weighted ones: each feature, those within it by name, then the next."""
    within: dict[Path, list[FeatureStatistics]] = defaultdict(list)
    paths = {feature.path for feature in statistics.features}
    for feature in statistics.features:
        if feature.is_described:
            # A feature whose parent nobody described stands at the top.
            within[feature.path[:-1] if feature.path[:-1] in paths else ()].append(feature)
    waiting = within[()][::-1]
    while waiting:
        feature = waiting.pop()
        yield feature
        waiting += sorted(within[feature.path], key=lambda child: child.path, reverse=True)


def _inferred(
    statistics: FeatureStatistics, options: DomainOptions, taken: set[str], infer_shape: bool
) -> tuple[Feature, StringDomain | None]:
    """Returns a new feature, and the domain of strings that it names, if it does."""
    feature = Feature(
        name=statistics.path[-1],
        type=SCHEMA_TYPES[statistics.type],  # type: ignore[arg-type]
        presence=Presence(min_count=1 if statistics.common.num_non_missing else 0),
        lifecycle_stage="" if statistics.derived is None else DERIVED,
        derived=statistics.derived,
    )
    if not statistics.common.num_non_missing:
        return feature, None
    feature = _measured(feature, statistics, infer_shape)
    domain = infer_domain(statistics, options)
    if not isinstance(domain, StringDomain):
        return dataclasses.replace(feature, domain=domain), None
    domain = dataclasses.replace(domain, name=_free_name(taken, serialized_path(statistics.path)))
    return dataclasses.replace(feature, domain=domain.name), domain


def _measured(feature: Feature, statistics: FeatureStatistics, infer_shape: bool) -> Feature:
    common = statistics.common
    if not common.num_missing:
        feature = dataclasses.replace(feature, presence=Presence(min_count=1, min_fraction=1.0))
    levels = common.presence_and_valency_stats or (common,)
    even = all(not one.num_missing and one.min_num_values == one.max_num_values > 0 for one in levels)
    if infer_shape and even and statistics.type != "STRUCT":
        return dataclasses.replace(feature, shape=tuple(one.min_num_values for one in levels))
    return dataclasses.replace(feature, value_counts=allowed_counts(statistics))


def _free_name(taken: set[str], name: str) -> str:
    index, free = 1, name
    while free in taken:
        index += 1
        free = f"{name}{index}"
    return free


def _with_added(schema: Schema, added: Mapping[Path, Feature]) -> Schema:
    """Returns the schema with the features at their paths, after those that are there; all at once, for speed."""
    within: dict[Path, list[Feature]] = defaultdict(list)
    for path, feature in added.items():
        within[path[:-1]].append(feature)
    touched = {path[:steps] for path in added for steps in range(len(path))}

    def grown(features: Sequence[Feature], path: Path) -> tuple[Feature, ...]:
        return tuple(filled(feature, (*path, feature.name)) for feature in (*features, *within[path]))

    def filled(feature: Feature, path: Path) -> Feature:
        if path not in touched:
            return feature
        domain = feature.domain if isinstance(feature.domain, StructDomain) else StructDomain()
        return dataclasses.replace(feature, domain=dataclasses.replace(domain, features=grown(feature.children, path)))

    return dataclasses.replace(schema, features=grown(schema.features, ()))

"""A schema from statistics, by TFX's rules."""

import dataclasses

from argosy.data_validation.path import serialized_path
from argosy.data_validation.statistics.spec import DatasetStatistics, FeatureStatistics
from argosy.data_validation.validation.check import check_feature, refuse_nested
from argosy.data_validation.validation.finding import View, with_feature
from argosy.data_validation.validation.numbers import parse_integer
from argosy.data_validation.validation.presence import SCHEMA_TYPES, allowed_counts
from argosy.data_validation.validation.validate import missing_features
from argosy.schema import BoolDomain, Domain, Feature, IntDomain, Presence, Schema, StringDomain

MAX_STRING_DOMAIN_SIZE = 100

TRUE_VALUES = ("", "1", "SET", "TRUE", "set", "true")
FALSE_VALUES = ("0", "CLEAR", "FALSE", "clear", "false")


def infer_schema(
    statistics: DatasetStatistics,
    *,
    infer_feature_shape: bool = True,
    max_string_domain_size: int = MAX_STRING_DOMAIN_SIZE,
) -> Schema:
    """Returns the schema that fits the statistics.

    A feature that every row has is required; one with the same number of values everywhere gets a shape; strings of few
    values get a domain. Ranges of numbers are not inferred.

    Args:
        statistics: Of the rows that are known to be good.
        infer_feature_shape: Whether shapes are given; without, value counts are.
        max_string_domain_size: How many distinct strings at most make a domain.

    Raises:
        DataError: The statistics are of nested features.
    """
    return update_schema(
        Schema(),
        statistics,
        infer_feature_shape=infer_feature_shape,
        max_string_domain_size=max_string_domain_size,
    )


def update_schema(
    schema: Schema,
    statistics: DatasetStatistics,
    *,
    infer_feature_shape: bool = True,
    max_string_domain_size: int = MAX_STRING_DOMAIN_SIZE,
) -> Schema:
    """Returns the schema with all that is needed for the statistics to fit.

    New features are added, demands relaxed, values added to domains. A domain that grows beyond the limit is dropped, a
    required feature without statistics is marked DEPRECATED.

    Raises:
        DataError: The statistics are of nested features.
    """
    refuse_nested(statistics)
    for feature in statistics.features:
        if feature.name not in schema.names():
            schema = _with_new(schema, feature, infer_feature_shape, max_string_domain_size)
        elif schema.feature(feature.name).is_live:
            view = View(
                feature=schema.feature(feature.name),
                statistics=feature,
                schema=schema,
                num_examples=statistics.num_examples,
            )
            schema = check_feature(view)[1].schema
    for gone in missing_features(statistics, schema).values():
        schema = with_feature(schema, dataclasses.replace(gone, lifecycle_stage="DEPRECATED"))
    return _without_large_domains(schema, max_string_domain_size)


def _with_new(schema: Schema, statistics: FeatureStatistics, infer_shape: bool, max_size: int) -> Schema:
    feature = Feature(
        name=statistics.name,
        type=SCHEMA_TYPES[statistics.type],  # type: ignore[arg-type]
        presence=Presence(min_count=1 if statistics.common.num_non_missing else 0),
    )
    if statistics.common.num_non_missing:
        feature = _measured(feature, statistics, infer_shape)
        domain = _domain(schema, statistics, max_size)
        if isinstance(domain, StringDomain):
            schema = dataclasses.replace(schema, string_domains=(*schema.string_domains, domain))
        feature = dataclasses.replace(feature, domain=domain.name if isinstance(domain, StringDomain) else domain)
    return with_feature(schema, feature)


def _measured(feature: Feature, statistics: FeatureStatistics, infer_shape: bool) -> Feature:
    common = statistics.common
    if not common.num_missing:
        feature = dataclasses.replace(feature, presence=Presence(min_count=1, min_fraction=1.0))
    even = not common.num_missing and common.max_nesting == 1 and common.min_num_values == common.max_num_values > 0
    if infer_shape and even and statistics.type != "STRUCT":
        return dataclasses.replace(feature, shape=(common.min_num_values,))
    return dataclasses.replace(feature, value_counts=allowed_counts(statistics))


def _domain(schema: Schema, statistics: FeatureStatistics, max_size: int) -> Domain | None:
    if statistics.type == "INT" and statistics.numeric is not None:
        numeric = statistics.numeric
        return BoolDomain() if numeric.min >= 0 and numeric.max == 1 else None
    strings = statistics.strings
    if statistics.type != "STRING" or strings is None or strings.invalid_utf8_count or not strings.values:
        return None
    values = strings.values
    boolean = _bool_domain(values)
    if boolean is not None:
        return boolean
    if all(parse_integer(value) is not None for value in values):
        return IntDomain()
    if len(values) <= max_size and strings.unique <= max_size:
        return StringDomain(name=_free_name(schema, serialized_path(statistics.path)), values=values)
    return None


def _bool_domain(values: tuple[str, ...]) -> BoolDomain | None:
    true = [value for value in values if value in TRUE_VALUES]
    false = [value for value in values if value in FALSE_VALUES]
    if len(true) > 1 or len(false) > 1 or len(true) + len(false) != len(values):
        return None
    return BoolDomain(true_value=true[0] if true else None, false_value=false[0] if false else None)


def _free_name(schema: Schema, name: str) -> str:
    taken = {domain.name for domain in schema.string_domains}
    index, free = 1, name
    while free in taken:
        index += 1
        free = f"{name}{index}"
    return free


def _without_large_domains(schema: Schema, max_size: int) -> Schema:
    large = {domain.name for domain in schema.string_domains if len(domain.values) > max_size}
    if not large:
        return schema
    return dataclasses.replace(
        schema,
        string_domains=tuple(domain for domain in schema.string_domains if domain.name not in large),
        features=tuple(
            dataclasses.replace(feature, domain=None, min_domain_mass=None) if feature.domain in large else feature
            for feature in schema.features
        ),
    )

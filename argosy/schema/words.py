"""What a schema demands, in words that people read."""

from collections.abc import Callable, Iterable
from typing import Any

from argosy.schema.constraints import Comparator, Presence, UniqueConstraints, ValueCount
from argosy.schema.domains import (
    BoolDomain,
    FloatDomain,
    ImageDomain,
    IntDomain,
    NaturalLanguageDomain,
    SemanticDomain,
    StringDomain,
    TimeDomain,
    TimeOfDayDomain,
)
from argosy.schema.spec import Domain, Feature, Schema, StructDomain


def demands(schema: Schema) -> dict[str, str]:
    """Returns what the schema says of each feature in a line, by the feature's path.

    >>> demands(Schema(features=(Feature(name="age", type="INT", shape=(1,)),)))
    {'age': 'INT; optional; values: always 1; domain: any'}
    """
    return {".".join(path): _line(schema, feature) for path, feature in schema.walk()}


def presence_words(feature: Feature) -> str:
    """Returns how often the feature must be there: `required` is in every row."""
    if feature.group_presence:
        return "required where its parent is"
    presence = feature.presence
    if presence is None or not feature.is_required:
        return "optional"
    if presence.min_fraction == 1.0:
        return "required"
    if presence.min_fraction:
        return f"in at least {presence.min_fraction * 100:g}% of rows"
    return _at_least(presence)


def value_words(feature: Feature) -> str:
    """Returns how many values a row may have; of lists within lists, level by level."""
    if feature.shape is not None:
        return "always " + (" × ".join(map(str, feature.shape)) or "1")
    if not feature.value_counts:
        return "any number"
    return ", each of them ".join(map(_count_words, feature.value_counts)) + " where present"


def domain_words(schema: Schema, feature: Feature) -> str:
    """Returns what the feature may hold."""
    domain, named = schema.domain_of(feature), isinstance(feature.domain, str)
    if domain is None:
        return f"{feature.domain} (unknown)" if named else "any"
    within = "" if feature.min_domain_mass is None else f", at least {feature.min_domain_mass * 100:g}% of values in it"
    if not named:
        return _words(domain, feature) + within
    if isinstance(domain, StringDomain):
        return f"{feature.domain} ({len(domain.values)} string{'s' * (len(domain.values) != 1)}){within}"
    return f"{feature.domain} ({_words(domain, feature)}){within}"


def environment_words(feature: Feature) -> str:
    """Returns in which environments the feature is, where not in all the default ones."""
    parts = [f"also {name}" for name in feature.in_environment]
    return ", ".join([*parts, *(f"not {name}" for name in feature.not_in_environment)]) or "all"


def constraint_words(feature: Feature) -> str:
    """Returns the other demands: how many distinct values, how far from other data; empty: none."""
    return "; ".join(
        [
            *_unique_words(feature.unique_constraints),
            *_distance_words("drift", feature.drift_comparator),
            *_distance_words("skew", feature.skew_comparator),
        ]
    )


def _line(schema: Schema, feature: Feature) -> str:
    parts = [feature.type, presence_words(feature)]
    parts += [f"values: {value_words(feature)}", f"domain: {domain_words(schema, feature)}"]
    parts += [feature.lifecycle_stage.lower()] * bool(feature.lifecycle_stage)
    parts += [f"environments: {environment_words(feature)}"] * bool(
        feature.in_environment or feature.not_in_environment
    )
    return "; ".join([*parts, *filter(None, [constraint_words(feature)])])


def _at_least(presence: Presence) -> str:
    return f"in at least {presence.min_count} row{'s' if presence.min_count != 1 else ''}"


def _count_words(count: ValueCount) -> str:
    low, high = count.min or 0, count.max
    if high is None:
        return f"{low} or more"
    return str(low) if low == high else f"{low} to {high}"


def _words(domain: Domain, feature: Feature) -> str:
    return _WORDS[type(domain)](domain, feature)


def _strings(domain: StringDomain, feature: Feature) -> str:
    return ", ".join(map(repr, domain.values))


def _truths(domain: BoolDomain, feature: Feature) -> str:
    sides = [repr(side) for side in (domain.true_value, domain.false_value) if side is not None]
    return f"true or false ({' / '.join(sides)})" if sides else "true or false"


def _numbers(domain: IntDomain | FloatDomain, feature: Feature) -> str:
    kind = "integers" if isinstance(domain, IntDomain) else "numbers"
    kind += " as text" if feature.type == "BYTES" else ""
    kind += _range_words(domain.min, domain.max)
    kind += ", categories" if domain.is_categorical else ""
    if isinstance(domain, FloatDomain):
        kind += ", no NaN" * domain.disallow_nan + ", no infinity" * domain.disallow_inf
    return kind


def _fields(domain: StructDomain, feature: Feature) -> str:
    return f"{len(domain.features)} feature{'s' * (len(domain.features) != 1)}"


def _text(domain: NaturalLanguageDomain, feature: Feature) -> str:
    return "text" + (f" in the vocabulary {domain.vocabulary}" if domain.vocabulary else "")


def _images(domain: ImageDomain, feature: Feature) -> str:
    size = domain.max_image_byte_size
    return "images" + ("" if size is None else f" of at most {size:,} bytes")


def _times(domain: TimeDomain | TimeOfDayDomain, feature: Feature) -> str:
    kind = "points in time" if isinstance(domain, TimeDomain) else "times of day"
    written = domain.string_format or domain.integer_format.lower().replace("_", " ")
    return f"{kind} as {written}" if written else kind


def _meaning(domain: SemanticDomain, feature: Feature) -> str:
    return domain.kind.replace("_", " ")


_WORDS: dict[type, Callable[[Any, Feature], str]] = {
    StringDomain: _strings,
    BoolDomain: _truths,
    IntDomain: _numbers,
    FloatDomain: _numbers,
    StructDomain: _fields,
    NaturalLanguageDomain: _text,
    ImageDomain: _images,
    TimeDomain: _times,
    TimeOfDayDomain: _times,
    SemanticDomain: _meaning,
}


def _unique_words(constraints: UniqueConstraints | None) -> Iterable[str]:
    if constraints is not None and (limits := _range_words(constraints.min, constraints.max)):
        yield f"distinct values:{limits}"


def _distance_words(name: str, comparator: Comparator | None) -> Iterable[str]:
    if comparator is None:
        return
    limits = {
        "L-infinity": comparator.infinity_norm,
        "Jensen-Shannon": comparator.jensen_shannon_divergence,
        "normalized difference": comparator.normalized_abs_difference,
    }
    yield from (f"{name}: {kind} at most {limit:g}" for kind, limit in limits.items() if limit is not None)


def _range_words(low: float | None, high: float | None) -> str:
    return ("" if low is None else f" from {low}") + ("" if high is None else f" up to {high}")

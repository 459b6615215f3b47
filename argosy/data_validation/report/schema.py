"""The report of a schema: features with type, presence, shape and domain; then the domains."""

from argosy.data_validation.report.plain import plain_table, printable
from argosy.page import Column, Content, Html, badge, joined, number, page, paragraph, section, tiles
from argosy.page import table as html_table
from argosy.schema import (
    BoolDomain,
    Domain,
    Feature,
    FloatDomain,
    IntDomain,
    Schema,
    StringDomain,
    read_schema,
)

FEATURE_COLUMNS = (
    Column(label="Feature"),
    Column(label="Type"),
    Column(label="Presence", help="Whether every row must have it"),
    Column(label="Values", help="How many values a row has"),
    Column(label="Domain", help="What it may hold"),
    Column(label="Environments", help="In which it is expected, where not in all"),
)

DOMAIN_COLUMNS = (Column(label="Domain"), Column(label="Values", numeric=True), Column(label="Listed"))


def schema_html(path: str) -> str:
    """Returns the page of a schema artifact.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    schema = read_schema(path)
    required = sum(1 for feature in schema.features if _presence(feature) == "required")
    figures: list[tuple[str, Content]] = [
        ("Features", number(len(schema.features))),
        ("In every row", number(required)),
        ("Domains", number(len(schema.string_domains))),
        ("Environments", ", ".join(schema.default_environments) or "none"),
    ]
    rows = [_feature_row(schema, feature) for feature in schema.features]
    features = section("features", "Features", tiles(figures), html_table("Features", FEATURE_COLUMNS, rows))
    if not schema.string_domains:
        return page("Schema", features, subtitle="What the rows should look like")
    domains = section(
        "domains",
        "Domains",
        paragraph("The strings that features may hold; several features may share a domain."),
        html_table("Domains", DOMAIN_COLUMNS, [_domain_row(domain) for domain in schema.string_domains]),
    )
    links = [("features", "Features"), ("domains", "Domains")]
    return page("Schema", joined(features, domains), subtitle="What the rows should look like", links=links)


def schema_text(path: str) -> str:
    """Returns a schema artifact as text.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    schema = read_schema(path)
    rows = [
        [feature.name, feature.type, _presence(feature), _values(feature), _domain_words(schema, feature)]
        for feature in schema.features
    ]
    lines = [plain_table(["feature", "type", "presence", "values", "domain"], rows), ""]
    lines += [printable(f"{domain.name}: {', '.join(map(repr, domain.values))}") for domain in schema.string_domains]
    return "\n".join([*lines, ""])


def _feature_row(schema: Schema, feature: Feature) -> list[Content]:
    name: Content = feature.name
    if feature.lifecycle_stage:
        stage = badge(feature.lifecycle_stage.lower(), "" if feature.is_live else "warn")
        name = joined(feature.name, stage)
    presence = badge("required", "good") if _presence(feature) == "required" else _presence(feature)
    return [name, feature.type, presence, _values(feature), _domain_words(schema, feature), _environments(feature)]


def _domain_row(domain: StringDomain) -> list[Content]:
    listed = Html(" ".join(badge(value or '""').text for value in domain.values))
    return [domain.name, number(len(domain.values)), listed]


def _presence(feature: Feature) -> str:
    presence = feature.presence
    if presence is None or not feature.is_required:
        return "optional"
    if presence.min_fraction == 1.0:
        return "required"
    if presence.min_fraction:
        return f"in at least {presence.min_fraction * 100:g}% of rows"
    return f"in at least {presence.min_count} row{'s' if presence.min_count != 1 else ''}"


def _values(feature: Feature) -> str:
    if feature.shape is not None:
        return "always " + (" × ".join(map(str, feature.shape)) or "1")
    if len(feature.value_counts) != 1:
        return f"nested, {len(feature.value_counts)} levels" if feature.value_counts else "any number"
    low, high = feature.value_counts[0].min or 0, feature.value_counts[0].max
    if high is None:
        return f"{low} or more where present"
    return f"{low} where present" if low == high else f"{low} to {high} where present"


def _domain_words(schema: Schema, feature: Feature) -> str:
    domain, named = schema.domain_of(feature), isinstance(feature.domain, str)
    if domain is None:
        return f"{feature.domain} (unknown)" if named else "any"
    if not named:
        return _inline_words(domain, feature)
    if isinstance(domain, StringDomain):
        return f"{feature.domain} ({len(domain.values)} string{'s' * (len(domain.values) != 1)})"
    return f"{feature.domain} ({_inline_words(domain, feature)})"


def _inline_words(domain: Domain, feature: Feature) -> str:
    if isinstance(domain, StringDomain):
        return ", ".join(map(repr, domain.values))
    if isinstance(domain, BoolDomain):
        sides = [repr(side) for side in (domain.true_value, domain.false_value) if side is not None]
        return f"true or false ({' / '.join(sides)})" if sides else "true or false"
    kind = "integers" if isinstance(domain, IntDomain) else "numbers"
    if feature.type == "BYTES":
        kind += " as text"
    limits = f" from {domain.min}" if domain.min is not None else ""
    limits += f" up to {domain.max}" if domain.max is not None else ""
    category = ", categories" if domain.is_categorical else ""
    forbidden = ", no NaN" if isinstance(domain, FloatDomain) and domain.disallow_nan else ""
    return kind + limits + category + forbidden


def _environments(feature: Feature) -> str:
    parts = [f"also {name}" for name in feature.in_environment]
    return ", ".join([*parts, *(f"not {name}" for name in feature.not_in_environment)]) or "all"

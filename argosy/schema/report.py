"""A schema as a page: features with type, presence, shape and domain; then the domains."""

from argosy.page import Cell, Column, Content, Html, badge, joined, number, page, paragraph, section, table, tiles
from argosy.schema.domains import StringDomain
from argosy.schema.spec import Feature, Schema
from argosy.schema.words import constraint_words, domain_words, environment_words, presence_words, value_words

FEATURE_COLUMNS = (
    Column(label="Feature"),
    Column(label="Type"),
    Column(label="Presence", help="Whether every row must have it"),
    Column(label="Values", help="How many values a row has"),
    Column(label="Domain", help="What it may hold"),
    Column(label="Environments", help="In which it is expected, where not in all"),
)

DOMAIN_COLUMNS = (Column(label="Domain"), Column(label="Values", numeric=True), Column(label="Listed"))

COMPOSED_COLUMNS = (Column(label="Feature"), Column(label="Kind"), Column(label="Made of"))

FIND = "Find a feature (press /)"


def schema_page(schema: Schema) -> str:
    """Returns the page of a schema."""
    features = list(schema.walk())
    required = sum(1 for _, feature in features if presence_words(feature) == "required")
    figures: list[tuple[str, Content]] = [
        ("Features", number(len(features))),
        ("In every row", number(required)),
        ("Domains", number(len(schema.string_domains))),
        ("Environments", ", ".join(schema.default_environments) or "none"),
    ]
    rows = [_feature_row(schema, ".".join(path), feature) for path, feature in features]
    shown = table(f"Features: {number(len(rows))}", FEATURE_COLUMNS, rows, find=FIND)
    sections = [
        ("features", "Features", joined(tiles(figures), *_dataset(schema), shown)),
        *_composed(schema),
        *_domains(schema),
    ]
    return page(
        "Schema",
        joined(*(section(anchor, heading, content) for anchor, heading, content in sections)),
        subtitle="What the rows should look like",
        links=[(anchor, heading) for anchor, heading, _ in sections] if len(sections) > 1 else (),
        script=True,
    )


def _feature_row(schema: Schema, name: str, feature: Feature) -> list[Cell | Content]:
    heading: Content = name
    if feature.lifecycle_stage:
        heading = joined(name, badge(feature.lifecycle_stage.lower(), "" if feature.is_live else "warn"))
    presence = presence_words(feature)
    domain = "; ".join(filter(None, [domain_words(schema, feature), constraint_words(feature)]))
    return [
        Cell(content=heading, order=name),
        Cell(content=feature.type, order=feature.type),
        Cell(content=badge("required", "good") if presence == "required" else presence, order=presence),
        value_words(feature),
        domain,
        environment_words(feature),
    ]


def _dataset(schema: Schema) -> list[Html]:
    limits = schema.dataset_constraints
    if limits is None or (limits.min_examples_count is None and limits.max_examples_count is None):
        return []
    low = "" if limits.min_examples_count is None else f" at least {number(limits.min_examples_count)}"
    high = "" if limits.max_examples_count is None else f" at most {number(limits.max_examples_count)}"
    return [paragraph(f"Rows:{' and'.join(filter(None, [low, high]))}.")]


def _composed(schema: Schema) -> list[tuple[str, str, Html]]:
    rows: list[list[Content]] = [
        [sparse.name, "sparse", f"values {sparse.value_feature}, indices {', '.join(sparse.index_features)}"]
        for sparse in schema.sparse_features
    ]
    rows += [
        [one.name, "weighted", f"{'.'.join(one.feature)}, weights {'.'.join(one.weight_feature)}"]
        for one in schema.weighted_features
    ]
    shown = table("Features made of others", COMPOSED_COLUMNS, rows)
    return [("composed", "Features made of others", shown)] if rows else []


def _domains(schema: Schema) -> list[tuple[str, str, Html]]:
    if not schema.string_domains:
        return []
    told = paragraph("The strings that features may hold; several features may share a domain.")
    rows = [_domain_row(domain) for domain in schema.string_domains]
    return [("domains", "Domains", joined(told, table("Domains", DOMAIN_COLUMNS, rows)))]


def _domain_row(domain: StringDomain) -> list[Content]:
    listed = Html(" ".join(badge(value or '""').text for value in domain.values))
    return [domain.name, number(len(domain.values)), listed]

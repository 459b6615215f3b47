"""The report of a schema artifact."""

from argosy.data_validation.report.plain import plain_table, printable
from argosy.schema import read_schema
from argosy.schema.report import schema_page
from argosy.schema.words import domain_words, presence_words, value_words


def schema_html(path: str) -> str:
    """Returns the page of a schema artifact.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    return schema_page(read_schema(path))


def schema_text(path: str) -> str:
    """Returns a schema artifact as text.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    schema = read_schema(path)
    rows = [
        [".".join(steps), feature.type, presence_words(feature), value_words(feature), domain_words(schema, feature)]
        for steps, feature in schema.walk()
    ]
    lines = [plain_table(["feature", "type", "presence", "values", "domain"], rows), ""]
    lines += [printable(f"{domain.name}: {', '.join(map(repr, domain.values))}") for domain in schema.string_domains]
    return "\n".join([*lines, ""])

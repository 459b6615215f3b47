"""A schema as a table of pandas, for notebooks."""

from typing import Any

from argosy.errors import ParameterError
from argosy.schema.spec import Schema
from argosy.schema.words import constraint_words, domain_words, environment_words, presence_words, value_words


def schema_frame(schema: Schema) -> Any:
    """Returns a pandas DataFrame with a row a feature, by its path: what the schema says of it, in words.

    >>> from argosy.schema import Feature
    >>> schema_frame(Schema(features=(Feature(name="age", type="INT", shape=(1,)),))).loc["age", "values"]
    'always 1'

    Raises:
        ParameterError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise ParameterError("schema_frame needs pandas: pip install pandas") from error
    features = {".".join(path): feature for path, feature in schema.walk()}
    rows = [
        {
            "type": feature.type,
            "presence": presence_words(feature),
            "values": value_words(feature),
            "domain": domain_words(schema, feature),
            "constraints": constraint_words(feature),
            "environments": environment_words(feature),
            "lifecycle_stage": feature.lifecycle_stage,
        }
        for feature in features.values()
    ]
    return pandas.DataFrame(rows, index=pandas.Index(features, name="feature"))

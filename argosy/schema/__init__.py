"""What the data should look like: types, presence, shapes, domains, environments.

    from argosy.schema import read_schema, write_schema
    schema = read_schema("path/to/artifact")
    schema.feature("age").shape

`spec.py` holds the frozen dataclasses, `columns.py` what a reader of rows needs of them, `convert.py` the way to and
from tensorflow_metadata's Schema proto (fields that we do not model are carried along), `text.py` files `schema.pbtxt`.
"""

from argosy.schema.columns import Column, columns
from argosy.schema.spec import (
    BoolDomain,
    Domain,
    Feature,
    FloatDomain,
    IntDomain,
    Presence,
    Schema,
    StringDomain,
    ValueCount,
)
from argosy.schema.text import read_schema, write_schema

__all__ = [
    "BoolDomain",
    "Column",
    "Domain",
    "Feature",
    "FloatDomain",
    "IntDomain",
    "Presence",
    "Schema",
    "StringDomain",
    "ValueCount",
    "columns",
    "read_schema",
    "write_schema",
]

"""What the data should look like: types, presence, shapes, domains, environments.

    from argosy.schema import read_schema, write_schema
    schema = read_schema("path/to/artifact")
    schema.feature("age").shape

`spec.py` holds the frozen dataclasses, `columns.py` what a reader of rows needs of them, `convert.py` the way to and
from tensorflow_metadata's Schema proto (fields that we do not model are carried along), `text.py` files `schema.pbtxt`.
"""

from argosy.schema.columns import Column, columns
from argosy.schema.constraints import (
    Annotation,
    Comparator,
    DatasetConstraints,
    DerivedSource,
    NumExamplesComparator,
    Presence,
    UniqueConstraints,
    ValueCount,
)
from argosy.schema.contradictions import check_consistent, contradictions
from argosy.schema.domains import (
    BoolDomain,
    Coverage,
    FloatDomain,
    ImageDomain,
    IntDomain,
    NaturalLanguageDomain,
    SemanticDomain,
    SequenceLength,
    StringDomain,
    TimeDomain,
    TimeOfDayDomain,
    TokenConstraint,
)
from argosy.schema.feature_contradictions import Contradiction
from argosy.schema.spec import Domain, Feature, Schema, SparseFeature, StructDomain, WeightedFeature
from argosy.schema.text import read_schema, write_schema

__all__ = [
    "Annotation",
    "BoolDomain",
    "Column",
    "Comparator",
    "Contradiction",
    "Coverage",
    "DatasetConstraints",
    "DerivedSource",
    "Domain",
    "Feature",
    "FloatDomain",
    "ImageDomain",
    "IntDomain",
    "NaturalLanguageDomain",
    "NumExamplesComparator",
    "Presence",
    "Schema",
    "SemanticDomain",
    "SequenceLength",
    "SparseFeature",
    "StringDomain",
    "StructDomain",
    "TimeDomain",
    "TimeOfDayDomain",
    "TokenConstraint",
    "UniqueConstraints",
    "ValueCount",
    "WeightedFeature",
    "check_consistent",
    "columns",
    "contradictions",
    "read_schema",
    "write_schema",
]

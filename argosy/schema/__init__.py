"""What the data should look like: types, presence, shapes, domains, environments.

    from argosy.schema import read_schema, set_feature, write_schema
    schema = read_schema("path/to/artifact")
    schema.feature("age").shape
    write_schema(set_feature(schema, "age", lifecycle_stage="DEPRECATED"), "schema.pbtxt")

`spec.py`, `composed.py`, `domains.py` and `constraints.py` hold the frozen dataclasses, `columns.py` what a reader of
rows needs of them, `edit.py` changes by hand, `contradictions.py` what is wrong with a schema by itself; `diff.py`,
`words.py`, `report.py` and `frame.py` are for people. `convert.py` is the way to and from tensorflow_metadata's Schema
proto (what we do not model is carried along), `text.py` files `schema.pbtxt`.
"""

from argosy.schema.columns import Column, columns
from argosy.schema.composed import SparseFeature, WeightedFeature
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
from argosy.schema.diff import Difference, differences
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
from argosy.schema.edit import (
    add_values,
    drop_feature,
    get_domain,
    get_feature,
    set_domain,
    set_environments,
    set_feature,
    with_feature,
)
from argosy.schema.feature_contradictions import Contradiction
from argosy.schema.frame import schema_frame
from argosy.schema.spec import Domain, Feature, Schema, StructDomain
from argosy.schema.text import read_schema, schema_text, write_schema

__all__ = [
    "Annotation",
    "BoolDomain",
    "Column",
    "Comparator",
    "Contradiction",
    "Coverage",
    "DatasetConstraints",
    "DerivedSource",
    "Difference",
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
    "add_values",
    "check_consistent",
    "columns",
    "contradictions",
    "differences",
    "drop_feature",
    "get_domain",
    "get_feature",
    "read_schema",
    "schema_frame",
    "schema_text",
    "set_domain",
    "set_environments",
    "set_feature",
    "with_feature",
    "write_schema",
]

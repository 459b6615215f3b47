"""What a reader of rows has to know of a schema: names, types and fixed shapes."""

import dataclasses

from argosy.schema.composed import FeatureType
from argosy.schema.spec import Schema


@dataclasses.dataclass(frozen=True, kw_only=True)
class Column:
    """One feature as rows hold it.

    Attributes:
        name: Of the feature.
        type: BYTES, INT or FLOAT.
        shape: The shape of every row's value; None: a variable number of values, possibly none.
    """

    name: str
    type: FeatureType
    shape: tuple[int, ...] | None


def columns(schema: Schema, *, environment: str = "") -> tuple[Column, ...]:
    """Returns the live features of the environment in the schema's order (all environments when it is empty).

    >>> from argosy.schema.spec import Feature
    >>> columns(Schema(features=(Feature(name="age", type="INT", shape=(1,)), Feature(name="tags", type="BYTES"))))
    (Column(name='age', type='INT', shape=(1,)), Column(name='tags', type='BYTES', shape=None))
    """
    return tuple(
        Column(name=feature.name, type=feature.type, shape=feature.shape)
        for feature in schema.features
        if feature.is_live and schema.is_in_environment(feature, environment)
    )

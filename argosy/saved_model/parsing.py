"""From a schema's features to what `tf.io.parse_example` wants."""

from collections.abc import Iterable
from typing import Any, Protocol

import tensorflow as tf

from argosy.errors import DataError

_DTYPES = {"BYTES": tf.string, "INT": tf.int64, "FLOAT": tf.float32}


class SchemaFeature(Protocol):
    """What is needed of a schema's feature: `shape` is None for a feature with any number of values."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...] | None: ...


def feature_spec(features: Iterable[SchemaFeature]) -> dict[str, Any]:
    """Returns the parsing spec by feature name: FixedLenFeature where the shape is known, otherwise VarLenFeature.

    >>> import types
    >>> feature_spec([types.SimpleNamespace(name="age", type="INT", shape=None)])
    {'age': VarLenFeature(dtype=tf.int64)}

    Raises:
        DataError: A feature has a type that a tf.Example cannot hold.
    """
    return {feature.name: _spec(feature) for feature in features}


def _spec(feature: SchemaFeature) -> Any:
    if feature.type not in _DTYPES:
        raise DataError(
            f"feature {feature.name!r} has the type {feature.type!r}; parsed can be {', '.join(sorted(_DTYPES))}"
        )
    dtype = _DTYPES[feature.type]
    if feature.shape is None:
        return tf.io.VarLenFeature(dtype)
    return tf.io.FixedLenFeature(list(feature.shape), dtype)

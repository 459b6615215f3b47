"""From a schema's features to what `tf.io.parse_example` wants."""

from collections.abc import Iterable
from typing import Any, Protocol

import tensorflow as tf

from argosy.errors import DataError

_DTYPES = {"BYTES": tf.string, "INT": tf.int64, "FLOAT": tf.float32}


class SchemaFeature(Protocol):
    """What is needed of a schema's feature: `shape` is None for a feature with any number of values.

    It may also have a `presence` with a `min_fraction`: below 1, a feature of fixed shape may be missing.
    """

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...] | None: ...


def feature_spec(features: Iterable[SchemaFeature]) -> dict[str, Any]:
    """Returns the parsing spec by feature name: FixedLenFeature for dense features, otherwise VarLenFeature.

    >>> import types
    >>> feature_spec([types.SimpleNamespace(name="age", type="INT", shape=None)])
    {'age': VarLenFeature(dtype=tf.int64)}

    Raises:
        DataError: A feature has a type that a tf.Example cannot hold.
    """
    return {feature.name: _spec(feature) for feature in features}


def is_dense(feature: SchemaFeature) -> bool:
    """Whether every row has a value of one shape, so that it is parsed into a dense tensor; Transform asks the same."""
    min_fraction = getattr(getattr(feature, "presence", None), "min_fraction", None) or 1.0
    return feature.shape is not None and min_fraction >= 1.0


def _spec(feature: SchemaFeature) -> Any:
    if feature.type not in _DTYPES:
        raise DataError(
            f"feature {feature.name!r} has the type {feature.type} in the schema; read can be "
            f"{', '.join(sorted(_DTYPES))}. Set its type, or mark the feature DEPRECATED"
        )
    dtype = _DTYPES[feature.type]
    return tf.io.FixedLenFeature(list(feature.shape or ()), dtype) if is_dense(feature) else tf.io.VarLenFeature(dtype)

"""The schema of the transformed rows, and the files around the graph: TensorFlow Transform's layout."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from argosy import fs
from argosy.schema.composed import FeatureType
from argosy.schema.spec import Feature, IntDomain, Presence, Schema
from argosy.schema.text import FILE_NAME, write_schema
from argosy.transform.recorder import Categories
from argosy.transform.trace import Trace

TRANSFORM_FN = "transform_fn"
TRANSFORMED_METADATA = "transformed_metadata"
RAW_METADATA = "metadata"
ASSET_MAP = "asset_map"

_TYPES: dict[Any, FeatureType] = {tf.string: "BYTES", tf.int64: "INT", tf.float32: "FLOAT"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatasetMetadata:
    """What is known of rows: their schema."""

    schema: Schema


def transformed_schema(trace: Trace, results: Mapping[str, Mapping[str, Any]]) -> Schema:
    """Returns the schema of the outputs: type, shape where it is fixed, and which integers categories are."""
    return Schema(features=tuple(_feature(name, trace, results) for name in trace.outputs))


def write_metadata(directory: Path, raw_schema: str, schema: Schema, vocabularies: Mapping[str, str]) -> None:
    """Writes `metadata/`, `transformed_metadata/` and its asset map.

    Args:
        directory: Of the transform graph.
        raw_schema: The path of the raw rows' schema file, which is copied as it is.
        schema: Of the transformed rows.
        vocabularies: By the name that the user gave, the name of the asset file.
    """
    fs.write_bytes(str(directory / RAW_METADATA / FILE_NAME), fs.read_bytes(raw_schema))
    write_schema(schema, str(directory / TRANSFORMED_METADATA))
    text = json.dumps(dict(vocabularies), sort_keys=True)
    fs.write_bytes(str(directory / TRANSFORMED_METADATA / ASSET_MAP), text.encode())


def _feature(name: str, trace: Trace, results: Mapping[str, Mapping[str, Any]]) -> Feature:
    output = trace.outputs[name]
    dense = not isinstance(output, tf.SparseTensor)
    categories = trace.categories.get(name)
    return Feature(
        name=name,
        type=_TYPES[output.dtype],
        presence=Presence(min_fraction=1.0) if dense else None,
        shape=tuple(output.shape[1:]) if dense else None,
        domain=None if categories is None else _domain(categories, results),
    )


def _domain(categories: Categories, results: Mapping[str, Mapping[str, Any]]) -> IntDomain:
    maximum = categories.maximum
    if categories.vocabulary:
        maximum = max(maximum, results[categories.vocabulary]["size"] + categories.beyond)
    return IntDomain(min=categories.minimum, max=maximum, is_categorical=True)

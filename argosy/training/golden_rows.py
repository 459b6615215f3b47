"""The raw rows that golden requests are made of."""

import logging
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from argosy.errors import ArgosyError
from argosy.saved_model.parsing import feature_spec, is_dense
from argosy.schema import BoolDomain, Feature, FloatDomain, IntDomain, Schema, StringDomain
from argosy.training.datasets import serialized_examples

MADE_UP_ROWS = 16
_log = logging.getLogger("argosy.training")


def golden_rows(eval_files: Sequence[str], limit: int, schema: Schema, features: Sequence[Feature]) -> list[bytes]:
    """Returns serialized tf.Examples: the first eval rows, `limit` at most, and one without all that may be missing.

    Where the limit is 0, or the eval files hold no raw rows (the step was given transformed ones), rows are made up
    from the schema's domains: a golden request asks whether two ways to compute agree; any row will do for that.
    """
    rows = _raw_rows(eval_files, limit, features) or [
        _made_up(schema, features, index) for index in range(MADE_UP_ROWS)
    ]
    return [*rows, _without_optional(rows[0], features)]


def _raw_rows(eval_files: Sequence[str], limit: int, features: Sequence[Feature]) -> list[bytes]:
    if limit <= 0:
        return []
    try:
        rows = serialized_examples(eval_files, limit)
        parsed = tf.io.parse_example(rows, feature_spec(features)) if rows else {}
    except (ArgosyError, tf.errors.OpError):
        _log.info("the eval files hold no raw rows; golden requests are made up from the schema")
        return []
    sizes = [tf.size(value.values if isinstance(value, tf.SparseTensor) else value) for value in parsed.values()]
    return rows if any(int(size) for size in sizes) else []


def _made_up(schema: Schema, features: Sequence[Feature], index: int) -> bytes:
    example = tf.train.Example()
    for position, feature in enumerate(features):
        count = int(tf.reduce_prod(feature.shape or (1,)))
        # Steps of 5 and 7, so that neighbouring rows and features differ in their words and in their magnitude.
        numbers = range(5 * index + 7 * position, 5 * index + 7 * position + count)
        _append(example, feature, [_value(schema, feature, number) for number in numbers])
    return bytes(example.SerializeToString(deterministic=True))


def _append(example: tf.train.Example, feature: Feature, values: list[Any]) -> None:
    slot = example.features.feature[feature.name]
    if feature.type == "BYTES":
        slot.bytes_list.value.extend(values)
    elif feature.type == "INT":
        slot.int64_list.value.extend(values)
    else:
        slot.float_list.value.extend(values)


def _value(schema: Schema, feature: Feature, number: int) -> Any:
    domain = schema.domain_of(feature)
    if feature.type == "BYTES":
        words = domain.values if isinstance(domain, StringDomain) else ()
        if isinstance(domain, BoolDomain):
            words = tuple(word for word in (domain.false_value, domain.true_value) if word)
        return (words[number % len(words)] if words else f"value {number}").encode()
    value = (1 + number % 9) * 10 ** (number // 3 % 4)
    if isinstance(domain, IntDomain | FloatDomain):
        value = value if domain.max is None else min(value, domain.max)
        value = value if domain.min is None else max(value, domain.min)
    return int(value) if feature.type == "INT" else float(value)


def _without_optional(row: bytes, features: Sequence[Feature]) -> bytes:
    example = tf.train.Example.FromString(row)
    for feature in features:
        if not is_dense(feature) and feature.name in example.features.feature:
            del example.features.feature[feature.name]
    return bytes(example.SerializeToString(deterministic=True))

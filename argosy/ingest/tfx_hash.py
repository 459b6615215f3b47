"""The buckets in which TFX's ExampleGen puts rows: SHA-256 of the tf.Example, serialized deterministically.

A row's Example has to be TFX's, so the columns' types have to be: its CsvExampleGen takes an empty cell alone for
missing (`null_tokens` [""]), and writes that as a list of the column's kind without values.

Deterministic means features in the order of their names, of which there are two: TFX under protobuf 3 (Python 3.10 and
below) puts a name before the longer ones that begin with it, under protobuf 4 and later behind them.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from argosy.examples.encode import encode_examples
from argosy.examples.read import RAW_RECORD
from argosy.ingest.convert import deterministic

Buckets = np.ndarray[Any, np.dtype[np.int64]]

_BEHIND = 256
TFX_ORDERS: dict[str, Callable[[str], Any]] = {
    "tfx": lambda name: (*name.encode(), _BEHIND),
    "tfx-protobuf3": str.encode,
}
"""Hash in `output_config` -> the key by which it orders names."""


def tfx_buckets(
    batch: pa.RecordBatch, buckets: int, feature: str = "", order: str = "tfx", *, sequences: bool = False
) -> Buckets:
    """Returns the bucket of each row, below `buckets`: `[rows]`.

    Args:
        batch: Rows as list columns. Where it has the column `__raw_record__`, those Examples count, and not what can
            be made of the other columns, which do not tell an absent feature from one without a kind.
        buckets: How many there are.
        feature: The feature whose hash decides; empty: the whole row's.
        order: One of `TFX_ORDERS`.
        sequences: Whether the records are tf.SequenceExamples.

    >>> tfx_buckets(pa.record_batch({"x": pa.array([[1], [2]], pa.list_(pa.int64()))}), 10).tolist()
    [4, 2]
    """
    by_name = TFX_ORDERS[order]
    raw = RAW_RECORD in batch.schema.names
    names = [feature] if feature else sorted(batch.schema.names, key=by_name)
    records = (batch.column(RAW_RECORD) if raw else encode_examples(batch.select(names))).to_pylist()
    if raw or feature:
        records = deterministic(records, by_name, feature, sequences=sequences)
    return _buckets(records, buckets)


def without_nulls(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Returns the batch with an empty list for each missing value of a column that has a type."""
    columns = [
        column if pa.types.is_null(column.type) or not column.null_count else _filled(column)
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _filled(column: pa.ListArray) -> pa.ListArray:
    ends = pc.cumulative_sum(pc.fill_null(pc.list_value_length(column), 0))
    return pa.ListArray.from_arrays(pa.concat_arrays([pa.array([0], pa.int32()), ends]), column.flatten())


def _buckets(keys: Iterable[bytes], buckets: int) -> Buckets:
    digest = hashlib.sha256
    return np.array([int.from_bytes(digest(key).digest(), "big") % buckets for key in keys], np.int64)

"""Rows dealt to splits."""

import numpy as np
import pyarrow as pa

from argosy.errors import DataError
from argosy.examples.read import RAW_RECORD
from argosy.examples.sequence import with_encoded_lists
from argosy.examples.singles import take_rows
from argosy.ingest.config import OWN_HASH, OutputConfig
from argosy.ingest.formats import CSV, SEQUENCES
from argosy.ingest.row_hash import hash_rows
from argosy.ingest.tfx_hash import tfx_buckets, without_nulls


def deal(batch: pa.RecordBatch, outputs: OutputConfig, file: str, *, source: str = "") -> dict[str, pa.RecordBatch]:
    """Returns the rows of each split: bucket `hash mod (sum of buckets)`, buckets in the order of the splits.

    So splitting one split's buckets further leaves the others' rows where they are.

    Args:
        batch: The rows; with TFX's hash perhaps also their `__raw_record__`, which no split gets.
        outputs: The splits, and which hash.
        file: Where the rows come from, for messages.
        source: The format they come from. Of CSV, TFX reads an empty cell as a list without values.

    Raises:
        DataError: The partition feature is missing, or of floats.
    """
    bounds = np.cumsum([split.hash_buckets for split in outputs.splits])
    feature = outputs.partition_feature_name
    rows = without_nulls(batch) if source == CSV and outputs.hash != OWN_HASH else batch
    if feature:
        _check_partition(rows, feature, file)
    if outputs.hash == OWN_HASH:
        keyed = rows.select([feature]) if feature else with_encoded_lists(rows)
        bucket = (hash_rows(keyed) % np.uint64(bounds[-1])).astype(np.int64)
    else:
        bucket = tfx_buckets(rows, int(bounds[-1]), feature, outputs.hash, sequences=source == SEQUENCES)
    split_of = np.searchsorted(bounds, bucket, side="right")
    if RAW_RECORD in batch.schema.names:
        batch = batch.drop_columns([RAW_RECORD])
    ends = np.cumsum(np.bincount(split_of, minlength=len(outputs.splits))).tolist()
    grouped = take_rows(batch, np.argsort(split_of, kind="stable"))
    return {
        split.name: grouped.slice(start, end - start)
        for split, start, end in zip(outputs.splits, [0, *ends], ends, strict=False)
        if end > start
    }


def _check_partition(batch: pa.RecordBatch, feature: str, file: str) -> None:
    where = f"partition_feature_name {feature!r}, file {file}"
    names = [name for name in batch.schema.names if name != RAW_RECORD]
    if feature not in names:
        raise DataError(f"{where}: no such column; found {', '.join(names)}")
    column = batch.column(feature)
    if column.null_count:
        raise DataError(f"{where}: missing in {column.null_count} rows; choose a feature that every row has")
    if pa.types.is_list(column.type.value_type):
        raise DataError(f"{where}: it is a feature list; choose a feature of the context")
    if column.type.value_type == pa.float32():
        raise DataError(f"{where}: its values are floats; choose one of whole numbers or text")

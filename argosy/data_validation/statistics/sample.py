"""Some of the rows: by row, not by batch, and the same ones of the same batches again."""

import zlib

import numpy as np
import pyarrow as pa

from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.errors import ParameterError

_BYTES_LOOKED_AT = 4096


def sample_rows(batch: pa.RecordBatch, rate: float, *, seed: int = 0) -> pa.RecordBatch:
    """Returns about that fraction of the rows, each chosen by itself.

    The choice hangs on the seed and on the batch: equal batches, cut alike, are sampled alike, in whatever order.
    """
    if rate >= 1.0 or not batch.num_rows:
        return batch
    random = np.random.default_rng([seed, batch.num_rows, _digest(batch)])
    chosen = np.flatnonzero(random.random(batch.num_rows) < rate)
    return batch.take(pa.array(chosen))


def rate_without_splits(options: StatisticsOptions) -> float:
    """Returns which fraction of rows to look at that are of no split.

    Raises:
        ParameterError: The options say so split by split.
    """
    if options.sample_rate_by_split:
        named = ", ".join(options.sample_rate_by_split)
        raise ParameterError(
            f"stats_options: sample_rate_by_split names {named}; these rows have no split, so give sample_rate"
        )
    return options.sample_rate


def _digest(batch: pa.RecordBatch) -> int:
    found = 0
    for column in batch.columns:
        found = zlib.crc32(column.offset.to_bytes(8, "little"), found)
        for buffer in column.buffers():
            if buffer is not None:
                found = zlib.crc32(buffer.slice(0, min(buffer.size, _BYTES_LOOKED_AT)), found)
    return found

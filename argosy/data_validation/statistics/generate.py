"""Statistics of rows in memory."""

from collections.abc import Iterable

import pyarrow as pa

from argosy.data_validation.statistics.accumulate import DatasetAccumulator
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.plan import plan_of
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.schema import Schema


def generate_statistics(
    batches: Iterable[pa.RecordBatch],
    *,
    options: StatisticsOptions | None = None,
    schema: Schema | None = None,
) -> DatasetStatistics:
    """Returns the statistics of all batches.

    >>> batch = pa.record_batch({"age": pa.array([[3], [5], None], pa.list_(pa.int64()))})
    >>> generate_statistics([batch]).feature("age").numeric.mean
    4.0

    Args:
        batches: Rows; every column is a list of int64, float32 or binary, or null.
        options: How much to keep.
        schema: Where given, says which integers are categories.

    Raises:
        DataError: A feature has two types.
    """
    accumulator = dataset_accumulator(options=options, schema=schema)
    state = accumulator.empty()
    for batch in batches:
        state = accumulator.add(state, batch)
    return accumulator.result(state)


def dataset_accumulator(
    *, options: StatisticsOptions | None = None, schema: Schema | None = None
) -> DatasetAccumulator:
    """Returns the accumulator of statistics; the schema says which numbers are categories, and more (see `plan.py`)."""
    return DatasetAccumulator(options=options or StatisticsOptions(), plan=plan_of(schema))

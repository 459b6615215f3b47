"""Statistics of rows in memory."""

from collections.abc import Iterable

import pyarrow as pa

from argosy.data_validation.statistics.accumulate import DatasetAccumulator
from argosy.data_validation.statistics.generators import check_generators
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.plan import plan_of
from argosy.data_validation.statistics.sample import rate_without_splits, sample_rows
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.statistics.tokens.vocabulary import read_vocabularies
from argosy.errors import ParameterError
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
        batches: Rows; a column holds numbers, strings or bytes, or lists of them, one a row.
        options: What is computed, and how much of it is kept.
        schema: Where given, says which numbers are categories, and more.

    Raises:
        ParameterError: A generator is none, two have one name, options contradict each other or are of splits, or a
            vocabulary that the schema names has no file.
        UserCodeError: A generator raised, or returned no custom statistics.
        DataError: A feature has two types, or a row lacks its weight.
    """
    accumulator = dataset_accumulator(options=options, schema=schema)
    rate, seed = rate_without_splits(accumulator.options), accumulator.options.sample_seed
    state = accumulator.empty()
    for batch in batches:
        state = accumulator.add(state, sample_rows(batch, rate, seed=seed))
    return accumulator.result(state)


def dataset_accumulator(
    *, options: StatisticsOptions | None = None, schema: Schema | None = None
) -> DatasetAccumulator:
    """Returns the accumulator of statistics; the schema says which numbers are categories, and more (see `plan.py`).

    Raises:
        ParameterError: A generator is none, two have one name, options contradict each other, or a vocabulary that the
            schema names has no file.
        DataError: That file holds no vocabulary.
    """
    options = options or StatisticsOptions()
    check_generators(options.generators)
    if options.enable_semantic_domain_stats and not options.add_default_generators:
        raise ParameterError("enable_semantic_domain_stats needs add_default_generators: leave that true")
    return DatasetAccumulator(options=options, plan=plan_of(schema, read_vocabularies(schema, options)))

"""Statistics by Apache Beam: one pass over the rows and one CombineGlobally a split."""

from collections.abc import Sequence

import apache_beam as beam
import pyarrow as pa

from argosy.accumulate.combine import CombineAccumulators, Packed
from argosy.data_validation.statistics.accumulate import DatasetAccumulator
from argosy.data_validation.statistics.files import statistics_file, write_statistics
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.examples.beam import ReadExamples, row_counts, run_pipeline

BATCH_SIZE = 50_000
"""Large enough that the cost of a batch is small against that of its rows, small enough for wide rows."""


def write_split_statistics(
    examples: str,
    splits: Sequence[str],
    statistics: str,
    *,
    accumulator: DatasetAccumulator,
    beam_pipeline_args: Sequence[str] = (),
) -> dict[str, int]:
    """Writes the statistics of each split as `Split-<name>/FeatureStats.pb`; returns how many rows were read, by split.

    Raises:
        ArtifactError: A split is not there.
        DataError: A file is damaged, or a feature has two types.
    """
    combine = CombineAccumulators([Packed(name="statistics", select=_itself, accumulator=accumulator)])
    with run_pipeline(list(beam_pipeline_args)) as pipeline:
        for split in splits:
            combined = (
                pipeline
                | ReadExamples(examples, split, batch_size=BATCH_SIZE)
                | f"Combine {split}" >> beam.CombineGlobally(combine)
            )
            _ = combined | f"Write {split}" >> beam.Map(_write, statistics_file(statistics, split))
    counts = row_counts(pipeline)
    return {split: counts.get(f"rows_read:{split}", 0) for split in splits}


def _itself(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch


def _write(results: dict[str, DatasetStatistics], file: str) -> None:
    write_statistics(results["statistics"], file)

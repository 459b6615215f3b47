"""Statistics by Apache Beam: one pass over the rows and one CombineGlobally a split, whatever is computed."""

from collections.abc import Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa

from argosy.accumulate.combine import CombineAccumulators, Packed
from argosy.data_validation.statistics.accumulate import DatasetAccumulator
from argosy.data_validation.statistics.files import statistics_file, write_statistics
from argosy.data_validation.statistics.sample import sample_rows
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.examples.beam import ReadExamples, count_rows, row_counts, run_pipeline


def write_split_statistics(
    examples: str,
    splits: Sequence[str],
    statistics: str,
    *,
    accumulator: DatasetAccumulator,
    beam_pipeline_args: Sequence[str] = (),
) -> dict[str, int]:
    """Writes the statistics of each split as `Split-<name>/FeatureStats.pb`; returns how many rows they are of.

    Raises:
        ArtifactError: A split is not there.
        DataError: A file is damaged, or a feature has two types.
    """
    options = accumulator.options
    with run_pipeline(list(beam_pipeline_args)) as pipeline:
        for split in splits:
            rate = options.sample_rate_by_split.get(split, options.sample_rate)
            combined = (
                pipeline
                | ReadExamples(examples, split, accumulator.columns())
                | f"Choose {split}" >> beam.Map(_chosen, split, rate, options.sample_seed)
                | f"Compute {split}" >> GenerateStatistics(accumulator)
            )
            _ = combined | f"Write {split}" >> beam.Map(write_statistics, statistics_file(statistics, split))
    counts = row_counts(pipeline)
    return {split: counts.get(f"rows_chosen:{split}", 0) for split in splits}


class GenerateStatistics(beam.PTransform):
    """Computes statistics: RecordBatches in, one DatasetStatistics out."""

    def __init__(self, accumulator: DatasetAccumulator) -> None:
        super().__init__()
        self._combine = CombineAccumulators([Packed(name="statistics", select=_itself, accumulator=accumulator)])

    def expand(self, batches: Any) -> Any:
        return batches | beam.CombineGlobally(self._combine) | beam.Map(_only)


def _chosen(batch: pa.RecordBatch, split: str, rate: float, seed: int) -> pa.RecordBatch:
    chosen = sample_rows(batch, rate, seed=seed)
    count_rows(f"rows_chosen:{split}", chosen.num_rows)
    return chosen


def _itself(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch


def _only(results: dict[str, DatasetStatistics]) -> DatasetStatistics:
    return results["statistics"]

"""The wrong rows of files: what they look like as a whole and reason by reason, and some of them."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from argosy.data_validation.rows.spec import Rows
from argosy.data_validation.rows.typed import typed_parts
from argosy.data_validation.rows.validator import Validator
from argosy.data_validation.statistics.csv_rows import with_csv_rows
from argosy.data_validation.statistics.generate import dataset_accumulator
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.sample import rate_without_splits, sample_rows
from argosy.data_validation.statistics.sources import files_at, options_of, written
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.errors import ParameterError
from argosy.examples.read import read_file
from argosy.schema import Schema

Options = Mapping[str, Any] | StatisticsOptions | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class AnomalousExamples:
    """The rows that something is wrong with; a reason is `<feature>_<type of anomaly>`.

    Attributes:
        statistics: Of all of them; its `slices` are those of the rows of each reason.
        samples: By reason some of its rows, no row favoured; empty unless asked for.
    """

    statistics: DatasetStatistics
    samples: Mapping[str, pa.Table] = dataclasses.field(default_factory=dict)


def validate_examples_in_tfrecord(
    data_location: str,
    schema: Schema,
    *,
    stats_options: Options = None,
    environment: str = "",
    num_sampled_examples: int = 0,
    output_path: str = "",
) -> AnomalousExamples:
    """Returns the statistics of the rows of TFRecord files of tf.Examples that are wrong, and some of them.

    Args:
        data_location: Files, plain or gzip: a path, or a pattern such as `examples/Split-train/*`.
        schema: What rows should look like.
        stats_options: Options by TFDV's names; no slices, since rows are divided by what is wrong with them.
        environment: The one whose features are expected; empty: all features.
        num_sampled_examples: How many rows to keep for each reason.
        output_path: Where given, the file that the statistics are written to as well.

    Raises:
        ParameterError: No file is there, an option is unknown, or the schema knows no such environment.
        DataError: A file is damaged, or a feature has two types.
    """
    judge = _judge(schema, stats_options, environment, num_sampled_examples)
    found = judge.all_of(batch for file in files_at(data_location) for batch in read_file(file))
    written(found.statistics, output_path)
    return found


def validate_examples_in_csv(
    data_location: str,
    schema: Schema,
    column_names: Sequence[str] = (),
    delimiter: str = ",",
    *,
    stats_options: Options = None,
    environment: str = "",
    num_sampled_examples: int = 0,
    output_path: str = "",
) -> AnomalousExamples:
    """Returns the statistics of the rows of CSV files that are wrong, and some of them.

    Each cell is judged by itself: where one cell of a column of numbers is none, that row is wrong, not the column.
    The statistics and samples then have the column as strings. An empty cell is a missing value.

    Args:
        data_location: Files: a path, or a pattern.
        schema: What rows should look like.
        column_names: Of files without a header.
        delimiter: Between two cells.
        stats_options: As in `validate_examples_in_tfrecord`, and so are the others.
        environment: The one whose features are expected.
        num_sampled_examples: How many rows to keep for each reason.
        output_path: Where given, the file that the statistics are written to as well.

    Raises:
        ParameterError: No file is there, an option is unknown, or the schema knows no such environment.
        DataError: A file is no CSV file, or its header is not UTF-8 or has a name twice.
    """
    judge = _judge(schema, stats_options, environment, num_sampled_examples)
    found = with_csv_rows(
        files_at(data_location),
        judge.all_of,
        names=column_names,
        delimiter=delimiter,
        schema=schema,
        texts={feature.name for feature in schema.features},
    )
    written(found.statistics, output_path)
    return found


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Judge:
    validator: Validator
    options: StatisticsOptions
    samples: int

    def all_of(self, batches: Iterable[pa.RecordBatch]) -> AnomalousExamples:
        """Returns the wrong rows among all."""
        accumulator = dataset_accumulator(options=self.options, schema=self.validator.schema)
        state, rate = accumulator.empty(), rate_without_splits(self.options)
        samples: dict[str, _Sample] = {}
        for batch in batches:
            chosen = sample_rows(batch, rate, seed=self.options.sample_seed)
            reasons = self._reasons(chosen)
            if not reasons:
                continue
            wrong = np.unique(np.concatenate(list(reasons.values())))
            state = accumulator.add_sliced(
                state,
                chosen.take(pa.array(wrong)),
                {reason: np.searchsorted(wrong, rows) for reason, rows in reasons.items()},
            )
            for reason, rows in reasons.items() if self.samples else ():
                samples.setdefault(reason, _Sample(self.samples)).add(chosen, rows)
        tables = {reason: samples[reason].table() for reason in sorted(samples)}
        return AnomalousExamples(statistics=accumulator.result(state), samples=tables)

    def _reasons(self, batch: pa.RecordBatch) -> dict[str, Rows]:
        found: dict[str, Rows] = {}
        for rows, part in typed_parts(batch, self.validator.schema):
            for one in self.validator.check(part).findings:
                reason = f"{one.feature}_{one.type}"
                found[reason] = np.union1d(found.get(reason, np.zeros(0, np.int64)), rows[one.rows])
        return found


@dataclasses.dataclass
class _Sample:
    """The rows of a reason with the smallest of random numbers that are drawn anew in each run, alike."""

    size: int
    parts: list[tuple[float, pa.RecordBatch]] = dataclasses.field(default_factory=list)
    draw: np.random.Generator = dataclasses.field(default_factory=lambda: np.random.default_rng(0))

    def add(self, batch: pa.RecordBatch, rows: Rows) -> None:
        ranks = self.draw.random(len(rows))
        best = np.argsort(ranks)[: self.size]
        # Taken, not sliced: a slice would hold on to its whole batch.
        fresh = ((float(ranks[place]), batch.take(pa.array(rows[place : place + 1]))) for place in best)
        self.parts = sorted([*self.parts, *fresh], key=lambda part: part[0])[: self.size]

    def table(self) -> pa.Table:
        tables = [pa.Table.from_batches([part]) for _, part in self.parts]
        return pa.concat_tables(tables, promote_options="default").combine_chunks()


def _judge(schema: Schema, stats_options: Options, environment: str, samples: int) -> _Judge:
    options = options_of(stats_options)
    if options.slicing:
        raise ParameterError("stats_options: slices: rows are divided by what is wrong with them; leave them out")
    if samples < 0:
        raise ParameterError(f"num_sampled_examples is {samples}; give a number of rows, or 0")
    return _Judge(validator=Validator(schema, environment=environment), options=options, samples=samples)

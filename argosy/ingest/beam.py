"""The pipeline of ExampleGen: types are settled, then the rows of all files dealt to splits.

CSV files say nothing about types. Their first rows do, and mostly that holds to the end, so the rows are dealt at once;
where one contradicts, all is read to settle the types, and then once more.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa

from argosy.errors import UnsettledTypesError
from argosy.examples.beam import WriteExamples, count_rows, row_counts, run_pipeline, runs_here
from argosy.examples.progress import with_progress
from argosy.ingest.config import OWN_HASH, OutputConfig
from argosy.ingest.deal import deal
from argosy.ingest.formats import CSV, Format
from argosy.ingest.reader import not_the_same
from argosy.ingest.row_size import check_values
from argosy.ingest.scanned import ScannedFile, merge_kinds
from argosy.ingest.source import Source

_log = logging.getLogger("argosy.ingest")

SCANNED, READ, WRITTEN, FILES = "rows_scanned", "rows_read", "rows_written", "files_read"


class RowCounts(NamedTuple):
    """How many rows came and went, each counted where it is done.

    Attributes:
        read: How many the reader gave.
        written: How many the files of each split have.
    """

    read: int
    written: dict[str, int]


class Reading(NamedTuple):
    """How files are read.

    Attributes:
        format: Their format.
        types: Kinds that a person gave to columns.
    """

    format: Format = Format()
    types: Mapping[str, str] = {}


def ingest(
    sources: Sequence[Source],
    outputs: OutputConfig,
    path: str,
    args: Sequence[str],
    reading: Reading,
    *,
    payload_format: str = "",
) -> RowCounts:
    """Writes the rows of all sources as Examples; returns the number of rows read, and of those of each split.

    Args:
        sources: The files of each input split.
        outputs: How their rows are dealt to splits.
        path: The folder of the Examples artifact.
        args: Beam's own options.
        reading: How the files are read.
        payload_format: As what the rows are written; empty: tf.Examples.

    Raises:
        DataError: A file is not what it has to be.
        RuntimeError: A row was lost or read twice.
    """
    files = [(source.split, file) for source in sources for file in source.files]
    writes = {
        split: WriteExamples(path, split, payload_format=payload_format)
        for split in [split.name for split in outputs.splits] or [source.split for source in sources]
    }
    # Elsewhere a pipeline that fails is started again and again before it is given up.
    if reading.format.name == CSV and runs_here(args):
        kinds = merge_kinds([reading.format.scan(file, sample=True) for _, file in files], reading.types)
        try:
            return _ingested(files, outputs, writes, args, reading, kinds)
        except UnsettledTypesError as error:
            _log.info("%s; reading all to settle the types, then once more", error)
    return _ingested(files, outputs, writes, args, reading)


def _ingested(
    files: Sequence[tuple[str, str]],
    outputs: OutputConfig,
    writes: Mapping[str, WriteExamples],
    args: Sequence[str],
    reading: Reading,
    sampled: dict[str, str] | None = None,
) -> RowCounts:
    """Runs the pipeline; `sampled` are the kinds that the first rows suggest, None: all rows are to settle them."""
    with run_pipeline(args) as pipeline:
        spread = pipeline | beam.Create(files)
        if len(files) > 1:
            spread = spread | beam.Reshuffle()
        settled: Any = None if sampled is None else _Settled(sampled)
        if sampled is None:
            scanned = spread | beam.ParDo(_Scan(reading)) | beam.combiners.ToList()
            settled = beam.pvalue.AsSingleton(scanned | beam.Map(_settle, reading.types))
        read = _Read(reading.format, outputs, sampled is not None)
        rows = spread | beam.ParDo(read, settled).with_outputs(*writes)
        for name, write in writes.items():
            # Tagged outputs have no type of their own, and what has none is pickled, if only to know its size.
            rows[name].element_type = pa.RecordBatch
            _ = rows[name] | write
    return accounted(row_counts(pipeline), list(writes), files=len(files), sampled=sampled is not None)


def accounted(counts: Mapping[str, int], names: Sequence[str], *, files: int, sampled: bool = False) -> RowCounts:
    """Returns the number of rows read and of those written to each split, if they agree, as do those of so many files.

    Where a pass before has settled the types, that has to have found as many rows too.

    Raises:
        RuntimeError: A file or a row was lost or read twice.
    """
    written = {name: counts.get(f"{WRITTEN}:{name}", 0) for name in names}
    read, read_files = counts.get(READ, 0), counts.get(FILES, 0)
    typed = None if sampled else counts.get(SCANNED, 0)
    if typed not in (None, read) or read != sum(written.values()) or read_files != files:
        before = "" if typed is None else f"{typed} rows typed, "
        raise RuntimeError(
            f"row accounting: {files} files, {read_files} read; {before}{read} rows read, {written} written; these "
            "must agree; nothing is published"
        )
    return RowCounts(read, written)


class _Settled(NamedTuple):
    """The kinds of the columns, and how many rows each file has, where it has been read for that."""

    kinds: dict[str, str]
    rows: Mapping[str, int] = {}


def _settle(scanned: Sequence[ScannedFile], types: Mapping[str, str]) -> _Settled:
    return _Settled(merge_kinds(scanned, types), {found.file: found.rows for found in scanned})


class _Scan(beam.DoFn):
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def process(self, element: tuple[str, str]) -> Iterator[ScannedFile]:
        scanned = self._reading.format.scan(element[1], self._reading.types)
        count_rows(SCANNED, scanned.rows)
        yield scanned


class _Read(beam.DoFn):
    """Reads a file; gives the rows of each split under the split's name."""

    def __init__(self, file_format: Format, outputs: OutputConfig, sampled: bool) -> None:
        self._format, self._outputs, self._sampled = file_format, outputs, sampled

    def process(self, element: tuple[str, str], settled: _Settled) -> Iterator[Any]:
        split, file = element
        with_raw = self._outputs.hash != OWN_HASH
        rows = 0
        batches = self._format.read(file, settled.kinds, with_raw=with_raw, sampled=self._sampled)
        for batch in with_progress(batches, f"reading {file}", settled.rows.get(file)):
            count_rows(READ, batch.num_rows)
            check_values(batch, file, rows)
            rows += batch.num_rows
            dealt = {split: batch}
            if self._outputs.splits:
                dealt = deal(batch, self._outputs, file, source=self._format.name)
            for name, part in dealt.items():
                yield beam.pvalue.TaggedOutput(name, part)
        if self._format.reader and rows != settled.rows[file]:
            raise not_the_same(
                f"{settled.rows[file]} rows of file {file} at first, and {rows} when it was called again"
            )
        count_rows(FILES, 1)
